// SPDX-License-Identifier: Apache-2.0
// underflow.h — a scalar that knows one thing: did anything underflow on the way to me?
//
// A product, a quotient or a function value below the smallest normal number has lost digits that no count of roundings
// allows for; BOUND pays for them in smallest doubles. Reading a page with Watched gives the outputs of which an error in ulp
// says something.
// A sum that is subnormal is exact. NaN and infinity are not of interest here.
#pragma once

#include "op/page.h"

namespace etalon::law {

struct Watched {
  double value = 0;
  bool underflowed = false;
  explicit Watched(double v = 0) : value(v) {}
  Watched(double v, bool u) : value(v), underflowed(u) {}
};

inline bool is_tiny(double x) { return etalon::abs(x) < 0x1p-1022; }

// One operation a line
// clang-format off
inline Watched operator+(Watched a, Watched b) { return {a.value + b.value, a.underflowed || b.underflowed}; }
inline Watched operator-(Watched a, Watched b) { return {a.value - b.value, a.underflowed || b.underflowed}; }
inline Watched operator-(Watched a) { return {-a.value, a.underflowed}; }
inline Watched operator*(Watched a, Watched b) {
  const double y = a.value * b.value;
  return {y, a.underflowed || b.underflowed || (is_tiny(y) && a.value != 0 && b.value != 0)};
}
inline Watched operator/(Watched a, Watched b) {
  const double y = a.value / b.value;
  return {y, a.underflowed || b.underflowed || (is_tiny(y) && a.value != 0)};
}
inline Watched fma(Watched a, Watched b, Watched c) {
  const double y = etalon::fma(a.value, b.value, c.value);
  return {y, a.underflowed || b.underflowed || c.underflowed || (is_tiny(y) && a.value != 0 && b.value != 0)};
}
inline Watched sqrt(Watched a) { return {etalon::sqrt(a.value), a.underflowed}; }
inline Watched sqrt_nonnegative(Watched a) { return sqrt(a); }
inline Watched log(Watched a) { return {etalon::log(a.value), a.underflowed}; }
inline Watched cos(Watched a) { return {etalon::cos(a.value), a.underflowed}; }
inline Watched exp(Watched a) { return {etalon::exp(a.value), a.underflowed || is_tiny(etalon::exp(a.value))}; }
// Functions that are 0 at 0, exactly
inline Watched watched(double y, Watched a) { return {y, a.underflowed || (is_tiny(y) && a.value != 0)}; }
inline Watched expm1(Watched a) { return watched(etalon::expm1(a.value), a); }
inline Watched log1p(Watched a) { return watched(etalon::log1p(a.value), a); }
inline Watched tanh(Watched a) { return watched(etalon::tanh(a.value), a); }
inline Watched erf(Watched a) { return watched(etalon::erf(a.value), a); }
inline Watched sin(Watched a) { return watched(etalon::sin(a.value), a); }
inline double midpoint(Watched a) { return a.value; }
inline bool decided_less(Watched a, Watched b, const char*) { return a.value < b.value; }
inline bool decided_zero(Watched a, const char*) { return a.value == 0; }
// clang-format on

}  // namespace etalon::law
