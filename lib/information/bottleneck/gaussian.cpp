// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/gaussian.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "base/bits.h"
#include "base/error.h"
#include "information/limits/decomposition.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

// The Cholesky factor L of a covariance.
Tensor<double> factor_of(const Tensor<double>& s, const char* name) {
  constexpr double kAsymmetry = 0x1p-40;
  const std::string where = "information.gaussian_bottleneck", square = std::string(name) + " [n, n]";

  // Refuse what is not square
  if (s.shape().rank() != 2 || s.n_rows() != s.n_cols() || s.n_rows() < 1)
    throw Error(where, square, to_string(s.shape()), "a covariance is square");
  const long n = s.n_rows();

  // Refuse what is not finite and symmetric
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < n; ++j) {
      if (!std::isfinite(s[i * n + j]))
        throw Error(where, square + ", all finite", shortest(s[i * n + j]), "look for missing data");
      if (!(abs(s[i * n + j] - s[j * n + i]) <= kAsymmetry * sqrt(abs(s[i * n + i]) * abs(s[j * n + j]))))
        throw Error(where, std::string(name) + " symmetric",
                    shortest(s[i * n + j]) + " at [" + std::to_string(i) + ", " + std::to_string(j) + "] and " +
                        shortest(s[j * n + i]) + " across",
                    "average the two");
    }

  // Refuse what is not positive definite
  auto l = cholesky(s);
  if (!l)
    throw Error(where, std::string(name) + " positive definite", "one that has no Cholesky factor",
                "some combination of the variables is constant: leave one out");
  return *std::move(l);
}

Tensor<double> transposed(const Tensor<double>& a) {
  auto t = Tensor<double>::to_fill(Shape{a.n_cols(), a.n_rows()});
  for (long i = 0; i < a.n_rows(); ++i)
    for (long j = 0; j < a.n_cols(); ++j) t[j * a.n_rows() + i] = a[i * a.n_cols() + j];
  return t;
}

void require_correlations(std::span<const double> rho) {
  if (rho.empty()) throw Error("information.gaussian_bottleneck", "at least one correlation", "none", "canonical_pairs finds them");
  for (const double r : rho)
    if (!(abs(r) < 1))
      throw Error("information.gaussian_bottleneck", "correlations in (-1, 1)", shortest(r),
                  "at +-1 a part of Y is a function of X, and the information is infinite");
}

// 1 - rho^2; towards +-1 the difference 1 - |rho| is exact.
double unexplained(double rho) { return (1 - abs(rho)) * (1 + abs(rho)); }

// beta rho^2 - 1, from the exact products: near the critical beta little is left of them.
double beyond_one(double beta, double rho) {
  const double square = rho * rho, square_rest = fma(rho, rho, -square);
  const double product = beta * square, rest = fma(beta, square, -product);
  return (product - 1) + fma(beta, square_rest, rest);
}

double sum(const std::vector<double>& terms) {
  return ordered_sum<double>(static_cast<long>(terms.size()), [&](long i) { return terms[i]; });
}

// -1/2 ln[1 - rho^2 (1 - e^{-2R})]: what R nats about x_i say about y_i.
double relevant(double rho, double rate) {
  const double seen = rho * rho * expm1(-2 * rate);  // in (-1, 0]
  if (seen > -0.5) return -log1p(seen) / 2;
  return -log(unexplained(rho) + rho * rho * exp(-2 * rate)) / 2;
}

// From R_i = 1/2 ln(1 + alpha_i^2): the gains, and what is known about Y.
GaussianBottleneckPoint point_of(std::span<const double> rho, double beta, const std::vector<double>& rates) {
  GaussianBottleneckPoint point;
  point.beta = beta;

  // Compute alpha_i^2 = e^{2 R_i} - 1, and what R_i nats say about y_i
  std::vector<double> about_y;
  for (std::size_t i = 0; i < rho.size(); ++i) {
    point.gain.push_back(sqrt(expm1(2 * rates[i])));
    point.n_active += rates[i] > 0;
    about_y.push_back(relevant(rho[i], rates[i]));
  }

  // Add up the components
  Provenance how;
  how.alphabet = point.n_active;
  if (point.n_active == 0) how.degeneracy = Degeneracy::trivial;
  point.i_x = {Nats(sum(rates)), how};
  point.i_y = {Nats(sum(about_y)), how};
  point.lagrangian = {Nats(point.n_active == 0 ? 0 : fma(-beta, point.i_y.value.value, point.i_x.value.value)), how};
  return point;
}

}  // namespace

