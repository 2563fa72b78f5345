// SPDX-License-Identifier: Apache-2.0
// interval.h — two doubles with the true number between them: a proof at the speed of the engine.
//
//   [a, b] + [c, d] = [down(a + c), up(b + d)]
//
// down(x) and up(x) step at least one unit in the last place outward, so they undo the rounding of one +, -, * or /. A function
// from scalar/exact.h may be wrong by 1 ulp (so its authors say, and tests/scalar hold it to balls); it is widened by 4.
//
// WHEN        A ball (scalar/ball.h) proves more, with as many bits as one likes and no trust in exp, and costs a hundred times the
//             time. Where both can read a piece of code, tests let them: an interval must overlap the ball's enclosure.
//
// EMPTY, NaN  An operation that has no finite answer (1/[-1, 1], log of what reaches below 0) gives [-inf, inf]: true, and useless.
//
// SOURCE      Moore 1966; Rump, Zimmermann, Boldo & Melquiond 2009, "Computing predecessor and successor in rounding to nearest".
#pragma once

#include <limits>

#include "scalar/exact.h"

namespace etalon {

namespace outward {

// Below x and above x by 1 or 2 ulp. What cannot step away from an infinity is NaN, which knows nothing.
inline double down(double x) { return x - (abs(x) * 0x1.0000000000001p-53 + 0x1p-1074); }
inline double up(double x) { return x + (abs(x) * 0x1.0000000000001p-53 + 0x1p-1074); }

// The same by 4 ulp, for a function that is wrong by 1.
inline double well_down(double x) { return x - (abs(x) * 0x1p-50 + 0x1p-1072); }
inline double well_up(double x) { return x + (abs(x) * 0x1p-50 + 0x1p-1072); }

}  // namespace outward

class Interval {
 public:
  Interval() = default;
  explicit Interval(double x) : low_(x), high_(x) {}
  static Interval between(double low, double high) { return Interval(low, high); }

  double low() const { return low_; }
  double high() const { return high_; }
  double width() const { return high_ - low_; }
  bool contains(double x) const { return low_ <= x && x <= high_; }

  friend Interval operator+(Interval a, Interval b) {
    return checked(outward::down(a.low_ + b.low_), outward::up(a.high_ + b.high_));
  }
  friend Interval operator-(Interval a) { return Interval(-a.high_, -a.low_); }
  friend Interval operator-(Interval a, Interval b) { return a + -b; }
  friend Interval operator*(Interval a, Interval b) {
    // One factor >= 0, as nearly always: the ends of the other decide
    if (b.low_ >= 0 && a.low_ < 0) return b * a;
    if (a.low_ >= 0)
      return checked(outward::down((b.low_ >= 0 ? a.low_ : a.high_) * b.low_),
                     outward::up((b.high_ >= 0 ? a.high_ : a.low_) * b.high_));
    return hull_of(a.low_ * b.low_, a.low_ * b.high_, a.high_ * b.low_, a.high_ * b.high_);
  }
  friend Interval operator/(Interval a, Interval b) {
    if (b.low_ <= 0 && b.high_ >= 0) return everything();
    return hull_of(a.low_ / b.low_, a.low_ / b.high_, a.high_ / b.low_, a.high_ / b.high_);
  }
  friend Interval exp(Interval x) {
    const double low = outward::well_down(exp(x.low_));
    return checked(low > 0 ? low : 0, outward::well_up(exp(x.high_)));
  }
  friend Interval log(Interval x) {
    if (!(x.low_ > 0)) return everything();
    return checked(outward::well_down(log(x.low_)), outward::well_up(log(x.high_)));
  }

 private:
  Interval(double low, double high) : low_(low), high_(high) {}
  static Interval hull_of(double p, double q, double r, double s) {
    if (!(abs(p) + abs(q) + abs(r) + abs(s) < std::numeric_limits<double>::infinity())) return everything();
    return checked(outward::down(least(least(p, q), least(r, s))), outward::up(most(most(p, q), most(r, s))));
  }
  static double least(double a, double b) { return a < b ? a : b; }
  static double most(double a, double b) { return a > b ? a : b; }
  static Interval everything() {
    return Interval(-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity());
  }
  // A NaN (inf - inf, 0 * inf) knows nothing.
  static Interval checked(double low, double high) { return low <= high ? Interval(low, high) : everything(); }

  double low_ = 0, high_ = 0;
};

// Doubles between which every number of the interval lies: as of a ball (scalar/ball.h).
inline double lower_double(const Interval& x) { return x.low(); }
inline double upper_double(const Interval& x) { return x.high(); }

}  // namespace etalon
