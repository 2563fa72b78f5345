// SPDX-License-Identifier: Apache-2.0
// I(X;T) and I(T;Y) of the optimum: enclosures that hold the closed forms, are narrow, and say where they are not.
#include "information/bottleneck/optimum.h"

#include <catch2/catch.hpp>

#include "information/random_law.h"
#include "information/truth.h"

using namespace etalon;
using namespace etalon::information;

namespace {

double width(const Bracket& b) { return b.gap().value; }
bool holds(const Bracket& b, double x) { return b.lower.value.value <= x && x <= b.upper.value.value; }

// Is x within `slack` of the bracket? The closed forms below are sums of doubles.
bool nearly_holds(const Bracket& b, double x, double slack) {
  return b.lower.value.value - slack <= x && x <= b.upper.value.value + slack;
}

double entropy_of_bit(double a) { return -a * etalon::log(a) - (1 - a) * etalon::log1p(-a); }

// The optimum of BSC(e), uniform input, is BSC(a): I(X;T) = ln 2 - h(a), I(T;Y) = ln 2 - h(a * e), beta = dI(X;T)/dI(T;Y).
struct SymmetricOptimum {
  double beta, i_x, i_y;
};
SymmetricOptimum symmetric_optimum(double e, double a) {
  const double b = a * (1 - e) + e * (1 - a);
  const auto slope = [](double q) { return etalon::log((1 - q) / q); };
  return {slope(a) / ((1 - 2 * e) * slope(b)), kLn2 - entropy_of_bit(a), kLn2 - entropy_of_bit(b)};
}

}  // namespace

TEST_CASE("the optimum of the binary symmetric channel, between numbers that agree to 1e-10", "[bottleneck][optimum][truth]") {
  for (const double e : {0.1, 0.25})
    for (const double a : {0.001, 0.05, 0.2, 0.4, 0.47, 0.49}) {
      const auto truth = symmetric_optimum(e, a);
      const auto optimum = optimal_plane(truth::bsc(e), truth.beta);
      INFO("e " << e << " a " << a << " beta " << truth.beta);
      CHECK(width(optimum.i_x) < 1e-10);
      CHECK(width(optimum.i_y) < 1e-10);
      CHECK_FALSE(optimum.range);
      // The rounding of beta itself moves I(X;T) by its slope, which is large just beyond the critical beta
      CHECK(nearly_holds(optimum.i_x, truth.i_x, 1e-13));
      CHECK(nearly_holds(optimum.i_y, truth.i_y, 1e-13));
    }
}

// The issue: 1e-4 was taken for right here, for the solver kept nothing and called the interval a degenerate one.
TEST_CASE("just beyond the critical beta the optimum keeps something, however little", "[bottleneck][optimum]") {
  const double beta = 1.56251;
  const auto joint = truth::bsc(0.1);
  const auto point = bottleneck(joint, beta);
  CHECK(point.converged);
  CHECK(point.clusters.weight.size() == 2);
  CHECK(point.minimum.gap().value < 1e-12);
  CHECK(point.degeneracy() == Degeneracy::none);
  CHECK(point.i_x.value > 2.6665e-5);
  CHECK(point.i_x.value < 2.6667e-5);
  const auto optimum = optimal_plane(joint, beta);
  CHECK(holds(optimum.i_x, 2.66658e-5));
  CHECK(width(optimum.i_x) < 1e-5);

  // A little further on, and a little before it
  CHECK(width(optimal_plane(joint, 1.56258).i_x) < 1e-11);
  CHECK(optimal_plane(joint, 1.5624).i_x.upper.value.value < 1e-12);
  CHECK(optimal_plane(joint, 0.5).i_x.upper.value.value == 0);
}

TEST_CASE("the optimum of the five-point table at beta 10", "[bottleneck][optimum]") {
  const auto joint = truth::joint(3, 3, {0.2, 0, 0.2, 0, 0, 0.2, 0, 0.2, 0.2});
  const auto optimum = optimal_plane(joint, 10);
  CHECK(width(optimum.i_x) < 1e-9);
  CHECK(truth::off(in_bits(optimum.i_x.lower.value).value, 1.51290281) < 5e-9);
}

TEST_CASE("enclosures of random laws hold what the solver found, and nearly all are narrow", "[bottleneck][optimum][law]") {
  int n = 0, narrow = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const long n_y = 2 + static_cast<long>(seed % 2), n_x = 2 + static_cast<long>(seed % 4);
    const auto joint = random_law(seed, n_x, n_y, seed % 3 ? 0 : 0.2);
    const double beta = 1.2 + 3 * static_cast<double>(seed % 7);
    const auto optimum = optimal_plane(joint, beta);
    INFO("seed " << seed << " beta " << beta << " width " << width(optimum.i_x));
    CHECK(nearly_holds(optimum.i_x, optimum.found.i_x.value, 1e-11));
    CHECK(nearly_holds(optimum.i_y, optimum.found.i_y.value, 1e-11));
    ++n;
    narrow += width(optimum.i_x) < 1e-9;
  }
  CHECK(narrow >= n - 3);
}

TEST_CASE("a degenerate beta has a range, and beyond four y only an estimate", "[bottleneck][optimum][edge]") {
  const auto function = optimal_plane(truth::joint(4, 2, {0.25, 0, 0.25, 0, 0.25, 0, 0, 0.25}), 1);
  REQUIRE(function.range);
  CHECK(function.range->low.i_x.value < 1e-9);
  CHECK(function.range->high.i_x.value > 0.5);
  CHECK(holds(function.i_x, 0.3));

  const auto wide = optimal_plane(random_law(3, 6, 6, 0), 5);
  CHECK(width(wide.i_x) > 0.01);
  CHECK(holds(wide.i_x, wide.found.i_x.value));
  CHECK(holds(wide.i_y, wide.found.i_y.value));
}
