// SPDX-License-Identifier: Apache-2.0
// vib_head — read a row as a mean and a spread: draw a vector from there, and say how much the draw reveals.
//
//   z_d = mu_d + s_d eps_d,    s_d = exp(v_d / 2)                        for each row: D columns
//   R   = 1/2 sum_d (mu_d^2 + psi(v_d)),    psi(v) = e^v - 1 - v >= 0    one more column, in nats
//
//   R is KL(N(mu, diag e^v) || N(0, I)), the rate of a variational information bottleneck: its mean over p(x) is at least I(X;Z),
//   by exactly KL(p(z) || N(0, I)).
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 104,116 outputs
//          error  no digit is certain (case near-the-prior, entries of 2^-261); 1 of BOUND
//          valid  |mu| < 2^510, -2^1021 < v < 2^9, |eps| < 2^1020, each alone; together -2^510 < entry < 2^9
//
// SHAPES   mu [..., D], log-variance v [..., D], noise eps [..., D] -> y [..., D+1]: z, then R. D >= 1. eps is drawn by whoever
//          calls, from N(0, I): a page is a function.
//
// ZERO     e^v - 1 - v loses every digit near v = 0, where an encoder begins: at v = 1e-9 it says 8e-17 and the truth is 5e-19. We
//          compute expm1(v) - v, which is off by 2u |v| there. Others compute the first line as it stands: published_forward
//          and published_vjp say what that costs them.
//
// VJP      With the cotangents z_bar of z and R_bar of R,
//
//            mu_bar_d = z_bar_d + R_bar mu_d
//            v_bar_d  = 1/2 (z_bar_d eps_d s_d + R_bar (e^{v_d} - 1))
//            eps_bar_d = z_bar_d s_d
//
//          Proof. ds/dv = s/2, psi'(v) = e^v - 1, and R has the factor 1/2; z is linear in mu and in eps. QED
//          Reads mu, v and eps, never y.
//
// BOUND    |z_d - exact| <= (2 s_d |eps_d| + |z_d|) u (1 + 2^-20) + (|eps_d| + 1) smallest doubles, u = 2^-53.
//          exp is off by 1 ulp, 2u; v/2 is exact; the fma rounds once.
//          |R - exact| <= (sum_d |e^{v_d} - 1| + (D + 1) R) u (1 + 2^-20) + (D + 1) smallest doubles.
//          expm1 is off by 2u |e^v - 1|, its difference to v by u psi, the fma that adds mu^2 by u of the term; psi is no
//          larger than the term, so the terms are off by 2u (|e^v - 1| + term) and their sum by (D - 1) u more; halving is exact.
//
// EDGES    mu = v = 0: R = 0 exactly, and z = eps. v = -inf, an encoder without noise: z = mu, and R = +inf: a deterministic
//          code has no finite rate. v above 709 or |mu| above 1e154: R = +inf. NaN in mu or v: z_d and R of that row; in eps: z_d.
//
// READ     docs/op/vib_head.md; Alemi, Fischer, Dillon & Murphy 2017, "Deep variational information bottleneck", equation 17;
//          Kingma & Welling 2014, appendix B.
#pragma once

#include "op/page.h"

namespace etalon::op {

struct VibHead {
  static constexpr const char* kName = "vib_head";
  using Setting = None;

  static Shape shape(const Setting&, const std::vector<Shape>& in) {
    require_inputs(kName, 3, in);
    require_same_shape(kName, in[0], in[1]);
    require_same_shape(kName, in[0], in[2]);
    if (in[0].rank() < 1 || in[0].n_cols() < 1)
      throw Error("op.vib_head", "mu, log-variance and noise [..., D] with D >= 1", to_string(in[0]),
                  "a linear map of width 2D gives both halves: split its last axis");
    return in[0].with_last(in[0].n_cols() + 1);
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    return drawn_and_rated(s, in, [](const S& v) { return expm1(v) - v; });
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    return pulled_back(in, y_bar, [](const S& v) { return expm1(v); });
  }

