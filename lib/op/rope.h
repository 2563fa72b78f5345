// SPDX-License-Identifier: Apache-2.0
// rope — turn each pair of columns by an angle that grows with the position, so that the product of a
// query and a key depends on how far apart they stand.
//
//   a = p_bt theta^(-2i/D)                                         i = 0 .. D/2 - 1
//   y_j = x_j cos a - x_k sin a
//   y_k = x_k cos a + x_j sin a          for the pair (j, k) of columns of x_bht
//
//   half-split    (j, k) = (i, i + D/2)     Llama, GPT-NeoX: rotate_half
//   interleaved   (j, k) = (2i, 2i + 1)     GPT-J, the paper
//
// CARD     types  double, float, Noisy, Ball, Dual<Ball>; measured in double, 155,656 outputs
//          error  1.96e+04 ulp of reach (case far, entries of every exponent); digits may cancel; 0.514 of BOUND
//          valid  |x| < 2^1023
//
// SHAPES   x [B, H, T, D], D even  ->  y the same. The setting holds theta >= 1, the pairing, and the positions [B, T].
//
// ANGLE    theta^(-2i/D) = exp(-(2i/D) log theta), computed in the scalar itself: a ball encloses the real angle, whatever
//          is irrational in it. A position is an integer, exact in every scalar that holds it.
//
// BITS     Two fused terms each from +0, cosine first.
//
// VJP        x_bar_j = y_bar_j cos a + y_bar_k sin a
//            x_bar_k = y_bar_k cos a - y_bar_j sin a
//
//          Proof. On a pair J is the rotation by a, and the transpose of a rotation is the rotation by -a. QED
//          Reads the positions only: the gradient of a rotated vector is rotated back, its length unchanged.
//
// BOUND    |y_j - exact| <= [ |x_j| (w + 3u |cos a|) + |x_k| (w + 2u |sin a|) + u |y_j| ] (1 + 2^-20) + 2^-1073,
//          and the same with j and k exchanged; w = a (4 t + 5) u, t = (2i/D) log theta. From inside out: rounding theta
//          shifts its log by u, the log itself adds 2u of its size (1 ulp), 2i/D and the product u each, so t is off by at
//          most 4 t u + u. exp turns that into a relative error of the frequency and adds 2u of its own; the product with
//          p adds u; one more u covers the second order. So the angle is off by w at most, and no cosine or sine stretches
//          that (|cos'|, |sin'| <= 1). SLEEF adds 2u |cos a| and 2u |sin a|; the first term is rounded alone (u more), the
//          sum once (u |y|). w grows with the position: far tokens turn by angles that double knows less well.
//
// EDGES    Position 0: y = x, exactly. i = 0 turns by p itself, an exact angle: there w is
//          pessimistic. A position below 0 or 2^31 and above is refused, an odd D too. NaN spoils its pair.
//
// READ     docs/op/rope.md; Su et al. 2021, section 3.4.2.
#pragma once

#include "op/page.h"
#include "scalar/ratio.h"

namespace etalon::op {

struct Rope {
  static constexpr const char* kName = "rope";

  struct Setting {
    Ratio theta{10000, 1};
    bool interleaved = false;     // pairs (2i, 2i + 1); else (i, i + D/2)
    std::vector<long> positions;  // [B, T]
  };

