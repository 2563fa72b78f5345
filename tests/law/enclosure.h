// SPDX-License-Identifier: Apache-2.0
// enclosure.h — the error a page claims is an error it keeps.
//
// Run the same forward code on doubles and on balls. The ball holds the true answer, so double - ball
// holds the true error, to 40 digits. Every entry must lie CERTAINLY within the page's BOUND; "perhaps"
// is a failure. `slack` is the smallest bound/|y| over the entries: a bound so loose that it says
// nothing has none, and the law asks each page for at least one case where it says something.
#pragma once

#include <cmath>
#include <limits>

#include "op/page.h"
#include "scalar/ball.h"

namespace etalon::law {

struct Enclosure {
  bool kept = true;
  long first_broken = -1;
  double slack = std::numeric_limits<double>::infinity();
};

template <op::Page Op>
Enclosure keeps_its_bound(const op::Case<typename Op::Setting>& example) {
  // Evaluate in double and in balls, and take BOUND
  const Ball::AtPrecision enough(256);
  std::vector<Tensor<Ball>> x;
  for (const Tensor<double>& input : example.inputs) x.push_back(as<Ball>(input));

  const auto y = Op::forward(example.setting, Args<double>(example.inputs));
  const auto y_ball = Op::forward(example.setting, Args<Ball>(x));
  const auto bound = Op::bound(example.setting, Args<double>(example.inputs), y);

  // Hold each output to it
  Enclosure result;
  for (long i = 0; i < y.size(); ++i) {
    if (y[i] != 0 && bound[i] / abs(y[i]) < result.slack) result.slack = bound[i] / abs(y[i]);
    if ((Ball(y[i]) - y_ball[i]).certainly_within(bound[i])) continue;
    if (result.kept) result.first_broken = i;
    result.kept = false;
  }
  return result;
}

// The same law in float. A page's BOUND is linear in the unit roundoff u, up to terms of second order, so in binary32 it holds
// with 2^29 times the u of binary64: that, 1 % for the second order, and the smallest normal number for underflow. Inputs are
// rounded to float first; an output that float cannot hold is left out.
template <op::Page Op>
Enclosure keeps_its_bound_in_float(op::Case<typename Op::Setting> example) {
  // Round the inputs to float
  const Ball::AtPrecision enough(256);
  std::vector<Tensor<float>> in_float;
  for (Tensor<double>& input : example.inputs) {
    in_float.push_back(as<float>(input));
    input = as<double>(in_float.back());
  }

  // Evaluate in float and in balls, and take BOUND
  std::vector<Tensor<Ball>> x;
  for (const Tensor<double>& input : example.inputs) x.push_back(as<Ball>(input));

  const auto y = Op::forward(example.setting, Args<float>(in_float));
  const auto y_ball = Op::forward(example.setting, Args<Ball>(x));
  const auto bound =
      Op::bound(example.setting, Args<double>(example.inputs), Op::forward(example.setting, Args<double>(example.inputs)));

  // Hold each output to what it allows in float
  Enclosure result;
  for (long i = 0; i < y.size(); ++i) {
    const double y_i = y[i], allowed = 0x1p29 * 1.01 * bound[i] + 0x1p-126;
    if (!std::isfinite(y_i) || !std::isfinite(allowed) || (Ball(y_i) - y_ball[i]).certainly_within(allowed)) continue;
    if (result.kept) result.first_broken = i;
    result.kept = false;
  }
  return result;
}

}  // namespace etalon::law
