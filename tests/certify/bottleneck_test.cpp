// SPDX-License-Identifier: Apache-2.0
// The bottleneck's certificate in balls, from outside.
#include "certify/bottleneck.h"

#include <catch2/catch.hpp>

using namespace etalon;

TEST_CASE("a minimum is proved again in balls", "[certify][bottleneck]") {
  const information::Joint joint(Tensor<double>(Shape{3, 2}, {0.375, 0, 0.125, 0.125, 0, 0.375}));
  for (const double beta : {1.2, 1.5, 4.0}) {
    const auto point = information::bottleneck(joint, beta);
    const auto proof = certify::bottleneck_in_balls(joint, point);
    CAPTURE(beta);
    CHECK(proof.log_c <= 2e-13);
    CHECK(proof.lagrangian.lower.value <= point.minimum.upper.value);
    CHECK(point.minimum.lower.value <= proof.lagrangian.upper.value);

    // Planted: the encoder of another price is not optimal at this one
    auto other = information::bottleneck(joint, 2.5 * beta);
    other.beta = beta;
    const auto refused = certify::bottleneck_in_balls(joint, other, {2e-13, 2000, -1});
    CHECK(refused.log_c > 1e-3);
    CHECK(refused.lagrangian.lower.value <= point.minimum.upper.value);
  }
  const auto five = information::Joint(Tensor<double>(Shape{5, 5}, std::vector<double>(25, 0.04)));
  CHECK_THROWS_WITH(certify::bottleneck_in_balls(five, information::bottleneck(five, 2)), Catch::Contains("at most 4 y"));
}
