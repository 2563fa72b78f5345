// SPDX-License-Identifier: Apache-2.0
// split_heads — deal the columns of each token out to its heads.
//
//   y_bhtd = x_{b t k},     k = first + h D + d
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 123,792 outputs
//          error  0: y is exact
//          valid  every finite x
//
// SHAPES   x [B, T, K]  ->  y [B, H, T, D],   first + H D <= K. The setting holds H, D and the first column, so
//          that one page serves separate q, k, v (first = 0, K = H D) and GPT-2's fused map (K = 3C, first = 0, C, 2C).
//
// VJP        x_bar_{b t k} = y_bar_bhtd where k = first + h D + d;  0 in every other column
//
//          Proof. Each y is one x, and each x is at most one y: J is a matrix of zeros with at most one 1 in each row and
//          column, and its transpose sends every cotangent back where its value came from. QED  Reads nothing.
//
// BOUND    0: a copy has no rounding.
//
// EDGES    One head: [B, T, D] with an axis of extent 1 inserted. NaN goes where its entry goes; NaN in a column outside
//          goes nowhere.
//
// READ     docs/op/split_heads.md; lib/op/merge_heads.h is the way back.
#pragma once

#include "op/page.h"

namespace etalon::op {

struct SplitHeads {
  static constexpr const char* kName = "split_heads";

  struct Setting {
    long n_heads = 1;       // H
    long head_size = 1;     // D
    long first_column = 0;  // of x, where head 0 begins
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    if (in[0].rank() != 3) throw Error("op.split_heads", "x [B, T, K]", to_string(in[0]), "B sequences of T tokens of K columns");
    const long k = in[0][2];
    // Divided, not multiplied: H D may overflow
    if (s.n_heads < 1 || s.head_size < 1 || s.first_column < 0 || s.first_column > k ||
        s.n_heads > (k - s.first_column) / s.head_size)
      throw Error("op.split_heads",
                  "H >= 1 heads of D >= 1 columns within the " + std::to_string(k) + " columns of x " + to_string(in[0]),
                  "H = " + std::to_string(s.n_heads) + ", D = " + std::to_string(s.head_size) + ", first column " +
                      std::to_string(s.first_column),
                  "a fused qkv has 3C columns, q at 0, k at C, v at 2C; D = C/H");
    return {in[0][0], s.n_heads, in[0][1], s.head_size};
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    for_each_place(s, x.shape(), [&](long at_y, long at_x) { y[at_y] = x[at_x]; });
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    Tensor<S> x_bar(in[0].shape());
    // y[at_y] = x[at_x];
    for_each_place(s, x_bar.shape(), [&](long at_y, long at_x) { x_bar[at_x] = y_bar[at_y]; });
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting&, const Args<double>&, const Tensor<double>& y) { return Tensor<double>(y.shape()); }

  static std::vector<Case<Setting>> cases() {
    const Tensor<double> fused({1, 2, 12}, {0.0,  0.1, 0.2, 0.3, 1.0, 1.1, 1.2, 1.3, 2.0, 2.1, 2.2, 2.3,
                                            -5.0, 5.1, 5.2, 5.3, 6.0, 6.1, 6.2, 6.3, 7.0, 7.1, 7.2, 7.3});
    return {
        {"separate", "All columns dealt out: B, H, T and D all differ.", {3, 4, 0}, {fused}},
        {"fused-q", "The first third of q, k, v side by side.", {2, 2, 0}, {fused}},
        {"fused-k", "The middle third.", {2, 2, 4}, {fused}},
        {"fused-v", "The last third, down to the last column.", {2, 2, 8}, {fused}},
        {"two-sequences", "The batch stays outside.", {2, 3, 0}, {fused.reshaped({2, 2, 6})}},
    };
  }

 private:
  // Visits (index into y, index into x) for every entry of y, in the order of y.
  template <class F>
  static void for_each_place(const Setting& s, const Shape& x, F visit) {
    const long n_tokens = x[1], n_columns = x[2];
    long at_y = 0;
    for (long b = 0; b < x[0]; ++b)
      for (long h = 0; h < s.n_heads; ++h)
        for (long t = 0; t < n_tokens; ++t)
          for (long d = 0; d < s.head_size; ++d)
            visit(at_y++, (b * n_tokens + t) * n_columns + s.first_column + h * s.head_size + d);
  }
};

}  // namespace etalon::op
