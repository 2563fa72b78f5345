// SPDX-License-Identifier: Apache-2.0
#include "op/scale.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/bits.h"
#include "op/probe.h"

using namespace etalon;
using op::Scale;

namespace {

// The scores were scaled on the way forward, and nobody remembered on the way back.
struct UnscaledBackward : Scale {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>&, const Tensor<S>&, const Tensor<S>& y_bar) {
    return {y_bar};
  }
};

template <Scalar S>
S one_over_root(long d) {
  const std::vector<Tensor<S>> one = {{{1}, {S(1)}}};
  return Scale::forward({{1, d}, true}, Args<S>(one))[0];
}

}  // namespace

TEST_CASE("scale: 1/sqrt(D) is exact where D is a power of four", "[op][scale]") {
  CHECK(one_over_root<double>(4) == 1.0 / 2);
  double c = 1;
  for (long d = 1; d <= 1L << 40; d *= 4, c /= 2) CHECK(one_over_root<double>(d) == c);
}

TEST_CASE("scale: how often two roundings are one too many, for D = 1 .. 1024 (docs/op/scale.md)", "[op][scale][lesson]") {
  int n_exact = 0, n_nearest = 0;
  double largest = 0;
  for (long d = 1; d <= 1024; ++d) {
    const double c = one_over_root<double>(d);
    const Ball error = Ball(c) - one_over_root<Ball>(d);
    const double half = (from_bits(to_bits(c) + 1) - c) / 2, off = midpoint(abs(error));
    n_exact += error.contains_zero();
    n_nearest += off <= half;
    largest = off / (2 * half) > largest ? off / (2 * half) : largest;
  }
  CHECK(n_exact == 6);
  CHECK(n_nearest == 926);
  CHECK(law::shown(largest) == "0.776");
}

TEST_CASE("scale: a ball holds the real constant, tightly", "[op][scale]") {
  const Ball c = one_over_root<Ball>(3);
  CHECK((c * c * Ball(3)).contains(1.0));
  CHECK(radius(c) < 1e-40);
}

TEST_CASE("scale: factors that are no number are refused", "[op][scale][error]") {
  const std::vector<Shape> x = {Shape{2}};
  CHECK_THROWS_WITH(Scale::shape({{1, 0}, false}, x),
                    Catch::StartsWith("op.scale: expected a factor num/den") && Catch::Contains("got 1/0"));
  CHECK_THROWS_WITH(Scale::shape({{-1, 4}, true}, x), Catch::Contains("got -1/4"));
  CHECK_THROWS_WITH(Scale::shape({{0, 4}, true}, x), Catch::Contains("hint:"));
  CHECK_THROWS(Scale::shape({{1L << 53, 1}, false}, x));
  CHECK_NOTHROW(Scale::shape({{0, 4}, false}, x));
}

TEST_CASE("scale: duality catches a scale that is missing on the way back", "[op][scale][planted]") {
  CHECK(law::cases_that_catch<Scale>().empty());
  CHECK(law::cases_that_catch<UnscaledBackward>() == std::vector<std::string>{"head-size-4", "head-size-3", "ratio", "underflow"});
}
