// SPDX-License-Identifier: Apache-2.0
// basis.h — an orthonormal basis of the span of some vectors, by Gram-Schmidt, for any scalar.
//
//   x_i = sum_k r_ik q_k   (k over the basis vectors found among x_0 .. x_i),   <q_k, q_l> = [k = l]
//
// SHAPES   x [m, n], the vectors as rows -> q [r, n], r [m, r], r = the rank found, at most min(m, n).
//          For the column space of W [V, D] pass W transposed: q is then Q^T, and P_W = q^T q.
//
// BLOCKS   Vectors are taken kPanel at a time: first all of them lose what they share with the basis so far, twice, by matrix
//          products; then one by one what they share with each other. Nearly all the work is in matmul, so it is fast and its
//          bits are the contract's. (Householder's QR would have to be Eigen's, unvectorised: minutes for [50000, 1024].)
//
// ACCURACY Once is not enough where a vector nearly lies in the span: rounding leaves in it u ||x|| of the old directions, which
//          is much of what remains. Twice is enough (Kahan, in Parlett 1998, section 6.9): a vector whose norm has halved or worse
//          is projected again, on everything. So ||q q^T - I|| and ||x - r q|| / ||x|| are small multiples of u = 2^-53.
//
// RANK     A vector of which at most negligible_share(m, n) of its own norm remains lies in the span, as far as doubles can tell;
//          it adds nothing to the basis, and its remainder is dropped from r. Measured on the vector's own norm, the span does not
//          change when a column of W is scaled. A ball makes the same choice, certain or refused: a vector in the span has a
//          remainder of 0, whose ball lies below the threshold, so nobody need prove that it is 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
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

// Below this share of the whole, what remains of an [m, n] matrix is rounding noise: max(m, n) 2^-52.
inline double negligible_share(long m, long n) { return static_cast<double>(std::max(m, n)) * 0x1p-52; }

// max |x_j|, 0 for n = 0.
template <Scalar S>
double largest_magnitude(const S* x, long n) {
  double largest = 0;
  for (long j = 0; j < n; ++j) largest = std::max(largest, std::fabs(midpoint(x[j])));
  return largest;
}

// The e for which 2^-e brings the largest |x_j| into [1/2, 1): squares then neither overflow nor vanish. 0 for all zeros.
template <Scalar S>
int binary_scale(const S* x, long n) {
  int exponent = 0;
  std::frexp(largest_magnitude(x, n), &exponent);
  return std::clamp(exponent, -1000, 1000);
}

// The same where squares may overflow or vanish, and 0 where the largest |x_j| lies between 2^-301 and 2^300: what underflows there
// is below 2^-400 of the whole, so that a power of two would change no bit.
template <Scalar S>
int square_scale(const S* x, long n) {
  const int e = binary_scale(x, n);
  return std::abs(e) <= 300 ? 0 : e;
}

// x where its entries may be squared; otherwise x times 2^-e, e its square_scale, as a copy in `room`.
template <Scalar S>
const Tensor<S>& safe_to_square(const Tensor<S>& x, Tensor<S>& room) {
  const int e = square_scale(x.data(), x.size());
  if (e == 0) return x;
  room = x;
  for (long i = 0; i < room.size(); ++i) room[i] = room[i] * S(std::ldexp(1, -e));
  return room;
}

// sqrt(sum x_j^2) of n numbers, of any size that S holds.
template <Scalar S>
S norm(const S* x, long n) {
  const int e = square_scale(x, n);
  const auto entry = [&](long j) { return e == 0 ? x[j] : x[j] * S(std::ldexp(1, -e)); };
  const S scaled = sqrt_nonnegative(product_sum<S>(n, entry, entry));
  return e == 0 ? scaled : scaled * S(std::ldexp(1, e));
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

namespace detail {

inline constexpr long kPanel = 32;  // vectors taken at a time

// Some rows of x as a panel [b, n], each times a power of two: row i of the panel is row first + i of x, times 2^-scale_i.
template <Scalar S>
struct Panel {
  Tensor<S> rows;
  std::vector<int> scale;
  std::vector<S> length;  // of the scaled rows

  Panel(Matrix<const S> x, long first, long b) : rows(Tensor<S>::to_fill(Shape{b, x.cols})), scale(b), length(b) {
    for (long i = 0; i < b; ++i) {
      S* const row = row_of(i);
      for (long j = 0; j < x.cols; ++j) row[j] = x(first + i, j);
      scale[i] = binary_scale(row, x.cols);
      for (long j = 0; j < x.cols; ++j) row[j] = row[j] * S(std::ldexp(1, -scale[i]));
      length[i] = norm(row, x.cols);
    }
  }
  S* row_of(long i) { return rows.data() + i * rows.n_cols(); }
};

}  // namespace detail

// The basis of the span of the rows of x [m, n]. Error: for balls, a remainder that may lie on either side of the threshold
// (Undecided).
template <Scalar S>
Basis<S> orthonormal_basis(Matrix<const S> x) {
  // Make room for as many directions as there can be
  const long m = x.rows, n = x.cols, most = std::min(m, n);
  const double negligible = negligible_share(m, n);
  Tensor<S> q = Tensor<S>::to_fill(Shape{most, n});
  Tensor<S> coefficients(Shape{m, most});
  const auto rows_of_q = [&](long from, long to) { return Matrix<S>{q.data() + from * n, to - from, n, n, 1}; };
  const auto block_of_r = [&](long i, long b, long from, long to) {
    return Matrix<S>{coefficients.data() + i * most + from, b, to - from, most, 1};
  };

  long rank = 0;
  for (long p = 0; p < m; p += detail::kPanel) {
    // Take a panel of vectors, and take off the basis so far, twice
    const long b = std::min(detail::kPanel, m - p), before_panel = rank;
    detail::Panel<S> panel(x, p, b);
    for (int pass = 0; pass < 2; ++pass)
      project_out<S>(rows_of_q(0, before_panel), panel.rows.rows(), block_of_r(p, b, 0, before_panel));

    for (long i = 0; i < b; ++i) {
      // Take off the directions that the panel's earlier vectors gave; where half is gone, take off everything again
      S* const row = panel.row_of(i);
      const Matrix<S> one{row, 1, n, n, 1};
      const double before = midpoint(norm(row, n));
      project_out<S>(rows_of_q(before_panel, rank), one, block_of_r(p + i, 1, before_panel, rank));
      S rest = norm(row, n);
      if (midpoint(rest) < before / 2) {  // in exact arithmetic the second projection changes nothing
        project_out<S>(rows_of_q(0, rank), one, block_of_r(p + i, 1, 0, rank));
        rest = norm(row, n);
      }

      // Keep what remains as a new direction, unless it is negligible
      const bool is_new =
          rank < most && decided_less(S(negligible) * panel.length[i], rest, "head.basis: is the remainder above the threshold");
      if (is_new) {
        for (long j = 0; j < n; ++j) q[rank * n + j] = row[j] / rest;
        coefficients[(p + i) * most + rank] = rest;
        ++rank;
      }

      // Undo the scaling in the coefficients
      S* const r_i = coefficients.data() + (p + i) * most;
      for (long k = 0; k < rank; ++k) r_i[k] = r_i[k] * S(std::ldexp(1, panel.scale[i]));
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
