// SPDX-License-Identifier: Apache-2.0
// relu: the two sides, the slope at 0, NaN, and balls that hold 0.
#include "op/relu.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/bits.h"
#include "op/page_tools.h"
#include "op/probe.h"
#include "op/silu.h"

using namespace etalon;
using op::Relu;

namespace {

template <class S>
S relu(const S& x) {
  const Tensor<S> in({1}, {x});
  return Relu::forward<S>({}, {&in})[0];
}

// x_bar for y_bar = 3.
template <class S>
S pulled(const S& x) {
  const Tensor<S> in({1}, {x}), y({1}, {relu(x)}), y_bar({1}, {S(3)});
  return Relu::vjp<S>({}, {&in}, y, y_bar)[0][0];
}

// The slope of a leaky relu: a hundredth below 0.
struct LeakySlope : Relu {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    auto x_bar = y_bar;
    for (long i = 0; i < x_bar.size(); ++i)
      if (!decided_less(S(0), in[0][i], "0 < x")) x_bar[i] = y_bar[i] * ratio<S>(1, 100);
    return {std::move(x_bar)};
  }
};

// The slope at 0 is 1: `x >= 0`.
struct SlopeOneAtZero : Relu {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    auto x_bar = y_bar;
    for (long i = 0; i < x_bar.size(); ++i)
      if (decided_less(in[0][i], S(0), "x < 0")) x_bar[i] = S(0);
    return {std::move(x_bar)};
  }
};

// No slope at all.
struct NoSlope : Relu {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>&) {
    return {Tensor<S>(in[0].shape())};
  }
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("relu: both sides, to the bit", "[op][relu]") {
  CHECK(relu(1.7) == 1.7);
  CHECK(relu(0x1p-1074) == 0x1p-1074);
  CHECK(relu(kInfinity) == kInfinity);
  for (const double x : {-0x1p-1074, -1.0, -1e300, -kInfinity, -0.0, 0.0}) CHECK(same_bits(relu(x), 0.0));
  CHECK(relu(1.5F) == 1.5F);
  CHECK(relu(-1.5F) == 0);
  const auto x = law::points(-3, 3);
  for (long i = 0; i < x.size(); ++i) CHECK(relu(x[i]) - relu(-x[i]) == x[i]);
}

TEST_CASE("relu: the slope is 1 above 0, and 0 at 0, at -0 and below", "[op][relu]") {
  CHECK(pulled(0x1p-1074) == 3);
  CHECK(pulled(kInfinity) == 3);
  for (const double x : {0.0, -0.0, -0x1p-1074, -kInfinity}) CHECK(same_bits(pulled(x), 0.0));
}

TEST_CASE("relu: a NaN comes out as NaN, forward and back", "[op][relu]") {
  CHECK(std::isnan(relu(kNan)));
  CHECK(std::isnan(relu(-kNan)));
  CHECK(std::isnan(pulled(kNan)));
  CHECK(std::isnan(relu(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("relu: a ball on one side of 0 is decided, one that holds 0 and more is refused", "[op][relu][ball]") {
  CHECK(relu(Ball::around(2, 0.5)).contains(2.5));
  CHECK(relu(Ball::around(-2, 0.5)).is_exactly_zero());
  CHECK(relu(Ball(0)).is_exactly_zero());
  CHECK(pulled(Ball(0)).is_exactly_zero());
  CHECK_THROWS_AS(relu(Ball::around(0, 0x1p-300)), Undecided);
  CHECK_THROWS_WITH(pulled(Ball::around(0, 0x1p-300)), Catch::Contains("relu: is 0 < x"));
}

TEST_CASE("relu: duality catches a slope below 0, one of 1 at 0, and none", "[op][relu][planted]") {
  CHECK(law::cases_that_catch<LeakySlope>() == std::vector<std::string>{"both-sides", "around-zero", "large"});
  CHECK(law::cases_that_catch<SlopeOneAtZero>() == std::vector<std::string>{"around-zero"});
  CHECK(law::cases_that_catch<NoSlope>() == std::vector<std::string>{"both-sides", "around-zero", "large"});
}

TEST_CASE("relu: the numbers in the lesson", "[op][relu][lesson]") {
  // Of 4000 normal numbers about half pass, and relu keeps half of their energy
  const auto x = law::weave({4000}, "lesson");
  long n_passed = 0;
  double energy = 0, kept = 0;
  for (long i = 0; i < x.size(); ++i) {
    n_passed += relu(x[i]) > 0;
    energy += x[i] * x[i], kept += relu(x[i]) * relu(x[i]);
  }
  CHECK(n_passed == 1983);
  CHECK(law::shown(kept / energy) == "0.503");

  // The smooth cousins are nearly relu far out, and never exactly on the left
  const Tensor<double> far({2}, {-20, 20});
  const auto silu = op::Silu::forward<double>({}, {&far});
  CHECK(law::shown(silu[0] - relu(-20.0)) == "-4.12e-08");
  CHECK(law::shown(silu[1] - relu(20.0)) == "-4.12e-08");
}
