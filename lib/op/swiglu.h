// SPDX-License-Identifier: Apache-2.0
// swiglu — one half of a hidden layer decides how much of the other half passes.
//
//   y_i = silu(gate_i) up_i,    silu(g) = g sigma(g)
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 71,878 outputs
//          error  2.64 ulp of y at gate = -0x1.fffffffffffffp-1, up = -0x1.da0932fd27954p+156; 2.04 ulp of reach; 0.556 of BOUND
//          valid  gate < 2^1023, |up| < 2^1023, each alone; together |entry| < 2^512
//
// SHAPES   gate [...], up [...] of one shape -> y [...]. Entry by entry; the gate comes first.
//
// VJP      gate_bar_i = (y_bar_i up_i) silu'(gate_i)        up_bar_i = y_bar_i silu(gate_i)
//
//          with silu'(g) = sigma(g) + g sigma(g) sigma(-g) from the page silu.
//          Proof. y is linear in up with factor silu(gate), and the chain rule goes through the gate. QED
//          Reads gate and up, never y.
//
// BOUND    |y - exact| <= 6 u |y| (1 + 2^-20) + |up| a + smallest double, u = 2^-53: silu(gate) is off by
//          5u and by a = what its underflow can cost (page silu); the product adds u, or half a smallest double.
//
// EDGES    gate = 0 or up = 0: y = 0 exactly. Which input is gated matters: silu(a) b is not silu(b) a, and
//          a checkpoint whose two halves are swapped still runs. NaN in either stays in its entry.
//
// READ     docs/op/swiglu.md; Shazeer 2020, "GLU variants improve transformer".
#pragma once

#include "op/page.h"
#include "op/silu.h"

namespace etalon::op {

struct Swiglu {
  static constexpr const char* kName = "swiglu";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 2, in);
    require_same_shape(kName, in[0], in[1]);
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>&gate = in[0], &up = in[1];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    for (long i = 0; i < y.size(); ++i) y[i] = (gate[i] * sigmoid(gate[i])) * up[i];
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    const Tensor<S>&gate = in[0], &up = in[1];
    auto gate_bar = Tensor<S>::to_fill(gate.shape());
    auto up_bar = Tensor<S>::to_fill(up.shape());
    for (long i = 0; i < gate.size(); ++i) {
      // y[i] = (gate[i] * sigmoid(gate[i])) * up[i];
      gate_bar[i] = (y_bar[i] * up[i]) * Silu::slope(gate[i]);
      up_bar[i] = y_bar[i] * (gate[i] * sigmoid(gate[i]));
    }
    return {std::move(gate_bar), std::move(up_bar)};
  }

  static Tensor<double> bound(const Setting&, const Args<double>& in, const Tensor<double>& y) {
    auto bound = Tensor<double>::to_fill(y.shape());
    for (long i = 0; i < y.size(); ++i)
      bound[i] = 6 * kUnit * (1 + 0x1p-20) * abs(y[i]) + abs(in[1][i]) * silu_underflow(in[0][i]) + kSmallest;
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    return {
        {"not-symmetric",
         "Each gate meets an up of another size and sign, so that swapped halves show.",
         {},
         {{{2, 3}, {-1.2784645427610738, 0.5, 3, 0, -0.1, 2.2}}, {{2, 3}, {2, -0.3, 0.7, 5, 0, -0x1p-20}}}},
        {"tails",
         "A gate that is shut, one that is wide open, and one on the edge of underflow.",
         {},
         {{{4}, {-1e3, 1e3, -744.5, -30}}, {{4}, {7, -0.3, 100, 1e10}}}},
    };
  }
};

}  // namespace etalon::op
