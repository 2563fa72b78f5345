// SPDX-License-Identifier: Apache-2.0
// gelu_tanh — GPT-2's GELU: the normal distribution replaced by a logistic curve that almost fits it.
//
//   y_i = x_i/2 (1 + tanh(sqrt(2/pi) (x_i + a x_i^3))),    a = 44715/1000000
//
//       = x_i sigma(w(x_i)),    w(x) = sqrt(8/pi) x (1 + a x^2),    sigma(w) = 1 / (1 + exp(-w))
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 83,382 outputs
//          error  1.5e+03 ulp of y at x = -0x1.4bfd6c1d582a4p+4; 3.42 ulp of reach; 0.5 of BOUND
//          valid  every finite x
//
// SHAPES   x [...] -> y [...]: entry by entry, any shape.
//
// TAIL     (1 + tanh z)/2 = sigma(2z): the first line, as published, subtracts two nearly equal numbers for
//          x < 0; the second is the same function and subtracts nothing. We compute the second, so small
//          outputs keep their digits down to underflow. Backends compute the first, correctly: published_forward and
//          published_vjp say what that costs them, and golden/op/gelu_tanh allows for it.
//
// VJP      x_bar_i = y_bar_i (s + y_i c w'),    s = sigma(w), c = sigma(-w), w' = sqrt(8/pi) (1 + 3 a x_i^2)
//
//          Proof. sigma' = sigma(w) sigma(-w), so d(x s)/dx = s + x s c w', and x s = y. QED   Reads x.
//
// BOUND    |y - exact| <= (5 + 8 |w| sigma(-w)) u |y| (1 + 2^-20) + (2 min(|x|, 800) + 1) smallest doubles,
//          u = 2^-53, |w| cut off at 800.
//          w is off by 8u: sqrt(8/pi) by 2u (pi and the division by u each, which the root halves, and the root),
//          a x^2 by 3u (a and two products), adding 1 by u, the two products of w by u each. sigma turns a
//          relative error of w into w sigma(-w) times as much; its own error, the last product and the
//          underflow are those of the page silu (5u). |w| > 800 has sigma(w) sigma(-w) = 0 in double.
//
// EDGES    gelu_tanh(+-0) = +-0. Large x: y = x exactly; below x = -22, y = -0. Above |x| = 2^511 the forward pass is
//          still right, but in the VJP x^2 overflows and w' c is inf times 0, NaN. NaN stays in its entry.
//
// READ     docs/op/gelu_tanh.md; Hendrycks & Gimpel 2016, section 2; Radford et al. 2019 (GPT-2's code).
#pragma once

#include "op/page.h"
#include "op/silu.h"

namespace etalon::op {

struct GeluTanh {
  static constexpr const char* kName = "gelu_tanh";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    const S root = root_eight_over_pi<S>();
    for (long i = 0; i < y.size(); ++i) y[i] = x[i] * sigmoid(bent(root, x[i]));
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    const Tensor<S>& x = in[0];
    auto x_bar = Tensor<S>::to_fill(x.shape());
    const S root = root_eight_over_pi<S>();
    for (long i = 0; i < x.size(); ++i) {
      // y[i] = x[i] * sigmoid(bent(root, x[i]));
      const S w = bent(root, x[i]);
      const S s = sigmoid(w), c = sigmoid(-w);
      const S w_slope = root * (S(1) + ratio<S>(3 * 44715, 1000000) * (x[i] * x[i]));
      x_bar[i] = y_bar[i] * fma((x[i] * s) * c, w_slope, s);
    }
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting&, const Args<double>& in, const Tensor<double>& y) {
    auto bound = Tensor<double>::to_fill(y.shape());
    for (long i = 0; i < y.size(); ++i) {
      const double w = bent(root_eight_over_pi<double>(), in[0][i]);
      const double reach = abs(w) < 800 ? abs(w) : 800;
      bound[i] = (5 + 8 * reach * sigmoid(-w)) * kUnit * (1 + 0x1p-20) * abs(y[i]) + silu_underflow(in[0][i]);
    }
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    return {
        {"around-zero",
         "Where the curve bends and differs from ReLU and, by up to 5e-4, from gelu.",
         {},
         {{{2, 5}, {-2.5, -1, -0.7524614220710162, -0x1p-30, 0, 0x1p-1074, 0.3, 1, 1.7, 3.1}}}},
        {"negative-tail",
         "1 + tanh would have no digits left; sigma keeps them, then underflows.",
         {},
         {{{7}, {-3.3, -5, -8, -12, -20, -21.1, -40}}}},
        {"large", "Nothing overflows: y is x, or -0.", {}, {{{4}, {-1e100, -1e3, 1e3, 1e100}}}},
    };
  }

  // x/2 (1 + t), t = tanh(u), u = sqrt(2/pi) (x + a x^3): the formula as published.
  template <Scalar S>
  static Tensor<S> published_forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    for (long i = 0; i < y.size(); ++i) y[i] = (ratio<S>(1, 2) * x[i]) * (S(1) + published_tanh(x[i]));
    return y;
  }

  // (1 + t)/2 + x/2 (1 - t^2) u',    u' = sqrt(2/pi) (1 + 3 a x^2)
  template <Scalar S>
  static std::vector<Tensor<S>> published_vjp(const Setting&, const Args<S>& in, const Tensor<S>& y_bar) {
    const Tensor<S>& x = in[0];
    auto x_bar = Tensor<S>::to_fill(x.shape());
    for (long i = 0; i < x.size(); ++i) {
      // y[i] = (ratio<S>(1, 2) * x[i]) * (S(1) + published_tanh(x[i]));
      const S t = published_tanh(x[i]), half = ratio<S>(1, 2);
      const S u_slope = sqrt(S(2) / Pi<S>::value()) * (S(1) + ratio<S>(3 * 44715, 1000000) * (x[i] * x[i]));
      x_bar[i] = y_bar[i] * (half * (S(1) + t) + ((half * x[i]) * (S(1) - t * t)) * u_slope);
    }
    return {std::move(x_bar)};
  }

 private:
  template <Scalar S>
  static S published_tanh(const S& x) {
    return tanh(sqrt(S(2) / Pi<S>::value()) * (x + ratio<S>(44715, 1000000) * ((x * x) * x)));
  }

  template <Scalar S>
  static S root_eight_over_pi() {
    return sqrt(S(8) / Pi<S>::value());
  }

  // w(x), given sqrt(8/pi).
  template <Scalar S>
  static S bent(const S& root, const S& x) {
    return (root * x) * (S(1) + ratio<S>(44715, 1000000) * (x * x));
  }
};

}  // namespace etalon::op
