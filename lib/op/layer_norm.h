// SPDX-License-Identifier: Apache-2.0
// layer_norm — give every row mean 0 and spread 1, then a gain and a bias of its own choosing.
//
//   m_i = 1/C sum_k x_ik       d_ij = x_ij - m_i       s_i = sqrt(1/C sum_k d_ik^2 + eps)
//   z_ij = d_ij / s_i          y_ij = gain_j z_ij + bias_j
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 92,194 outputs
//          error  3.27e+14 ulp of reach (case three-columns, entries +-2^60 that cancel); digits may cancel; 1 of BOUND
//          valid  |x| < 2^511, |gain| < 2^1023, every finite bias, each alone; together |entry| < 2^511
//
// SHAPES   x [..., C], gain [C], bias [C]  ->  y [..., C],  C >= 1. eps > 0 is a ratio in the setting.
//
// BITS     Two passes: the mean left to right, then the deviations squared, one fma each from +0. eps stands inside
//          the root. z is a division; gain and bias are one fma.
//
// VJP      With g_ij = y_bar_ij gain_j,
//
//            x_bar_ij = (g_ij - 1/C sum_k g_ik - z_ij 1/C sum_k g_ik z_ik) / s_i
//            gain_bar_j = sum_i y_bar_ij z_ij        bias_bar_j = sum_i y_bar_ij
//
//          Proof, for one row. dd_j/dx_k = [j = k] - 1/C. In d(s^2)/dx_k = 2/C sum_j d_j ([j = k] - 1/C) the second
//          part vanishes, for sum_j d_j = 0; so ds/dx_k = d_k/(C s) = z_k/C. Therefore
//          dz_j/dx_k = ([j = k] - 1/C - z_j z_k/C) / s, symmetric in j and k; contract with g. QED
//          The three terms remove from g what the row cannot feel: nothing, a common shift, a common stretch (the
//          stretch not quite: eps makes sum_k z_k^2 a little less than C). z and s are computed again from x.
//
// BOUND    |y_ij - exact| <= (|gain_j| Z_ij + u |y_ij|) (1 + 2^-20) + (|gain_j| + 2) 2^-1074, where, with a = e/r,
//
//            Z_ij = a + |z_ij| (u + (h + u) s_i/r + a^2/2),   e = gamma_C 1/C sum_k |x_ik|,
//            h = (C/2 + 4) u,   r^2 = max(s_i^2 (1 - 2h - 8u) - e^2, eps).
//
//          The mean is off by D, |D| <= e (C - 1 sums, one division); so each computed d_j is (d_j - D)(1 + u').
//          Because sum_k d_k = 0, a common shift adds only D^2 to the mean square: s' = sqrt(s^2 + D^2), and s <= s' <=
//          s + e^2/2s. From s' to the computed s_i: 1 for d (the root of a sum of squares stretches no more than
//          its entries), (C + 2)/2 for squares, division and eps under the root, 1 for the root: less than h. Hence s >= r.
//          z is (d_j - D)(1 + u') over the computed s_i: the shift costs e/s; s_i for s costs |z| (h s_i + e^2/2s)/s; the
//          rounding of d and the division cost u |z| each. The gain multiplies all that; the fma adds u |y|.
//          The factor covers the rounding of this formula itself; half the smallest double is lost at a division.
//
// EDGES    A row of equal entries: z = 0 and y = bias, exactly, where the row's sum is exact (2.5 four times); where it is
//          not (0.1 three times) the mean is off by a bit, and eps decides how much of that shows: docs/op/layer_norm.md.
//          A row far from 0 keeps few digits: e/s counts them. Deviations of 2^511 overflow: BOUND is then NaN, which
//          accepts nothing. NaN spoils its row. C = 1: y = bias, x_bar = 0.
//
// READ     docs/op/layer_norm.md; Ba, Kiros & Hinton 2016.
#pragma once

#include "op/page.h"
#include "scalar/ratio.h"

namespace etalon::op {

struct LayerNorm {
  static constexpr const char* kName = "layer_norm";

