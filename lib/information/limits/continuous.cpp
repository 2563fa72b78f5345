// SPDX-License-Identifier: Apache-2.0
#include "information/limits/continuous.h"

#include <limits>
#include <string>

#include "base/bits.h"
#include "base/error.h"
#include "scalar/entropy_terms.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

// -1/2 ln(1 - rho^2); towards +-1 the difference 1 - |rho| is exact and 1 - rho^2 is not.
double normal_part(double rho) {
  const double r = abs(rho);
  return -(r < 0.5 ? log1p(-r * r) : log(1 - r) + log1p(r)) / 2;
}

void require_correlation(const char* where, double rho) {
  if (!(abs(rho) <= 1)) throw Error(where, "a correlation in [-1, 1]", shortest(rho), "divide the covariance by both deviations");
}

Exact one_is_the_other() { return {Nats(kInfinity), infinite_because("|rho| = 1: Y is a function of X, and has a density")}; }

// {c(x), psi(x + 1/2) - psi(x) - 1/(2x)} for x >= 16, from their series.
struct StudentTail {
  double c, digamma_step;
};
StudentTail student_tail(double x) {
  constexpr double kBernoulli[][2] = {{1, 6},       {-1, 30}, {1, 42},      {-1, 30},     {5, 66},
                                      {-691, 2730}, {7, 6},   {-3617, 510}, {43867, 798}, {-174611, 330}};  // B_2, B_4, ..., B_20
  double c = 0, step = 0;
  double power = 1 / x, two_to_minus_n = 0.5;  // x^-n, 2^-n
  for (int k = 0; k < 10; ++k) {
    const double n = 2 * k + 1, a_n = (two_to_minus_n - 2) * kBernoulli[k][0] / (kBernoulli[k][1] * n * (n + 1));
    step = step - n * a_n * power / x;
    c = c - a_n * (k == 0 ? power / x : power * (2 * (n + 1) + n / x));
    power = power / (x * x);
    two_to_minus_n = two_to_minus_n / 4;
  }
  return {c, step};
}

// With lnG(x + 1/2) - lnG(x) and its derivative summed from x up to the tail,
//   c(x) = sum_{j<m} [ln(1 + 1/w_j) - 4j/(u_j w_j)] + c(x+m) - 2m [psi(x+m+1/2) - psi(x+m) - 1/(2(x+m))],
//   u_j = 2(x+j) + 1,  w_j = u_j^2 - 1 = 4 (x+j)(x+j+1)
double student_excess(double x) {
  const long m = x < 16 ? static_cast<long>(17 - x) : 0;
  const double head = ordered_sum<double>(m, [&](long j) {
    const double y = x + static_cast<double>(j), w = 4 * y * (y + 1);
    return log1p(1 / w) - 4 * static_cast<double>(j) / ((2 * y + 1) * w);
  });
  const auto tail = student_tail(x + static_cast<double>(m));
  return head + (tail.c - 2 * static_cast<double>(m) * tail.digamma_step);
}

// I_0: X ~ Exp(1), Y ~ Poisson(X).
double poisson_part() {
  constexpr double kEulerGamma = 0x1.2788cfc6fb619p-1;  // the double nearest to it
  double scale = 1;
  const double logs = ordered_sum<double>(64, [&](long k) {
    scale = scale / 2;
    return log(static_cast<double>(k + 1)) * scale;
  });
  return 2 * kLn2 - kEulerGamma - logs;
}

void require_probability(const char* where, double p) {
  if (!(p >= 0 && p <= 1))
    throw Error(where, "a probability of a zero in [0, 1]", shortest(p), "p = 0 leaves the Poisson law alone");
}

}  // namespace

Exact additive_uniform_information(double a) {
  if (!(a >= 0)) throw Error("information.additive_uniform", "a width a >= 0", shortest(a), "the noise is uniform on (-a, a)");
  if (a == 0) return {Nats(kInfinity), infinite_because("a = 0: Y is X, and has a density")};
  return {Nats(a <= 0.5 ? a - log(2 * a) : 1 / (4 * a))};
}

Exact discrete_uniform_mixture_information(long n) {
  if (n < 1) throw Error("information.discrete_uniform_mixture", "at least one value", std::to_string(n), "X is uniform on 0..n-1");
  const double count = static_cast<double>(n);
  return {Nats(log(count) - (count - 1) / count * kLn2)};
}

Exact normal_information(double rho) {
  require_correlation("information.normal", rho);
  if (abs(rho) == 1) return one_is_the_other();
  return {Nats(normal_part(rho))};
}

Exact student_information(double nu, double rho) {
  if (!(nu >= 0x1p-1000))
    throw Error("information.student", "degrees of freedom nu >= 2^-1000", shortest(nu), "nu = infinity is the normal law");
  require_correlation("information.student", rho);
  if (abs(rho) == 1) return one_is_the_other();
  return {Nats(normal_part(rho) + student_excess(nu / 2))};
}

Exact zero_inflated_poisson_information(double p) {
  require_probability("information.zero_inflated_poisson", p);
  const double q = 1 - p;
  if (q == 0) return {Nats(0)};
  const double zeros = (1 - q / 2) * log1p(-q / 2) + q / 2 * kLn2 + p / 2 * (phi(-q) / q);
  return {Nats(q * poisson_part() - zeros)};
}

Exact zero_inflated_poisson_flagged_information(double p) {
  require_probability("information.zero_inflated_poisson", p);
  return {Nats((1 - p) * poisson_part())};
}

}  // namespace etalon::information
