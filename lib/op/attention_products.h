// SPDX-License-Identifier: Apache-2.0
// attention_products — compare every query with every key.
//
//   y_bhts = sum_d q_bhtd k_bgsd,    g = h / (H/Hk)  (rounded down): the kv head of query head h
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 257,168 outputs
//          error  0.987 ulp of reach (case multi-query, entries of 2^-8 to 2^8); digits may cancel; 0.66 of BOUND
//          valid  |q| < 2^1021, |k| < 2^1021, each alone; together |entry| < 2^510
//
// SHAPES   q [B, H, T, D], k [B, Hk, T, D] -> y [B, H, T, T];  Hk divides H, nothing is empty.
//          Not divided by sqrt(D): that is the page scale.
//
// BITS     One fma per term from +0, d increasing.
//
// VJP      q_bar_bhtd = sum_s y_bar_bhts k_bgsd
//          k_bar_bgsd = sum_{h in group g} sum_t y_bar_bhts q_bhtd
//
//          Proof. dy_bhts/dq_bhtd = k_bgsd and dy_bhts/dk_bgsd = q_bhtd if h is in group g, else 0. QED
//          A key is read by every head of its group, so its gradient is a sum over the group: ONE fma chain
//          from +0, h increasing, and within a head t increasing. Reads q and k, never y.
//
// BOUND    |y - exact| <= gamma_{D+1} sum_d |q k| + D smallest doubles: each term passes through at most D fused
//          roundings (Higham 2002, section 3.1), each of which may also lose half a smallest double. The sum of
//          magnitudes is itself low by at most gamma_D: the one more unit.
//
// EDGES    D = 1: one rounded product. NaN in q spoils one row of scores; NaN in k one column, in every head
//          of its group.
//
// READ     docs/op/attention_products.md; Vaswani et al. 2017; Ainslie et al. 2023 for grouped heads.
#pragma once

#include "op/heads.h"
#include "op/page.h"

namespace etalon::op {

struct AttentionProducts {
  static constexpr const char* kName = "attention_products";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 2, in);
    const Shape &q = in[0], &k = in[1];
    require_groups(kName, q, k);
    if (q[3] != k[3])
      throw Error("op.attention_products", "keys of head size " + std::to_string(q[3]), to_string(k),
                  "q and k need one head size D: is C/H the same for both projections?");
    return {q[0], q[1], q[2], k[2]};
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>&q = in[0], &k = in[1];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    const long n_groups = k.shape()[0] * k.shape()[1];
    for (long g = 0; g < n_groups; ++g) {
      const Matrix<const S> q_g = group(q, n_groups, g), k_g = k.matrix(g);
      const Matrix<S> y_g = group(y, n_groups, g);
      matmul<S>(q_g, k_g.transposed(), y_g);
    }
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    const Tensor<S>&q = in[0], &k = in[1];
    auto q_bar = Tensor<S>::to_fill(q.shape());
    auto k_bar = Tensor<S>::to_fill(k.shape());
    const long n_groups = k.shape()[0] * k.shape()[1];
    for (long g = 0; g < n_groups; ++g) {
      const Matrix<const S> q_g = group(q, n_groups, g), k_g = k.matrix(g), y_bar_g = group(y_bar, n_groups, g);
      const Matrix<S> q_bar_g = group(q_bar, n_groups, g), k_bar_g = k_bar.matrix(g);

      // matmul<S>(q_g, k_g.transposed(), y_g);
      matmul<S>(y_bar_g, k_g, q_bar_g);
      matmul<S>(y_bar_g.transposed(), q_g, k_bar_g);
    }
    return {std::move(q_bar), std::move(k_bar)};
  }

  static Tensor<double> bound(const Setting& s, const Args<double>& in, const Tensor<double>&) {
    const auto q = magnitude(in[0]), k = magnitude(in[1]);
    auto bound = forward<double>(s, {&q, &k});
    const auto d = static_cast<double>(q.n_cols());
    for (long i = 0; i < bound.size(); ++i) bound[i] = gamma(d + 1) * bound[i] + d * kSmallest;
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    return {
        {"grouped",
         "Four query heads share two key heads of size 4; T = 3 is no power of two.",
         {},
         {ramp({1, 4, 3, 4}, 7, -11), ramp({1, 2, 3, 4}, 5, -6)}},
        {"batch", "Two sequences, each head with keys of its own.", {}, {ramp({2, 2, 3, 4}, 11, -17), ramp({2, 2, 3, 4}, 13, 3)}},
        {"multi-query", "One key head for all three query heads.", {}, {ramp({1, 3, 2, 5}, 3, 1), ramp({1, 1, 2, 5}, 17, -8)}},
        {"cancellation",
         "1e16 + 0.1 - 1e16: the digits of the first score are all rounding error.",
         {},
         {{{1, 1, 2, 3}, {1e8, 1, -1e8, 0x1p-600, 0x1p-540, 3}}, {{1, 1, 2, 3}, {1e8, 0.1, 1e8, 0x1p-600, 0x1p-530, 0}}}},
    };
  }
};

}  // namespace etalon::op
