// basis.h — an orthonormal basis of the span of some vectors, by Gram-Schmidt, for any scalar.
//
//   x_i = sum_k r_ik q_k   (k over the basis vectors found among x_0 .. x_i),   <q_k, q_l> = [k = l]
//
// SHAPES   x [m, n], the vectors as rows -> q [r, n], r [m, r], r = the rank found, at most min(m, n).
//          For the column space of W [V, D] pass W transposed: q is then Q^T, and P_W = q^T q.
//
// BLOCKS   Vectors are taken 32 at a time: first all 32 lose what they share with the basis so far, twice, by matrix products;
//          then one by one what they share with each other. Nearly all the work is in matmul, so it is fast and its bits are
//          the contract's. (Householder's QR would have to be Eigen's, unvectorised: minutes for [50000, 1024].)
//
// ACCURACY Once is not enough where a vector nearly lies in the span: rounding leaves in it u ||x|| of the old directions, which
//          is much of what remains. Twice is enough (Kahan, in Parlett 1998, section 6.9): a vector whose norm has halved or worse
//          is projected again, on everything. So ||q q^T - I|| and ||x - r q|| / ||x|| are small multiples of u = 2^-53.
//
// RANK     A vector of which at most max(m, n) 2^-52 of its own norm remains lies in the span, as far as doubles can tell; it
//          adds nothing to the basis, and its remainder is dropped from r. Measured on the vector's own norm, the span does not
//          change when a column of W is scaled. A ball makes the same choice, certain or refused: a vector in the span has a
//          remainder of 0, whose ball lies below the threshold, so nobody need prove that it is 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "scalar/scalar.h"
#include "tensor/matmul.h"
#include "tensor/sum.h"
#include "tensor/tensor.h"

namespace etalon::head {

template <class S>
struct Basis {
  Tensor<S> q;  // [r, n]: orthonormal rows
  Tensor<S> r;  // [m, r]: x = r q
  long rank() const { return q.shape()[0]; }
};

// sqrt(sum x_j^2).
template <Scalar S>
S norm(const S* x, long n) {
  const auto entry = [&](long j) { return x[j]; };
  return sqrt_nonnegative(product_sum<S>(n, entry, entry));
}

// The power of two that brings the largest |x_j| into [1/2, 1): squares then neither overflow nor vanish. 0 for all zeros.
template <Scalar S>
int binary_scale(const S* x, long n) {
  double largest = 0;
  for (long j = 0; j < n; ++j) largest = std::max(largest, std::fabs(midpoint(x[j])));
  int exponent = 0;
  std::frexp(largest, &exponent);
  return std::clamp(exponent, -1000, 1000);
}

// x [b, n] loses its components along the rows of q [k, n], which are added to c [b, k].
template <Scalar S>
void project_out(Matrix<const S> q, Matrix<S> x, Matrix<S> c) {
  if (q.rows == 0) return;
  Tensor<S> along = Tensor<S>::to_fill(Shape{x.rows, q.rows});
  Tensor<S> inside = Tensor<S>::to_fill(Shape{x.rows, x.cols});
  matmul<S>(x, q.transposed(), along.rows());
  matmul<S>(along.rows(), q, inside.rows());
  for (long i = 0; i < x.rows; ++i) {
    for (long j = 0; j < x.cols; ++j) x(i, j) = x(i, j) - inside.rows()(i, j);
    for (long k = 0; k < q.rows; ++k) c(i, k) = c(i, k) + along.rows()(i, k);
  }
}

template <Scalar S>
Basis<S> orthonormal_basis(Matrix<const S> x) {
  const long m = x.rows, n = x.cols, most = std::min(m, n), kPanel = 32;
  const double negligible = static_cast<double>(std::max(m, n)) * 0x1p-52;
  Tensor<S> q = Tensor<S>::to_fill(Shape{most, n});
  Tensor<S> coefficients(Shape{m, most});
  const auto rows_of_q = [&](long from, long to) { return Matrix<S>{q.data() + from * n, to - from, n, n, 1}; };
  const auto block_of_r = [&](long i, long b, long from, long to) {
    return Matrix<S>{coefficients.data() + i * most + from, b, to - from, most, 1};
  };
  long rank = 0;
  for (long p = 0; p < m; p += kPanel) {
    // Copy the panel, each vector scaled by a power of two
    const long b = std::min(kPanel, m - p), before_panel = rank;
    Tensor<S> panel = Tensor<S>::to_fill(Shape{b, n});
    std::vector<int> scale(b);
    std::vector<S> length(b);
    for (long i = 0; i < b; ++i) {
      S* const row = panel.data() + i * n;
      for (long j = 0; j < n; ++j) row[j] = x(p + i, j);
      scale[i] = binary_scale(row, n);
      for (long j = 0; j < n; ++j) row[j] = row[j] * S(std::ldexp(1, -scale[i]));
      length[i] = norm(row, n);
    }

    // Take off the basis so far, twice
    for (int pass = 0; pass < 2; ++pass)
      project_out<S>(rows_of_q(0, before_panel), panel.rows(), block_of_r(p, b, 0, before_panel));

    // Take the panel's vectors off each other; what remains of each is a new direction, or nothing
    for (long i = 0; i < b; ++i) {
      S* const row = panel.data() + i * n;
      const Matrix<S> one{row, 1, n, n, 1};
      const double before = midpoint(norm(row, n));
      project_out<S>(rows_of_q(before_panel, rank), one, block_of_r(p + i, 1, before_panel, rank));
      S rest = norm(row, n);
      if (midpoint(rest) < before / 2) {  // in exact arithmetic the second projection changes nothing
        project_out<S>(rows_of_q(0, rank), one, block_of_r(p + i, 1, 0, rank));
        rest = norm(row, n);
      }
      const bool is_new =
          rank < most && decided_less(S(negligible) * length[i], rest, "head.basis: is the remainder above the threshold");
      if (is_new) {
        for (long j = 0; j < n; ++j) q[rank * n + j] = row[j] / rest;
        coefficients[(p + i) * most + rank] = rest;
        ++rank;
      }
      S* const r_i = coefficients.data() + (p + i) * most;
      for (long k = 0; k < rank; ++k) r_i[k] = r_i[k] * S(std::ldexp(1, scale[i]));
    }
  }

  // Keep the rank's part of both
  Tensor<S> r = Tensor<S>::to_fill(Shape{m, rank});
  for (long i = 0; i < m; ++i)
    for (long k = 0; k < rank; ++k) r[i * rank + k] = coefficients[i * most + k];
  std::vector<S> kept(std::make_move_iterator(q.data()), std::make_move_iterator(q.data() + rank * n));
  return {Tensor<S>(Shape{rank, n}, std::move(kept)), std::move(r)};
}

}  // namespace etalon::head
