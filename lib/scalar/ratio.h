// SPDX-License-Identifier: Apache-2.0
// ratio.h — a constant that a case states exactly: eps = 1/100000, beta_2 = 999/1000.
//
// 0.001 as a double is not one thousandth. A Ratio is; each scalar rounds (or encloses) it once.
#pragma once

#include <string>

#include "scalar/scalar.h"

namespace etalon {

struct Ratio {
  long num = 0, den = 1;  // den > 0; both below 2^53

  template <Scalar S>
  S in() const {
    return ratio<S>(num, den);
  }
  bool operator==(const Ratio&) const = default;
};

// Reads "3", "0.002", "1e-5" or "1/500" as the exact rational, in lowest terms. Error: anything else, or more digits than fit.
Ratio parse_ratio(const std::string& text);

// As a decimal where it ends ("0.00001"), else as "1/3".
std::string to_string(Ratio r);

}  // namespace etalon
