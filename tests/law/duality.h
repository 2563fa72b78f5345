// SPDX-License-Identifier: Apache-2.0
// duality.h — the law that makes a VJP a VJP.
//
//   <y_bar, J x_dot>  =  <J^T y_bar, x_dot>      for every x_dot and y_bar
//
// The left side needs only the forward code, run on duals. The right side needs only the hand-written
// VJP. Both run in balls, so "equal" means: the difference is a ball that contains zero and whose radius
// is below 1e-40 of the size of the terms. A VJP that is wrong by a part in 2^40 cannot hide in it.
#pragma once

#include <string>

#include "law/weave.h"
#include "op/page.h"
#include "scalar/ball.h"
#include "scalar/dual.h"

namespace etalon::law {

struct Duality {
  bool holds = false;    // the difference may be zero
  double tightness = 0;  // the radius of the difference over 1 + the sum of |terms|
};

template <op::Page Op>
Duality duality(const op::Case<typename Op::Setting>& example) {
  using Witness = Dual<Ball>;
  const Ball::AtPrecision enough(256);

  // Draw a direction for each input, and pair the two
  std::vector<Tensor<Ball>> x;
  std::vector<Tensor<Witness>> x_with_dot;
  std::vector<Tensor<double>> x_dot;
  for (const Tensor<double>& input : example.inputs) {
    const auto dot = weave(input.shape(), "x_dot" + std::to_string(x.size()));
    Tensor<Witness> dual(input.shape());
    for (long i = 0; i < input.size(); ++i) dual[i] = Witness(Ball(input[i]), Ball(dot[i]));
    x.push_back(as<Ball>(input));
    x_dot.push_back(dot);
    x_with_dot.push_back(std::move(dual));
  }

  // Go forward along the direction, and back from another
  const auto y = Op::forward(example.setting, Args<Ball>(x));
  const auto y_dot = Op::forward(example.setting, Args<Witness>(x_with_dot));
  const auto y_bar = weave(y.shape(), "y_bar");
  const auto x_bar = Op::vjp(example.setting, Args<Ball>(x), y, as<Ball>(y_bar));
  if (x_bar.size() != x.size()) return {};

  // Compare:  sum y_bar y_dot  -  sum x_bar x_dot
  Ball difference, size(1);
  for (long i = 0; i < y.size(); ++i) {
    const Ball term = Ball(y_bar[i]) * y_dot[i].dot;
    difference = difference + term;
    size = size + abs(term);
  }
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (x_bar[k].shape() != x[k].shape()) return {};
    for (long i = 0; i < x[k].size(); ++i) difference = difference - x_bar[k][i] * Ball(x_dot[k][i]);
  }
  return {difference.is_finite() && difference.contains_zero(), radius(difference / size)};
}

}  // namespace etalon::law
