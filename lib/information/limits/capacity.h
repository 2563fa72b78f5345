// SPDX-License-Identifier: Apache-2.0
// capacity.h — the most that one use of a channel can carry, between two bounds that close on it.
//
//   C = max over input laws r of I(r; W)
//
// With c_x = exp KL(W_x || rW), any r brackets it:
//
//   I_L = ln sum_x r_x c_x  <=  C  <=  max_x ln c_x = I_U          r_x <- r_x c_x / sum r c
//
// STOP     when I_U - I_L <= tolerance. Stopping when successive values agree is wrong: an input that is nearly unused changes
//          the value by almost nothing in a sweep and may need tens of thousands of them. Newton steps in between
//          (blahut.h) cut them to dozens; the bounds, not the steps, say when it is done.
//
// LARGE    Beyond 600 inputs the search is another (capacity_large.h): a channel of 1000 x 1000 closes to 1e-9 and less in seconds. The
//          bounds are computed as for small ones: how r was found proves nothing.
//
// SOURCE   Blahut 1972, "Computation of channel capacity and rate-distortion functions", section III.
#pragma once

#include <vector>

#include "information/law/quantity.h"
#include "information/limits/blahut.h"
#include "tensor/tensor.h"

namespace etalon::information {

struct CapacitySetting {
  double tolerance = 1e-15;  // nats
  long max_sweeps = 1000000;
  bool newton = true;  // false: Blahut's sweeps alone
  BlahutWatch watch = {};
};

struct Capacity {
  Bracket value;              // [I_L, I_U] in nats, right up to rounding of a few ulp; how: dual, sweeps, inputs
  std::vector<double> input;  // r [X]
  bool converged = false;     // the bounds closed to the tolerance
};

// SHAPES   w [X, Y], each row a law of Y. ERRORS   another rank; a row that is no law (within Joint::kTolerance); a tolerance
// that is negative or NaN; max_sweeps < 1.
Capacity capacity(const Tensor<double>& w, const CapacitySetting& setting = {});

}  // namespace etalon::information
