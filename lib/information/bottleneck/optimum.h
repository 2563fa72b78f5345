// SPDX-License-Identifier: Apache-2.0
// optimum.h — I(X;T) and I(T;Y) of the optimum at one price, not only its L, between two numbers that are proved.
//
// SECANTS   V(beta) = min L is concave with slope -I(T;Y), so certified minima at beta and beside it enclose the slope:
//
//             (V(beta - h) - V(beta)) / h  <=  I(T;Y)  <=  (V(beta) - V(beta + h)) / h        I(X;T) = V + beta I(T;Y)
//
//           A secant is off by h dI/dbeta / 2 and by the gap of the minima over h: with minima known to 2e-13, 1e-7 at best.
//
// FINE      So minima are enclosed to 1e-28 and h is 2^-44 beta: the solution in 32 digits (newton.h), L of its encoder and the dual
//           bound (certificate.h) in enclosures of 32 digits (scalar/twofold_interval.h). That c <= 1 is proved in cells as ever, except
//           under the centres: there c is proved concave, so it lies under its tangent plane at the centre, and that plane is
//           enclosed in 32 digits. The two ends are then within some 1e-12.
//
// DEGENERATE  Where several solutions are optimal the two ends stay apart: `range` holds the values of those that were found, between
//           which every value is optimal to within 1e-12 of L.
//
// OPEN      |Y| > kMostCertifiedY, or a proof that did not end: the ends are far apart and `found`, the best encoder that was found,
//           is an estimate.
#pragma once

#include <optional>

#include "information/bottleneck/rate.h"

namespace etalon::information {

struct OptimalPlane {
  Bracket i_x, i_y;
  InformationPlane found;
  std::optional<OptimalRange> range;
};

// Error: beta negative, NaN or infinite.
OptimalPlane optimal_plane(const Joint& joint, double beta, const BottleneckSetting& setting = {});

}  // namespace etalon::information
