// SPDX-License-Identifier: Apache-2.0
// causal_mask — hide from each row of scores what it must not see: the future, and padding.
//
//   y_bhts = x_bhts   where row t sees column s
//   y_bhts = 0        where it does not
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 179,245 outputs
//          error  0: y is exact
//          valid  every finite x
//
// SHAPES   x [B, H, T, T] -> y [B, H, T, T]. The setting holds one flag for each entry; visibility(B, H, T,
//          attention_mask) makes them: row t of sequence b sees column s iff s <= t and attention_mask[b, s].
//
// ZERO     0 stands for minus infinity: softmax is told the same visibility and never reads a hidden entry. So no
//          infinity is ever computed with, and no -1e9 either, which lets the future in when the scores
//          are large, and gives a row that sees nothing the probabilities of a row that sees everything.
//          Nothing but softmax with these flags may read y.
//
// VJP      x_bar = y_bar where visible, exactly 0 elsewhere.
//
//          Proof. y is x there, and a constant here. QED   Reads neither x nor y.
//
// BOUND    0: nothing is rounded.
//
// EDGES    A padded column is hidden from every row, its own included: under LEFT padding the first rows see
//          nothing at all (softmax gives them zeros). Under right padding every row sees column 0. NaN in a hidden
//          entry is gone; NaN in a visible one stays in its entry.
//
// READ     docs/op/causal_mask.md; Vaswani et al. 2017, section 3.2.3.
#pragma once

#include "op/page.h"

namespace etalon::op {

// The flags of a causal mask, [B, H, T, T]. attention_mask: [B, T], 0 for padding; empty: there is none.
// Errors: an extent below 1, an attention mask of another size.
inline std::vector<char> visibility(long b_size, long h_size, long t_size, const std::vector<char>& attention_mask = {}) {
  if (b_size < 1 || h_size < 1 || t_size < 1)
    throw Error("op.causal_mask.visibility", "B, H, T >= 1", to_string(Shape{b_size, h_size, t_size}), "is the batch empty?");
  if (!attention_mask.empty() && static_cast<long>(attention_mask.size()) != b_size * t_size)
    throw Error("op.causal_mask.visibility", "an attention mask " + to_string(Shape{b_size, t_size}),
                std::to_string(attention_mask.size()) + " flags", "one flag for each token: 1 to keep, 0 for padding");
  std::vector<char> visible;
  visible.reserve(b_size * h_size * t_size * t_size);
  for (long b = 0; b < b_size; ++b)
    for (long h = 0; h < h_size; ++h)
      for (long t = 0; t < t_size; ++t)
        for (long s = 0; s < t_size; ++s) visible.push_back(s <= t && (attention_mask.empty() || attention_mask[b * t_size + s]));
  return visible;
}

struct CausalMask {
  static constexpr const char* kName = "causal_mask";

  struct Setting {
    std::vector<char> visible;  // one flag for each entry of x
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    const Shape& x = in[0];
    if (x.rank() != 4 || x[2] != x[3])
      throw Error("op.causal_mask", "scores [B, H, T, T]", to_string(x), "one row of T scores for each of T queries");
    if (static_cast<long>(s.visible.size()) != x.size())
      throw Error("op.causal_mask", "one visibility flag for each of " + std::to_string(x.size()) + " scores",
                  std::to_string(s.visible.size()), "make the mask with the same B, H and T as the scores");
    return x;
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    Tensor<S> y(shape(s, in.shapes()));
    for (long i = 0; i < y.size(); ++i)
      if (s.visible[i]) y[i] = x[i];
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    Tensor<S> x_bar(in[0].shape());
    for (long i = 0; i < x_bar.size(); ++i)
      // if (s.visible[i]) y[i] = x[i];
      if (s.visible[i]) x_bar[i] = y_bar[i];
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting&, const Args<double>&, const Tensor<double>& y) { return Tensor<double>(y.shape()); }

  static std::vector<Case<Setting>> cases() {
    // Make scores in eighths, so that no two neighbours are equal
    const auto scores = [](const Shape& shape) {
      Tensor<double> x(shape);
      for (long i = 0; i < x.size(); ++i) x[i] = ratio<double>(7 * i % 19 - 9, 8);
      return x;
    };
    // Cover the future, every head, padding on either side, and scores of any size
    return {
        {"causal", "Three rows see one, two and three columns.", {visibility(1, 1, 3)}, {scores({1, 1, 3, 3})}},
        {"heads", "Every head has the same mask.", {visibility(1, 2, 3)}, {scores({1, 2, 3, 3})}},
        {"padding",
         "One sequence is padded on the right, one on the left: its first two rows see nothing.",
         {visibility(2, 1, 5, {1, 1, 1, 0, 0, 0, 0, 1, 1, 1})},
         {scores({2, 1, 5, 5})}},
        {"large",
         "A future score of 1e300 is hidden like any other.",
         {visibility(1, 1, 2)},
         {{{1, 1, 2, 2}, {-1e300, 1e300, 0x1p-1074, 1}}}},
    };
  }
};

}  // namespace etalon::op
