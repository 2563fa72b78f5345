// SPDX-License-Identifier: Apache-2.0
#include "certify/bottleneck.h"

#include "base/bits.h"
#include "base/error.h"
#include "information/bottleneck/certificate_body.h"
#include "scalar/ball.h"

namespace etalon::certify {

information::CertifiedMinimum bottleneck_in_balls(const information::Joint& joint, const information::BottleneckPoint& point,
                                                  const information::CertificateSetting& setting, long bits) {
  const information::BottleneckProblem problem(joint);
  if (problem.n_y() > information::kMostCertifiedY || !(point.beta > 0))
    throw Error("certify.bottleneck", "at most " + std::to_string(information::kMostCertifiedY) + " y and beta > 0",
                std::to_string(problem.n_y()) + " y, beta " + shortest(point.beta), "the cells of more dimensions are too many");
  const Ball::AtPrecision precision(bits);
  return information::certify_minimum<Ball>(problem, point.beta, problem.ordered(point.clusters), setting);
}

}  // namespace etalon::certify
