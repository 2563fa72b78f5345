// SPDX-License-Identifier: Apache-2.0
// Choices that matter: certain or refused. Roots of numbers that are >= 0 by construction.
#include <catch2/catch.hpp>
#include <optional>
#include <vector>

#include "scalar/ball.h"
#include "scalar/dual.h"
#include "scalar/noisy.h"

using namespace etalon;
using Catch::Contains;

namespace {

const double kInfinity = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();

// midpoint +- radius, with both ends known as doubles.
struct Interval {
  double centre, reach;
  Ball ball() const { return Ball::around(centre, reach); }
  std::vector<double> numbers() const { return {centre - reach, centre, centre + reach}; }
};
const Interval kIntervals[] = {{0, 0},        {1, 0},   {-0.75, 0},    {1, 0.25},    {0.75, 0.125},    {0.5, 0.0625},
                               {0, 0x1p-200}, {2, 1.5}, {-1, 0x1p-30}, {1, 0x1p-50}, {1 + 0x1p-48, 0}, {0x1p-198, 0x1p-200}};

// What all numbers of the two intervals say; none if they differ. (Arb rounds radii up: no two intervals here only touch.)
std::optional<bool> unanimous(const Interval& a, const Interval& b) {
  std::optional<bool> answer;
  for (const double x : a.numbers())
    for (const double y : b.numbers()) {
      if (answer && *answer != (x < y)) return std::nullopt;
      answer = x < y;
    }
  return answer;
}

// How often `less` departs from: the unanimous answer, or a refusal.
template <class Less>
long n_wrong(Less less) {
  long wrong = 0;
  for (const Interval& a : kIntervals)
    for (const Interval& b : kIntervals) {
      std::optional<bool> answer;
      try {
        answer = less(a.ball(), b.ball());
      } catch (const Undecided&) {
      }
      wrong += answer != unanimous(a, b);
    }
  return wrong;
}

}  // namespace

TEST_CASE("decided: a ball's comparison is what all of its numbers say, or refused", "[scalar][decided]") {
  CHECK(n_wrong([](const Ball& a, const Ball& b) { return decided_less(a, b, "test"); }) == 0);
  // Planted: comparing midpoints always answers; `certainly_less` takes "not certainly" for no
  CHECK(n_wrong([](const Ball& a, const Ball& b) { return midpoint(a) < midpoint(b); }) > 10);
  CHECK(n_wrong([](const Ball& a, const Ball& b) { return certainly_less(a, b); }) > 10);
}

TEST_CASE("decided: 0 is certain only without a radius", "[scalar][decided]") {
  CHECK(decided_zero(Ball(0), "test"));
  CHECK_FALSE(decided_zero(Ball::around(0x1p-199, 0x1p-200), "test"));
  for (const Ball& x : {Ball::around(0, 0x1p-1000), Ball::around(1, 1), Ball(kNan), Ball(1) / Ball::around(0, 1)})
    CHECK_THROWS_AS(decided_zero(x, "test"), Undecided);
}

TEST_CASE("decided: a refusal says what was asked, of which balls, and what to do", "[scalar][decided]") {
  const Ball third = Ball(1) / Ball(3);
  CHECK_THROWS_WITH(decided_less(third + third, Ball(1) - third, "is 2/3 < 2/3"),
                    Contains("is 2/3 < 2/3: expected one answer") && Contains("0.6666666667") &&
                        Contains("raise Ball::precision()") && Contains("160 bits"));
  CHECK_THROWS_WITH(decided_zero(third + third + third - Ball(1), "is it 0"), Contains("is it 0") && Contains("+/-"));
  CHECK_THROWS_AS(decided_less(third, third, "test"), Error);
  // More precision decides what is not equal
  const auto near = [] { return decided_less(Ball(1) / Ball(3), Ball(1) / Ball(3) + Ball(0x1p-170), "test"); };
  CHECK_THROWS_AS(near(), Undecided);
  const Ball::AtPrecision more(200);
  CHECK(near());
}

