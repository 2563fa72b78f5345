// SPDX-License-Identifier: Apache-2.0
// Enclosures of 32 digits: each holds the ball of the same formula, and is not much wider than 1e-28.
#include "scalar/twofold_interval.h"

#include <catch2/catch.hpp>

#include "scalar/ball.h"
#include "tensor/random.h"

using namespace etalon;

namespace {

Ball ball(const Twofold& x) { return Ball(x.hi) + Ball(x.lo); }

// |middle - truth| <= radius, for the whole ball.
bool holds(const TwofoldInterval& x, const Ball& truth) {
  const Ball off = ball(x.middle()) - truth;
  return upper_double(off) <= x.radius() && lower_double(off) >= -x.radius();
}

}  // namespace

TEST_CASE("twofold intervals hold what balls compute, and are narrow", "[scalar][twofold]") {
  const Ball::AtPrecision precision(400);
  const Stream stream(1, "twofold.interval");
  std::uint64_t index = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    const auto number = [&] {
      const double hi = 20 * stream.uniform(index++) + 0.01;
      return Twofold::ordered(hi, (stream.uniform(index++) - 0.5) * 0x1p-53 * hi);
    };
    const Twofold a = number(), b = number();
    const TwofoldInterval x(a), y(b);
    const Ball p = ball(a), q = ball(b);
    const std::pair<TwofoldInterval, Ball> pairs[] = {
        {x + y, p + q},   {x - y, p - q},   {x * y, p * q},     {x / y, p / q},
        {exp(x), exp(p)}, {log(x), log(p)}, {exp(-x), exp(-p)}, {log(x / y) * exp(x - y), log(p / q) * exp(p - q)}};
    for (const auto& [interval, truth] : pairs) {
      INFO("trial " << trial);
      CHECK(holds(interval, truth));
      CHECK(interval.radius() < 1e-26 * (1 + etalon::abs(interval.middle().hi)));
      CHECK(lower_double(interval) <= upper_double(truth));
      CHECK(upper_double(interval) >= lower_double(truth));
    }

    // Any number within the operands' radii stays inside
    const double r = 1e-10;
    const TwofoldInterval wide = TwofoldInterval::around(a.hi, r), other = TwofoldInterval::around(b.hi, r);
    const Ball u = Ball(a.hi) + Ball(r), v = Ball(b.hi) - Ball(r);
    CHECK(holds(wide * other, u * v));
    CHECK(holds(wide / other, u / v));
    CHECK(holds(log(wide), log(u)));
    CHECK(holds(exp(wide), exp(u)));
  }
}

TEST_CASE("twofold intervals know nothing where there is no finite answer", "[scalar][twofold]") {
  const auto nothing = [](const TwofoldInterval& x) { return x.radius() > 1e300 && !(lower_double(x) > -1e300); };
  CHECK(nothing(TwofoldInterval(1.0) / TwofoldInterval::around(0, 1)));
  CHECK(nothing(log(TwofoldInterval::around(0.5, 0.6))));
  CHECK(nothing(exp(TwofoldInterval(1e4))));
  CHECK(nothing(TwofoldInterval(1.0) / TwofoldInterval::around(0, 1) + TwofoldInterval(1.0)));
}
