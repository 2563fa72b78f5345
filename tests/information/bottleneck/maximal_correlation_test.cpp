// SPDX-License-Identifier: Apache-2.0
// The maximal correlation: channels of which it is known, the power iteration, invariance, refusals.
#include "information/bottleneck/maximal_correlation.h"

#include <catch2/catch.hpp>

#include "information/bottleneck/bottleneck.h"
#include "information/random_law.h"
#include "information/truth.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

TEST_CASE("maximal correlation: channels with a formula", "[bottleneck]") {
  CHECK(off(maximal_correlation(truth::bsc(0.1)), 0.8) < 2e-15);                                          // 1 - 2e
  CHECK(off(maximal_correlation(truth::bec(0.25)), etalon::sqrt(0.75)) < 2e-15);                          // sqrt(1 - e)
  CHECK(off(maximal_correlation(truth::symmetric_channel({1. / 3, 1. / 3, 1. / 3}, 0.2)), 0.7) < 3e-15);  // 1 - n e/(n-1)
  CHECK(off(maximal_correlation(truth::joint(2, 2, {0.675, 0.075, 0.075, 0.175})), 0.6) < 3e-15);
  CHECK(maximal_correlation(truth::joint(2, 2, {0.25, 0.25, 0.25, 0.25})) == 0);
  CHECK(off(maximal_correlation(truth::joint(3, 2, {0.25, 0, 0.25, 0, 0, 0.5})), 1) < 1e-15);  // Y = f(X)
  CHECK(maximal_correlation(truth::joint(1, 2, {0.5, 0.5})) == 0);

  // A small one keeps its digits: the power iteration, which forms no difference, would have lost eight
  CHECK(off(maximal_correlation(truth::bsc(0.5 - 0x1p-27)), 0x1p-26) < 1e-15);
}

TEST_CASE("maximal correlation: the power iteration has six of its digits; rows that never happen do nothing", "[bottleneck]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const Joint joint = random_law(7000 + seed, 2 + static_cast<long>(seed % 5), 3, 0.1);
    const double rho = maximal_correlation(joint);
    CHECK(rho <= 1);
    CHECK(off(second_singular_value_squared(joint), rho * rho) < 1e-4);
    CHECK(off(maximal_correlation(joint.transposed()), rho) < 1e-14);
  }
  CHECK(off(maximal_correlation(truth::joint(3, 3, {0.45, 0.05, 0, 0.05, 0.45, 0, 0, 0, 0})), 0.8) < 2e-15);
  CHECK_THROWS_WITH(maximal_correlation(Joint(Tensor<double>(Shape{301, 301}, std::vector<double>(301 * 301, 1 / (301.0 * 301))))),
                    Catch::Contains("at most 300 rows or columns, got 301 x 301"));
}
