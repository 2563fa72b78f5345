// SPDX-License-Identifier: Apache-2.0
// linear — mix the entries of each row with fixed weights, and shift them.
//
//   y_ij = sum_k x_ik w_jk + b_j        (layout out_in: w [O, C], as torch.nn.Linear stores it)
//   y_ij = sum_k x_ik w_kj + b_j        (layout in_out: w [C, O], as GPT-2's Conv1D stores it)
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 54,457 outputs
//          error  0.856 ulp of reach (case with-bias, entries of 2^-8 to 2^8); digits may cancel; 0.592 of BOUND
//          valid  |x| < 2^1021, |w| < 2^1021, every finite b, each alone; together |entry| < 2^511
//
// SHAPES   x [..., C], w [O, C] or [C, O], b [O] if there is one  ->  y [..., O],  C >= 1
//          Everything but the last axis of x is folded into N rows.
//
// BITS     The product is one fma per term from +0, k increasing; the bias is added last.
//
// VJP      With y_bar [N, O] (layout out_in):
//
//            x_bar = y_bar w        w_bar = y_bar^T x        b_bar_j = sum_i y_bar_ij
//
//          Proof. dy_ij/dx_ik = w_jk, dy_ij/dw_jk = x_ik, dy_ij/db_j = 1; contract with y_bar. QED
//          For in_out, w_bar = x^T y_bar. Reads x and w, never y.
//
// BOUND    |y_ij - exact| <= gamma_{C+1} (sum_k |x_ik w_jk| + |b_j|): each term passes through at most
//          C fused roundings and the bias addition (Higham 2002, section 3.1). The magnitudes are themselves summed in
//          double, low by at most gamma_C: one more unit covers it, so gamma_{C+2}.
//
// EDGES    A row of zeros gives b exactly. NaN in x spoils its row; NaN in w spoils a column of y.
//
// READ     docs/op/linear.md
#pragma once

#include "op/page.h"

namespace etalon::op {

enum class Layout { out_in, in_out };

struct Linear {
  static constexpr const char* kName = "linear";

  struct Setting {
    Layout layout = Layout::out_in;
    bool bias = true;
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, s.bias ? 3 : 2, in);
    const Shape &x = in[0], &w = in[1];
    if (x.rank() < 1 || w.rank() != 2 || x.n_cols() < 1)
      throw Error("op.linear", "x [..., C] and w of rank 2, C >= 1", to_string(x) + ", " + to_string(w), "is x a scalar?");
    const long c = s.layout == Layout::out_in ? w[1] : w[0];
    const long o = s.layout == Layout::out_in ? w[0] : w[1];
    if (x.n_cols() != c)
      throw Error("op.linear", "w that takes " + std::to_string(x.n_cols()) + " columns", to_string(w),
                  "GPT-2's Conv1D stores [in, out], torch.nn.Linear [out, in]: is the layout right?");
    if (s.bias && in[2] != Shape{o})
      throw Error("op.linear", "b " + to_string(Shape{o}), to_string(in[2]), "one bias for each output column");
    return x.with_last(o);
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    const auto x_nc = in[0].rows(), w_co = from_columns(s, in[1]);
    const auto y_no = y.rows();
    matmul<S>(x_nc, w_co, y_no);
    if (!s.bias) return y;

    const Tensor<S>& b = in[2];
    for (long i = 0; i < y_no.rows; ++i)
      for (long j = 0; j < y_no.cols; ++j) y_no(i, j) = y_no(i, j) + b[j];
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    auto x_bar = Tensor<S>::to_fill(in[0].shape());
    auto w_bar = Tensor<S>::to_fill(in[1].shape());
    const auto x_nc = in[0].rows(), w_co = from_columns(s, in[1]), y_bar_no = y_bar.rows();

    // matmul<S>(x_nc, w_co, y_no);
    matmul<S>(y_bar_no, w_co.transposed(), x_bar.rows());
    if (s.layout == Layout::out_in) matmul<S>(y_bar_no.transposed(), x_nc, w_bar.rows());
    else matmul<S>(x_nc.transposed(), y_bar_no, w_bar.rows());
    if (!s.bias) return {std::move(x_bar), std::move(w_bar)};

    // y_no(i, j) = y_no(i, j) + b[j];
    auto b_bar = Tensor<S>::to_fill(in[2].shape());
    for (long j = 0; j < y_bar_no.cols; ++j) b_bar[j] = ordered_sum<S>(y_bar_no.rows, [&](long i) { return y_bar_no(i, j); });
    return {std::move(x_bar), std::move(w_bar), std::move(b_bar)};
  }

  static Tensor<double> bound(const Setting& s, const Args<double>& in, const Tensor<double>& y) {
    const auto magnitude = [](const Tensor<double>& t) {
      auto out = t;
      for (long i = 0; i < t.size(); ++i) out[i] = abs(t[i]);
      return out;
    };
    const auto x = magnitude(in[0]), w = magnitude(in[1]);
    auto reach = Tensor<double>::to_fill(y.shape());
    matmul<double>(x.rows(), from_columns(s, w), reach.rows());
    for (long i = 0; i < reach.size(); ++i) {
      const double b = s.bias ? abs(in[2][i % reach.n_cols()]) : 0;
      reach[i] = gamma(static_cast<double>(x.n_cols()) + 2) * (reach[i] + b) + static_cast<double>(x.n_cols()) * kSmallest;
    }
    return reach;
  }

  static std::vector<Case<Setting>> cases() {
    const Tensor<double> x({2, 3}, {1, -2, 0.5, 0x1p-30, 3, -0.1});
    const Tensor<double> w({2, 3}, {0.3, 0.7, -1.1, 2, -0x1p-20, 0.9});
    const Tensor<double> wt({3, 2}, {0.3, 2, 0.7, -0x1p-20, -1.1, 0.9});
    const Tensor<double> b({2}, {0.1, -5});
    const Tensor<double> cancel_x({1, 3}, {1e8, 1, -1e8}), cancel_w({1, 3}, {1e8, 0.1, 1e8});
    return {
        {"with-bias", "Two rows through torch's layout.", {Layout::out_in, true}, {x, w, b}},
        {"no-bias", "Llama's linear maps have no bias.", {Layout::out_in, false}, {x, w}},
        {"conv1d", "GPT-2 stores the same map transposed.", {Layout::in_out, true}, {x, wt, b}},
        {"cancellation",
         "1e16 + 0.1 - 1e16: all the digits of the answer come from the rounding error.",
         {Layout::out_in, false},
         {cancel_x, cancel_w}},
        {"three-axes", "Leading axes are folded into rows.", {Layout::out_in, true}, {x.reshaped({1, 2, 3}), w, b}},
    };
  }

 private:
  // The weights as a window [C, O], whichever way they are stored.
  template <class S>
  static Matrix<const S> from_columns(const Setting& s, const Tensor<S>& w) {
    return s.layout == Layout::out_in ? w.rows().transposed() : w.rows();
  }
};

}  // namespace etalon::op
