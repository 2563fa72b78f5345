// SPDX-License-Identifier: Apache-2.0
// add — put two things of one shape together, entry by entry: the residual stream.
//
//   y_i = a_i + b_i
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 48,313 outputs
//          error  0.5 ulp of y at a = -0x1p-19, b = -0x1.fffffffffffffp-1; 0.5 ulp of reach; 1 of BOUND
//          valid  every finite a, every finite b, each alone; together |entry| < 2^1023
//
// SHAPES   a [...], b [...] of one shape  ->  y the same. Nothing is broadcast.
//
// VJP        a_bar = y_bar        b_bar = y_bar
//
//          Proof. dy_i/da_k = dy_i/db_k = [i = k]; contract with y_bar. QED
//          A copy: no arithmetic, no rounding. This is why a residual stream carries gradients far.
//
// BOUND    |y_i - exact| <= u |y_i|: one addition, rounded to nearest (Higham 2002, Theorem 2.3). A sum that is
//          subnormal is exact, since a, b and y are all multiples of the smallest double; for the same reason the
//          error is one, and rounding u |y_i| to a double cannot bring it below the error.
//
// EDGES    a + 0 is a, exactly; a + (-a) is +0. Inf + (-Inf) is NaN. An overflowing sum is Inf, and so is its bound.
//
// READ     docs/op/add.md; He et al. 2016 for the residual stream.
#pragma once

#include "op/page.h"

namespace etalon::op {

struct Add {
  static constexpr const char* kName = "add";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 2, in);
    require_same_shape(kName, in[0], in[1]);
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>&a = in[0], &b = in[1];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    for (long i = 0; i < y.size(); ++i) y[i] = a[i] + b[i];
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>&, const Tensor<S>&, const Tensor<S>& y_bar) {
    // y[i] = a[i] + b[i];
    const Tensor<S>&a_bar = y_bar, &b_bar = y_bar;
    return {a_bar, b_bar};
  }

  static Tensor<double> bound(const Setting&, const Args<double>&, const Tensor<double>& y) {
    auto bound = Tensor<double>::to_fill(y.shape());
    for (long i = 0; i < y.size(); ++i) bound[i] = kUnit * abs(y[i]);
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    return {
        {"residual",
         "What came in, and what a layer adds to it.",
         {},
         {{{1, 2, 2}, {0.1, -0.2, 3, 0x1p-30}}, {{1, 2, 2}, {0.2, 0.7, -1e-3, 1}}}},
        {"cancellation",
         "Equal and opposite: +0, and what is left of 1 + 2^-52.",
         {},
         {{{3}, {0.1, 0x1.0000000000001p0, 1e16}}, {{3}, {-0.1, -1, 1}}}},
        {"ties",
         "Halfway between two doubles: to the even one, upward and downward.",
         {},
         {{{2}, {1, 0x1.0000000000001p0}}, {{2}, {0x1p-53, 0x1p-53}}}},
        {"far-apart",
         "The small one vanishes, and near the smallest double nothing does.",
         {},
         {{{2}, {1e300, 0x1p-1073}}, {{2}, {1e-300, 0x1p-1074}}}},
    };
  }
};

}  // namespace etalon::op
