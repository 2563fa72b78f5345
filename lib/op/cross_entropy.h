// SPDX-License-Identifier: Apache-2.0
// cross_entropy — how many nats of surprise the true next tokens cost, on average.
//
//   y = (1/n) sum_i l_i        l_i = ln Z_i - (x_iy - m_i),    Z_i = sum_k exp(x_ik - m_i)
//
//   over the n rows i whose target y = y_i is kept; rows whose target is the ignore index (-100) carry no loss.
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 10,503 outputs
//          error  1.82e+14 ulp of reach (case one-row, entries of 2^-8 to 2^8); digits may cancel; 0.591 of BOUND
//          valid  |x| < 2^1020
//
// SHAPES   x [..., V], one target in 0..V-1 (or the ignore index) for each row -> y []: one number, in nats.
//
// SHIFT    m_i may be ANY number: exp(-m_i) leaves Z_i as the summand -m_i of ln Z_i and cancels. We take
//          the row maximum, so that no exp overflows, Z_i >= 1 and ln Z_i >= 0. Chosen by midpoint().
//
// BITS     l_i is added in increasing i, and the sum divided by n once.
//
// VJP      x_bar_ik = (p_ik - [k = y_i]) (y_bar / n),    p_ik = exp(x_ik - m_i) / Z_i
//
//          Proof. d ln Z_i / dx_ik = p_ik, d x_iy / dx_ik = [k = y_i]; contract with y_bar / n. QED
//          An ignored row has x_bar = 0: written as exactly 0. Reads x, never y.
//
// BOUND    |y - exact| <= (mean_i (G_i + g_iy + V + 1 + 2 ln Z_i) + (n + 1) y) u (1 + 2^-20) + V smallest doubles,
//          u = 2^-53, g_ik = m_i - x_ik, G_i = sum_k p_ik g_ik.
//          Rounding the gaps costs exp a relative g u, SLEEF's exp 2u, the sum of V terms (V - 1) u: Z is off by
//          a relative (G + V + 1) u, and ln Z by as much absolutely, plus SLEEF's 1 ulp, 2u ln Z. Rounding g_iy costs
//          g_iy u, the difference l_i u. All l_i >= 0, so their sum adds (n - 1) u y and the division u y: with
//          the u l_i, (n + 1) u y. An exp that underflows, or sits beside g > 800, changes Z >= 1 by at most
//          one smallest double.
//
// EDGES    V = 1: the loss is 0. Equal logits: ln V. No target kept: refused, since a mean over nothing is no number.
//          x = -inf is a token that cannot occur: p = 0; as a target it costs +inf. NaN in a kept row: y is NaN;
//          in an ignored one: nothing happens.
//
// READ     docs/op/cross_entropy.md; Shannon 1948, section 6.
#pragma once

#include "op/page.h"

namespace etalon::op {

struct CrossEntropy {
  static constexpr const char* kName = "cross_entropy";

  struct Setting {
    std::vector<long> targets;  // one for each row of x
    long ignore = -100;         // a target that carries no loss
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    // Require one row of logits for each target
    const Shape& x = in[0];
    if (x.rank() < 1 || x.n_cols() < 1)
      throw Error("op.cross_entropy", "x of shape [..., V] with V >= 1", to_string(x), "is vocab_size set in the config?");
    if (static_cast<long>(s.targets.size()) != x.n_rows())
      throw Error("op.cross_entropy", "one target for each of " + std::to_string(x.n_rows()) + " rows",
                  std::to_string(s.targets.size()), "targets are [B, T] for logits [B, T, V]");
    // Require every target to be a token of the vocabulary, or ignored; and not all ignored
    for (std::size_t i = 0; i < s.targets.size(); ++i)
      if (s.targets[i] != s.ignore && (s.targets[i] < 0 || s.targets[i] >= x.n_cols()))
        throw Error("op.cross_entropy: target " + std::to_string(i),
                    "0.." + std::to_string(x.n_cols() - 1) + " or " + std::to_string(s.ignore), std::to_string(s.targets[i]),
                    "is the tokenizer's vocabulary larger than the model's?");
    if (n_kept(s) == 0)
      throw Error("op.cross_entropy", "at least one target to keep", "all " + std::to_string(s.targets.size()) + " ignored",
                  "a mean over no targets is 0/0: drop this batch, or check the padding of the labels");
    return {};
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    Tensor<S> y(shape(s, in.shapes()));
    const std::vector<long> kept = kept_rows(s);
    const S total = ordered_sum<S>(static_cast<long>(kept.size()), [&](long i) {
      const Row<S> row(in[0], kept[i]);
      const long target = s.targets[kept[i]];
      return log(row.z) - (row.x[target] - S(row.m));
    });
    y[0] = total / S(static_cast<double>(kept.size()));
    return y;
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    Tensor<S> x_bar(in[0].shape());
    const std::vector<long> kept = kept_rows(s);