TEST_CASE("decided: machine numbers and duals decide by their value, NaN by IEEE 754", "[scalar][decided]") {
  CHECK(decided_less(1.0, 2.0, ""));
  CHECK_FALSE(decided_less(2.0f, 2.0f, ""));
  CHECK_FALSE(decided_less(kNan, 1.0, ""));
  CHECK_FALSE(decided_less(1.0, kNan, ""));
  CHECK(decided_zero(-0.0, ""));
  CHECK_FALSE(decided_zero(kNan, ""));
  CHECK(decided_less(Noisy<float>(1), Noisy<float>(2), ""));
  CHECK(decided_zero(Noisy<double>(0), ""));
  CHECK(decided_less(Dual<double>(1, 9), Dual<double>(2, 0), ""));
  CHECK(decided_zero(Dual<double>(0, 9), ""));
  CHECK_THROWS_AS(decided_less(Dual<Ball>(Ball::around(0, 1), Ball(0)), Dual<Ball>(0), "test"), Undecided);
}

namespace {

// Finite, contains the roots of the numbers >= 0 of the interval, and is no wider than these are apart, to 2^-15, which is what Arb gives away.
template <class Root>
bool encloses_roots(Root root, const Interval& x) {
  const Ball y = root(x.ball());
  const double low = x.centre - x.reach > 0 ? x.centre - x.reach : 0;
  if (!y.is_finite() || !y.contains(sqrt(Ball(low)))) return false;
  const Ball::AtPrecision more(640);
  const Ball high = sqrt(Ball(x.centre) + Ball(x.reach));
  const Ball width = high - sqrt(Ball(low));
  return y.contains(high) && radius(y) <= 0.5 * midpoint(width) * (1 + 0x1p-15) + 0x1p-150 * midpoint(high);
}

}  // namespace

TEST_CASE("decided: the root of what is >= 0 by construction encloses the roots of the numbers >= 0", "[scalar][decided]") {
  const Interval dips[] = {{0, 0x1p-200}, {0x1p-201, 0x1p-200}, {-0x1p-201, 0x1p-200}, {0, 0}, {1, 1}};
  const Interval positive[] = {{1, 0}, {2, 0x1p-30}, {0x1p-200, 0x1p-240}, {1, 0x1p-50}};
  for (const Interval& x : dips) CHECK(encloses_roots([](const Ball& b) { return sqrt_nonnegative(b); }, x));
  for (const Interval& x : positive) CHECK(encloses_roots([](const Ball& b) { return sqrt_nonnegative(b); }, x));
  // Planted: sqrt refuses a ball that dips; the root of the midpoint is not all roots
  CHECK_FALSE(encloses_roots([](const Ball& b) { return sqrt(b); }, dips[0]));
  CHECK_FALSE(encloses_roots([](const Ball& b) { return sqrt(Ball(midpoint(b))); }, dips[1]));
  CHECK_FALSE(encloses_roots([](const Ball& b) { return sqrt_nonnegative(b) + Ball::around(0, 1); }, dips[1]));
  // What lies below 0 altogether was not >= 0 by construction
  CHECK_FALSE(sqrt_nonnegative(Ball(-1)).is_finite());
  CHECK_FALSE(sqrt_nonnegative(Ball::around(-1, 0.5)).is_finite());
  CHECK_FALSE(sqrt_nonnegative(Ball(kNan)).is_finite());
}

TEST_CASE("decided: for machine numbers and away from 0 it is sqrt, tangent included", "[scalar][decided]") {
  for (const double x : {0.0, -0.0, 2.0, 0x1p-1074, 1e300, kInfinity}) {
    CHECK(sqrt_nonnegative(x) == etalon::sqrt(x));
    CHECK(sqrt_nonnegative(static_cast<float>(x)) == etalon::sqrt(static_cast<float>(x)));
    const auto noisy = [&](auto root) {
      const Noise seed(5);
      return root(Noisy<double>(x)).value;
    };
    CHECK(noisy([](auto y) { return sqrt_nonnegative(y); }) == noisy([](auto y) { return sqrt(y); }));
  }
  CHECK(std::isnan(sqrt_nonnegative(-1.0)));
  const Dual<Ball> root = sqrt_nonnegative(Dual<Ball>(Ball(4), Ball(3)));
  CHECK(root.value.contains(2));
  CHECK(root.dot.contains(0.75));
  CHECK(radius(root.dot) < 1e-40);
}
