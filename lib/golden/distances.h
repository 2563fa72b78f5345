// SPDX-License-Identifier: Apache-2.0
// distances.h — how far the engine's float64 values are from the certified ones, a line for each group of tensors.
#pragma once

#include <string>
#include <vector>

#include "golden/manifest.h"

namespace etalon::golden {

// Tensors of one case that were computed in one way: the outputs of an op, its VJPs; activations, their gradients, the parameters'
// gradients, the optimiser at one step.
struct DistanceRow {
  std::string case_name, group;
  long n_tensors = 0;
  double median_ulp = 0;  // the lower median of the tensors' medians
  double max_ulp = 0;
  std::optional<double> of_bound;  // the largest share of the page's BOUND
};

// In the order of the manifest; none for a case that is not certified.
std::vector<DistanceRow> distances(const Manifest& manifest);

// For people: a table with a head, in ulp of float64 and in parts of the BOUND.
std::string distance_table(const std::vector<DistanceRow>& rows);

}  // namespace etalon::golden