    // y[0] = total / S(static_cast<double>(kept.size()));
    const S loss_bar = y_bar[0] / S(static_cast<double>(kept.size()));
    for (const long i : kept) {
      const Row<S> row(in[0], i);
      const long target = s.targets[i];
      for (long k = 0; k < row.v; ++k) {
        // return log(row.z) - (row.x[target] - S(row.m));
        const S p = row.e[k] / row.z;
        x_bar[i * row.v + k] = (k == target ? p - S(1) : p) * loss_bar;
      }
    }
    return {std::move(x_bar)};
  }

  static Tensor<double> bound(const Setting& s, const Args<double>& in, const Tensor<double>& y) {
    const auto n = static_cast<double>(n_kept(s));
    double total = 0;
    for (const long i : kept_rows(s)) {
      const Row<double> row(in[0], i);
      double mean_gap = 0;
      for (long k = 0; k < row.v; ++k)
        if (row.e[k] > 0) mean_gap += row.e[k] / row.z * (row.m - row.x[k]);
      total += mean_gap + (row.m - row.x[s.targets[i]]) + static_cast<double>(row.v) + 1 + 2 * log(row.z);
    }
    auto bound = Tensor<double>::to_fill(y.shape());
    bound[0] = (total / n + (n + 1) * abs(y[0])) * kUnit * (1 + 0x1p-20) + static_cast<double>(in[0].n_cols()) * kSmallest;
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    const Tensor<double> x({2, 3, 4},
                           {0.3, -1.1, 2, 0.7, 1, 1, 1, 1, -3, 0.5, 0.25, 4, 0, -0.1, 9, 2, 7, 8, 8, -2, 0.6, 0.2, -0.9, 1.3});
    const Setting one{{1}}, ignored{{2, 0, -100, 2, -100, 3}}, equal{{0, 3}}, large{{0, 1, 1}}, certain{{1, 0}};
    return {
        {"one-row", "The smallest case with a slope in it.", one, {{{1, 3}, {1, 2, 3}}}},
        {"ignored", "Two sequences of three tokens; one target in each is ignored.", ignored, {x}},
        {"equal-logits", "The model knows nothing: ln 4 for each token.", equal, {{{2, 4}, {2, 2, 2, 2, -5, -5, -5, -5}}}},
        {"large-logits",
         "exp(1000) overflows unless the maximum is taken off; one target is 2000 nats away.",
         large,
         {{{3, 3}, {1e3, -1e3, 999, 1e3, -1e3, 998, 1e16, 1e16 + 2, -1e16}}}},
        {"certain",
         "A model that is sure and right: the loss is what is left of 1 - p.",
         certain,
         {{{2, 3}, {-30, 10, -31, 700, 0, -700}}}},
    };
  }

 private:
  // One row of logits, shifted and exponentiated: e_k = exp(x_k - m), z = sum_k e_k.
  template <Scalar S>
  struct Row {
    const S* x;
    long v;
    double m;
    std::vector<S> e;
    S z;

    Row(const Tensor<S>& logits, long i) : x(logits.data() + i * logits.n_cols()), v(logits.n_cols()), m(midpoint(x[0])) {
      for (long k = 1; k < v; ++k) m = m < midpoint(x[k]) ? midpoint(x[k]) : m;
      for (long k = 0; k < v; ++k) e.push_back(exp(x[k] - S(m)));
      z = ordered_sum<S>(v, [this](long k) { return e[k]; });
    }
  };

  static std::vector<long> kept_rows(const Setting& s) {
    std::vector<long> kept;
    for (std::size_t i = 0; i < s.targets.size(); ++i)
      if (s.targets[i] != s.ignore) kept.push_back(static_cast<long>(i));
    return kept;
  }
  static long n_kept(const Setting& s) { return static_cast<long>(kept_rows(s).size()); }
};

}  // namespace etalon::op
