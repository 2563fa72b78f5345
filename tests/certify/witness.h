// SPDX-License-Identifier: Apache-2.0
// witness.h — the slope of the loss along a line in parameter space, from the forward code alone.
//
// With phi(t) = L(w + t d) and D(h) = (phi(h) - phi(-h)) / 2h, Taylor's theorem gives
//
//   D(h) = phi'(0) + h^2/6 phi'''(x_h),   |x_h| < h,
//
// because phi is analytic near 0: the forward pass is made of +, *, exp, tanh, sin, cos, division by sums of exponentials and by
// roots above sqrt(eps); softmax's shift cancels.
//
// RADIUS   Let a = h^2/6 phi'''(x_h) and b = h^2/24 phi'''(x_{h/2}) be the errors of D(h) and D(h/2): D(h) - D(h/2) = a - b. Where
//          phi''' is constant, a = 4 b and b is a third of the difference. The radius 2 |D(h) - D(h/2)| covers b if a/b >= 3/2.
//
// ASSUMED  phi''' does not fall below 3/8 of itself between two points of [-h, h], which makes a/b >= 3/2. With h = 2^-150 it could
//          do so only if |phi'''| were below 2^-147 |phi''''| or so. A third step looks: (D(h) - D(h/2)) / (D(h/2) - D(h/4)) must
//          be 4. This is the one thing that the witness believes; rounding is enclosed, and no VJP is called.
#pragma once

#include <cmath>

#include "law/weave.h"
#include "model/transformer.h"
#include "scalar/ball.h"

namespace etalon::certify {

// The models of one line: L(w + t d).
struct Line {
  const model::Config& config;
  const model::Batch& batch;
  const model::Parameters<double>& weights;
  model::Parameters<double> direction;

  Ball loss_at(const Ball& t) const {
    model::Parameters<Ball> moved;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      Tensor<Ball> w(weights[k].shape());
      for (long i = 0; i < w.size(); ++i) w[i] = fma(t, Ball(direction[k][i]), Ball(weights[k][i]));
      moved.add(weights.name(k), std::move(w));
    }
    const auto run = model::forward<Ball>(config, moved, batch);
    return run.tape.value(run.loss)[0];
  }

  // D(2^-k).
  Ball difference(int k) const {
    const Ball h(std::ldexp(1, -k));
    return (loss_at(h) - loss_at(-h)) / (h + h);
  }
};

// N(0, 1) entries for every parameter at once, by Philox.
inline model::Parameters<double> direction(const model::Parameters<double>& weights, std::uint64_t seed) {
  model::Parameters<double> out;
  for (const auto& [name, value] : weights) out.add(name, law::weave(value.shape(), "direction/" + name, seed));
  return out;
}

struct Slope {
  Ball unwidened;  // D(h/2)
  Ball enclosure;  // D(h/2) +- 2 |D(h) - D(h/2)|
  Ball gap;        // |D(h) - D(h/2)|
  Ball gap_ratio;  // (D(h) - D(h/2)) / (D(h/2) - D(h/4)): 4 where phi''' is constant
};

inline Slope slope(const Line& line, int k) {
  const Ball whole = line.difference(k), half = line.difference(k + 1), quarter = line.difference(k + 2);
  const Ball gap = abs(whole - half);
  return {half, half + Ball(2) * gap * Ball::around(0, 1), gap, (whole - half) / (half - quarter)};
}

// <gradients, d>.
inline Ball along(const model::Parameters<Ball>& gradients, const model::Parameters<double>& d) {
  Ball sum(0);
  for (std::size_t k = 0; k < gradients.size(); ++k)
    for (long i = 0; i < gradients[k].size(); ++i) sum = fma(gradients[k][i], Ball(d[k][i]), sum);
  return sum;
}

struct Agreement {
  bool overlaps;  // one number may lie in both balls
  double digits;  // -log10 of the largest |a - b| / |b| that the two balls leave open; NaN if nothing is known
};

inline Agreement agreement(const Ball& a, const Ball& b) {
  const Ball apart = a - b, relative = abs(apart) / abs(b);
  return {apart.is_finite() && apart.contains_zero(), -std::log10(midpoint(relative) + radius(relative))};
}

constexpr double kDigits = 40;
inline bool agrees(const Agreement& a) { return a.overlaps && a.digits >= kDigits; }

// One cotangent of one VJP is too large by a part in 10^12: as small a mistake as a wrong constant in its thirteenth digit.
struct Lie {
  int entry;          // the entry of the tape whose VJP lies
  std::size_t input;  // about which of its inputs
};

// The same forward pass, written onto a tape on which one VJP lies. `honest` has not run backwards.
inline model::Run<Ball> with_lie(const model::Run<Ball>& honest, const Lie& lie) {
  using Pull = Tape<Ball>::Pull;
  model::Run<Ball> out{{}, honest.parameters, honest.layers, honest.hidden, honest.logits, honest.loss};
  int id = 0;
  for (const auto& e : honest.tape.entries()) {
    const Pull lying = [pull = e.pull, input = lie.input](const Args<Ball>& in, const Tensor<Ball>& y, const Tensor<Ball>& y_bar) {
      auto bars = pull(in, y, y_bar);
      for (long i = 0; i < bars[input].size(); ++i) bars[input][i] = bars[input][i] * (Ball(1) + Ball(1e-12));
      return bars;
    };
    out.tape.record(e.name, e.op, e.value, e.from, id++ == lie.entry ? lying : e.pull);
  }
  return out;
}

}  // namespace etalon::certify
