// SPDX-License-Identifier: Apache-2.0
// bottleneck.h — the bottleneck's certificate read in balls: the same branch and bound, trusting no exp of the engine.
#pragma once

#include "information/bottleneck/bottleneck.h"
#include "information/bottleneck/certificate.h"

namespace etalon::certify {

// [L, U] of the minimum at point.beta, from the point's weights and centres, with `bits` of precision. A hundred times the time
// of the intervals that `point.minimum` came from. Error: |Y| > information::kMostCertifiedY; beta <= 0.
information::CertifiedMinimum bottleneck_in_balls(const information::Joint& joint, const information::BottleneckPoint& point,
                                                  const information::CertificateSetting& setting = {}, long bits = 128);

}  // namespace etalon::certify
