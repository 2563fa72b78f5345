// SPDX-License-Identifier: Apache-2.0
// attention_mix — each row of probabilities takes an average of the values.
//
//   y_bhtd = sum_s p_bhts v_bgsd,    g = h / (H/Hk)  (rounded down): the kv head of query head h
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 214,460 outputs
//          error  0.737 ulp of reach (case grouped, v of 2^-14); digits may cancel; 0.723 of BOUND
//          valid  |p| < 2^1021, |v| < 2^1021, each alone; together |entry| < 2^511
//
// SHAPES   p [B, H, T, T], v [B, Hk, T, D] -> y [B, H, T, D];  Hk divides H, nothing is empty.
//
// BITS     One fma per term from +0, s increasing. A hidden p is exactly 0 and is not skipped: fma(0, v, acc)
//          is acc, for every finite v.
//
// VJP      p_bar_bhts = sum_d y_bar_bhtd v_bgsd
//          v_bar_bgsd = sum_{h in group g} sum_t p_bhts y_bar_bhtd
//
//          Proof. dy_bhtd/dp_bhts = v_bgsd and dy_bhtd/dv_bgsd = p_bhts if h is in group g, else 0. QED
//          A value is read by every head of its group, so its gradient is a sum over the group: ONE fma chain
//          from +0, h increasing, and within a head t increasing. Reads p and v, never y. Note that p_bar is
//          not 0 where p is: it is softmax that stops it there.
//
// BOUND    |y - exact| <= gamma_{T+1} sum_s |p v| + T smallest doubles: each term passes through at most T fused
//          roundings (Higham 2002, section 3.1), each of which may also lose half a smallest double. The sum of
//          magnitudes is itself low by at most gamma_T: the one more unit.
//
// EDGES    A row that sees nothing (all p = 0) is all zeros. NaN or infinity in a value spoils its column in every
//          row, hidden ones too: 0 times NaN is NaN. Padding must hold finite numbers.
//
// READ     docs/op/attention_mix.md; Vaswani et al. 2017; Ainslie et al. 2023 for grouped heads.
#pragma once

#include "op/heads.h"
#include "op/page.h"

namespace etalon::op {

struct AttentionMix {
  static constexpr const char* kName = "attention_mix";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 2, in);
    const Shape &p = in[0], &v = in[1];
    require_groups(kName, p, v);
    if (p[3] != v[2])
      throw Error("op.attention_mix", "probabilities over the " + std::to_string(v[2]) + " rows of v", to_string(p),
                  "p is [B, H, T, T] with the T of v [B, Hk, T, D]");
    return {p[0], p[1], p[2], v[3]};
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>&p = in[0], &v = in[1];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    const long n_groups = v.shape()[0] * v.shape()[1];
    for (long g = 0; g < n_groups; ++g) {
      const Matrix<const S> p_g = group(p, n_groups, g), v_g = v.matrix(g);
      const Matrix<S> y_g = group(y, n_groups, g);
      matmul<S>(p_g, v_g, y_g);
    }
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    const Tensor<S>&p = in[0], &v = in[1];
    auto p_bar = Tensor<S>::to_fill(p.shape());
    auto v_bar = Tensor<S>::to_fill(v.shape());
    const long n_groups = v.shape()[0] * v.shape()[1];
    for (long g = 0; g < n_groups; ++g) {
      const Matrix<const S> p_g = group(p, n_groups, g), v_g = v.matrix(g), y_bar_g = group(y_bar, n_groups, g);
      const Matrix<S> p_bar_g = group(p_bar, n_groups, g), v_bar_g = v_bar.matrix(g);

      // matmul<S>(p_g, v_g, y_g);
      matmul<S>(y_bar_g, v_g.transposed(), p_bar_g);
      matmul<S>(p_g.transposed(), y_bar_g, v_bar_g);
    }
    return {std::move(p_bar), std::move(v_bar)};
  }

  static Tensor<double> bound(const Setting& s, const Args<double>& in, const Tensor<double>&) {
    const auto p = magnitude(in[0]), v = magnitude(in[1]);
    auto bound = forward<double>(s, {&p, &v});
    const auto t = static_cast<double>(p.n_cols());
    for (long i = 0; i < bound.size(); ++i) bound[i] = gamma(t + 1) * bound[i] + t * kSmallest;
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    const Tensor<double> causal({1, 1, 3, 3}, {1, 0, 0, 0.3, 0.7, 0, 0.2, 0.5, 0.3});
    const Tensor<double> padded({2, 1, 3, 3}, {0, 0, 0, 0, 1, 0, 0, 0.4, 0.6, 1, 0, 0, 0.9, 0.1, 0, 0.9, 0.1, 0});
    return {
        {"causal", "The first row copies the first value; hidden probabilities are 0.", {}, {causal, ramp({1, 1, 3, 2}, 7, -11)}},
        {"grouped", "Four heads share two value heads of size 4.", {}, {ramp({1, 4, 3, 3}, 5, 1), ramp({1, 2, 3, 4}, 13, -9)}},
        {"padding",
         "Left padding: the first query sees nothing. Right padding: the last value is never read.",
         {},
         {padded, ramp({2, 1, 3, 2}, 11, -10)}},
        {"large-values",
         "One value is 1e16 times the others; a small probability meets it.",
         {},
         {{{1, 1, 2, 2}, {0.9, 0.1, 0x1p-60, 1}}, {{1, 1, 2, 2}, {1e16, -1, 0.1, -9}}}},
    };
  }
};

}  // namespace etalon::op
