// SPDX-License-Identifier: Apache-2.0
// rms_norm — give every row length sqrt(C), then a gain for each column. The mean is left alone.
//
//   s_i = sqrt(1/C sum_k x_ik^2 + eps)       z_ij = x_ij / s_i       y_ij = z_ij gain_j
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 89,602 outputs
//          error  2.5 ulp of y (case tiny-entries, entries of 2^-8 to 2^8); 2.13 ulp of reach; 0.58 of BOUND
//          valid  |x| < 2^511, |gain| < 2^1023, each alone; together |entry| < 2^511
//
// SHAPES   x [..., C], gain [C]  ->  y [..., C],  C >= 1. eps > 0 is a ratio in the setting.
//
// BITS     The squares are one fma each from +0, left to right. eps stands inside the root. z is a division, y a product.
//
// VJP      With g_ij = y_bar_ij gain_j,
//
//            x_bar_ij = (g_ij - z_ij 1/C sum_k g_ik z_ik) / s_i        gain_bar_j = sum_i y_bar_ij z_ij
//
//          Proof, for one row. ds/dx_k = x_k/(C s) = z_k/C, so dz_j/dx_k = ([j = k] - z_j z_k/C) / s, symmetric in
//          j and k; contract with g. QED  z and s are computed again from x.
//
// BOUND    |y_ij - exact| <= (C/2 + 4) u (1 + 2^-20) |y_ij| + (|gain_j| + 2) 2^-1074. All terms under the root are
//          positive, so its relative error is at most C + 2 roundings (C fused squares, the division, eps and its
//          addition in one), halved by the root, which adds its own; then the division and the product: C/2 + 1 + 3. A square
//          that underflows is nothing beside eps; z and y lose half the smallest double each if they underflow.
//
// EDGES    A row of zeros gives zeros. Entries of 2^511 overflow the squares: y is then 0, and wrong, and BOUND says NaN.
//          NaN spoils its row.
//
// READ     docs/op/rms_norm.md; Zhang & Sennrich 2019.
#pragma once

#include "op/page.h"
#include "scalar/ratio.h"

namespace etalon::op {

struct RmsNorm {
  static constexpr const char* kName = "rms_norm";

  struct Setting {
    Ratio eps{1, 100000};
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, 2, in);
    if (in[0].rank() < 1 || in[0].n_cols() < 1)
      throw Error("op.rms_norm", "x [..., C] with C >= 1", to_string(in[0]), "a row of no entries has no mean square");
    const Shape per_column{in[0].n_cols()};
    if (in[1] != per_column)
      throw Error("op.rms_norm", "gain " + to_string(per_column), to_string(in[1]),
                  "one gain for each column of x " + to_string(in[0]));
    require_eps(kName, s.eps);
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& gain = in[1];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    const auto x_nc = in[0].rows();
    const auto y_nc = y.rows();
    for (long i = 0; i < y_nc.rows; ++i) {
      const S s_i = root_mean_square(s, in[0], i);
      for (long j = 0; j < y_nc.cols; ++j) y_nc(i, j) = x_nc(i, j) / s_i * gain[j];
    }
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    const Tensor<S>& gain = in[1];
    auto x_bar = Tensor<S>::to_fill(y.shape());
    Tensor<S> gain_bar(gain.shape());
    const auto x_nc = in[0].rows(), y_bar_nc = y_bar.rows();
    const auto x_bar_nc = x_bar.rows();
    const long n = y.n_rows(), c = y.n_cols();
    const S count(static_cast<double>(c));
    std::vector<S> z(c, S(0.0)), g(c, S(0.0));
    const auto z_k = [&](long k) { return z[k]; };
    const auto g_k = [&](long k) { return g[k]; };
    for (long i = 0; i < n; ++i) {
      const S s_i = root_mean_square(s, in[0], i);
      for (long j = 0; j < c; ++j) z[j] = x_nc(i, j) / s_i;

      // y_nc(i, j) = x_nc(i, j) / s_i * gain[j];
      for (long j = 0; j < c; ++j) g[j] = y_bar_nc(i, j) * gain[j];
      for (long j = 0; j < c; ++j) gain_bar[j] = fma(y_bar_nc(i, j), z[j], gain_bar[j]);

      // return sqrt(product_sum<S>(c, x_i, x_i) / S(static_cast<double>(c)) + s.eps.in<S>());
      const S stretch = product_sum<S>(c, g_k, z_k) / count;
      for (long j = 0; j < c; ++j) x_bar_nc(i, j) = (g[j] - z[j] * stretch) / s_i;
    }
    return {std::move(x_bar), std::move(gain_bar)};
  }

  static Tensor<double> bound(const Setting& s, const Args<double>& in, const Tensor<double>& y) {
    auto bound = Tensor<double>::to_fill(y.shape());
    const long c = y.n_cols();
    const double relative = (static_cast<double>(c) / 2 + 4) * kUnit * (1 + 0x1p-20);
    for (long i = 0; i < y.n_rows(); ++i) {
      const double s_i = root_mean_square(s, in[0], i);
      const double overflow = s_i - s_i;  // 0, or NaN if the squares overflowed
      for (long j = 0; j < c; ++j) bound[i * c + j] = relative * abs(y[i * c + j]) + (abs(in[1][j]) + 2) * kSmallest + overflow;
    }
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    const Tensor<double> gain({4}, {1.1, -0.7, 2, 0.3});
    return {
        {"two-rows", "Gains of both signs.", {}, {{{1, 2, 4}, {0.3, -1.2, 2.5, 0.7, 3, 1, -4, 1.5}}, gain}},
        {"common-offset",
         "A mean of 100 stays: an rms_norm that takes off the mean is a layer_norm.",
         {},
         {{{1, 4}, {100.3, 99.1, 101.7, 100.2}}, gain}},
        {"tiny-entries",
         "The mean square is far below eps, or near it: eps inside the root or outside shows here.",
         {},
         {{{3, 4}, {1e-6, -2e-6, 3e-6, 0, 4e-3, -1e-3, 2e-3, 0, 0, 0, 0, 0}}, gain}},
        {"three-columns",
         "Entries a hundred decades apart, where the small ones vanish under the root; another eps.",
         {{1, 1000000}},
         {{{2, 3}, {0.1, 0.1, 0.1, 1e100, -1e100, 3}}, {{3}, {1, 0.1, 1}}}},
        {"one-column", "A row of one entry keeps its sign and loses its size.", {}, {{{2, 1}, {7.1, -3}}, {{1}, {2}}}},
    };
  }

 private:
  template <Scalar S>
  static S root_mean_square(const Setting& s, const Tensor<S>& x, long i) {
    const long c = x.n_cols();
    const auto x_i = [&](long k) { return x[i * c + k]; };
    return sqrt(product_sum<S>(c, x_i, x_i) / S(static_cast<double>(c)) + s.eps.in<S>());
  }
};

}  // namespace etalon::op