  struct Setting {
    Ratio eps{1, 100000};
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, 3, in);
    if (in[0].rank() < 1 || in[0].n_cols() < 1)
      throw Error("op.layer_norm", "x [..., C] with C >= 1", to_string(in[0]), "a row of no entries has no mean");
    const Shape per_column{in[0].n_cols()};
    if (in[1] != per_column || in[2] != per_column)
      throw Error("op.layer_norm", "gain and bias " + to_string(per_column), to_string(in[1]) + " and " + to_string(in[2]),
                  "one gain and one bias for each column of x " + to_string(in[0]));
    require_eps(kName, s.eps);
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>&x = in[0], &gain = in[1], &bias = in[2];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    const auto y_nc = y.rows();
    for (long i = 0; i < y_nc.rows; ++i) {
      const Row<S> row = standardise(s, x, i);
      for (long j = 0; j < y_nc.cols; ++j) y_nc(i, j) = fma(row.z[j], gain[j], bias[j]);
    }
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    const Tensor<S>&x = in[0], &gain = in[1];
    auto x_bar = Tensor<S>::to_fill(x.shape());
    Tensor<S> gain_bar(gain.shape()), bias_bar(gain.shape());
    const auto x_bar_nc = x_bar.rows();
    const auto y_bar_nc = y_bar.rows();
    const long n = y.n_rows(), c = y.n_cols();
    const S count(static_cast<double>(c));
    std::vector<S> g(c, S(0.0));
    for (long i = 0; i < n; ++i) {
      const Row<S> row = standardise(s, x, i);
      const auto g_k = [&](long k) { return g[k]; };
      const auto z_k = [&](long k) { return row.z[k]; };

      // y_nc(i, j) = fma(row.z[j], gain[j], bias[j]);
      for (long j = 0; j < c; ++j) g[j] = y_bar_nc(i, j) * gain[j];
      for (long j = 0; j < c; ++j) gain_bar[j] = fma(y_bar_nc(i, j), row.z[j], gain_bar[j]);
      for (long j = 0; j < c; ++j) bias_bar[j] = i == 0 ? y_bar_nc(i, j) : bias_bar[j] + y_bar_nc(i, j);

      // const S m = ordered_sum<S>(c, [&](long k) { return x_i[k]; }) / count;
      const S shift = ordered_sum<S>(c, g_k) / count;
      // row.s = sqrt(product_sum<S>(c, d, d) / count + s.eps.in<S>());
      const S stretch = product_sum<S>(c, g_k, z_k) / count;
      // for (long k = 0; k < c; ++k) row.z.push_back(x_i[k] - m);
      // for (S& z : row.z) z = z / row.s;
      for (long j = 0; j < c; ++j) x_bar_nc(i, j) = (g[j] - shift - row.z[j] * stretch) / row.s;
    }
    return {std::move(x_bar), std::move(gain_bar), std::move(bias_bar)};
  }

  static Tensor<double> bound(const Setting& s, const Args<double>& in, const Tensor<double>& y) {
    auto bound = Tensor<double>::to_fill(y.shape());
    const long c = y.n_cols();
    const double count = static_cast<double>(c), eps = s.eps.in<double>(), h = (count / 2 + 4) * kUnit;
    for (long i = 0; i < y.n_rows(); ++i) {
      // Bound how far the mean may be off, and what is left of s at the least
      const Row<double> row = standardise(s, in[0], i);
      const double* x_i = in[0].data() + i * c;
      const double e = gamma(count) * (ordered_sum<double>(c, [&](long k) { return abs(x_i[k]); }) / count) + kSmallest;
      const double r_squared = row.s * row.s * (1 - 2 * h - 8 * kUnit) - e * e * (1 + 0x1p-20);
      const double floor = eps * (1 - 2 * kUnit);
      const double r = sqrt(r_squared < floor ? floor : r_squared), a = e / r;
      // Go on from there to z, the gain and the fma
      for (long j = 0; j < c; ++j) {
        const double z_off = a + abs(row.z[j]) * (kUnit + (h + kUnit) * row.s / r + a * a / 2);
        const double gain = abs(in[1][j]);
        bound[i * c + j] = (gain * z_off + kUnit * abs(y[i * c + j])) * (1 + 0x1p-20) + (gain + 2) * kSmallest;
      }
    }
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    const Tensor<double> gain({4}, {1.1, -0.7, 2, 0.3}), bias({4}, {0.1, 0, -3, 0x1p-20});
    return {
        {"two-rows", "Gains and biases of both signs.", {}, {{{1, 2, 4}, {0.3, -1.2, 2.5, 0.7, 3, 1, -4, 1.5}}, gain, bias}},
        {"equal-entries",
         "No spread: eps alone keeps the division finite, and y is the bias.",
         {},
         {{{2, 4}, {2.5, 2.5, 2.5, 2.5, 0, 0, 0, 0}}, gain, bias}},
        {"tiny-variance",
         "The variance is far below eps, or near it: eps inside the root or outside shows here.",
         {},
         {{{2, 4}, {1e-6, -2e-6, 3e-6, 0, 4e-3, -1e-3, 2e-3, 0}}, gain, bias}},
        {"large-offset",
         "Spread 1 on an offset of a million: E x^2 - (E x)^2 in one pass loses four digits more than two passes.",
         {},
         {{{1, 4}, {1000000.3, 999999.1, 1000001.7, 1000000.2}}, gain, bias}},
        {"three-columns",
         "1/3 is not a double; another eps.",
         {{1, 1000000000000}},
         {{{2, 3}, {0.1, 0.1, 0.1, 1e100, -1e100, 3}}, {{3}, {1, 1, 1}}, {{3}, {0, 0.5, -0.5}}}},
        {"one-column", "A row of one entry is its own mean.", {}, {{{2, 1}, {7.1, -3}}, {{1}, {2}}, {{1}, {0.3}}}},
    };
  }

 private:
  template <class S>
  struct Row {
    std::vector<S> z;  // (x - m) / s
    S s;               // sqrt(variance + eps)
  };

  template <Scalar S>
  static Row<S> standardise(const Setting& s, const Tensor<S>& x, long i) {
    const long c = x.n_cols();
    const S count(static_cast<double>(c));
    const S* x_i = x.data() + i * c;
    const S m = ordered_sum<S>(c, [&](long k) { return x_i[k]; }) / count;
    Row<S> row;
    for (long k = 0; k < c; ++k) row.z.push_back(x_i[k] - m);
    const auto d = [&](long k) { return row.z[k]; };
    row.s = sqrt(product_sum<S>(c, d, d) / count + s.eps.in<S>());
    for (S& z : row.z) z = z / row.s;
    return row;
  }
};

}  // namespace etalon::op
