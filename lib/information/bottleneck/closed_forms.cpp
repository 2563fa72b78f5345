// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/closed_forms.h"

#include <algorithm>
#include <cmath>

#include "base/bits.h"
#include "base/error.h"
#include "scalar/entropy_terms.h"

namespace etalon::information {
namespace {

constexpr const char* kClosedForm = "information.bottleneck_closed_form";
constexpr double kMostLogit = 1500;  // e^-1500 is 0

void require_probability(double e) {
  if (!(e >= 0 && e <= 1)) throw Error(kClosedForm, "an error probability in [0, 1]", shortest(e), "the channel errs with it");
}
void require_rate_of_form(double rate) {
  if (!(rate >= 0)) throw Error(kClosedForm, "a rate >= 0 nats", shortest(rate), "it is an I(X;T)");
}
void require_beta(double beta) {
  if (!(beta >= 0) || !std::isfinite(beta))
    throw Error(kClosedForm, "a finite beta >= 0", shortest(beta), "beta is what a nat about Y is worth in nats about X");
}
void require_entropy(double h) {
  if (!(h >= 0) || !std::isfinite(h))
    throw Error(kClosedForm, "an entropy H(X) >= 0", shortest(h), "it is the most that can be kept");
}

// J(c) = 1/2 [phi(1 + c) + phi(1 - c)], |c| <= 1
double kept(double c) { return (phi(c) + phi(-c)) / 2; }

// atanh(c) = 1/2 ln((1 + c)/(1 - c)), |c| < 1
double atanh(double c) { return (log1p(c) - log1p(-c)) / 2; }

// The point with l = ln((1 - alpha)/alpha).
SymmetricBottleneck point_at(double c_e, double l) {
  const double alpha = 1 / (1 + exp(l)), c = tanh(l / 2);
  const double heard = atanh(c * c_e);
  SymmetricBottleneck out{alpha, 0, {}, {}};
  out.i_x.value = Nats(alpha < 0.25 ? kLn2 - surprise(alpha) - (alpha - 1) * log1p(-alpha) : kept(c));
  out.i_y.value = Nats(kept(c * c_e));
  out.beta = l > 0 && c_e > 0 ? l / 2 / (c_e * heard) : c_e > 0 ? 1 / (c_e * c_e) : kInfinity;
  if (c_e == 1) out.beta = 1;  // Y is X
  return out;
}

SymmetricBottleneck nothing_kept(double beta) {
  SymmetricBottleneck out;
  out.beta = beta;
  for (Exact* each : {&out.i_x, &out.i_y}) each->how.degeneracy = Degeneracy::trivial;
  return out;
}

SymmetricBottleneck all_kept(double c_e, double beta) {
  SymmetricBottleneck out{0, beta, {}, {}};
  out.i_x.value = Nats(kLn2);
  out.i_y.value = Nats(kept(c_e));
  return out;
}

// The largest l with `below(l)`, which holds from 0 up to there.
template <class Below>
double last_below(const Below& below) {
  double low = 0, high = kMostLogit;
  for (double middle = high / 2; middle > low && middle < high; middle = low + (high - low) / 2)
    (below(middle) ? low : high) = middle;
  return low;
}

Bracket one(double x) { return {{Nats(x)}, {Nats(x)}}; }

}  // namespace

SymmetricBottleneck symmetric_bottleneck_at_rate(double error, Nats rate) {
  // Refuse what is no channel and no rate; a channel that always errs is one that never does
  require_probability(error);
  require_rate_of_form(rate.value);
  const double c_e = abs(1 - 2 * error);
  if (rate.value == 0) return nothing_kept(c_e > 0 ? 1 / (c_e * c_e) : kInfinity);
  if (c_e == 0) return nothing_kept(kInfinity);
  if (rate.value >= kLn2) return all_kept(c_e, kInfinity);

  // Find the alpha that keeps the rate
  return point_at(c_e, last_below([&](double l) { return point_at(c_e, l).i_x.value.value < rate.value; }));
}

SymmetricBottleneck symmetric_bottleneck(double error, double beta) {
  // Keep nothing up to 1/c_e^2, as much as one likes at beta = 1 if Y is X, and all beyond
  require_probability(error);
  require_beta(beta);
  const double c_e = abs(1 - 2 * error);
  if (c_e == 0 || !(beta * c_e * c_e > 1)) {
    auto out = nothing_kept(beta);
    if (c_e == 1 && beta == 1)
      for (Exact* each : {&out.i_x, &out.i_y}) each->how.degeneracy = Degeneracy::continuum;
    return out;
  }
  if (c_e == 1) return all_kept(c_e, beta);

  // Find the alpha that is worth the price
  auto out = point_at(c_e, last_below([&](double l) { return point_at(c_e, l).beta < beta; }));
  out.beta = beta;
  return out;
}

ErasureBottleneck erasure_bottleneck_at_rate(double erased, Nats entropy_x, Nats rate) {
  require_probability(erased);
  require_rate_of_form(rate.value);
  require_entropy(entropy_x.value);
  const double arrives = 1 - erased, i_x = std::min(rate.value, entropy_x.value);
  return {1 / arrives, one(i_x), one(arrives * i_x)};
}

ErasureBottleneck erasure_bottleneck(double erased, Nats entropy_x, double beta) {
  // Keep nothing below beta (1 - e) = 1, and all above
  require_probability(erased);
  require_beta(beta);
  require_entropy(entropy_x.value);
  const double arrives = 1 - erased, critical = 1 / arrives, all = entropy_x.value;
  ErasureBottleneck out{critical, one(beta > critical ? all : 0), one(beta > critical ? arrives * all : 0)};
  if (beta != critical) return out;

  // At it every point of the curve is optimal
  out.i_x.upper.value = entropy_x;
  out.i_y.upper.value = Nats(arrives * all);
  for (Bracket* each : {&out.i_x, &out.i_y}) each->lower.how.degeneracy = each->upper.how.degeneracy = Degeneracy::continuum;
  return out;
}

}  // namespace etalon::information
