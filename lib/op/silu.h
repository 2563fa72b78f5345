// SPDX-License-Identifier: Apache-2.0
// silu — let a number through in proportion to its own logistic.
//
//   y_i = x_i sigma(x_i),    sigma(x) = 1 / (1 + exp(-x)) = exp(x) / (1 + exp(x))
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 97,832 outputs
//          error  2.49 ulp of y at x = -0x1.8d32093afe4cbp+4; 2.2 ulp of reach; 0.622 of BOUND
//          valid  every finite x
//
// SHAPES   x [...] -> y [...]: entry by entry, any shape.
//
// SIGN     The two forms of sigma are one number. We take the one whose exp has an argument <= 0: it
//          cannot overflow, and no two nearly equal numbers are ever subtracted. Because both forms are the
//          same function, midpoint() may choose.
//
// VJP      x_bar_i = y_bar_i (s + y_i c),    s = sigma(x_i), c = sigma(-x_i)
//
//          Proof. sigma' = sigma(x) sigma(-x), so d(x s)/dx = s + x s c, and x s = y. QED
//          c is computed as sigma(-x), not as 1 - s, which has no digits left once s is nearly 1. Reads x.
//
// BOUND    |y - exact| <= 5 u |y| (1 + 2^-20) + (2 min(|x|, 800) + 1) smallest doubles, u = 2^-53.
//          SLEEF's exp is off by 1 ulp <= 2u. For x < 0, e/(1 + e) hands on 1/(1 + e) < 1 of that: 2u; the
//          addition and the division add u each: sigma to 4u. For x >= 0, 1/(1 + e) hands on e/(1 + e) <= 1/2
//          of it: 3u. The product adds u. Where exp(x) is subnormal (x < -708) it is off by one smallest double
//          more, the quotient by half of one, and x multiplies both. Beyond |x| = 800 the exact |x exp(x)|
//          is below one smallest double and y = 0, so |x| counts no further than that.
//
// EDGES    silu(+-0) = +-0. Large x: y = x exactly; large -x: y = -0. silu(+inf) = +inf, silu(-inf) = NaN
//          (-inf times 0), as in every library that multiplies. NaN stays in its entry.
//
// READ     docs/op/silu.md; Elfwing, Uchibe & Doya 2018; Hendrycks & Gimpel 2016 for the name.
#pragma once

#include "op/page.h"

namespace etalon::op {

// sigma(x) with a relative error of at most 4u, apart from underflow; see SIGN and BOUND above.
template <Scalar S>
S sigmoid(const S& x) {
  if (midpoint(x) < 0) {
    const S e = exp(x);
    return e / (S(1) + e);
  }
  return S(1) / (S(1) + exp(-x));
}

// What underflow of x sigma(x) can cost: see BOUND.
inline double silu_underflow(double x) { return (2 * (abs(x) < 800 ? abs(x) : 800) + 1) * kSmallest; }

struct Silu {
  static constexpr const char* kName = "silu";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    for (long i = 0; i < y.size(); ++i) y[i] = x[i] * sigmoid(x[i]);
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    const Tensor<S>& x = in[0];
    auto x_bar = Tensor<S>::to_fill(x.shape());
    // y[i] = x[i] * sigmoid(x[i]);
    for (long i = 0; i < x.size(); ++i) x_bar[i] = y_bar[i] * slope(x[i]);
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting&, const Args<double>& in, const Tensor<double>& y) {
    auto bound = Tensor<double>::to_fill(y.shape());
    for (long i = 0; i < y.size(); ++i) bound[i] = 5 * kUnit * (1 + 0x1p-20) * abs(y[i]) + silu_underflow(in[0][i]);
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    return {
        {"around-zero",
         "Where the curve bends; the slope is 0 near -1.278.",
         {},
         {{{2, 5}, {-3.1, -1.2784645427610738, -0.7, -0x1p-30, 0, 0x1p-1074, 0.3, 1, 2.25, 4.9}}}},
        {"tails",
         "exp(x) turns subnormal, then 0, on one side; on the other y = x.",
         {},
         {{{8}, {-1e3, -744.5, -720, -40, 40, 720, 1e3, 1e300}}}},
    };
  }

  // d silu / dx, also for swiglu.
  template <Scalar S>
  static S slope(const S& x) {
    const S s = sigmoid(x);
    return fma(x * s, sigmoid(-x), s);
  }
};

}  // namespace etalon::op
