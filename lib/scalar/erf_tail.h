// SPDX-License-Identifier: Apache-2.0
// erf_tail.h — 1 + erf(z), whose digits and whose sign are lost where z is far below 0.
//
// A machine number computes what is written: from z = -5.9 on erf(z) is -1, and the sum is 0. A ball around that sum would hold 0 at
// every precision that one can afford (at z = -707 the sum is 2^-721344), so it takes erfc(-z), which is > 0 (scalar/ball.h).
#pragma once

#include "scalar/scalar.h"

namespace etalon {

template <class S>
S one_plus_erf(const S& z) {
  return S(1) + erf(z);
}

}  // namespace etalon
