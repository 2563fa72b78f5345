// SPDX-License-Identifier: Apache-2.0
// ball.h — a number that carries its own proof: midpoint +- radius (Arb).
//
// Inclusion principle: if x lies in X, then f(x) lies in F(X). Nothing else is promised; in
// particular the ball need not be the smallest one, so tests ask for *contains* and for *tight*.
//
// PRECISION   Ball::precision() bits, per thread; raise it for a while with Ball::AtPrecision.
//
// SOURCE   Johansson 2017, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic".
#pragma once

#include <arb.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "scalar/scalar.h"

namespace etalon {

// A comparison that the radii leave open. Who certifies catches it and comes again with more bits.
struct Undecided : Error {
  std::string question;  // "softmax: is a < b"
  Undecided(const std::string& asked, const std::string& expected, const std::string& got, const std::string& hint)
      : Error(asked, expected, got, hint), question(asked) {}
};

class Ball {
 public:
  static long& precision() {
    thread_local long bits = 160;
    return bits;
  }

  // { Ball::AtPrecision more(600); ... } computes with 600 bits until the brace.
  class AtPrecision {
   public:
    explicit AtPrecision(long bits) : before_(precision()) { precision() = bits; }
    ~AtPrecision() { precision() = before_; }
    AtPrecision(const AtPrecision&) = delete;
    AtPrecision& operator=(const AtPrecision&) = delete;

   private:
    long before_;
  };

  Ball() { arb_init(x_); }
  explicit Ball(double d) : Ball() { arb_set_d(x_, d); }  // exact: radius 0
  Ball(const Ball& o) : Ball() { arb_set(x_, o.x_); }
  Ball(Ball&& o) noexcept : Ball() { arb_swap(x_, o.x_); }
  // One operation a line
  // clang-format off
  Ball& operator=(const Ball& o) { arb_set(x_, o.x_); return *this; }
  Ball& operator=(Ball&& o) noexcept { arb_swap(x_, o.x_); return *this; }
  // clang-format on
  ~Ball() { arb_clear(x_); }

  // The ball around a double with a given radius, rounded outward.
  static Ball around(double midpoint, double radius) {
    Ball r(midpoint);
    arb_t spread;
    arb_init(spread);
    arb_set_d(spread, radius);
    arb_add_error(r.x_, spread);
    arb_clear(spread);
    return r;
  }

  // Every number between two doubles, ends included.
  static Ball between(double low, double high) {
    const Ball a(low), b(high);
    Ball r;
    arb_union(r.x_, a.x_, b.x_, precision());
    return r;
  }

  // One operation a line
  // clang-format off
  friend Ball operator+(const Ball& a, const Ball& b) { Ball r; arb_add(r.x_, a.x_, b.x_, precision()); return r; }
  friend Ball operator-(const Ball& a, const Ball& b) { Ball r; arb_sub(r.x_, a.x_, b.x_, precision()); return r; }
  friend Ball operator-(const Ball& a) { Ball r; arb_neg(r.x_, a.x_); return r; }
  friend Ball operator*(const Ball& a, const Ball& b) { Ball r; arb_mul(r.x_, a.x_, b.x_, precision()); return r; }
  friend Ball operator/(const Ball& a, const Ball& b) { Ball r; arb_div(r.x_, a.x_, b.x_, precision()); return r; }
  friend Ball fma(const Ball& a, const Ball& b, const Ball& c) { Ball r(c); arb_addmul(r.x_, a.x_, b.x_, precision()); return r; }
  friend Ball sqrt(const Ball& a) { Ball r; arb_sqrt(r.x_, a.x_, precision()); return r; }
  friend Ball sqrt_nonnegative(const Ball& a);  // not finite where all of a is below 0: then it was not >= 0 by construction
  friend Ball abs(const Ball& a) { Ball r; arb_abs(r.x_, a.x_); return r; }
  friend Ball exp(const Ball& a) { Ball r; arb_exp(r.x_, a.x_, precision()); return r; }
  friend Ball expm1(const Ball& a) { Ball r; arb_expm1(r.x_, a.x_, precision()); return r; }
  friend Ball log(const Ball& a) { Ball r; arb_log(r.x_, a.x_, precision()); return r; }
  friend Ball log1p(const Ball& a) { Ball r; arb_log1p(r.x_, a.x_, precision()); return r; }
  friend Ball tanh(const Ball& a) { Ball r; arb_tanh(r.x_, a.x_, precision()); return r; }
  friend Ball erf(const Ball& a);  // scalar/ball.cpp: needs Arb's hypergeometric module
  friend Ball sin(const Ball& a) { Ball r; arb_sin(r.x_, a.x_, precision()); return r; }
  friend Ball cos(const Ball& a) { Ball r; arb_cos(r.x_, a.x_, precision()); return r; }
  friend Ball pow(const Ball& a, const Ball& b) { Ball r; arb_pow(r.x_, a.x_, b.x_, precision()); return r; }
  friend Ball ldexp(const Ball& a, long e) { Ball r; arb_mul_2exp_si(r.x_, a.x_, e); return r; }  // a 2^e, exact
  static Ball pi() { Ball r; arb_const_pi(r.x_, precision()); return r; }
  // clang-format on

