// SPDX-License-Identifier: Apache-2.0
// twofold_interval.h — 32 digits with the true number certainly between them: what twofold.h computes, and how far off it may be.
//
//   m +- r,     m a Twofold, r a double >= 0
//
// As interval.h is to double: for differences of numbers that agree to 14 digits, where an Interval has nothing left and a Ball, which
// needs Arb, is out of reach. Trusts twofold.h's +, -, *, / to 2^-100 and its exp to 2^-95 (it promises a few 2^-104, and 2^-98);
// tests/scalar hold both to balls.
//
// NaN       What has no finite answer (1/[-1, 1], log of what reaches below 0) has an infinite radius: true, and useless.
//
// SOURCE    Rump 1999, "Fast and parallel interval arithmetic" (midpoint and radius); twofold.h for the midpoints.
#pragma once

#include "scalar/twofold.h"

namespace etalon {

class TwofoldInterval {
 public:
  TwofoldInterval() = default;
  explicit TwofoldInterval(double x) : middle_(x) {}
  explicit TwofoldInterval(Twofold x) : middle_(x) {}

  static TwofoldInterval around(double middle, double radius) { return {Twofold(middle), radius}; }

  const Twofold& middle() const { return middle_; }
  double radius() const { return radius_; }

  friend TwofoldInterval operator-(const TwofoldInterval& a) { return {-a.middle_, a.radius_}; }
  friend TwofoldInterval operator+(const TwofoldInterval& a, const TwofoldInterval& b) {
    return rounded(a.middle_ + b.middle_, a.radius_ + b.radius_);
  }
  friend TwofoldInterval operator-(const TwofoldInterval& a, const TwofoldInterval& b) { return a + -b; }
  friend TwofoldInterval operator*(const TwofoldInterval& a, const TwofoldInterval& b) {
    return rounded(a.middle_ * b.middle_, a.size() * b.radius_ + b.size() * a.radius_ + a.radius_ * b.radius_);
  }
  // (a + d) / (b + e) - a/b = (d - (a/b) e) / (b + e)
  friend TwofoldInterval operator/(const TwofoldInterval& a, const TwofoldInterval& b) {
    const double least = (abs(b.middle_.hi) - abs(b.middle_.lo)) * (2 - kOutward) - b.radius_;
    if (!(least > 0)) return everything();
    const Twofold q = a.middle_ / b.middle_;
    return rounded(q, (a.radius_ + (abs(q.hi) + abs(q.lo)) * b.radius_) / least);
  }

  // e^{m + d} - e^m = e^m (e^d - 1),  e^r - 1 <= 2 r for r < 1
  friend TwofoldInterval exp(const TwofoldInterval& x) {
    if (!(x.radius_ < 1 && abs(x.middle_.hi) < 690)) return everything();
    const Twofold e = exp(x.middle_);
    return rounded(e, e.hi * (2 * x.radius_ + kFunction));
  }

  // ln x = y + ln(1 + w),  y = ln of the high part in double,  w = x e^{-y} - 1 of a few 1e-14: ln(1 + w) = w - w^2/2 + ...
  friend TwofoldInterval log(const TwofoldInterval& x) {
    const double least = x.middle_.hi - abs(x.middle_.lo) - x.radius_;
    if (!(x.middle_.hi > 1e-290 && least > 0)) return everything();
    const Twofold y(log(x.middle_.hi)), w = x.middle_ * exp(-y) - Twofold(1.0);
    const Twofold series = w - scaled(w * w, -1);
    return rounded(y + series, 1.01 * x.radius_ / least + 4 * kFunction + abs(w.hi * w.hi * w.hi));
  }

  // Every number of the enclosure lies between these two.
  friend double lower_double(const TwofoldInterval& x) { return x.middle_.hi - x.outside(); }
  friend double upper_double(const TwofoldInterval& x) { return x.middle_.hi + x.outside(); }

 private:
  static constexpr double kArithmetic = 0x1p-100, kFunction = 0x1p-95;  // relative
  static constexpr double kOutward = 1 + 0x1p-40;                       // covers the roundings of a radius
  static constexpr double kUnderflow = 1e-305;                          // what the low part loses near the least double

  TwofoldInterval(Twofold middle, double radius) : middle_(middle), radius_(radius) {}
  static TwofoldInterval everything() { return {Twofold(0.0), std::numeric_limits<double>::infinity()}; }
  static TwofoldInterval rounded(Twofold middle, double radius) {
    if (!std::isfinite(middle.hi) || !std::isfinite(radius)) return everything();
    return {middle, (radius + abs(middle.hi) * kArithmetic) * kOutward + kUnderflow};
  }
  double size() const { return (abs(middle_.hi) + abs(middle_.lo)) * kOutward; }
  double outside() const { return (abs(middle_.lo) + radius_) * kOutward + abs(middle_.hi) * 0x1p-52 + kUnderflow; }

  Twofold middle_;
  double radius_ = 0;
};

}  // namespace etalon
