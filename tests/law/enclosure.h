// enclosure.h — the error a page claims is an error it keeps.
//
// Run the same forward code on doubles and on balls. The ball holds the true answer, so double - ball
// holds the true error, to 40 digits. Every entry must lie CERTAINLY within the page's BOUND; "perhaps"
// is a failure. `slack` is the smallest bound/|y| over the entries: a bound so loose that it says
// nothing has none, and the law asks each page for at least one case where it says something.
#pragma once

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
  const Ball::AtPrecision enough(256);
  std::vector<Tensor<Ball>> x;
  for (const Tensor<double>& input : example.inputs) x.push_back(as<Ball>(input));

  const auto y = Op::forward(example.setting, Args<double>(example.inputs));
  const auto y_ball = Op::forward(example.setting, Args<Ball>(x));
  const auto bound = Op::bound(example.setting, Args<double>(example.inputs), y);

  Enclosure result;
  for (long i = 0; i < y.size(); ++i) {
    if (y[i] != 0 && bound[i] / abs(y[i]) < result.slack) result.slack = bound[i] / abs(y[i]);
    if ((Ball(y[i]) - y_ball[i]).certainly_within(bound[i])) continue;
    if (result.kept) result.first_broken = i;
    result.kept = false;
  }
  return result;
}

}  // namespace etalon::law
