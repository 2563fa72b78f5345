// SPDX-License-Identifier: Apache-2.0
// Duals: each rule against a difference quotient so fine that only the true derivative fits.
#include "scalar/dual.h"

#include <catch2/catch.hpp>

#include "scalar/ball.h"
#include "scalar/functions.h"

namespace etalon {
namespace {

using Witness = Dual<Ball>;

// With h = 2^-100 the central quotient (f(x+h) - f(x-h))/2h differs from f'(x) by h^2 |f'''|/6 < 2^-170 for the functions
// and points here, and 640 bits leave the cancellation no say.
const double kStep = 0x1p-100, kQuotientError = 0x1p-170;

// f is a generic function of one scalar; true if its dual rule gives the value and the slope at x.
template <class F>
bool rule_holds(F f, double x) {
  const Ball::AtPrecision enough(640);
  const Witness y = f(Witness(Ball(x), Ball(1.75)));
  const Ball h(kStep), quotient = (f(Ball(x) + h) - f(Ball(x) - h)) / (h + h);
  const Ball difference = y.dot - Ball(1.75) * quotient;
  const Ball value_difference = y.value - f(Ball(x));
  return value_difference.contains_zero() && radius(value_difference) < 1e-80 && difference.certainly_within(kQuotientError);
}

}  // namespace

TEST_CASE("dual: the rule of each function is its derivative", "[scalar][dual]") {
  testing::for_each_function([](const char* name, auto f, double, double) {
    for (const double x : {0.1, 0.5, 1.0, 2.75}) {
      INFO(name << " at " << x);
      CHECK(rule_holds(f, x));
    }
  });
}

TEST_CASE("dual: the rules of arithmetic, with the variable on either side and on both", "[scalar][dual]") {
  const auto check = [](const char* what, auto f) {
    for (const double x : {-1.5, 0.1, 0.5, 2.75}) {
      INFO(what << " at " << x);
      CHECK(rule_holds(f, x));
    }
  };
  check("x + c", [](const auto& x) { return x + std::decay_t<decltype(x)>(3.0); });
  check("c - x", [](const auto& x) { return std::decay_t<decltype(x)>(3.0) - x; });
  check("x - c", [](const auto& x) { return x - std::decay_t<decltype(x)>(3.0); });
  check("-x", [](const auto& x) { return -x; });
  check("x x", [](const auto& x) { return x * x; });
  check("x / c", [](const auto& x) { return x / std::decay_t<decltype(x)>(3.0); });
  check("c / x", [](const auto& x) { return std::decay_t<decltype(x)>(3.0) / x; });
  check("(x + c) / x", [](const auto& x) { return (x + std::decay_t<decltype(x)>(3.0)) / x; });
  check("fma(x, c, c)", [](const auto& x) { return fma(x, std::decay_t<decltype(x)>(3.0), std::decay_t<decltype(x)>(0.5)); });
  check("fma(c, x, x)", [](const auto& x) { return fma(std::decay_t<decltype(x)>(3.0), x, x); });
  check("fma(x, x, x)", [](const auto& x) { return fma(x, x, x); });
  check("a chain", [](const auto& x) { return exp(sin(x * x)) / (tanh(x) * erf(x) + std::decay_t<decltype(x)>(4.0)); });
}

TEST_CASE("dual: the quotient catches a rule that is off by a part in 2^40", "[scalar][dual][planted]") {
  testing::for_each_function([](const char* name, auto f, double, double) {
    const auto liar = [&](const auto& x) {
      auto y = f(x);
      if constexpr (requires { y.dot; }) y.dot = y.dot * Ball(1 + 0x1p-40);
      return y;
    };
    INFO(name);
    CHECK_FALSE(rule_holds(liar, 0.5));
  });
}

TEST_CASE("dual: constants have no slope, pi among them", "[scalar][dual]") {
  CHECK(Dual<double>(3.0).dot == 0);
  CHECK(ratio<Dual<double>>(1, 3).dot == 0);
  CHECK(Pi<Dual<double>>::value().value == 0x1.921fb54442d18p+1);
  CHECK(Pi<Dual<double>>::value().dot == 0);
  CHECK(midpoint(Dual<double>(2.0, 7.0)) == 2);
}

}  // namespace etalon
