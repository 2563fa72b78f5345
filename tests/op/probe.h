// probe.h — what the tests of single pages share: who catches a liar, and how far double really is from the truth.
//
// The bits of a page are a function of its inputs alone, so a worst case over drawn tensors is one number, the same on
// every machine. The lessons quote such numbers; a test spells each as its lesson does and compares the spelling, so that no
// lesson outlives its page.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/bits.h"
#include "law/duality.h"
#include "law/weave.h"
#include "op/page.h"
#include "scalar/ball.h"

namespace etalon::probe {

// The names of the page's own cases in which duality refuses the liar, in their order.
template <op::Page Liar>
std::vector<std::string> cases_that_catch() {
  std::vector<std::string> names;
  for (const auto& example : Liar::cases())
    if (!law::duality<Liar>(example).holds) names.push_back(example.name);
  return names;
}

// The worst entry of a forward pass in double against balls.
struct Worst {
  double error = 0;  // |y - exact|, from the midpoint of a 256-bit ball
  double ulps = 0;   // error over the distance from |y| to the next larger double, where y is not 0
  double share = 0;  // error over the page's bound: above 1 the bound is broken, far below it is loose

  void take(const Worst& o) {
    error = o.error > error ? o.error : error;
    ulps = o.ulps > ulps ? o.ulps : ulps;
    share = o.share > share ? o.share : share;
  }
};

template <op::Page Op>
Worst worst_on(const typename Op::Setting& setting, const std::vector<Tensor<double>>& x) {
  const Ball::AtPrecision enough(256);
  std::vector<Tensor<Ball>> x_ball;
  for (const auto& input : x) x_ball.push_back(as<Ball>(input));
  const auto y = Op::forward(setting, Args<double>(x));
  const auto y_ball = Op::forward(setting, Args<Ball>(x_ball));
  const auto bound = Op::bound(setting, Args<double>(x), y);
  Worst worst;
  for (long i = 0; i < y.size(); ++i) {
    const double error = midpoint(abs(Ball(y[i]) - y_ball[i]));
    const double last_place = from_bits(to_bits(abs(y[i])) + 1) - abs(y[i]);
    worst.take({error, y[i] == 0 ? 0 : error / last_place, error == 0 ? 0 : error / bound[i]});
  }
  return worst;
}

// The worst of n trials; inputs(trial) is the list of the page's inputs.
template <op::Page Op, class Inputs>
Worst worst_of(const typename Op::Setting& setting, int n_trials, Inputs inputs) {
  Worst worst;
  for (int trial = 0; trial < n_trials; ++trial) worst.take(worst_on<Op>(setting, inputs(trial)));
  return worst;
}

// Numbers around 0 whose last bits are all in use, so that sums of them round: a normal times a uniform, rounded.
inline Tensor<double> draw(const Shape& shape, std::string_view name, int trial) {
  Tensor<double> x = law::weave(shape, name, trial);
  const Stream stream(trial, std::string(name) + " size");
  for (long i = 0; i < x.size(); ++i) x[i] = x[i] * stream.uniform(i);
  return x;
}

// 4000 evenly spread points from a to b.
inline Tensor<double> points(double a, double b) {
  Tensor<double> x({4000});
  for (long i = 0; i < x.size(); ++i) x[i] = a + (b - a) * (static_cast<double>(i) + 0.37) / static_cast<double>(x.size());
  return x;
}

// Three digits, as a lesson prints them.
inline std::string three_digits(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3g", x);
  return text;
}

}  // namespace etalon::probe
