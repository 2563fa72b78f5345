// SPDX-License-Identifier: Apache-2.0
// merge_heads — lay the heads of each token side by side again.
//
//   y_{b t k} = x_bhtd,     k = h D + d
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 206,304 outputs
//          error  0: y is exact
//          valid  every finite x
//
// SHAPES   x [B, H, T, D]  ->  y [B, T, H D],  H, D >= 1.
//
// VJP        x_bar_bhtd = y_bar_{b t k},   k = h D + d
//
//          Proof. y is x in another order: J is a permutation matrix, whose transpose is its inverse. QED  The heads are
//          split again. Reads nothing.
//
// BOUND    0: a copy has no rounding.
//
// EDGES    Merging without moving the axes, as reshape alone does, gives the same shape when T = H D or the sizes are swapped
//          by hand, and the right numbers only when H = 1 or T = 1. NaN goes where its entry goes.
//
// READ     docs/op/merge_heads.md; lib/op/split_heads.h is the way there.
#pragma once

#include "op/page.h"

namespace etalon::op {

struct MergeHeads {
  static constexpr const char* kName = "merge_heads";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    if (in[0].rank() != 4 || in[0][1] < 1 || in[0][3] < 1)
      throw Error("op.merge_heads", "x [B, H, T, D] with H, D >= 1", to_string(in[0]),
                  "heads before tokens, as split_heads leaves them");
    return {in[0][0], in[0][2], in[0][1] * in[0][3]};
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    for_each_place(x.shape(), [&](long at_x, long at_y) { y[at_y] = x[at_x]; });
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    auto x_bar = Tensor<S>::to_fill(in[0].shape());
    // y[at_y] = x[at_x];
    for_each_place(x_bar.shape(), [&](long at_x, long at_y) { x_bar[at_x] = y_bar[at_y]; });
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting&, const Args<double>&, const Tensor<double>& y) { return Tensor<double>(y.shape()); }

  static std::vector<Case<Setting>> cases() {
    const std::vector<double> x = {0.0,  0.1, 0.2, 0.3, 1.0, 1.1, 1.2, 1.3, 2.0, 2.1, 2.2, 2.3,
                                   -5.0, 5.1, 5.2, 5.3, 6.0, 6.1, 6.2, 6.3, 7.0, 7.1, 7.2, 7.3};
    return {
        {"three-heads", "H, T and D all differ.", {}, {{{1, 3, 2, 4}, x}}},
        {"square", "T = H = D: a merge that forgets the axes has the right shape and the wrong numbers.", {}, {{{3, 2, 2, 2}, x}}},
        {"one-head", "Nothing moves.", {}, {{{2, 1, 3, 4}, x}}},
    };
  }

 private:
  // Visits (index into x, index into y) for every entry of x, in the order of x.
  template <class F>
  static void for_each_place(const Shape& x, F visit) {
    const long n_heads = x[1], n_tokens = x[2], head_size = x[3];
    long at_x = 0;
    for (long b = 0; b < x[0]; ++b)
      for (long h = 0; h < n_heads; ++h)
        for (long t = 0; t < n_tokens; ++t)
          for (long d = 0; d < head_size; ++d) visit(at_x++, ((b * n_tokens + t) * n_heads + h) * head_size + d);
  }
};

}  // namespace etalon::op
