// SPDX-License-Identifier: Apache-2.0
// compare.h — hold one tensor of a candidate next to the truth.
//
// ACCEPTANCE  Entry i is right when |candidate_i - golden_i| <= tolerance. Written as an acceptance on purpose: NaN
//             satisfies no comparison, so NaN is refused. An infinity is refused like any other wrong number.
//
// ZEROS       Entries of a structural zero hold rounding noise. They are compared in the same way, each region with its own
//             absolute allowance, and enter none of the measures of the other entries.
//
// SIGN        +0 and -0 are one number: |+0 - -0| is 0, and so is the distance in ulp. A golden -0 says that the exact value is
//             negative (docs/golden-format.md, "The sign of zero"); a backend that has +0 there is not refused, and may be exact.
//
// ENTRIES     Where the case gives each entry a tolerance of its own, an infinite one means: not judged. There fp32 has no
//             finite answer.
//
// VACUOUS     A comparison says nothing if a candidate of zeros would pass it. It is flagged, not refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "golden/manifest.h"
#include "tensor/tensor.h"

namespace etalon::golden {

// What was seen over one set of entries.
struct Gap {
  long n_entries = 0, n_refused = 0, n_not_finite = 0;
  double max_error = 0;  // |candidate - golden| at the worst entry; +infinity if it is not finite
  long worst = -1;       // the first entry of the largest |candidate - golden| / allowed, flat
  double allowed = 0;    // the tolerance or allowance at the worst entry
  bool ok() const { return n_refused == 0; }
};

struct Comparison {
  Gap values;                         // entries outside every structural zero
  std::vector<Gap> zeros;             // one for each structural zero, in order
  std::optional<double> relative_l2;  // |candidate - golden|_2 / |golden|_2 over `values`; none where that is 0/0 or not finite
  std::uint64_t max_ulp = 0;          // over `values`, counted in numbers of the precision; the largest integer for NaN
  bool vacuous = false;

  bool ok() const;
  // The worst of the refused entries; -1 if all are right.
  long worst_refused() const;
};

// Compares at precision p.
//
// SHAPES  golden, candidate and, unless it is empty, per_entry: one number for each entry of entry.shape.
// ERRORS  a structural zero that does not fit; `entry` is not judged at p.
Comparison compare(const TensorEntry& entry, const std::vector<double>& golden, const std::vector<double>& candidate, Precision p,
                   std::span<const double> per_entry = {});

}  // namespace etalon::golden
