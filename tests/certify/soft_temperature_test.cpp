// SPDX-License-Identifier: Apache-2.0
// The temperature's enclosure against the table, its own equation and the engine; ball entropies at their edges.
#include "certify/soft_temperature.h"

#include <catch2/catch.hpp>

#include "information/readout/temperature.h"

using namespace etalon;
using namespace etalon::certify;

namespace {

// D by the power series alone, term by term: d/dkappa of term k is 2k/kappa times the term.
Ball by_series(const Ball& kappa, long dimension) {
  const Ball quarter = ldexp(kappa * kappa, -2), b = ratio<Ball>(dimension, 2);
  Ball term(1.0), sum(1.0), weighted(0.0);
  for (long k = 1; k < 20 * (10 + static_cast<long>(midpoint(kappa))); ++k) {
    term = term * quarter / (Ball(static_cast<double>(k)) * (b + Ball(static_cast<double>(k - 1))));
    sum = sum + term;
    weighted = weighted + Ball(2.0 * static_cast<double>(k)) * term;
  }
  return weighted / sum - log(sum);
}

}  // namespace

TEST_CASE("the exact temperature: tight, solves its equation, and the engine within 1e-14", "[certify][temperature]") {
  for (const long bits : {128, 400}) {
    const Ball::AtPrecision enough(bits);
    for (const long d : {2, 3, 16, 17, 64, 768})
      for (const long m : {2, 100}) {
        CAPTURE(bits, d, m);
        const Ball eps = exact_temperature(m, d);
        CHECK(certainly_less(Ball(radius(eps)) / eps, Ball(std::ldexp(1, static_cast<int>(40 - bits)))));
        CHECK(concentration_divergence(Ball(1.0) / eps, d).overlaps(log(Ball(static_cast<double>(m)))));
        const double engine = information::temperature(information::Temperature::exact, m, d);
        CHECK((Ball(engine) / eps - Ball(1.0)).certainly_within(1e-14));
      }
  }
}

TEST_CASE("divergence: the hypergeometric form is the series", "[certify][temperature]") {
  const Ball::AtPrecision enough(300);
  for (const long d : {2, 5, 16})
    for (const double kappa : {0.5, 18.5, 90.0}) {
      CAPTURE(d, kappa);
      const Ball a = concentration_divergence(Ball(kappa), d), b = by_series(Ball(kappa), d);
      CHECK(a.overlaps(b));
      CHECK(radius(a) < 0x1p-250);
      CHECK_FALSE(a.overlaps(b * Ball(1 + 1e-15)));
    }
}

TEST_CASE("temperature refuses what the engine refuses, and a precision that proves nothing", "[certify][temperature][errors]") {
  CHECK_THROWS_WITH(exact_temperature(1, 8), Catch::Contains("1 anchors"));
  const Ball::AtPrecision few(36);
  CHECK_THROWS_AS(exact_temperature(100, 16), Undecided);
}

TEST_CASE("surprise and phi in balls: at 0, beside it, and where the double series takes over", "[certify][temperature]") {
  const Ball::AtPrecision enough(200);
  CHECK(surprise(Ball(0.0)).is_exactly_zero());
  CHECK(surprise(Ball(0.5)).overlaps(ldexp(log(Ball(2.0)), -1)));
  const Ball maybe = surprise(Ball::around(0x1p-100, 0x1p-99));
  for (const double p : {0.0, 0x1p-150, 0x1p-100, 0x1.8p-99}) CHECK(maybe.contains(surprise(Ball(p))));
  CHECK(maybe.certainly_within(0x1p-91));
  CHECK_FALSE(surprise(Ball::around(0.2, 0.3)).is_finite());  // past 1/e it no longer rises
  CHECK_FALSE(surprise(Ball(-0.5)).is_finite());
  // phi(e) = e^2/2 - e^3/6 + e^4/12 - ...
  const Ball e(0x1p-20);
  const Ball three = e * e * (ratio<Ball>(1, 2) - e / Ball(6.0) + e * e / Ball(12.0));
  CHECK((phi(e) - three).certainly_within(0x1p-104));
}
