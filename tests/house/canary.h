// SPDX-License-Identifier: Apache-2.0
// canary.h — one expression that dies when the compiler fuses what was not written as fma.
//
// (1 + h)(1 - h) = 1 - h^2 rounds to 1 when h = 2^-30. A fused multiply-add never rounds the product, and
// leaves -h^2 = -2^-60 behind.
#pragma once

namespace etalon::house {

inline double product_minus_one() {
  volatile double h = 0x1p-30, one = 1;
  const double a = one + h, b = one - h, c = one;
  return a * b - c;
}

}  // namespace etalon::house
