// SPDX-License-Identifier: Apache-2.0
// relu — let a positive number through as it is, and nothing else.
//
//   y_i = x_i where x_i > 0,    y_i = 0 where x_i <= 0
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 71,324 outputs
//          error  0: y is exact
//          valid  every finite x
//
// SHAPES   x [...] -> y [...]: entry by entry, any shape.
//
// VJP      x_bar_i = y_bar_i where x_i > 0,    0 where x_i <= 0
//
//          Proof. Near x > 0 y is x, near x < 0 it is 0. At 0 there is no slope: the subgradients are all numbers
//          from 0 to 1. We take 0, as PyTorch and JAX do, at +0 and at -0. QED   Reads x, never y.
//
// NAN      A NaN is neither > 0 nor <= 0: y is NaN and so is x_bar. The comparison has to be written so that a NaN falls through
//          to x. `x > 0 ? x : 0` is the same function of real numbers, and swallows a NaN; the NaN law refuses it.
//
// BOUND    0: nothing is rounded.
//
// EDGES    relu(+-0) = +0, and the slope there is 0. relu(+inf) = +inf, relu(-inf) = 0. NaN stays in its entry. The choice changes
//          the answer, so a ball that holds 0 and other numbers is refused (Undecided).
//
// READ     docs/op/relu.md; Nair & Hinton 2010; Bertoin, Bolte, Gerchinovitz & Pauwels 2021 for the slope at 0.
#pragma once

#include "op/page.h"

namespace etalon::op {

struct Relu {
  static constexpr const char* kName = "relu";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    for (long i = 0; i < y.size(); ++i) y[i] = gated(x[i], x[i]);
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    const Tensor<S>& x = in[0];
    auto x_bar = Tensor<S>::to_fill(x.shape());
    // y[i] = gated(x[i], x[i]);
    for (long i = 0; i < x.size(); ++i) x_bar[i] = gated(x[i], y_bar[i]);
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting&, const Args<double>&, const Tensor<double>& y) { return Tensor<double>(y.shape()); }

  static std::vector<Case<Setting>> cases() {
    return {
        {"both-sides",
         "Negative numbers are shut out, positive ones pass.",
         {},
         {{{2, 4}, {-2.5, -1, -0x1p-30, 0.3, 0x1p-30, 1, 1.7, -3.1}}}},
        {"around-zero",
         "At 0 and at -0 the output is 0 and so is the slope; next to 0 it is 0 or 1. In fp32 all four inputs are 0.",
         {},
         {{{4}, {-0x1p-1000, -0.0, 0.0, 0x1p-1000}}}},
        {"large", "Nothing overflows.", {}, {{{4}, {-0x1.fffffffffffffp1023, -1e200, 1e200, 0x1.fffffffffffffp1023}}}},
    };
  }

 private:
  // What comes of `passed` at x: all of it, or nothing; x itself where x is neither positive, negative nor 0, which is NaN.
  template <class S>
  static S gated(const S& x, const S& passed) {
    if (decided_less(S(0), x, "relu: is 0 < x")) return passed;
    if (decided_less(x, S(0), "relu: is x < 0") || decided_zero(x, "relu: is x = 0")) return S(0);
    return x;
  }
};

}  // namespace etalon::op
