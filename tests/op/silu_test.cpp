// SPDX-License-Identifier: Apache-2.0
// silu: facts about its two tails, and a derivative that stops half-way.
#include "op/silu.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "op/page_tools.h"

using namespace etalon;
using law::shown;
using op::Silu;

namespace {

double silu(double x) {
  const Tensor<double> in({1}, {x});
  return Silu::forward<double>({}, {&in})[0];
}

// The slope of x sigma(x), if the product rule is forgotten: sigma(x).
struct NoProductRule : Silu {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    auto x_bar = y_bar;
    for (long i = 0; i < x_bar.size(); ++i) x_bar[i] = y_bar[i] * op::sigmoid(in[0][i]);
    return {std::move(x_bar)};
  }
};

}  // namespace

TEST_CASE("silu: zero, and the far ends", "[op][silu]") {
  CHECK(silu(0.0) == 0.0);
  CHECK(std::signbit(silu(-0.0)));
  CHECK(silu(40.0) == 40.0);
  CHECK(silu(1e300) == 1e300);
  CHECK(silu(-1e300) == 0.0);
  CHECK(silu(std::numeric_limits<double>::infinity()) == std::numeric_limits<double>::infinity());
}

TEST_CASE("silu: silu(x) - silu(-x) = x, to a rounding of each", "[op][silu]") {
  const auto x = law::points(0, 50);
  for (long i = 0; i < x.size(); ++i) CHECK(etalon::abs(silu(x[i]) - silu(-x[i]) - x[i]) <= 7 * op::kUnit * x[i]);
}

TEST_CASE("silu: the slope at its turning point is 0 to a rounding", "[op][silu]") {
  CHECK(etalon::abs(Silu::slope(-1.2784645427610738)) < 4 * op::kUnit);
}

TEST_CASE("silu: duality catches a derivative without the product rule", "[op][silu][planted]") {
  CHECK(law::cases_that_catch<NoProductRule>() == std::vector<std::string>{"around-zero", "tails"});
}

TEST_CASE("silu: the numbers in the lesson", "[op][silu][lesson]") {
  CHECK(shown(law::measure<Silu>({}, {law::points(-1, 1)}).ulps) == "1.96");
  CHECK(shown(law::measure<Silu>({}, {law::points(-8, -5)}).ulps) == "2.91");
  CHECK(shown(law::measure<Silu>({}, {law::points(-700, -20)}).ulps) == "2.41");
  CHECK(shown(law::measure<Silu>({}, {law::points(-1, 1)}).share) == "0.488");
  CHECK(shown(law::measure<Silu>({}, {law::points(-8, -5)}).share) == "0.68");
  CHECK(shown(law::measure<Silu>({}, {law::points(-700, -20)}).share) == "0.609");
  // x / (1 + exp(-x)), for every x, loses the tail to overflow
  CHECK(-720.0 / (1.0 + etalon::exp(720.0)) == 0.0);
  CHECK(shown(silu(-720)) == "-1.46e-310");
  CHECK(shown(silu(-700)) == "-6.9e-302");
  // 1 - sigma(x) has no digits at 37
  CHECK(1.0 - op::sigmoid(37.0) == 0.0);
  CHECK(shown(op::sigmoid(-37.0)) == "8.53e-17");
}
