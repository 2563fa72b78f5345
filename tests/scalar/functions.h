// SPDX-License-Identifier: Apache-2.0
// functions.h — every elementary function of scalar.h once, with the range on which tests walk it.
#pragma once

#include "scalar/scalar.h"

namespace etalon::testing {

// f(name, function, low, high): the function is generic in the scalar; it is defined on all of [low, high].
template <class F>
void for_each_function(F f) {
  // One function a line
  // clang-format off
  f("exp", [](const auto& x) { return exp(x); }, -708.0, 709.0);
  f("expm1", [](const auto& x) { return expm1(x); }, -700.0, 709.0);
  f("log", [](const auto& x) { return log(x); }, 0x1p-1022, 0x1.fffffffffffffp1023);
  f("log1p", [](const auto& x) { return log1p(x); }, -0x1.fffffffffffffp-1, 0x1p1000);
  f("tanh", [](const auto& x) { return tanh(x); }, -30.0, 30.0);
  f("erf", [](const auto& x) { return erf(x); }, -7.0, 7.0);
  f("sin", [](const auto& x) { return sin(x); }, -1e9, 1e9);
  f("cos", [](const auto& x) { return cos(x); }, -1e9, 1e9);
  f("sqrt", [](const auto& x) { return sqrt(x); }, 0x1p-1022, 0x1.fffffffffffffp1023);
  // clang-format on
}

}  // namespace etalon::testing
