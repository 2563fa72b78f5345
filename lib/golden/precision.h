// SPDX-License-Identifier: Apache-2.0
// precision.h — the precisions a candidate may claim, each with its unit roundoff.
#pragma once

#include <string>

#include "base/error.h"

namespace etalon::golden {

enum class Precision { fp64 = 0, fp32 = 1 };
inline constexpr int kPrecisions = 2;

struct PrecisionRow {
  Precision precision;
  const char* name;
  double unit;  // u = 2^-p: half the gap between 1 and its upper neighbour
};
inline constexpr PrecisionRow kPrecisionTable[kPrecisions] = {{Precision::fp64, "fp64", 0x1p-53},
                                                              {Precision::fp32, "fp32", 0x1p-24}};

inline const char* name_of(Precision p) { return kPrecisionTable[static_cast<int>(p)].name; }
inline double unit_of(Precision p) { return kPrecisionTable[static_cast<int>(p)].unit; }

// Error: no such precision.
inline Precision precision(const std::string& name) {
  for (const PrecisionRow& row : kPrecisionTable)
    if (name == row.name) return row.precision;
  throw Error("--compute", "fp64 or fp32", "'" + name + "'", "name the precision that the backend computes in");
}

}  // namespace etalon::golden
