// SPDX-License-Identifier: Apache-2.0
// words.h — numbers as the report writes them: one format for each kind.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>

namespace etalon::app {

// By a format of printf, for the few numbers that are of no kind below.
inline std::string number(double v, const char* format) {
  char text[48];
  std::snprintf(text, sizeof text, format, v);
  return text;
}

// Nats, and anything else on their scale: four decimals, "0.8695". What is not 0 and would be written as 0.0000 is "< 0.0001".
inline std::string in_nats(double v) {
  if (v != 0 && std::fabs(v) < 0.00005) return v > 0 ? "< 0.0001" : "> -0.0001";
  return number(v, "%.4f");
}

// A share of a whole, a ratio of norms or of informations: "87.2 %".
inline std::string in_percent(double share) { return number(100 * share, "%.1f %%"); }

// "1 step", "2000 steps".
inline std::string count(long n, const std::string& one, const std::string& many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

}  // namespace etalon::app
