// SPDX-License-Identifier: Apache-2.0
// capacity_large.h — the input law of a channel of many inputs, for capacity.h, and what both searches compute.
//
// In this order, each from what the one before left: some hundreds of quick sweeps, whose D_x are matrix-vector products; Newton steps
// over all inputs that are or may be in use, in which they leave and enter many at once (decomposition.h); and where these lead nowhere,
// columns: few inputs, and those that turn out to be worth more. Only the bounds, computed from all inputs, decide.
#pragma once

#include <vector>

#include "information/limits/blahut.h"
#include "information/limits/capacity.h"

namespace etalon::information {

BlahutSearch search_large_channel(const Tensor<double>& w, const CapacitySetting& setting);

// p_y = sum_x r_x W_xy
std::vector<double> output_law(const Tensor<double>& w, const std::vector<double>& r);

// I_L and I_U from D_x = ln c_x. ln sum r c is taken off the largest, so that nearly equal gains lose nothing.
struct CapacityBounds {
  double lower, upper;
};
CapacityBounds capacity_bounds(const std::vector<double>& r, const std::vector<double>& d);

// D_x of every input, the gap of the bounds, and I(r; W). `quick`, and always beyond 600 inputs: the differences that D_x is made of are
// those of rounded numbers.
Slope capacity_slope(const Tensor<double>& w, const std::vector<double>& r, bool quick = false);

}  // namespace etalon::information
