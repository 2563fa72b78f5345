// SPDX-License-Identifier: Apache-2.0
// From balls to doubles: decided, known, vanishing, or asking for more.
#include "certify/rounding.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/bits.h"
#include "certify/distance.h"
#include "certify/precision_ladder.h"
#include "missing.h"

using namespace etalon;
using namespace etalon::certify;

namespace {

Tensor<Ball> balls(std::vector<Ball> x) {
  const long n = static_cast<long>(x.size());
  return Tensor<Ball>(Shape{n}, std::move(x));
}

void quiet(const std::string&) {}

}  // namespace

TEST_CASE("rounding: each kind of entry is published as it should be", "[certify][rounding]") {
  const Tensor<Ball> exact =
      balls({Ball(1) / Ball(3), Ball::around(0, 0x1p-200), Ball::around(0, 0x1p-300) * Ball::around(0, 0x1p-800),
             Ball::around(1, 0x1p-40), Ball(0.5), Ball::around(0, 0x1p-200)});
  const auto r = round_to_doubles("x", exact, {{{0, 1, 0, 0, 0, 0}, Tensor<double>(Shape{6})}});
  CHECK(r.value[0] == 1 / 3.0);
  CHECK(same_bits(r.value[1], 0.0));
  CHECK(r.known_log2.at(0).value() >= -200);
  CHECK(r.known_log2.at(0).value() <= -199);
  CHECK(r.value[4] == 0.5);
  CHECK(r.undecided == std::vector<long>{2, 3, 5});  // never a silent 0, however small: its sign is not known
  CHECK(std::isnan(r.value[2]));
  CHECK(std::isnan(r.value[5]));
  CHECK(r.vanishing.empty());
  CHECK(*r.widest_log2 < -100);
  CHECK(*r.widest_log2 > -120);  // 160 bits of 1/3, whose unit is 2^-54
}

TEST_CASE("rounding: the sign bit is set where the exact value is negative, and nowhere else", "[certify][rounding][sign]") {
  const Ball tiny = Ball(0x1p-1074) * Ball::around(0x1p-300, 0x1p-310);
  const Tensor<Ball> exact = balls({-tiny, tiny, Ball(-0.0), Ball(0.0), Ball(-0x1p-1074) * Ball(0.5), Ball(0x1p-1074) * Ball(0.5),
                                    Ball(-1) + Ball(1), -Ball::around(1, 0x1p-90) * tiny, Ball(-0x1p-1074)});
  const auto r = round_to_doubles("x", exact, {});
  REQUIRE(r.undecided.empty());
  const double expected[] = {-0.0, 0, 0, 0, -0.0, 0, 0, -0.0, -0x1p-1074};
  for (long i = 0; i < exact.size(); ++i) {
    INFO("entry " << i << ", " << to_string(exact[i]));
    CHECK(same_bits(r.value[i], expected[i]));
    CHECK(std::signbit(r.value[i]) == certainly_less(exact[i], Ball(0)));
  }

  // Nor is it set by a weight of -0 that the key bias began with
  const auto known = round_to_doubles("x", balls({Ball::around(0, 0x1p-200)}), {{{1}, Tensor<double>(Shape{1}, {-0.0})}});
  CHECK(same_bits(known.value[0], 0.0));
}

TEST_CASE("rounding: a ball that holds 0 asks for more bits until it has a sign", "[certify][rounding][sign]") {
  // exp(-5e399) - 2 exp(-5e399): at 512 bits Arb's exp holds 0
  golden::Certificate certificate;
  const auto decided = evaluate_until_decided("sign", quiet, certificate, [] {
    Evaluation e;
    e.names = {"x"};
    const Ball square = Ball(1e200) * Ball(1e200);
    const Ball far = exp(-ldexp(square, -1));
    e.exact.push_back(balls({far - far - far, far}));
    e.rounded.push_back(round_to_doubles("x", e.exact[0], {}));
    return e;
  });
  CHECK(certificate.precision_bits == 1024);
  CHECK(decided.rounded[0].vanishing.empty());
  CHECK(same_bits(decided.rounded[0].value[0], -0.0));
  CHECK(same_bits(decided.rounded[0].value[1], 0.0));
}