  static Shape shape(const Setting& s, const std::vector<Shape>& in) {
    require_inputs(kName, 1, in);
    if (in[0].rank() != 4 || in[0][3] < 2 || in[0][3] % 2 != 0)
      throw Error("op.rope", "x [B, H, T, D] with D even", to_string(in[0]),
                  "columns are turned in pairs; D is the head size, not the width");
    require_theta(s.theta);
    if (static_cast<long>(s.positions.size()) != in[0][0] * in[0][2])
      throw Error("op.rope", "one position for each of " + std::to_string(in[0][0] * in[0][2]) + " tokens [B, T]",
                  std::to_string(s.positions.size()), "heads share positions: the list has B T entries, not B H T");
    for (std::size_t i = 0; i < s.positions.size(); ++i)
      if (s.positions[i] < 0 || s.positions[i] >= 1L << 31)
        throw Error("op.rope: position " + std::to_string(i), "0 <= position < 2^31", std::to_string(s.positions[i]),
                    "a padded token needs a position too; any will do");
    return in[0];
  }

  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    const Tensor<S>& x = in[0];
    shape(s, in.shapes());
    return turned(s, x, +1);
  }

  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>&, const Tensor<S>&, const Tensor<S>& y_bar) {
    // return turned(s, x, +1);
    // y[j] = fma(-x[k], d, fma(x[j], c, S(0.0)));
    // y[k] = fma(x[j], d, fma(x[k], c, S(0.0)));
    return {turned(s, y_bar, -1)};
  }

  static Tensor<double> bound(const Setting& s, const Args<double>& in, const Tensor<double>& y) {
    auto bound = Tensor<double>::to_fill(y.shape());
    // Take the angles that forward turns by
    const Tensor<double>& x = in[0];
    const auto angle = angles<double>(s, x.shape());
    const double log_theta = log(s.theta.in<double>());
    const long n_pairs = angle.n_cols();
    for_each_pair(s, x.shape(), [&](long j, long k, long token, long i) {
      const double a = angle[token * n_pairs + i], t = static_cast<double>(i) / static_cast<double>(n_pairs) * log_theta;
      // Bound cosine and sine: the angle is off by w at most, and they add their own
      const double w = a * (4 * t + 5) * kUnit;
      const double by_cos = w + 3 * kUnit * abs(cos(a)), by_sin = w + 2 * kUnit * abs(sin(a));
      const auto reach = [&](long own, long other) {
        return (abs(x[own]) * by_cos + abs(x[other]) * by_sin + kUnit * abs(y[own])) * (1 + 0x1p-20) + 2 * kSmallest;
      };
      bound[j] = reach(j, k);
      bound[k] = reach(k, j);
    });
    return bound;
  }

  static std::vector<Case<Setting>> cases() {
    // Make rows with one, two and three pairs of columns
    const Tensor<double> one_pair({1, 1, 3, 2}, {1, 0, 0.3, -0.4, 5, 12});
    const Tensor<double> two_heads({1, 2, 2, 4}, {1, 2, 3, 4, -0.1, 0.2, 0.3, -0.4, 1e8, 1, -1e-8, 1, 0.7, 0.7, 0.7, 0.7});
    const Tensor<double> two_rows(
        {2, 1, 2, 6}, {0.3, -1.2, 2.5, 0.7, 3, 1, -4, 1.5, 0.1, 0, 1, -1, 1.1, -0.7, 2, 0.3, 0.9, 8, -3, 0.6, 0.5, 0.4, 7, -2});
    // Cover both pairings, positions near and far, other thetas
    std::vector<Case<Setting>> cases;
    const auto add = [&](const char* name, const char* why, Ratio theta, bool interleaved, std::vector<long> positions,
                         const Tensor<double>& x) {
      cases.push_back({name, why, {theta, interleaved, std::move(positions)}, {x}});
    };
    add("one-pair", "D = 2: a plain rotation by 0, 1 and 2 radians.", {10000, 1}, false, {0, 1, 2}, one_pair);
    add("half-split", "Pairs (0, 2) and (1, 3), as Llama turns them.", {10000, 1}, false, {0, 1}, two_heads);
    add("interleaved", "Pairs (0, 1) and (2, 3), as GPT-J turns them.", {10000, 1}, true, {0, 1}, two_heads);
    add("start-position", "Two sequences that do not begin at 0, with different positions.", {10000, 1}, false, {5, 6, 100, 3},
        two_rows);
    add("far", "Position 100000 under theta = 500000: the angle keeps 5 digits less.", {500000, 1}, true, {100000, 131071, 7, 0},
        two_rows);
    add("theta-not-a-double", "theta = 10/3.", {10, 3}, false, {1, 4}, two_heads);
    return cases;
  }

 private:
  static void require_theta(Ratio theta) {
    constexpr long kExact = 1L << 53;
    if (theta.den >= 1 && theta.num >= theta.den && theta.num < kExact) return;
    throw Error("op.rope", "theta = num/den >= 1, both below 2^53", std::to_string(theta.num) + "/" + std::to_string(theta.den),
                "Llama 2 takes 10000, Llama 3 500000");
  }

  // The angle of each token and pair, [B T, D/2].
  template <Scalar S>
  static Tensor<S> angles(const Setting& s, const Shape& x) {
    const long n_tokens = x[0] * x[2], n_pairs = x[3] / 2;
    auto angle = Tensor<S>::to_fill({n_tokens, n_pairs});
    const S log_theta = log(s.theta.in<S>());
    for (long i = 0; i < n_pairs; ++i) {
      const S frequency = exp(-(ratio<S>(2 * i, x[3]) * log_theta));
      for (long n = 0; n < n_tokens; ++n) angle[n * n_pairs + i] = S(static_cast<double>(s.positions[n])) * frequency;
    }
    return angle;
  }

  // Visits (index of x_j, index of x_k, token b T + t, pair i) for every pair of x [B, H, T, D].
  template <class F>
  static void for_each_pair(const Setting& s, const Shape& x, F visit) {
    const long n_heads = x[1], n_steps = x[2], n_pairs = x[3] / 2;
    for (long row = 0; row < x.n_rows(); ++row) {
      const long b = row / (n_heads * n_steps), t = row % n_steps;
      for (long i = 0; i < n_pairs; ++i) {
        const long j = row * 2 * n_pairs + (s.interleaved ? 2 * i : i);
        visit(j, s.interleaved ? j + 1 : j + n_pairs, b * n_steps + t, i);
      }
    }
  }

  // Every pair turned by direction * angle: +1 forward, -1 back.
  template <Scalar S>
  static Tensor<S> turned(const Setting& s, const Tensor<S>& x, int direction) {
    auto y = Tensor<S>::to_fill(x.shape());
    const auto angle = angles<S>(s, x.shape());
    auto cosine = Tensor<S>::to_fill(angle.shape()), sine = Tensor<S>::to_fill(angle.shape());
    for (long n = 0; n < angle.size(); ++n) cosine[n] = cos(angle[n]);
    for (long n = 0; n < angle.size(); ++n) sine[n] = direction > 0 ? sin(angle[n]) : -sin(angle[n]);
    const long n_pairs = angle.n_cols();
    for_each_pair(s, x.shape(), [&](long j, long k, long token, long i) {
      const S &c = cosine[token * n_pairs + i], &d = sine[token * n_pairs + i];
      y[j] = fma(-x[k], d, fma(x[j], c, S(0.0)));
      y[k] = fma(x[j], d, fma(x[k], c, S(0.0)));
    });
    return y;
  }
};

}  // namespace etalon::op
