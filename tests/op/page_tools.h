// SPDX-License-Identifier: Apache-2.0
// page_tools.h — what the tests of single pages share: who catches a liar, and how far double really is from the truth.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "law/duality.h"
#include "op/page.h"
#include "scalar/ball.h"

namespace etalon::law {

// The names of the page's own cases in which duality refuses the liar, in their order.
template <op::Page Liar>
std::vector<std::string> cases_that_catch() {
  std::vector<std::string> names;
  for (const auto& example : Liar::cases())
    if (!duality<Liar>(example).holds) names.push_back(example.name);
  return names;
}

// The distance from |y| to the next larger double; of 0, the smallest double.
inline double ulp(double y) {
  int exponent = -1021;
  if (y != 0) std::frexp(y, &exponent);
  return std::ldexp(1.0, (exponent < -1021 ? -1021 : exponent) - 53);
}

// The worst entries of one forward pass in double against balls.
struct Worst {
  double error = 0;  // |y - exact|, from the midpoint of a 256-bit ball
  double ulps = 0;   // error / ulp(y), over the entries that are not 0
  double share = 0;  // error / bound: above 1 the page lies, far below 1 it says little

  void take(const Worst& o) {
    error = error > o.error ? error : o.error;
    ulps = ulps > o.ulps ? ulps : o.ulps;
    share = share > o.share ? share : o.share;
  }
};

template <op::Page Op>
Worst measure(const typename Op::Setting& setting, const std::vector<Tensor<double>>& inputs) {
  const Ball::AtPrecision enough(256);
  std::vector<Tensor<Ball>> x;
  for (const auto& input : inputs) x.push_back(as<Ball>(input));
  const auto y = Op::forward(setting, Args<double>(inputs));
  const auto truth = Op::forward(setting, Args<Ball>(x));
  const auto bound = Op::bound(setting, Args<double>(inputs), y);
  Worst worst;
  for (long i = 0; i < y.size(); ++i) {
    const double error = abs(midpoint(Ball(y[i]) - truth[i]));
    worst.take({error, y[i] == 0 ? 0 : error / ulp(y[i]), bound[i] > 0 ? error / bound[i] : 0});
  }
  return worst;
}

// A measured number as a lesson prints it: three digits.
inline std::string shown(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", x);
  return text;
}

// 4000 evenly spread points from a to b.
inline Tensor<double> points(double a, double b) {
  Tensor<double> x({4000});
  for (long i = 0; i < x.size(); ++i) x[i] = a + (b - a) * (static_cast<double>(i) + 0.37) / static_cast<double>(x.size());
  return x;
}

}  // namespace etalon::law
