// SPDX-License-Identifier: Apache-2.0
// Bottlenecks that are formulas: the table of truth, the solver, balls, ends and refusals.
#include "information/bottleneck/closed_forms.h"

#include <catch2/catch.hpp>
#include <limits>

#include "information/bottleneck/rate.h"
#include "information/truth.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

// ln 2 - h(a) in balls.
Ball ball_kept(const Ball& a) { return log(Ball(2.0)) + a * log(a) + (Ball(1.0) - a) * log(Ball(1.0) - a); }

double distance(double x, const Ball& y) { return midpoint(abs((Ball(x) - y) / y)); }

}  // namespace

TEST_CASE("truth: the binary symmetric channel by its formula", "[bottleneck][truth]") {
  const auto at = symmetric_bottleneck_at_rate(0.1, in_nats(Bits(0.5)));
  CHECK(off(at.alpha, truth::value("C1.alpha.BSC(.1),R=.5bit")) < 1e-14);
  CHECK(off(at.beta, truth::value("C1.beta")) < 1e-14);
  const auto low = symmetric_bottleneck(0.1, 1.6);
  CHECK(off(in_bits(low.i_x.value).value, truth::value("C2.IX.BSC(.1),beta=1.6")) < 3e-14);
  CHECK(off(in_bits(low.i_y.value).value, truth::value("C2.IY.BSC(.1),beta=1.6")) < 3e-14);
  CHECK(off(in_bits(symmetric_bottleneck(0.1, 2).i_x.value).value, truth::value("C2.IX.BSC(.1),beta=2")) < 1e-14);
  CHECK(off(in_bits(symmetric_bottleneck(0.1, 5).i_x.value).value, truth::value("C2.IX.BSC(.1),beta=5")) < 1e-14);
  CHECK(off(in_bits(erasure_bottleneck_at_rate(0.25, Nats(kLn2), in_nats(Bits(0.4))).i_y.lower.value).value,
            truth::value("C3.IY.BEC(.25),R=.4bit")) < 1e-15);
}

TEST_CASE("the formula is what the solver finds, at every beta and rate", "[bottleneck]") {
  for (const double e : {0.02, 0.1, 0.3, 0.9}) {
    const auto joint = truth::bsc(e);
    const double critical = 1 / ((1 - 2 * e) * (1 - 2 * e));
    for (const double part : {1.01, 1.5, 4.0}) {
      CAPTURE(e, part);
      const auto formula = symmetric_bottleneck(e, part * critical);
      const auto solved = bottleneck(joint, part * critical, {.prove = Prove::nothing});
      CHECK(etalon::abs(formula.i_x.value.value - solved.i_x.value) < 1e-13);
      CHECK(etalon::abs(formula.i_y.value.value - solved.i_y.value) < 1e-13);
    }
    for (const double rate : {0.001, 0.2, 0.69}) {
      const auto formula = symmetric_bottleneck_at_rate(e, Nats(rate));
      CHECK(off(formula.i_x.value.value, rate) < 1e-13);
      const auto proved = bottleneck_at_rate(joint, Nats(rate)).i_y;
      CHECK(proved.gap().value < 1e-12);
      CHECK(formula.i_y.value.value > proved.lower.value.value - 1e-15);
      CHECK(formula.i_y.value.value < proved.upper.value.value + 1e-15);
    }
  }
}

TEST_CASE("the point is on the curve to the last digits: balls", "[bottleneck]") {
  const Ball::AtPrecision enough(200);
  for (const double e : {1e-6, 0.1, 0.45})
    for (const double rate : {1e-12, 1e-3, 0.3, 0.69, 0.693147180559}) {
      CAPTURE(e, rate);
      const auto at = symmetric_bottleneck_at_rate(e, Nats(rate));
      const Ball a(at.alpha), b(e), heard = a * (Ball(1.0) - b) + (Ball(1.0) - a) * b;
      const auto logit = [](const Ball& x) { return log((Ball(1.0) - x) / x); };
      // Near alpha = 1/2 a double of alpha has few digits of 1 - 2 alpha, and the balls take it at its word
      if (rate > 1e-4) CHECK(distance(at.i_y.value.value, ball_kept(heard)) < 1e-12);
      CHECK(off(at.i_x.value.value, rate) < 1e-13);
      if (rate > 1e-4) CHECK(distance(at.beta, logit(a) / (Ball(1 - 2 * e) * logit(heard))) < 1e-11);
    }
}

TEST_CASE("nothing kept, all kept, and a straight piece", "[bottleneck]") {
  CHECK(symmetric_bottleneck(0.1, 1.5).i_x.value.value == 0);  // below 1/.64
  CHECK(symmetric_bottleneck(0.1, 1.5).i_x.how.degeneracy == Degeneracy::trivial);
  CHECK(symmetric_bottleneck(0.5, 1e6).alpha == 0.5);
  CHECK(symmetric_bottleneck_at_rate(0.5, Nats(0.3)).i_y.value.value == 0);
  CHECK(symmetric_bottleneck_at_rate(0.1, Nats(0)).beta == 1 / (0.8 * 0.8));
  CHECK(symmetric_bottleneck_at_rate(0.1, Nats(2)).alpha == 0);
  CHECK(off(symmetric_bottleneck_at_rate(0.1, Nats(2)).i_y.value.value, mutual_information(truth::bsc(0.1)).value) < 1e-15);
  CHECK(off(symmetric_bottleneck_at_rate(0, Nats(0.25)).i_y.value.value, 0.25) < 1e-14);  // Y = X
  CHECK(symmetric_bottleneck_at_rate(0, Nats(0.25)).beta == 1);
  CHECK(symmetric_bottleneck(0, 2).i_x.value.value == kLn2);
  CHECK(symmetric_bottleneck(0, 1).i_x.how.degeneracy == Degeneracy::continuum);

  const Nats fair(kLn2);
  CHECK(erasure_bottleneck(0.25, fair, 1.3).i_x.upper.value.value == 0);
  CHECK(erasure_bottleneck(0.25, fair, 1.4).i_x.lower.value == fair);
  CHECK(erasure_bottleneck(0.5, fair, 2).i_x.gap() == fair);
  CHECK(erasure_bottleneck(0.5, fair, 2).i_x.upper.how.degeneracy == Degeneracy::continuum);
  CHECK(erasure_bottleneck(1, fair, 1e9).i_x.upper.value.value == 0);
}

TEST_CASE("closed forms refuse", "[bottleneck][errors]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(symmetric_bottleneck(1.5, 2), Catch::Contains("an error probability in [0, 1], got 1.5"));
  CHECK_THROWS_WITH(symmetric_bottleneck(nan, 2), Catch::Contains("got nan"));
  CHECK_THROWS_WITH(symmetric_bottleneck(0.1, -1), Catch::Contains("a finite beta >= 0, got -1"));
  CHECK_THROWS_WITH(symmetric_bottleneck_at_rate(0.1, Nats(-1)), Catch::Contains("a rate >= 0 nats, got -1"));
  CHECK_THROWS_WITH(erasure_bottleneck(-0.1, Nats(kLn2), 2), Catch::Contains("got -0.1"));
  CHECK_THROWS_WITH(erasure_bottleneck(0.1, Nats(-1), 2), Catch::Contains("an entropy H(X) >= 0"));
  CHECK_THROWS_WITH(erasure_bottleneck_at_rate(0.1, Nats(kLn2), Nats(nan)), Catch::Contains("got nan"));
}
