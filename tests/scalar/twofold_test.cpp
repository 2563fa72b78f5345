// SPDX-License-Identifier: Apache-2.0
// Twofold numbers: 2^-98 relative at worst, against balls.
#include "scalar/twofold.h"

#include <catch2/catch.hpp>
#include <limits>

#include "scalar/ball.h"

using namespace etalon;

namespace {

bool right(const Twofold& x, const Ball& truth, double relative) {
  return (Ball(x.hi) + Ball(x.lo) - truth).certainly_within(relative * etalon::abs(x.hi) + 0x1p-1000);
}

}  // namespace

TEST_CASE("twofold: sums, products and quotients", "[twofold]") {
  const Ball::AtPrecision precision(300);
  double u = 0.41;
  const auto next = [&u] {
    u = u * 3.8 * (1 - u) + 1e-4;
    const double hi = (u - 0.5) * 17;
    return Twofold::ordered(hi, u * 0x1p-55 * hi);
  };
  for (int k = 0; k < 3000; ++k) {
    const Twofold a = next(), b = next();
    const Ball x = Ball(a.hi) + Ball(a.lo), y = Ball(b.hi) + Ball(b.lo);
    // A sum may cancel: its error is relative to the larger term
    CHECK((Ball((a + b).hi) + Ball((a + b).lo) - (x + y)).certainly_within(0x1p-102 * (etalon::abs(a.hi) + etalon::abs(b.hi))));
    CHECK(right(a * b, x * y, 0x1p-101));
    CHECK(right(a / b, x / y, 0x1p-100));
  }
}

TEST_CASE("twofold: exp", "[twofold]") {
  const Ball::AtPrecision precision(300);
  for (double x = -690.3; x < 699; x += 3.7) {
    const Twofold a = Twofold::ordered(x, x * 0x1.3p-57);
    const Ball exact = exp(Ball(a.hi) + Ball(a.lo));
    // The argument is known to 2^-106 of itself, so its exponential to |x| times that
    CHECK(right(exp(a), exact, 0x1p-98 + etalon::abs(x) * 0x1p-104));
  }
  CHECK(right(exp(Twofold(1e-9)), exp(Ball(1e-9)), 0x1p-98));
  CHECK(exp(Twofold(-1e6)).hi == 0);
  CHECK(exp(Twofold(1e6)).hi == std::numeric_limits<double>::infinity());
}

TEST_CASE("planted: a double is not a twofold", "[twofold][planted]") {
  const Ball::AtPrecision precision(300);
  CHECK_FALSE(right(Twofold(etalon::exp(0.7)), exp(Ball(0.7)), 0x1p-98));
}
