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
// COST     2 N V (2 rank W + 2 rank H) flops; G_lost is never whole in memory: columns are taken kBlock at a time, each row's sums
//          carried on from left to right.
#pragma once

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
  std::vector<S> token_ratio;  // r of each row alone; of the n_silent rows that are 0, 0
  S mean_token_ratio;          // over the other rows
  long n_silent = 0;           // rows of G that are exactly 0: tokens predicted with probability 1
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

// The squares, and one inner product, of which everything in Projection is made, for each row of G.
template <class S>
struct ProjectionSums {
  RowSums<S> all, visible, lost;  // ||g||^2, ||g_vis||^2, ||g_lost||^2
  RowSums<S> inner;               // <g, g_vis>
  RowSums<S> joint;               // ||row of (I - P_H) G (I - P_W)||^2
  explicit ProjectionSums(long n) : all(n), visible(n), lost(n), inner(n), joint(n) {}
};

inline constexpr long kBlock = 1024;  // columns of G taken at a time

template <Scalar S>
ProjectionSums<S> projection_sums(const Tensor<S>& g, const Basis<S>& w, const Basis<S>& h) {
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

    // Take the column space of H off the rest: what remains, the head's own gradient cannot see either
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
  // Refuse G = 0
  const long n = g.n_rows();
  const detail::ProjectionSums<S> sums = detail::projection_sums(g, w, h);
  Projection<S> p;
  p.norm = sqrt_nonnegative(sums.all.sum());
  if (decided_zero(p.norm, "head.project: is G = 0"))
    throw Error("head.project", "a gradient G that is not 0", "G = 0", "every target has probability 1: there is nothing to lose");

  // Compare the whole:  r = ||G_lost|| / ||G||,  c = <G, G_vis> / (||G|| ||G_vis||)
  p.visible_norm = sqrt_nonnegative(sums.visible.sum());
  p.destroyed_ratio = sqrt_nonnegative(sums.lost.sum()) / p.norm;
  p.cosine = decided_zero(p.visible_norm, "head.project: is G P_W = 0") ? S(0.0) : sums.inner.sum() / (p.norm * p.visible_norm);
  p.jointly_lost = sqrt_nonnegative(sums.joint.sum()) / p.norm;

  // Compare each row that is not 0, and average over those
  for (long i = 0; i < n; ++i) {
    const bool silent = decided_zero(sums.all.total[i], "head.project: is the row of G 0");
    p.n_silent += silent;
    p.token_ratio.push_back(silent ? S(0.0) : sqrt_nonnegative(sums.lost.total[i] / sums.all.total[i]));
  }
  p.mean_token_ratio = ordered_sum<S>(n, [&](long i) { return p.token_ratio[i]; }) / S(static_cast<double>(n - p.n_silent));
  return p;
}

}  // namespace etalon::head
