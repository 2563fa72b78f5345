// SPDX-License-Identifier: Apache-2.0
// projection.h — what of the logit gradient survives the head on its way back.
//
//   G_vis = G P_W,   G_lost = G - G_vis,   P_W the projector on the column space of W
//
//   destroyed ratio    r = ||G_lost||_F / ||G||_F                a ratio of norms, not of squares
//   projected cosine   c = <G, G_vis> / (||G|| ||G_vis||)        = ||G_vis|| / ||G|| = sqrt(1 - r^2)
//   jointly lost       ||(I - P_H) G (I - P_W)||_F / ||G||_F     P_H the projector on the column space of H
//
// WHY      The backbone receives G W. A row of G orthogonal to every column of W gives 0 there: G_lost reaches nothing below the
//          head. The head's own gradient is G^T H; what is left of G after both projections moves neither.
//
// PROOF    of c = ||G_vis||/||G||: P_W is symmetric and P_W^2 = P_W, so <G, G P_W> = <G P_W, G P_W>. And Pythagoras. QED
//
// NOT      ||G W||/||G||: it grows with the scale of W, r does not change under W -> W M for any invertible M.
//
// BALLS    A norm that is 0 (H of rank N, or W of rank V) is enclosed. Whether G, a row of it or G_vis is 0 must be certain:
//          refused where the ball of its norm holds 0 and is not exactly 0, for the answer would be 0/0.
//
// SCALE    A token that the model is sure of has a tiny row in G: below 1e-162 its squares are 0 in doubles, although its ratio is a
//          number like any other. Such a row is taken times a power of two, its own; the norms of the whole are put together at the
//          largest of these powers. Ordinary rows are not touched, and scaled ones keep their bits, so 2^k G has the ratios of G, bit
//          for bit, as long as no entry of it is rounded.
//
// COST     2 N V (2 rank W + 2 rank H) flops; G_lost is never whole in memory: columns are taken kBlock at a time, each row's sums
//          carried on from left to right.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "head/basis.h"

