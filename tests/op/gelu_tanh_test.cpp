// SPDX-License-Identifier: Apache-2.0
// gelu_tanh: the two ways to write it, its tail, and a chain rule with a factor 3 missing.
#include "op/gelu_tanh.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "law/weave.h"
#include "op/gelu.h"
#include "op/page_tools.h"

using namespace etalon;
using law::shown;
using op::GeluTanh;

namespace {

double gelu_tanh(double x) {
  const Tensor<double> in({1}, {x});
  return GeluTanh::forward<double>({}, {&in})[0];
}

// The cube differentiated as if it were linear: w' = sqrt(8/pi) (1 + a x^2), a factor 3 short.
struct CubeNotDifferentiated : GeluTanh {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    const Tensor<S>& x = in[0];
    auto x_bar = y_bar;
    for (long i = 0; i < x.size(); ++i) {
      using etalon::sqrt;
      const S slope = sqrt(S(8) / Pi<S>::value()) * (S(1) + ratio<S>(44715, 1000000) * (x[i] * x[i]));
      const S s = op::sigmoid(slope * x[i]), c = op::sigmoid(-(slope * x[i]));
      x_bar[i] = y_bar[i] * (s + x[i] * s * c * slope);
    }
    return {std::move(x_bar)};
  }
};

// tanh forward, erf backward.
struct ErfBackward : GeluTanh {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    return op::Gelu::vjp(s, in, y, y_bar);
  }
};

}  // namespace

TEST_CASE("gelu_tanh: the sigma form is the published formula, and so are their gradients", "[op][gelu_tanh]") {
  const Ball::AtPrecision enough(256);
  const auto x = as<Ball>(law::points(-12, 12));
  const auto y_bar = as<Ball>(law::weave(x.shape(), "y_bar"));
  const auto y = GeluTanh::forward<Ball>({}, {&x}), published = GeluTanh::published_forward<Ball>({}, {&x});
  const auto x_bar = GeluTanh::vjp<Ball>({}, {&x}, y, y_bar)[0], published_bar = GeluTanh::published_vjp<Ball>({}, {&x}, y_bar)[0];
  for (long i = 0; i < x.size(); i += 7) {
    CHECK(y[i].overlaps(published[i]));
    CHECK(x_bar[i].overlaps(published_bar[i]));
    for (const Ball& ball : {y[i], published[i], x_bar[i], published_bar[i]}) CHECK(radius(ball) < 1e-60);
  }
}

TEST_CASE("gelu_tanh: zero and the far ends are exact", "[op][gelu_tanh]") {
  CHECK(gelu_tanh(0.0) == 0.0);
  CHECK(std::signbit(gelu_tanh(-0.0)));
  for (const double x : {22.0, 150.0, 1e3, 1e100, 1e150}) {
    CHECK(gelu_tanh(x) == x);
    CHECK(gelu_tanh(-x) == 0.0);
    const Tensor<double> both({2}, {x, -x}), one({2}, {1, 1});
    const auto slope = GeluTanh::vjp<double>({}, {&both}, both, one)[0];
    CHECK(slope[0] == 1.0);
    CHECK(slope[1] == 0.0);
  }
}

TEST_CASE("gelu_tanh: duality catches the factor 3 and the other GELU", "[op][gelu_tanh][planted]") {
  // Not in "large": there every slope is 0 or 1.
  CHECK(law::cases_that_catch<CubeNotDifferentiated>() == std::vector<std::string>{"around-zero", "negative-tail"});
  CHECK(law::cases_that_catch<ErfBackward>() == std::vector<std::string>{"around-zero", "negative-tail"});
}

TEST_CASE("gelu_tanh: the numbers in the lesson", "[op][gelu_tanh][lesson]") {
  CHECK(shown(law::measure<GeluTanh>({}, {law::points(-1, 1)}).ulps) == "2.42");
  CHECK(shown(law::measure<GeluTanh>({}, {law::points(1, 10)}).ulps) == "1.69");
  CHECK(shown(law::measure<GeluTanh>({}, {law::points(-3, -1)}).ulps) == "14.3");
  CHECK(shown(law::measure<GeluTanh>({}, {law::points(-5, -3)}).ulps) == "32.1");
  CHECK(shown(law::measure<GeluTanh>({}, {law::points(-8, -5)}).ulps) == "79.2");
  CHECK(shown(law::measure<GeluTanh>({}, {law::points(-20, -8)}).ulps) == "1.22e+03");
  CHECK(shown(law::measure<GeluTanh>({}, {law::points(-1, 1)}).share) == "0.418");
  // The published form in double: right at -3, half its digits at -5, all of them at -8
  const auto relative_error = [](double x) {
    const Ball::AtPrecision enough(256);
    const Tensor<double> at({1}, {x});
    const auto in_balls = as<Ball>(at);
    const Ball truth = GeluTanh::published_forward<Ball>({}, {&in_balls})[0];
    return shown(etalon::abs(midpoint((Ball(GeluTanh::published_forward<double>({}, {&at})[0]) - truth) / truth)));
  };
  CHECK(relative_error(-3) == "6.74e-15");
  CHECK(relative_error(-5) == "2.76e-10");
  CHECK(relative_error(-8) == "1");
}