TEST_CASE("rounding: a declared zero that is none is refused by tensor and index", "[certify][rounding][planted]") {
  const Known zero{{0, 1}, Tensor<double>(Shape{2})};
  CHECK_THROWS_WITH(round_to_doubles("dact/q", balls({Ball(1), Ball::around(1e-30, 1e-40)}), {zero}),
                    Catch::Contains("dact/q[1]") && Catch::Contains("structural"));
}

TEST_CASE("rounding: what holds 0 at the last precision is settled with its bound; a tie never is", "[certify][rounding]") {
  const Ball tie = (Ball(1) + Ball(0x1p-53)) * Ball::around(1, 0x1p-200);
  Evaluation e;
  e.names = {"a"};
  e.exact.push_back(balls({Ball::around(0, 0x1p-200)}));
  e.rounded.push_back(round_to_doubles("a", e.exact[0], {}));
  CHECK(e.n_undecided() == 1);
  settle_or_refuse(e);
  CHECK(e.n_undecided() == 0);
  CHECK(e.rounded[0].vanishing == std::vector<long>{0});
  CHECK(*e.rounded[0].vanishing_log2 >= -200);
  e.exact[0] = balls({tie});
  e.rounded[0] = round_to_doubles("a", e.exact[0], {});
  CHECK_THROWS_WITH(settle_or_refuse(e), Catch::Contains("a[0]") && Catch::Contains("midway"));
}

TEST_CASE("ladder: precision rises until every entry is decided, and an open choice asks for more", "[certify][rounding]") {
  std::vector<std::string> said;
  golden::Certificate certificate;
  const auto decided = evaluate_until_decided(
      "probe", [&](const std::string& step) { said.push_back(step); }, certificate,
      [] {
        // 1 + 2^-1500 is greater than 1, and its third needs no more bits than that choice
        const Ball x = Ball(1) + exp(Ball(-1500) * log(Ball(2)));
        if (!decided_less(Ball(1), x, "probe: is 1 < x")) throw Error("probe", "1 < x", "not", "Arb is wrong");
        Evaluation e;
        e.names = {"x"};
        e.exact.push_back(balls({x / Ball(3)}));
        e.rounded.push_back(round_to_doubles("x", e.exact[0], {}));
        return e;
      });
  CHECK(decided.rounded[0].value[0] == 1 / 3.0);
  CHECK(certificate.precision_bits == 2048);
  CHECK(certificate.seconds >= 0);
  REQUIRE(said.size() == 3);
  CHECK(missing(said[0], "is 1 < x") == "");
  CHECK(said[2] == "probe, 2048 bits: 0 of 1 entries undecided");
  CHECK_THROWS_AS(evaluate_until_decided("tie", quiet, certificate,
                                         []() -> Evaluation {
                                           decided_less(Ball(1) / Ball(3), Ball(1) / Ball(3), "tie");
                                           return {};
                                         }),
                  Undecided);
}

TEST_CASE("distance: counted in doubles, medians low, zeros and vanishing entries apart", "[certify][distance]") {
  const double one = 1, next = std::nextafter(1.0, 2.0);
  Rounded r;
  r.value = Tensor<double>(Shape{5}, {one, one, one, 0, 0});
  r.vanishing = {4};
  const Tensor<double> engine(Shape{5}, {one, next, std::nextafter(next, 2.0), 1e-17, 1e-300});
  const auto d = distance(engine, r, {{{0, 0, 0, 1, 0}, Tensor<double>(Shape{5})}});
  CHECK(d.median_ulp == 1);
  CHECK(d.max_ulp == 2);
  CHECK(distance(engine, r, {}).max_ulp > 1e18);
}