  static Tensor<double> bound(const Setting&, const Args<double>& in, const Tensor<double>& y) {
    auto bound = Tensor<double>::to_fill(y.shape());
    const long n_d = in[0].n_cols();
    for (long row = 0; row < y.n_rows(); ++row) {
      const double *v = in[1].data() + row * n_d, *eps = in[2].data() + row * n_d, *y_i = y.data() + row * (n_d + 1);
      double* b = bound.data() + row * (n_d + 1);
      for (long d = 0; d < n_d; ++d)
        b[d] = (2 * exp(0.5 * v[d]) * abs(eps[d]) + abs(y_i[d])) * kUnit * (1 + 0x1p-20) + (abs(eps[d]) + 1) * kSmallest;
      const auto terms = static_cast<double>(n_d + 1);
      const double swing = ordered_sum<double>(n_d, [&](long d) { return abs(expm1(v[d])); });
      b[n_d] = (swing + terms * abs(y_i[n_d])) * kUnit * (1 + 0x1p-20) + terms * kSmallest;
    }
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    return {
        {"the-prior",
         "An encoder that says nothing: rate 0, and the noise comes out as it went in.",
         {},
         {{{2, 2}, {0, 0, 0, 0}}, {{2, 2}, {0, 0, 0, 0}}, {{2, 2}, {0.3, -1.7, 2.5, 0.01}}}},
        {"two-tokens",
         "Two rows of three columns, each with a mean, a spread and a draw of its own.",
         {},
         {{{1, 2, 3}, {0.7, -1.2, 0.1, 2.3, -0.4, 0.9}},
          {{1, 2, 3}, {-0.5, 0.3, -2.1, 0.8, -3.7, 1.9}},
          {{1, 2, 3}, {-0.6, 1.1, 0.25, -1.9, 0.45, 0.8}}}},
        {"near-the-prior",
         "Where training begins: e^v - 1 - v of the published formula has no digit left.",
         {},
         {{{3, 2}, {1e-9, -2e-10, 0, 0, 1e-5, -3e-6}},
          {{3, 2}, {1e-9, -3e-9, 2e-8, -1e-12, 1e-4, -3e-3}},
          {{3, 2}, {0.5, -0.25, 1.5, -0.7, 0.2, 1.3}}}},
        {"nearly-deterministic",
         "Little noise, far from the prior: a large rate, as for a code that keeps its inputs apart.",
         {},
         {{{2, 3}, {30, -12.5, 3.1, 0.2, -7, 1e3}},
          {{2, 3}, {-20, -60.5, -1e3, -12, -745, -30}},
          {{2, 3}, {0.9, -1.4, 2.2, -0.3, 3.1, 0.6}}}},
    };
  }

  template <Scalar S>
  static Tensor<S> published_forward(const Setting& s, const Args<S>& in) {
    return drawn_and_rated(s, in, [](const S& v) { return (exp(v) - S(1)) - v; });
  }
  template <Scalar S>
  static std::vector<Tensor<S>> published_vjp(const Setting&, const Args<S>& in, const Tensor<S>& y_bar) {
    return pulled_back(in, y_bar, [](const S& v) { return exp(v) - S(1); });
  }

 private:
  // z and R, given psi.
  template <Scalar S, class Psi>
  static Tensor<S> drawn_and_rated(const Setting& s, const Args<S>& in, Psi psi) {
    auto y = Tensor<S>::to_fill(shape(s, in.shapes()));
    const long n_d = in[0].n_cols();
    for (long row = 0; row < in[0].n_rows(); ++row) {
      const S *mu = in[0].data() + row * n_d, *v = in[1].data() + row * n_d, *eps = in[2].data() + row * n_d;
      S* y_i = y.data() + row * (n_d + 1);
      for (long d = 0; d < n_d; ++d) y_i[d] = fma(exp(ratio<S>(1, 2) * v[d]), eps[d], mu[d]);
      const S total = ordered_sum<S>(n_d, [&](long d) { return fma(mu[d], mu[d], psi(v[d])); });
      y_i[n_d] = ratio<S>(1, 2) * total;
    }
    return y;
  }

  // The three cotangents, given psi'.
  template <Scalar S, class Slope>
  static std::vector<Tensor<S>> pulled_back(const Args<S>& in, const Tensor<S>& y_bar, Slope psi_slope) {
    const Shape& shape = in[0].shape();
    auto mu_bar = Tensor<S>::to_fill(shape), v_bar = mu_bar, eps_bar = mu_bar;
    const long n_d = shape.n_cols();
    for (long row = 0; row < shape.n_rows(); ++row) {
      const S *mu = in[0].data() + row * n_d, *v = in[1].data() + row * n_d, *eps = in[2].data() + row * n_d;
      const S *z_bar = y_bar.data() + row * (n_d + 1), &r_bar = z_bar[n_d];
      for (long d = 0; d < n_d; ++d) {
        const long i = row * n_d + d;
        const S s = exp(ratio<S>(1, 2) * v[d]);

        // for (long d = 0; d < n_d; ++d) y_i[d] = fma(exp(ratio<S>(1, 2) * v[d]), eps[d], mu[d]);
        // const S total = ordered_sum<S>(n_d, [&](long d) { return fma(mu[d], mu[d], psi(v[d])); });
        // y_i[n_d] = ratio<S>(1, 2) * total;
        mu_bar[i] = fma(r_bar, mu[d], z_bar[d]);
        v_bar[i] = ratio<S>(1, 2) * fma(r_bar, psi_slope(v[d]), (z_bar[d] * eps[d]) * s);
        eps_bar[i] = z_bar[d] * s;
      }
    }
    return {std::move(mu_bar), std::move(v_bar), std::move(eps_bar)};
  }
};

}  // namespace etalon::op