CanonicalPairs canonical_pairs(const Tensor<double>& s_x, const Tensor<double>& s_xy, const Tensor<double>& s_y) {
  // Check the covariances
  const Tensor<double> l_x = factor_of(s_x, "S_x"), l_y = factor_of(s_y, "S_y");
  const long n = s_x.n_rows(), m = s_y.n_rows(), k = std::min(n, m);
  if (!(s_xy.shape() == Shape{n, m}))
    throw Error("information.gaussian_bottleneck", "S_xy " + to_string(Shape{n, m}), to_string(s_xy.shape()),
                "rows are X, columns Y");
  for (long i = 0; i < s_xy.size(); ++i)
    if (!std::isfinite(s_xy[i]))
      throw Error("information.gaussian_bottleneck", "S_xy, all finite", shortest(s_xy[i]), "look for missing data");

  // Decompose L_x^-1 S_xy L_y^-T = U diag(rho) V^T
  const Tensor<double> half = solve_lower(l_x, s_xy);
  const Svd factors = svd(transposed(solve_lower(l_y, transposed(half))));
  CanonicalPairs pairs;
  pairs.rho = factors.sigma;
  if (!(pairs.rho[0] < 1))
    throw Error("information.gaussian_bottleneck", "a positive definite joint covariance",
                "a canonical correlation of " + shortest(pairs.rho[0]),
                "a part of Y is a function of X: the information is infinite");

  // Map back: x_i = u_i^T L_x^-1 X,  y_i = v_i^T L_y^-1 Y
  pairs.x_weights = transposed(solve_lower_transposed(l_x, factors.u)).reshaped(Shape{k, n});
  pairs.y_weights = transposed(solve_lower_transposed(l_y, factors.v)).reshaped(Shape{k, m});
  return pairs;
}

Exact gaussian_information(std::span<const double> rho) {
  require_correlations(rho);
  std::vector<double> terms;
  for (const double r : rho) terms.push_back(relevant(r, kInfinity));
  return {Nats(sum(terms)), {.alphabet = static_cast<long>(rho.size())}};
}

std::vector<double> gaussian_critical_betas(std::span<const double> rho) {
  require_correlations(rho);
  std::vector<double> betas;
  for (const double r : rho) betas.push_back(1 / (r * r));
  std::sort(betas.begin(), betas.end());
  return betas;
}

GaussianBottleneckPoint gaussian_bottleneck(std::span<const double> rho, double beta) {
  require_correlations(rho);
  if (!(beta >= 0) || !std::isfinite(beta))
    throw Error("information.gaussian_bottleneck", "a finite beta >= 0", shortest(beta),
                "beta is the price of a nat about Y in nats about X");
  std::vector<double> rates;
  for (const double r : rho) {
    const double above = beyond_one(beta, r), excess = above > 0 ? above / unexplained(r) : 0;  // alpha_i^2
    rates.push_back((excess < 0x1p1000 ? log1p(excess) : log(above) - log(unexplained(r))) / 2);
  }
  return point_of(rho, beta, rates);
}

GaussianBottleneckPoint gaussian_bottleneck_at_rate(std::span<const double> rho, Nats rate) {
  require_correlations(rho);
  if (!(rate.value >= 0) || !std::isfinite(rate.value))
    throw Error("information.gaussian_bottleneck", "a finite rate >= 0", shortest(rate.value), "I(X;T) in nats");

  // Sort the correlations; where all are 0 nothing can be kept about Y
  std::vector<double> falling;
  for (const double r : rho) falling.push_back(abs(r));
  std::sort(falling.begin(), falling.end(), std::greater<>());
  if (falling[0] == 0) return point_of(rho, kInfinity, std::vector<double>(rho.size(), 0.0));

  // Find ln(beta - 1), with the first k in use:  2 R = sum_i ln[(beta - 1) s_i],  s_i = rho_i^2 / (1 - rho_i^2). The (k+1)-th
  // comes in when beta - 1 = 1 / s_{k+1}
  const auto log_s = [&](long i) { return 2 * log(falling[i]) - log(unexplained(falling[i])); };
  const long n = static_cast<long>(falling.size());
  double logs = 0, level = 0;  // level = ln(beta - 1)
  for (long k = 1; k <= n && falling[k - 1] > 0; ++k) {
    logs = logs + log_s(k - 1);
    level = (2 * rate.value - logs) / static_cast<double>(k);
    if (k == n || falling[k] == 0 || level <= -log_s(k)) break;
  }

  // Give each component R_i = 1/2 ln[(beta - 1) s_i], where that is positive
  std::vector<double> rates;
  for (const double r : rho) {
    const double twice = r == 0 ? 0 : level + 2 * log(abs(r)) - log(unexplained(r));
    rates.push_back(twice > 0 ? twice / 2 : 0);
  }

  // Let one component alone take the whole rate, without the way through logarithms and back
  const auto used = [](double rate_i) { return rate_i > 0; };
  if (std::count_if(rates.begin(), rates.end(), used) == 1) *std::find_if(rates.begin(), rates.end(), used) = rate.value;
  return point_of(rho, 1 + exp(level), rates);
}

Tensor<double> gaussian_projection(const CanonicalPairs& pairs, const GaussianBottleneckPoint& point) {
  Tensor<double> projection(pairs.x_weights);
  const long n = projection.n_cols();
  if (point.gain.size() != pairs.rho.size())
    throw Error("information.gaussian_projection", std::to_string(pairs.rho.size()) + " gains", std::to_string(point.gain.size()),
                "the point is of other correlations");
  for (long k = 0; k < projection.size(); ++k) projection[k] = point.gain[k / n] * projection[k];
  return projection;
}

}  // namespace etalon::information
