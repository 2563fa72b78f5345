// SPDX-License-Identifier: Apache-2.0
// decomposition.h — the factors of small matrices. No other file of the room asks Eigen (tensor/eigen_window.h).
//
//   cholesky     A = L L^T, L lower triangular: exists for A symmetric and positive definite, and only then
//   svd          A = U diag(sigma) V^T, sigma_1 >= sigma_2 >= ... >= 0: Jacobi rotations, each right to a few ulp of sigma_1
//
// What Eigen may not do is add up: the triangular systems are solved here, row by row, one fma for each term.
#pragma once

#include <optional>
#include <vector>

#include "tensor/tensor.h"

namespace etalon::information {

// L [n, n] of A [n, n], of which the lower triangle is read; nothing if A is not positive definite in double arithmetic.
std::optional<Tensor<double>> cholesky(const Tensor<double>& a);

// L^-1 B for L [n, n] lower triangular, B [n, k]; and L^-T B.
Tensor<double> solve_lower(const Tensor<double>& l, Tensor<double> b);
Tensor<double> solve_lower_transposed(const Tensor<double>& l, Tensor<double> b);

struct Svd {
  Tensor<double> u;           // [n, k], k = min(n, m): columns orthonormal
  std::vector<double> sigma;  // [k], falling
  Tensor<double> v;           // [m, k]
};
Svd svd(const Tensor<double>& a);  // a [n, m]

// The z >= 0 that minimises g . (z - q) + (z - q)^T H (z - q) / 2, for H [n, n] positive semidefinite and q >= 0: the Newton step
// for weights that may not be negative, from their slope g and curvature H at q.
// Lawson & Hanson's active set: weights that the free minimum makes negative are held at 0 one by one; then those
// whose slope at 0 is negative are let go again, the steepest first. Each H_ii is raised by 2^-44 of itself, which keeps the
// solution unique where columns depend on each other; it weighs (z - q)_i^2 only, so where the steps end is not moved.
//
// SOURCE   Lawson & Hanson 1974, "Solving Least Squares Problems", chapter 23.
std::vector<double> nonnegative_newton(Tensor<double> h, const std::vector<double>& g, const std::vector<double>& q);

// The same for hundreds of weights: all weights that are negative are held at 0 and all whose slope is negative are let go, at once,
// with one factorisation for each exchange instead of one for each weight. Where exchanges stop to make progress, one at a time, the
// last of them. Each H_ii is raised by 2^-30 of itself: shorter steps, which end in the same place. The current z after `most`
// exchanges, which may not be the minimum; it is >= 0.
//
// SOURCE   Block principal pivoting: Portugal, Judice & Vicente 1994; Kim & Park 2011.
std::vector<double> nonnegative_newton_by_blocks(Tensor<double> h, const std::vector<double>& g, const std::vector<double>& q,
                                                 long most = 15);

}  // namespace etalon::information
