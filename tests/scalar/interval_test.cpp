// SPDX-License-Identifier: Apache-2.0
// Intervals enclose what balls know to be true, and are not much wider than a few ulp.
#include "scalar/interval.h"

#include <catch2/catch.hpp>
#include <limits>

#include "scalar/ball.h"

using namespace etalon;

namespace {

// A spread of magnitudes and signs: no two alike.
std::vector<double> numbers() {
  std::vector<double> x = {0, 1, -1, 0.1, -3, 1e-300, -1e-308, 5e-324, 1e300, 0x1.fffffffffffffp0};
  double u = 0.37;
  for (int k = 0; k < 60; ++k) {
    u = u * 3.7 * (1 - u) + 1e-3;
    x.push_back((k % 2 ? 1 : -1) * u * std::ldexp(1.0, (k * 7) % 40 - 20));
  }
  return x;
}

bool encloses(const Interval& i, const Ball& truth) {
  return !certainly_less(truth, Ball(i.low())) && !certainly_less(Ball(i.high()), truth);
}

}  // namespace

TEST_CASE("intervals: every operation encloses the exact result", "[interval]") {
  const Ball::AtPrecision precision(200);
  const auto all = numbers();
  for (const double a : all)
    for (const double b : all) {
      const Interval x(a), y(b);
      if (!encloses(x + y, Ball(a) + Ball(b)) || !encloses(x - y, Ball(a) - Ball(b)) || !encloses(x * y, Ball(a) * Ball(b)))
        FAIL(a << " and " << b);
      if (b != 0 && !encloses(x / y, Ball(a) / Ball(b))) FAIL(a << " / " << b);
      // Wide operands: the ends and the middle of each
      const double low = a < b ? a : b, high = a < b ? b : a;
      const Interval wide = Interval::between(low, high);
      for (const double c : {-2.5, 0.3, 7.0})
        for (const double inside : {low, high, low / 2 + high / 2}) {
          if (inside < low || inside > high) continue;  // halves of the smallest number are 0
          if (!encloses(wide * Interval(c), Ball(inside) * Ball(c))) FAIL(inside << " * " << c);
          if (!encloses(Interval::between(-1, c) * wide, Ball(0.25) * Ball(inside)) && c > 0.25) FAIL(inside);
        }
    }
}

TEST_CASE("intervals: exp and log enclose, and stay within some ulp", "[interval]") {
  const Ball::AtPrecision precision(200);
  for (const double a : numbers()) {
    if (etalon::abs(a) < 700) {
      const Interval e = exp(Interval(a));
      CHECK(encloses(e, exp(Ball(a))));
      CHECK(e.width() <= 10 * std::numeric_limits<double>::epsilon() * e.high());
    }
    if (a > 0) CHECK(encloses(log(Interval(a)), log(Ball(a))));
  }
  CHECK(exp(Interval(-1e6)).low() == 0);
  CHECK(encloses(log(Interval(1 + 0x1p-52)), log(Ball(1 + 0x1p-52))));
}

TEST_CASE("intervals: what has no finite answer is everything, never something", "[interval]") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto everything = [](const Interval& i) { return i.low() == -kInfinity && i.high() == kInfinity; };
  CHECK(everything(Interval(1) / Interval::between(-1, 1)));
  CHECK(everything(Interval(1) / Interval(0.0)));
  CHECK(everything(log(Interval::between(-1, 2))));
  CHECK(everything(log(Interval(0.0))));
  CHECK(exp(Interval(1e6)).high() == kInfinity);
  CHECK(everything(Interval(1e308) * Interval(10)));
  CHECK(everything(Interval(std::numeric_limits<double>::quiet_NaN()) + Interval(1)));
  CHECK(everything(Interval(0.0) * Interval::between(-kInfinity, kInfinity)));
}

// One ulp inward instead of outward would be noticed.
TEST_CASE("planted: the rounded result alone encloses nothing", "[interval][planted]") {
  const Ball::AtPrecision precision(200);
  long missed = 0;
  for (const double a : numbers())
    for (const double b : numbers()) missed += !encloses(Interval::between(a * b, a * b), Ball(a) * Ball(b));
  CHECK(missed > 1000);
}
