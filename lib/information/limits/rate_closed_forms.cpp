// SPDX-License-Identifier: Apache-2.0
#include "information/limits/rate_closed_forms.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "base/bits.h"
#include "base/error.h"
#include "information/law/entropy.h"
#include "scalar/entropy_terms.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

void require_distortion(const char* where, double distortion) {
  if (!(distortion >= 0))
    throw Error(where, "a distortion >= 0", shortest(distortion), "D is a mean of squares, of sizes or of errors");
}

void require_positive(const char* where, const char* what, double x) {
  if (!(x > 0) || !std::isfinite(x))
    throw Error(where, std::string("a positive, finite ") + what, shortest(x), "a constant needs no rate");
}

// ln(a / b), a >= b > 0, without cancellation where they are close: there a - b is exact.
double log_ratio(double a, double b) { return a - b < b ? log1p((a - b) / b) : log(a) - log(b); }

Exact nothing_left() { return {Nats(0), {.degeneracy = Degeneracy::trivial}}; }
Exact no_density_is_exact() {
  return {Nats(std::numeric_limits<double>::infinity()),
          infinite_because("D = 0: a number with a density has infinitely many digits")};
}

// Water over variances: those above its level theta share the rate, those below get none.
struct Water {
  std::vector<double> above;  // rising; empty where D is at least their sum
  double level = 0;           // theta
};
Water water_over(std::span<const double> variances, double distortion) {
  // Sort the variances
  require_distortion("information.gaussian_rate", distortion);
  std::vector<double> rising(variances.begin(), variances.end());
  for (const double variance : rising) require_positive("information.gaussian_rate", "variance", variance);
  std::sort(rising.begin(), rising.end());
  const long n = static_cast<long>(rising.size());
  const double all = ordered_sum<double>(n, [&](long i) { return rising[i]; });
  if (distortion >= all) return {};

  // Find the k smallest, below the water level theta = (D - sum of them) / (n - k): they get no rate
  double below = 0;
  long k = 0;
  while (k < n && rising[k] * static_cast<double>(n - k) <= distortion - below) below = below + rising[k++];
  if (k == n) return {};
  return {{rising.begin() + k, rising.end()}, (distortion - below) / static_cast<double>(n - k)};
}

// The letters of a finite law that are in use at D, and p(x|t) of one of them for x != t.
struct Letters {
  std::vector<double> falling;  // all of them, the most probable first
  long k = 1;                   // in use; 1: R = 0
  double miss = 0;
};
Letters letters_in_use(std::span<const double> p, double distortion) {
  // Sort the letters, the most probable first
  Letters use{{p.begin(), p.end()}};
  std::sort(use.falling.begin(), use.falling.end(), std::greater<>());
  const auto& falling = use.falling;

  // Find the k letters in use; rest = 1 - P = the probability of the others, from the smallest up
  double rest = 0;
  long k = static_cast<long>(falling.size());
  while (k > 1 && distortion > fma(static_cast<double>(k - 1), falling[k - 1], rest)) rest = rest + falling[--k];
  if (k == 1 || distortion >= rest + ordered_sum<double>(k - 1, [&](long i) { return falling[k - 1 - i]; })) return use;
  use.k = k;
  use.miss = (distortion - rest) / static_cast<double>(k - 1);
  return use;
}

}  // namespace

Exact gaussian_rate(double variance, double distortion) {
  require_positive("information.gaussian_rate", "variance", variance);
  require_distortion("information.gaussian_rate", distortion);
  if (distortion >= variance) return nothing_left();
  if (distortion == 0) return no_density_is_exact();
  return {Nats(log_ratio(variance, distortion) / 2)};
}

Exact gaussian_rate(std::span<const double> variances, double distortion) {
  const Water water = water_over(variances, distortion);
  if (water.above.empty()) return nothing_left();
  if (distortion == 0) return no_density_is_exact();

  // R = sum_i 1/2 ln(sigma_i^2 / theta)
  const long n = static_cast<long>(water.above.size());
  const double twice = ordered_sum<double>(n, [&](long i) { return log_ratio(water.above[i], water.level); });
  return {Nats(twice / 2), {.alphabet = n}};
}

double gaussian_price(std::span<const double> variances, double distortion) {
  const Water water = water_over(variances, distortion);
  return water.above.empty() ? 0 : 1 / (2 * water.level);
}

Exact laplace_rate(double scale, double distortion) {
  require_positive("information.laplace_rate", "scale", scale);
  require_distortion("information.laplace_rate", distortion);
  if (distortion >= scale) return nothing_left();
  if (distortion == 0) return no_density_is_exact();
  return {Nats(log_ratio(scale, distortion))};
}

double laplace_price(double scale, double distortion) {
  require_positive("information.laplace_rate", "scale", scale);
  require_distortion("information.laplace_rate", distortion);
  return distortion >= scale ? 0 : 1 / distortion;
}

Exact hamming_rate(std::span<const double> p, double distortion) {
  require_distortion("information.hamming_rate", distortion);
  const Nats all = entropy(p);
  if (distortion == 0) return {all, {.alphabet = static_cast<long>(p.size())}};
  const Letters use = letters_in_use(p, distortion);
  if (use.k == 1) return nothing_left();

  // Compute I(X;T) of the channel that attains it, every term >= 0:
  //
  //   p(x|t) = 1 - D for x = t, else miss,      q_x = (p_x - miss) / (1 - D - miss)
  const double hit = 1 - distortion, miss = use.miss;
  return {Nats(ordered_sum<double>(use.k,
                                   [&](long i) {
                                     const double p_x = use.falling[i], q_x = (p_x - miss) / (hit - miss);
                                     return p_x * fma(q_x, phi((hit - p_x) / p_x), (1 - q_x) * phi((miss - p_x) / p_x));
                                   })),
          {.alphabet = use.k}};
}

double hamming_price(std::span<const double> p, double distortion) {
  // Refuse what is no law, and no distortion
  require_distortion("information.hamming_rate", distortion);
  entropy(p);

  // e^beta = (1 - D) / miss
  const Letters use = letters_in_use(p, distortion);
  if (use.k == 1) return 0;
  return use.miss > 0 ? log((1 - distortion) / use.miss) : std::numeric_limits<double>::infinity();
}

}  // namespace etalon::information
