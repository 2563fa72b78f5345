// SPDX-License-Identifier: Apache-2.0
// twofold.h — a number as the sum of two doubles: about 32 digits, where a residual must be known better than its terms.
//
//   hi + lo,   |lo| <= ulp(hi) / 2
//
// For the last step of a Newton iteration: near a bifurcation the solution moves a hundred times as much as the residual, so a
// residual rounded to 16 digits gives a solution of 14.
//
// ACCURACY  +, *, /: a few 2^-104 relative. exp: 2^-98, for -700 < x < 700; beyond, 0 or infinity.
//
// SOURCE    Dekker 1971; Hida, Li & Bailey 2001, "Algorithms for quad-double precision floating point arithmetic".
#pragma once

#include <cmath>
#include <limits>

#include "scalar/exact.h"

namespace etalon {

struct Twofold {
  double hi = 0, lo = 0;

  Twofold() = default;
  explicit Twofold(double x) : hi(x) {}
  Twofold(double high, double low) : hi(high), lo(low) {}

  // a + b and what rounding took from it; then the same for |a| >= |b|.
  static Twofold sum(double a, double b) {
    const double s = a + b, back = s - a;
    return {s, (a - (s - back)) + (b - back)};
  }
  static Twofold ordered(double a, double b) {
    const double s = a + b;
    return {s, b - (s - a)};
  }
  static Twofold product(double a, double b) {
    const double p = a * b;
    return {p, fma(a, b, -p)};
  }

  friend Twofold operator-(Twofold a) { return {-a.hi, -a.lo}; }
  friend Twofold operator+(Twofold a, Twofold b) {
    const Twofold s = sum(a.hi, b.hi), t = sum(a.lo, b.lo);
    const Twofold u = ordered(s.hi, s.lo + t.hi);
    return ordered(u.hi, u.lo + t.lo);
  }
  friend Twofold operator-(Twofold a, Twofold b) { return a + -b; }
  friend Twofold operator*(Twofold a, Twofold b) {
    const Twofold p = product(a.hi, b.hi);
    return ordered(p.hi, p.lo + fma(a.hi, b.lo, a.lo * b.hi));
  }
  friend Twofold operator/(Twofold a, Twofold b) {
    const double q = a.hi / b.hi;
    const Twofold rest = a - b * Twofold(q);
    const double q2 = rest.hi / b.hi;
    const Twofold rest2 = rest - b * Twofold(q2);
    const Twofold two = ordered(q, q2);
    return two + Twofold(rest2.hi / b.hi);
  }
  // By a power of two, exact
  friend Twofold scaled(Twofold a, int e) { return {std::ldexp(a.hi, e), std::ldexp(a.lo, e)}; }

  // exp(x) = 2^k (1 + m)^256,  m = exp(r / 256) - 1 by its series,  r = x - k ln 2, |r| <= ln 2 / 2
  friend Twofold exp(Twofold x) {
    if (!(x.hi > -700)) return Twofold(0.0);
    if (!(x.hi < 700)) return Twofold(std::numeric_limits<double>::infinity());
    const double k = std::nearbyint(x.hi / 0x1.62e42fefa39efp-1);
    const Twofold ln2(0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
    const Twofold r = scaled(x - Twofold(k) * ln2, -8);
    Twofold m(0.0);
    for (int n = 9; n >= 1; --n) m = r / Twofold(static_cast<double>(n)) * (Twofold(1.0) + m);
    for (int n = 0; n < 8; ++n) m = scaled(m, 1) + m * m;
    return scaled(Twofold(1.0) + m, static_cast<int>(k));
  }
};

}  // namespace etalon