namespace etalon::head {

template <class S>
struct Projection {
  S norm;             // ||G||
  S visible_norm;     // ||G_vis||
  S destroyed_ratio;  // r
  S cosine;           // c, from its definition; 0 where G_vis is 0
  S jointly_lost;
  std::vector<std::optional<S>> token_ratio;  // r of each row alone; nothing for a row that is 0, which has none
  S mean_token_ratio;                         // over the rows that have one
  long n_silent = 0;                          // rows of G that are exactly 0: what their tokens lack to probability 1 underflows
};

namespace detail {

// The left-to-right sums of each row, carried from one block of columns to the next.
template <class S>
struct RowSums {
  std::vector<S> total;
  explicit RowSums(long n) : total(n, S(0.0)) {}
  void add_products(Matrix<const S> a, Matrix<const S> b) {
    for (long i = 0; i < a.rows; ++i)
      for (long j = 0; j < a.cols; ++j) total[i] = fma(a(i, j), b(i, j), total[i]);
  }
  S sum() const {
    return ordered_sum<S>(static_cast<long>(total.size()), [&](long i) { return total[i]; });
  }
};

// The powers of two of SCALE: row i of G is taken times 2^-of_row[i], the whole times 2^-common. All 0 in ordinary cases.
struct RowScales {
  std::vector<int> of_row;
  int common = 0;
  bool any = false;
  // 2^of_row[i] / 2^common: what brings row i back to the scale of the whole; at most 1.
  double to_common(long i) const { return std::ldexp(1, of_row[i] - common); }
};

template <Scalar S>
RowScales row_scales(const Tensor<S>& g) {
  RowScales scales;
  int largest = std::numeric_limits<int>::min();
  for (long i = 0; i < g.n_rows(); ++i) {
    const S* const row = g.data() + i * g.n_cols();
    scales.of_row.push_back(square_scale(row, g.n_cols()));
    scales.any = scales.any || scales.of_row.back() != 0;
    if (largest_magnitude(row, g.n_cols()) > 0) largest = std::max(largest, scales.of_row.back());  // of zeros it says nothing
  }
  if (largest != std::numeric_limits<int>::min()) scales.common = largest;
  return scales;
}

// The rows of G times their powers of two.
template <Scalar S>
Tensor<S> scaled_rows(Tensor<S> g, const RowScales& scales) {
  for (long i = 0; i < g.n_rows(); ++i)
    for (long j = 0; j < g.n_cols(); ++j) g.rows()(i, j) = g.rows()(i, j) * S(std::ldexp(1, -scales.of_row[i]));
  return g;
}

// The squares, and one inner product, of which everything in Projection is made, for each row of G at its own scale.
template <class S>
struct ProjectionSums {
  RowSums<S> all, visible, lost;  // ||g||^2, ||g_vis||^2, ||g_lost||^2
  RowSums<S> inner;               // <g, g_vis>
  RowSums<S> joint;               // ||row of (I - P_H) G (I - P_W)||^2, at the scale of the whole
  explicit ProjectionSums(long n) : all(n), visible(n), lost(n), inner(n), joint(n) {}
};

inline constexpr long kBlock = 1024;  // columns of G taken at a time

// `g`: the scaled rows.
template <Scalar S>
ProjectionSums<S> projection_sums(const Tensor<S>& g, const RowScales& scales, const Basis<S>& w, const Basis<S>& h) {
  // Find the coordinates of each row of G in the column space of W
  const long n = g.n_rows(), v = g.n_cols();
  ProjectionSums<S> sums(n);
  Tensor<S> along = Tensor<S>::to_fill(Shape{n, w.rank()});
  matmul<S>(g.rows(), w.q.rows().transposed(), along.rows());

  for (long j = 0; j < v; j += kBlock) {
    // Split a block of columns into what P_W keeps and the rest
    const long b = std::min(kBlock, v - j);
    const Matrix<const S> g_j{g.data() + j, n, b, v, 1}, q_j{w.q.data() + j, w.rank(), b, v, 1};
    Tensor<S> kept = Tensor<S>::to_fill(Shape{n, b}), rest = Tensor<S>::to_fill(Shape{n, b});
    matmul<S>(along.rows(), q_j, kept.rows());
    for (long i = 0; i < n; ++i)
      for (long k = 0; k < b; ++k) rest[i * b + k] = g_j(i, k) - kept[i * b + k];

    // Carry the sums of each row on
    sums.all.add_products(g_j, g_j);
    sums.visible.add_products(kept.rows(), kept.rows());
    sums.inner.add_products(g_j, kept.rows());
    sums.lost.add_products(rest.rows(), rest.rows());

    // Take the column space of H off the rest, all rows at one scale: what remains, the head's own gradient cannot see either
    for (long i = 0; i < n && scales.any; ++i)
      for (long k = 0; k < b; ++k) rest[i * b + k] = rest[i * b + k] * S(scales.to_common(i));
    Tensor<S> unused(Shape{b, h.rank()});
    project_out<S>(h.q.rows(), rest.rows().transposed(), unused.rows());
    sums.joint.add_products(rest.rows(), rest.rows());
  }
  return sums;
}

}  // namespace detail

// G [N, V]; the bases of the column spaces of W (rows of length V) and of H (rows of length N).
// Errors: G = 0, of which nothing can be lost; for balls, BALLS above (Undecided).
template <Scalar S>
Projection<S> project(const Tensor<S>& g, const Basis<S>& w, const Basis<S>& h) {
  // Sum the squares of each row, at its scale
  const long n = g.n_rows();
  const detail::RowScales scales = detail::row_scales(g);
  const Tensor<S> scaled = scales.any ? detail::scaled_rows(g, scales) : Tensor<S>(Shape{0, 0});
  const auto sums = detail::projection_sums(scales.any ? scaled : g, scales, w, h);
  const auto whole = [&](const detail::RowSums<S>& rows) {
    return ordered_sum<S>(
        n, [&](long i) { return scales.any ? rows.total[i] * S(scales.to_common(i)) * S(scales.to_common(i)) : rows.total[i]; });
  };

  // Refuse G = 0
  const S size = sqrt_nonnegative(whole(sums.all)), visible = sqrt_nonnegative(whole(sums.visible));
  if (decided_zero(size, "head.project: is G = 0"))
    throw Error("head.project", "a gradient G that is not 0", "G = 0",
                "every target has probability 1, as far as doubles can tell: there is nothing to lose");

  // Compare the whole:  r = ||G_lost|| / ||G||,  c = <G, G_vis> / (||G|| ||G_vis||)
  Projection<S> p;
  p.norm = size * S(std::ldexp(1, scales.common)), p.visible_norm = visible * S(std::ldexp(1, scales.common));
  p.destroyed_ratio = sqrt_nonnegative(whole(sums.lost)) / size;
  p.cosine = decided_zero(visible, "head.project: is G P_W = 0") ? S(0.0) : whole(sums.inner) / (size * visible);
  p.jointly_lost = sqrt_nonnegative(sums.joint.sum()) / size;

  // Compare each row that is not 0, and average over those
  S total(0.0);
  for (long i = 0; i < n; ++i) {
    const bool silent = decided_zero(sums.all.total[i], "head.project: is the row of G 0");
    p.n_silent += silent;
    p.token_ratio.push_back(silent ? std::nullopt : std::optional(sqrt_nonnegative(sums.lost.total[i] / sums.all.total[i])));
    if (!silent) total = total + *p.token_ratio.back();
  }
  p.mean_token_ratio = total / S(static_cast<double>(n - p.n_silent));
  return p;
}

}  // namespace etalon::head
