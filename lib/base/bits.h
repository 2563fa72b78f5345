// SPDX-License-Identifier: Apache-2.0
// bits.h — a double seen as 64 bits: equality, distance in ulp, spelling.
//
// ULP DISTANCE  The doubles in increasing order are numbered by consecutive integers (IEEE 754 was
//               designed so). The distance between two doubles is the difference of their numbers:
//               0 means the same value, 1 means neighbours. +0 and -0 have distance 0.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>

namespace etalon {

inline std::uint64_t to_bits(double x) { return std::bit_cast<std::uint64_t>(x); }
inline double from_bits(std::uint64_t word) { return std::bit_cast<double>(word); }

// True if a and b are the same 64 bits: NaN equals itself, +0 differs from -0.
inline bool same_bits(double a, double b) { return to_bits(a) == to_bits(b); }

// How many doubles apart a and b are; the largest value if either is NaN.
inline std::uint64_t ulp_distance(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<std::uint64_t>::max();
  const auto place = [](double x) {
    constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
    const std::uint64_t word = to_bits(x);
    return word & kSign ? kSign - (word & ~kSign) : kSign + word;
  };
  const std::uint64_t i = place(a), j = place(b);
  return i > j ? i - j : j - i;
}

// The exact spelling of a double, as in 0x1.8p+1: what error messages about bits show.
inline std::string hex(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%a", x);
  return text;
}

// The shortest decimal that reads back as the same double.
std::string shortest(double x);

}  // namespace etalon
