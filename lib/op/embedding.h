// SPDX-License-Identifier: Apache-2.0
// embedding — look each token up in a table: its row is its vector.
//
//   y_btc = table_{n c},     n = token_bt
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 108,764 outputs
//          error  0: y is exact
//          valid  every finite table
//
// SHAPES   table [V, C], tokens [B, T] in the setting with their leading shape  ->  y [B, T, C].
//          Any leading shape will do. The learned position table is read by the same page: its "tokens" are positions.
//
// VJP        table_bar_{v c} = sum of y_bar_btc over the (b, t) with token_bt = v
//
//          Proof. dy_btc/dtable_{v k} = [v = token_bt] [c = k]; contract with y_bar. QED
//          A token that occurs twice adds two rows; one that never occurs has gradient +0. Reads the tokens only.
//
// BITS     The rows of one token are added in increasing position order (b first, then t), from +0.
//
// BOUND    0: a copy has no rounding.
//
// EDGES    NaN in a row of the table goes to every place that row is looked up, and nowhere else. A token
//          below 0 or at least V is refused with its place: out of range is read by nobody.
//
// READ     docs/op/embedding.md
#pragma once

#include "op/page.h"

namespace etalon::op {

struct Embedding {
  static constexpr const char* kName = "embedding";

  struct Setting {
    std::vector<long> tokens;  // each in 0..V-1
    Shape leading;             // [B, T]: the shape the tokens are laid out in
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    if (in[0].rank() != 2)
      throw Error("op.embedding", "a table [V, C]", to_string(in[0]),
                  "one row for each token of the vocabulary, as torch.nn.Embedding stores it");
    if (s.leading.size() != static_cast<long>(s.tokens.size()))
      throw Error("op.embedding", std::to_string(s.leading.size()) + " tokens for the leading shape " + to_string(s.leading),
                  std::to_string(s.tokens.size()), "the leading shape is [B, T]: one token for each place");
    require_tokens_in_range(s, in[0][0]);
    std::vector<long> extents = s.leading.extents();
    extents.push_back(in[0][1]);
    return Shape(extents);
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& table = in[0];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    const long c = y.n_cols();
    for (std::size_t i = 0; i < s.tokens.size(); ++i)
      for (long k = 0; k < c; ++k) y[i * c + k] = table[s.tokens[i] * c + k];
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    Tensor<S> table_bar(in[0].shape());
    const long c = y_bar.n_cols();
    for (std::size_t i = 0; i < s.tokens.size(); ++i)
      for (long k = 0; k < c; ++k) {
        // y[i * c + k] = table[s.tokens[i] * c + k];
        S& bar = table_bar[s.tokens[i] * c + k];
        bar = bar + y_bar[i * c + k];
      }
    return {std::move(table_bar)};
  }

  static Tensor<double> bound(const Setting&, const Args<double>&, const Tensor<double>& y) { return Tensor<double>(y.shape()); }

  static std::vector<Case<Setting>> cases() {
    const Tensor<double> table({4, 2}, {0.1, -0.2, 1e16, 3, -0x1p-1074, 0.7, -5, 1e-300});
    return {
        {"repeated-tokens", "Token 1 three times, token 2 never: its gradient row is zero.", {{1, 0, 1, 3, 1, 0}, {2, 3}}, {table}},
        {"one-token", "Every place looks up the same row.", {{0, 0, 0, 0}, {1, 4}}, {{{1, 3}, {0.3, -2, 1e8}}}},
        {"positions",
         "The same page reads a position table: two sequences, the second starting at 2.",
         {{0, 1, 2, 3}, {2, 2}},
         {table}},
        {"one-axis", "The leading shape need not be [B, T].", {{3, 3}, {2}}, {table}},
    };
  }

 private:
  static void require_tokens_in_range(const Setting& s, long vocabulary) {
    for (std::size_t i = 0; i < s.tokens.size(); ++i)
      if (s.tokens[i] < 0 || s.tokens[i] >= vocabulary)
        throw Error("op.embedding: token " + place(s.leading, static_cast<long>(i)), "0 <= token < " + std::to_string(vocabulary),
                    std::to_string(s.tokens[i]),
                    "was the text encoded with another vocabulary, or is it a position past the table?");
  }

  // The i-th place of a shape, last axis fastest: 5 in [2, 3] is [1, 2].
  static std::string place(const Shape& leading, long i) {
    std::vector<long> index(leading.rank());
    for (int axis = leading.rank(); axis-- > 0; i /= leading[axis]) index[axis] = i % leading[axis];
    return to_string(Shape(index));
  }
};

}  // namespace etalon::op
