// SPDX-License-Identifier: Apache-2.0
// scale — multiply everything by one constant; by 1/sqrt(D) it keeps attention scores of order one.
//
//   y_i = c x_i,     c = num/den,  or  c = sqrt(num/den) if the setting says root
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 70,722 outputs
//          error  1.02 ulp of y at x = -0x1.bb3fe993e3fa1p-202 (case head-size-3); 1.02 ulp of reach; 0.762 of BOUND
//          valid  every finite x
//
// SHAPES   x [...]  ->  y the same. 1/sqrt(D) is the setting {{1, D}, true}.
//
// CONSTANT c is computed once, in the scalar itself: two roundings in double at most, an enclosure of the real
//          number in a ball. Powers of four under the root, and of two without, are exact.
//
// VJP        x_bar_i = c y_bar_i
//
//          Proof. dy_i/dx_k = c [i = k]; contract with y_bar. QED  c is a constant: it has no cotangent.
//
// BOUND    |y_i - exact| <= k u |y_i| (1 + 2^-20) + 2^-1074,   k = 2, or 5/2 with the root. The division and
//          the product are one rounding each, 2u; the root halves the relative error of what is under it and adds a
//          rounding, u/2 + u + u. The factor covers the second order; a product that underflows is off by at
//          most half the smallest double.
//
// EDGES    c = 1 copies. NaN stays in its entry. Refused: den < 1, a root of anything below 1/den, numbers of 2^53 and more.
//
// READ     docs/op/scale.md; Vaswani et al. 2017, section 3.2.1, for 1/sqrt(D).
#pragma once

#include "op/page.h"
#include "scalar/ratio.h"

namespace etalon::op {

struct Scale {
  static constexpr const char* kName = "scale";

  struct Setting {
    Ratio factor{1, 1};
    bool root = false;  // the factor is the square root of the ratio
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    constexpr long kExact = 1L << 53;
    const auto [num, den] = s.factor;
    if (den < 1 || den >= kExact || num <= -kExact || num >= kExact || (s.root && num < 1))
      throw Error("op.scale",
                  s.root ? "a factor num/den > 0 under the root, both below 2^53" : "a factor num/den, den > 0, both below 2^53",
                  std::to_string(num) + "/" + std::to_string(den), "for attention scores it is {1, D} with root, D the head size");
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    const S c = constant<S>(s);
    for (long i = 0; i < y.size(); ++i) y[i] = c * x[i];
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>&, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto x_bar = Tensor<S>::to_fill(y.shape());
    const S c = constant<S>(s);
    // y[i] = c * x[i];
    for (long i = 0; i < y.size(); ++i) x_bar[i] = c * y_bar[i];
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting& s, const Args<double>&, const Tensor<double>& y) {
    const double half_units = s.root ? 5 : 4;
    auto bound = Tensor<double>::to_fill(y.shape());
    for (long i = 0; i < y.size(); ++i) bound[i] = half_units * (kUnit / 2) * (1 + 0x1p-20) * abs(y[i]) + kSmallest;
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    const Tensor<double> x({2, 3}, {1, -2.7, 0.1, 1e300, -0x1p-40, 3});
    return {
        {"head-size-4", "1/sqrt(4) is 1/2: every product is exact.", {{1, 4}, true}, {x}},
        {"head-size-3", "1/sqrt(3) is not a double: both roundings of the constant show.", {{1, 3}, true}, {x}},
        {"ratio", "A plain ratio, negative and not a double.", {{-7, 10}, false}, {x}},
        {"underflow",
         "A third of the smallest doubles falls below the last bit.",
         {{1, 3}, false},
         {{{3}, {0x1p-1074, -0x1.8p-1073, 0x1p-1022}}}},
    };
  }

 private:
  template <Scalar S>
  static S constant(const Setting& s) {
    const S c = s.factor.in<S>();
    return s.root ? sqrt(c) : c;
  }
};

}  // namespace etalon::op
