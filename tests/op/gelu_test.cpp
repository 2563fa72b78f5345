// SPDX-License-Identifier: Apache-2.0
// gelu: what is exact, what its tail loses, and the other GELU's derivative.
#include "op/gelu.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "op/gelu_tanh.h"
#include "op/page_tools.h"

using namespace etalon;
using law::shown;
using op::Gelu;

namespace {

double gelu(double x) {
  const Tensor<double> in({1}, {x});
  return Gelu::forward<double>({}, {&in})[0];
}

double slope(double x) {
  const Tensor<double> in({1}, {x}), one({1}, {1.0});
  return Gelu::vjp<double>({}, {&in}, in, one)[0][0];
}

// erf forward, tanh backward: the two kernels of a library that call different approximations.
struct TanhBackward : Gelu {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    return op::GeluTanh::vjp(s, in, y, y_bar);
  }
};

}  // namespace

TEST_CASE("gelu: zero and the far ends are exact", "[op][gelu]") {
  CHECK(gelu(0.0) == 0.0);
  CHECK(std::signbit(gelu(-0.0)));
  for (const double x : {9.0, 150.0, 1e3, 1e300}) {
    CHECK(gelu(x) == x);
    CHECK(gelu(-x) == 0.0);
    CHECK(slope(x) == 1.0);
    if (x > 40) CHECK(slope(-x) == 0.0);  // at -9 it is -9.2e-18
  }
  CHECK(slope(0.0) == 0.5);
}

TEST_CASE("gelu: gelu(1) is Phi(1), and gelu(x) - gelu(-x) = x", "[op][gelu]") {
  CHECK(etalon::abs(gelu(1) - 0.84134474606854294858) <= 0x1p-53);  // one unit in the last place
  const auto x = law::points(0, 20);
  for (long i = 0; i < x.size(); ++i) CHECK(etalon::abs(gelu(x[i]) - gelu(-x[i]) - x[i]) <= 6 * op::kUnit * x[i]);
}

TEST_CASE("gelu: duality catches the derivative of the other GELU", "[op][gelu][planted]") {
  // Not in "large": there both slopes are 0 and 1. Data beats tolerance.
  CHECK(law::cases_that_catch<TanhBackward>() == std::vector<std::string>{"around-zero", "negative-tail"});
}

TEST_CASE("gelu: the numbers in the lesson", "[op][gelu][lesson]") {
  CHECK(shown(law::measure<Gelu>({}, {law::points(-1, 1)}).ulps) == "2.25");
  CHECK(shown(law::measure<Gelu>({}, {law::points(1, 10)}).ulps) == "1.38");
  CHECK(shown(law::measure<Gelu>({}, {law::points(-3, -1)}).ulps) == "101");
  CHECK(shown(law::measure<Gelu>({}, {law::points(-5, -3)}).ulps) == "6.52e+05");
  CHECK(shown(law::measure<Gelu>({}, {law::points(-8, -5)}).ulps) == "2.8e+14");
  CHECK(shown(law::measure<Gelu>({}, {law::points(-8, -5)}).error) == "2.21e-16");
  CHECK(shown(law::measure<Gelu>({}, {law::points(-1, 1)}).share) == "0.6");
}

TEST_CASE("gelu: how far apart the two GELUs are", "[op][gelu][lesson]") {
  const auto x = law::points(-8, 8);
  Tensor<double> one(x.shape());
  for (long i = 0; i < one.size(); ++i) one[i] = 1;
  const auto erf_y = Gelu::forward<double>({}, {&x}), tanh_y = op::GeluTanh::forward<double>({}, {&x});
  const auto erf_slope = Gelu::vjp<double>({}, {&x}, erf_y, one)[0];
  const auto tanh_slope = op::GeluTanh::vjp<double>({}, {&x}, tanh_y, one)[0];
  double value_gap = 0, slope_gap = 0;
  for (long i = 0; i < x.size(); ++i) {
    value_gap = std::fmax(value_gap, etalon::abs(erf_y[i] - tanh_y[i]));
    slope_gap = std::fmax(slope_gap, etalon::abs(erf_slope[i] - tanh_slope[i]));
  }
  CHECK(shown(value_gap) == "0.000473");
  CHECK(shown(slope_gap) == "0.000868");
}
