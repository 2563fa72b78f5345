// SPDX-License-Identifier: Apache-2.0
// Prices where the curve bends: every point says something new, from nothing kept to everything.
#include "information/bottleneck/bending.h"

#include <catch2/catch.hpp>

#include "information/random_law.h"
#include "information/truth.h"

using namespace etalon;
using namespace etalon::information;

namespace {

std::vector<BottleneckPoint> bent(const Joint& joint, std::size_t n) {
  const BottleneckProblem problem(joint);
  BendingCurve curve(problem);
  while (curve.points().size() < n) {
    const auto beta = curve.next();
    if (!beta) break;
    curve.add(bottleneck(problem, *beta, {.prove = Prove::nothing}, curve.warm_starts()));
  }
  return curve.points();
}

}  // namespace

TEST_CASE("points where the curve bends are all different and cover it", "[bottleneck][bending]") {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto joint = random_law(seed, 3, 3, 0);
    const auto points = bent(joint, 24);
    INFO("seed " << seed);
    REQUIRE(points.size() == 24);
    const double whole = mutual_information(joint).value;
    double longest = 0;
    for (std::size_t k = 1; k < points.size(); ++k) {
      CHECK(points[k].beta > points[k - 1].beta);
      CHECK(points[k].i_x > points[k - 1].i_x);
      CHECK(points[k].i_y > points[k - 1].i_y);
      longest = std::max(longest, (points[k].i_y - points[k - 1].i_y).value / whole);
    }
    CHECK(points[0].i_x.value == 0);
    CHECK(points.back().i_y.value > 0.94 * whole);
    CHECK(longest < 0.3);

    // Geometric prices spend half of their points on one end of the curve
    int idle = 0;
    const auto geometric = bottleneck_curve(joint, default_betas(joint, 24), {.prove = Prove::nothing});
    for (std::size_t k = 1; k < geometric.size(); ++k) idle += (geometric[k].i_x - geometric[k - 1].i_x).value < 1e-3;
    CHECK(idle > 6);
  }
}

TEST_CASE("straight curves are two ends, a jump is known from both sides", "[bottleneck][bending]") {
  // Y = f(X): straight from nothing to everything, at beta = 1
  CHECK(bent(truth::joint(4, 2, {0.25, 0, 0.25, 0, 0.25, 0, 0, 0.25}), 24).size() <= 2);

  // X and Y independent: a point
  CHECK(bent(truth::joint(2, 2, {0.25, 0.25, 0.25, 0.25}), 24).size() == 1);

  // The ternary Hamming channel: nothing between (0, 0) and the end of its jump
  const auto points = bent(truth::symmetric_channel({1. / 3, 1. / 3, 1. / 3}, 0.2), 24);
  REQUIRE(points.size() == 24);
  CHECK(points[0].i_x.value == 0);
  CHECK(points[1].i_x.value > 0.08);
  CHECK(points[1].i_x.value < 0.09);
  CHECK(points[0].beta <= 2.01335645);
  CHECK(points[1].beta >= 2.01335643);
}
