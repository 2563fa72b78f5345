// SPDX-License-Identifier: Apache-2.0
// softmax — turn each row of scores into a row of probabilities.
//
//   y_ij = exp(x_ij - m_i) / Z_i,    Z_i = sum_k exp(x_ik - m_i),   sums over the visible k of row i
//   y_ij = 0 where j is hidden
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 67,456 outputs
//          error  394 ulp of y (case causal, entries +-2^9 that cancel); 2.35 ulp of reach; 0.981 of BOUND
//          valid  |x| < 2^1023
//
// SHAPES   x [..., C] -> y [..., C],  C >= 1. The setting may carry a visibility of the same shape:
//          1 where row i may see column j. Without one, everything is visible.
//
// SHIFT    m_i may be ANY number: numerator and denominator both gain the factor exp(-m_i), which
//          cancels. We take the row maximum, so that no exp overflows and Z_i >= 1. Because the answer
//          does not depend on m_i, we may choose it by midpoint() and treat it as a constant: a dual
//          gives it no tangent, a ball gives it no radius.
//
// VJP      With s_i = sum_k y_bar_ik y_ik (k increasing, one fma each),
//
//            x_bar_ij = y_ij (y_bar_ij - s_i).
//
//          Proof. dy_ij/dx_ik = y_ij ([j = k] - y_ik). Contract with y_bar. QED
//          A hidden entry has y = 0, so x_bar = 0: written as exactly 0. Reads y, never x.
//
// BOUND    |y_ij - exact| <= (g_ij + G_i + C + 8) u y_ij (1 + 2^-20),  g_ij = |x_ij - m_i|, u = 2^-53,
//          G_i = sum_k y_ik g_ik. Rounding x_ij - m_i costs g u, which exp turns into a relative
//          error g u of the numerator; the denominator suffers the y-weighted mean of the same, G_i.
//          SLEEF's exp adds 2u (1 ulp) above and 2u below, the sum (C-1) u, the division u; the rest
//          of the 8 and the last factor cover second-order terms while g < 2^20. Underflow of exp
//          adds at most C + 2 smallest doubles.
//
// EDGES    One column: y = 1 and x_bar = 0, exactly. A row of equal scores: y = 1/C, correctly rounded.
//          NaN anywhere in a visible part of a row: the visible row is NaN. A row that sees nothing
//          (a padded query) is all zeros.
//
// READ     docs/op/softmax.md; Bridle 1990 for the name.
#pragma once

#include "op/page.h"

namespace etalon::op {

struct Softmax {
  static constexpr const char* kName = "softmax";

  struct Setting {
    std::vector<char> visible = {};  // empty: everything; else one flag for each entry of x
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    if (in[0].rank() < 1 || in[0].n_cols() < 1)
      throw Error("op.softmax", "x of shape [..., C] with C >= 1", to_string(in[0]),
                  "a row of no scores has no maximum; is vocab_size set in the config?");
    if (!s.visible.empty() && static_cast<long>(s.visible.size()) != in[0].size())
      throw Error("op.softmax", "one visibility flag for each of " + std::to_string(in[0].size()) + " scores",
                  std::to_string(s.visible.size()), "make the mask with the same B, H and T as the scores");
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    Tensor<S> y(shape(s, in.shapes()));
    const long c = x.n_cols();
    for (long row = 0; row < x.n_rows(); ++row) {
      const S* x_i = x.data() + row * c;
      S* y_i = y.data() + row * c;
      const std::vector<long> seen = visible_columns(s, row, c);
      if (seen.empty()) continue;

      // Choose the shift m_i: a constant, not a value
      double m = midpoint(x_i[seen[0]]);
      for (const long j : seen) m = m < midpoint(x_i[j]) ? midpoint(x_i[j]) : m;

      // Exponentiate, then divide by the sum
      for (const long j : seen) y_i[j] = exp(x_i[j] - S(m));
      const S z = ordered_sum<S>(static_cast<long>(seen.size()), [&](long k) { return y_i[seen[k]]; });
      for (const long j : seen) y_i[j] = y_i[j] / z;
    }
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>&, const Tensor<S>& y, const Tensor<S>& y_bar) {
    Tensor<S> x_bar(y.shape());
    const long c = y.n_cols();
    for (long row = 0; row < y.n_rows(); ++row) {
      const S *y_i = y.data() + row * c, *y_bar_i = y_bar.data() + row * c;
      S* x_bar_i = x_bar.data() + row * c;
      const std::vector<long> seen = visible_columns(s, row, c);
      const auto y_k = [&](long k) { return y_i[seen[k]]; };
      const auto y_bar_k = [&](long k) { return y_bar_i[seen[k]]; };

      // const S z = ordered_sum<S>(static_cast<long>(seen.size()), [&](long k) { return y_i[seen[k]]; });
      const S s_i = product_sum<S>(static_cast<long>(seen.size()), y_bar_k, y_k);
      // for (const long j : seen) y_i[j] = exp(x_i[j] - S(m));
      // for (const long j : seen) y_i[j] = y_i[j] / z;
      for (const long j : seen) x_bar_i[j] = y_i[j] * (y_bar_i[j] - s_i);
    }
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting& s, const Args<double>& in, const Tensor<double>& y) {
    Tensor<double> bound(y.shape());
    const long c = y.n_cols();
    for (long row = 0; row < y.n_rows(); ++row) {
      const double* x_i = in[0].data() + row * c;
      const std::vector<long> seen = visible_columns(s, row, c);
      if (seen.empty()) continue;

      // Take the gaps to the maximum, and their mean G_i
      double m = x_i[seen[0]], mean_gap = 0;
      for (const long j : seen) m = x_i[j] > m ? x_i[j] : m;
      for (const long j : seen) mean_gap += y[row * c + j] * (m - x_i[j]);

      // Bound what they cost each entry
      for (const long j : seen) {
        const double gap = m - x_i[j];
        bound[row * c + j] = (gap + mean_gap + static_cast<double>(seen.size()) + 8) * kUnit * (1 + 0x1p-20) * y[row * c + j] +
                             static_cast<double>(c + 2) * kSmallest;
      }
    }
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    return {
        {"one-column", "One choice has probability 1 and no slope.", {}, {{{1, 1}, {3.0}}}},
        {"a-tie-and-a-slope",
         "The smallest case with a tie in one row and a slope in the other.",
         {},
         {{{2, 3}, {0, 0, 0, 1, 2, 3}}}},
        {"would-overflow", "exp(710) is infinite unless the maximum is taken off.", {}, {{{1, 4}, {-700, 710, 709.5, 0}}}},
        {"large-offset", "Tiny gaps on a huge offset.", {}, {{{2, 2}, {1e-300, -1e-300, 1e16, 1e16 + 2}}}},
        {"causal",
         "Row t sees columns 0..t; the last row is padding and sees nothing.",
         {{1, 0, 0, 1, 1, 0, 0, 0, 0}},
         {{{3, 3}, {0.3, 9, 9, -1.5, 2.25, 9, 1, 2, 3}}}},
    };
  }

 private:
  static std::vector<long> visible_columns(const Setting& s, long row, long c) {
    std::vector<long> seen;
    for (long j = 0; j < c; ++j)
      if (s.visible.empty() || s.visible[row * c + j]) seen.push_back(j);
    return seen;
  }
};

}  // namespace etalon::op
