// SPDX-License-Identifier: Apache-2.0
// gaussian.h — the information bottleneck of jointly normal vectors, which has a formula.
//
//   X, Y normal with covariances S_x [n, n], S_y [m, m], S_xy [n, m]; L L^T their Cholesky factors
//
//   L_x^-1 S_xy L_y^-T = U diag(rho) V^T          rho_1 >= rho_2 >= ...: the canonical correlations, all below 1
//
//   I(X;Y) = sum_i -1/2 ln(1 - rho_i^2)
//
// In the coordinates U^T L_x^-1 X each pair (x_i, y_i) is scalar and independent of the others. At the price beta component i is
// in use iff beta > 1/rho_i^2, and the best T is normal: T_i = alpha_i x_i + noise of variance 1,
//
//   alpha_i^2 = (beta rho_i^2 - 1) / (1 - rho_i^2)
//   I(X;T) = sum_i 1/2 ln(1 + alpha_i^2)          1 + alpha_i^2 = (beta - 1) rho_i^2 / (1 - rho_i^2)
//   I(T;Y) = I(X;T) - sum_i 1/2 ln(beta rho_i^2)
//
// THE CURVE   At a rate R the components in use share it, R_i = 1/2 ln(1 + alpha_i^2) with one beta for all (water-filling), and
//             I_Y(R) = sum_i -1/2 ln[1 - rho_i^2 (1 - e^{-2 R_i})]. For one component R_1 = R.
//
// NUMERICS    Every logarithm is a log1p of what it is beyond 1. An absolute error u of rho_i (a few 2^-53) moves I(X;Y) by
//             rho_i u / (1 - rho_i^2): correlations close to 1 must be given as such, not as covariances.
//
// SOURCE      Chechik, Globerson, Tishby & Weiss 2005, "Information bottleneck for Gaussian variables".
#pragma once

#include <span>
#include <vector>

#include "information/law/quantity.h"
#include "tensor/tensor.h"

namespace etalon::information {

// The canonical pairs. ERRORS  shapes that do not fit; an entry that is not finite; S_x or S_y not symmetric (to 2^-40 of the
// diagonal) or not positive definite; the joint covariance not positive definite (a rho that is not below 1).
struct CanonicalPairs {
  std::vector<double> rho;   // [k], k = min(n, m), falling, in [0, 1)
  Tensor<double> x_weights;  // [k, n]: x_i = x_weights_i . X has variance 1
  Tensor<double> y_weights;  // [k, m]
};
CanonicalPairs canonical_pairs(const Tensor<double>& s_x, const Tensor<double>& s_xy, const Tensor<double>& s_y);

// In what follows: correlations rho in (-1, 1), in any order; their sign is of no account. Error: others; none.

Exact gaussian_information(std::span<const double> rho);  // I(X;Y)

// The betas at which components come into use, 1/rho_i^2, rising; +infinity for rho = 0.
std::vector<double> gaussian_critical_betas(std::span<const double> rho);

struct GaussianBottleneckPoint {
  double beta = 0;
  Exact i_x, i_y;            // I(X;T), I(T;Y) at the optimum
  Exact lagrangian;          // i_x - beta i_y, the minimum
  std::vector<double> gain;  // alpha_i, as rho; 0 for a component out of use
  long n_active = 0;
};
// Error also: beta negative, NaN or infinite.
GaussianBottleneckPoint gaussian_bottleneck(std::span<const double> rho, double beta);

// The point of the curve with I(X;T) = rate. Error also: a rate that is negative, NaN or infinite. Where every rho is 0 nothing
// can be kept about Y: i_y = 0, and beta is infinite.
GaussianBottleneckPoint gaussian_bottleneck_at_rate(std::span<const double> rho, Nats rate);

// T = projection X + noise, the noise normal with the identity for covariance: row i is alpha_i x_weights_i. SHAPES  [k, n].
Tensor<double> gaussian_projection(const CanonicalPairs& pairs, const GaussianBottleneckPoint& point);

}  // namespace etalon::information
