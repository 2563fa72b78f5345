// SPDX-License-Identifier: Apache-2.0
// gelu — let a number through in proportion to how many normal numbers lie below it.
//
//   y_i = x_i Phi(x_i),    Phi(x) = (1 + erf(x / sqrt 2)) / 2
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 76,136 outputs
//          error  1.21e+14 ulp of reach at x = -0x1.11f4e1a4ea1abp+3; digits may cancel; 0.662 of BOUND
//          valid  -2^1023 < x < 2^1022
//
// SHAPES   x [...] -> y [...]: entry by entry, any shape.
//
// VJP      x_bar_i = y_bar_i (Phi(x_i) + x_i phi(x_i)),    phi(x) = exp(-x^2/2) / sqrt(2 pi)
//
//          Proof. Phi' = phi, because erf'(z) = 2/sqrt(pi) exp(-z^2). QED
//          Reads x, never y. The slope of gelu_tanh is another one, by up to 9e-4: docs/op/gelu.md.
//
// BOUND    |y - exact| <= (|x| (|E| + 1/2) + 2 |y|) u (1 + 2^-20) + 2 smallest doubles, E = erf(x/sqrt 2), u = 2^-53.
//          x/sqrt 2 is off by 2u (the root and the division). |z erf'(z)| <= sqrt(2/(pi e)) < 1/2, so E suffers
//          at most u from that, and 1 ulp <= 2u |E| from SLEEF: together (2 |E| + 1) u, times |x|/2. Adding 1 costs
//          u Phi, the product u |y|. Halving is exact, save for the last bit of a subnormal x.
//
// LOSS     This is an ABSOLUTE bound. For x < 0, 1 + erf subtracts two nearly equal numbers: below x = -8.3
//          erf is -1 to the last bit, y is -0, and the exact value, -4e-16 and rising, is lost. Every
//          backend that writes 1 + erf does the same; a relative comparison of such entries means nothing.
//
// EDGES    gelu(+-0) = +-0. Large x: y = x exactly. gelu(+inf) = +inf, gelu(-inf) = NaN (-inf times 0).
//          x^2 may overflow in the VJP: exp(-inf) = 0 is the right answer. NaN stays in its entry.
//
// READ     docs/op/gelu.md; Hendrycks & Gimpel 2016, "Gaussian error linear units".
#pragma once

#include "op/page.h"
#include "scalar/erf_tail.h"

namespace etalon::op {

struct Gelu {
  static constexpr const char* kName = "gelu";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    for (long i = 0; i < y.size(); ++i) y[i] = half(x[i]) * one_plus_erf(x[i] / sqrt(S(2)));
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    const Tensor<S>& x = in[0];
    auto x_bar = Tensor<S>::to_fill(x.shape());
    const S root_two_pi = sqrt(S(2) * Pi<S>::value());
    for (long i = 0; i < x.size(); ++i) {
      // y[i] = half(x[i]) * one_plus_erf(x[i] / sqrt(S(2)));
      const S below = half(one_plus_erf(x[i] / sqrt(S(2))));
      const S density = exp(-half(x[i] * x[i])) / root_two_pi;
      x_bar[i] = y_bar[i] * fma(x[i], density, below);
    }
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting&, const Args<double>& in, const Tensor<double>& y) {
    auto bound = Tensor<double>::to_fill(y.shape());
    for (long i = 0; i < y.size(); ++i) {
      const double x = in[0][i], e = erf(x / sqrt(2.0));
      bound[i] = (abs(x) * (abs(e) + 1.0 / 2) + 2 * abs(y[i])) * kUnit * (1 + 0x1p-20) + 2 * kSmallest;
    }
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    return {
        {"around-zero",
         "Where the curve bends and differs from ReLU; the slope is 0 near -0.752.",
         {},
         {{{2, 5}, {-2.5, -1, -0.7517915241892905, -0x1p-30, 0, 0x1p-1074, 0.3, 1, 1.7, 3.1}}}},
        {"negative-tail", "1 + erf loses its digits, then all of them.", {}, {{{6}, {-3.3, -5, -6.5, -8, -8.5, -40}}}},
        {"large", "Nothing overflows: y is x, or -0.", {}, {{{4}, {-1e200, -1e3, 1e3, 1e200}}}},
        {"signed-zero",
         "-0 is the number 0, whose y is published as +0; a negative y that rounds to 0 is published as -0.",
         {},
         {{{4}, {-0.0, 0, -0x1p-1074, 0x1p-1074}}}},
    };
  }

 private:
  template <class S>
  static S half(const S& x) {
    return x * ratio<S>(1, 2);
  }
};

}  // namespace etalon::op