  // 1 + erf(z) = erfc(-z), with digits and a sign for every z (scalar/erf_tail.h). Where Arb's erfc has neither, below z = -2^31 or
  // so, the enclosure is Abramowitz & Stegun 1964, 7.1.13, for x = -z >= 0:
  //
  //   2/sqrt(pi) exp(-x^2) / (x + sqrt(x^2 + 2))  <  erfc(x)  <=  2/sqrt(pi) exp(-x^2) / (x + sqrt(x^2 + 4/pi))
  //
  // Both need exp(-x^2), to which Arb gives a sign if the precision is not far below the bits that x^2 has before the point.
  friend Ball one_plus_erf(const Ball& z);

  // 0F1(; b; z) = sum_k z^k / (k! b (b+1) ... (b+k-1)), the series of the Bessel functions.
  friend Ball hypergeometric_0f1(const Ball& b, const Ball& z);

  // The functions of scalar/entropy_terms.h. surprise(p) takes p >= 0 by construction, whatever its radius says, and encloses
  // -x ln x over [0, p] where p may be 0; phi(e) takes e > -1.
  friend Ball surprise(const Ball& p);
  friend Ball phi(const Ball& e) { return fma(Ball(1.0) + e, log1p(e), -e); }
  friend Ball exp_excess(const Ball& h) { return expm1(h) - h; }

  // One operation a line
  // clang-format off
  // The same middle, radius 0: for an iteration whose result is proved afterwards.
  friend Ball centre(const Ball& a) { Ball r; arb_get_mid_arb(r.x_, a.x_); return r; }

  // Holds every x + y with x in a and |y| <= some number of `by`.
  friend Ball widened(const Ball& a, const Ball& by) { Ball r(a); arb_add_error(r.x_, by.x_); return r; }
  // clang-format on

  friend double midpoint(const Ball& a) { return arf_get_d(arb_midref(a.x_), ARF_RND_NEAR); }

  // At least the true radius (rounded up); +infinity if the ball is not finite.
  friend double radius(const Ball& a) { return mag_get_d(arb_radref(a.x_)); }

  // Doubles between which every number of the ball lies.
  friend double lower_double(const Ball& a);
  friend double upper_double(const Ball& a);

  // The double nearest to every number in the ball, ties to even: a real number known well enough to be rounded once. A ball that
  // holds +-0 alone after rounding gives it; one that spans a boundary between two doubles, or is not finite, gives none.
  friend std::optional<double> nearest_double(const Ball& a);

  // reach_log2: an N such that every number in the ball has magnitude <= 2^N; none for the ball {0}.
  // radius_log2: an N such that the radius is <= 2^N; none for radius 0.
  // N is at most one above the smallest such N, and at least -2^40; the largest integer for what is not finite or beyond 2^(2^40).
  friend std::optional<long> reach_log2(const Ball& a);
  friend std::optional<long> radius_log2(const Ball& a);

  bool is_finite() const { return arb_is_finite(x_); }
  bool contains_zero() const { return arb_contains_zero(x_); }
  bool contains(double d) const { return contains(Ball(d)); }
  bool contains(const Ball& o) const { return arb_contains(x_, o.x_); }
  bool overlaps(const Ball& o) const { return arb_overlaps(x_, o.x_); }
  bool is_exactly_zero() const { return arb_is_zero(x_); }

  // True only if EVERY number in the ball has magnitude <= limit. False means "not certainly", never
  // "certainly not".
  bool certainly_within(double limit) const {
    arf_t reach;
    arf_init(reach);
    arb_get_abs_ubound_arf(reach, x_, precision());
    const bool inside = !arf_is_nan(reach) && arf_cmp_d(reach, limit) <= 0;  // arf_cmp answers 0 to NaN
    arf_clear(reach);
    return inside;
  }

  // True only if every number in a is smaller than every number in b.
  friend bool certainly_less(const Ball& a, const Ball& b) { return arb_lt(a.x_, b.x_); }

  // decided_less: true if every number in a is smaller than every number in b; false if none is. Error (Undecided): it depends on
  // the number. Equal numbers are decided only where both balls have radius 0: no precision separates two that are not.
  // decided_zero: true for the ball {0}, false for a ball without 0. Error (Undecided): 0 is one number of several.
  friend bool decided_less(const Ball& a, const Ball& b, const char* question);
  friend bool decided_zero(const Ball& a, const char* question);

  // "[0.3333333333 +/- 4.1e-48]", with 10 digits at most.
  friend std::string to_string(const Ball& a);

 private:
  arb_t x_;
};

template <>
struct Pi<Ball> {
  static Ball value() { return Ball::pi(); }
};

}  // namespace etalon
