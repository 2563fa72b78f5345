// SPDX-License-Identifier: Apache-2.0
#include "scalar/ball.h"

#include <arb_hypgeom.h>

#include <limits>

#include "base/bits.h"

namespace etalon {

Ball erf(const Ball& a) {
  Ball r;
  arb_hypgeom_erf(r.x_, a.x_, Ball::precision());
  return r;
}

Ball one_plus_erf(const Ball& z) {
  const Ball x = -z;
  Ball r;
  arb_hypgeom_erfc(r.x_, x.x_, Ball::precision());
  if (!r.contains_zero() || !certainly_less(Ball(1.0), x)) return r;
  const auto bound = [&](const Ball& under_the_root) {
    return Ball(2.0) / sqrt(Ball::pi()) * exp(-(x * x)) / (x + sqrt(fma(x, x, under_the_root)));
  };
  const Ball low = bound(Ball(2.0)), high = bound(Ball(4.0) / Ball::pi());
  arb_union(r.x_, low.x_, high.x_, Ball::precision());
  return r;
}

Ball hypergeometric_0f1(const Ball& b, const Ball& z) {
  Ball r;
  arb_hypgeom_0f1(r.x_, b.x_, z.x_, 0, Ball::precision());
  return r;
}

Ball surprise(const Ball& p) {
  if (arb_is_zero(p.x_)) return p;
  if (!arb_contains_nonpositive(p.x_)) return -(p * log(p));
  // -x ln x rises from 0 up to x = 1/e > 1/4: between 0 and its value at the upper end
  Ball top;
  arb_get_ubound_arf(arb_midref(top.x_), p.x_, Ball::precision());
  if (!certainly_less(top, Ball(0.25)) || arb_is_negative(top.x_)) arb_indeterminate(top.x_);
  const Ball half = ldexp(-(top * log(top)), -1);
  return arb_is_zero(top.x_) ? top : widened(half, half);
}

double lower_double(const Ball& a) {
  arf_t end;
  arf_init(end);
  arb_get_lbound_arf(end, a.x_, Ball::precision());
  const double bound = arf_get_d(end, ARF_RND_FLOOR);
  arf_clear(end);
  return bound;
}

double upper_double(const Ball& a) { return -lower_double(-a); }

Ball sqrt_nonnegative(const Ball& a) {
  Ball r;
  if (arb_is_negative(a.x_)) arb_indeterminate(r.x_);
  else arb_sqrtpos(r.x_, a.x_, Ball::precision());
  return r;
}

std::string to_string(const Ball& a) {
  char* const digits = arb_get_str(a.x_, 10, 0);
  std::string text = digits;
  flint_free(digits);
  return text;
}

namespace {

[[noreturn]] void refuse(const char* question, const std::string& expected, const std::string& got) {
  throw Undecided(question, expected, got,
                  "raise Ball::precision() above its " + std::to_string(Ball::precision()) +
                      " bits; if that does not help, the two are equal, or infinite: choose other numbers");
}

}  // namespace

bool decided_less(const Ball& a, const Ball& b, const char* question) {
  if (arb_lt(a.x_, b.x_)) return true;
  if (arb_ge(a.x_, b.x_)) return false;
  refuse(question, "one answer to a < b for all of the two balls", "a = " + to_string(a) + ", b = " + to_string(b));
}

bool decided_zero(const Ball& a, const char* question) {
  if (arb_is_zero(a.x_)) return true;
  if (!arb_contains_zero(a.x_)) return false;
  refuse(question, "the number 0, or a ball without it", to_string(a));
}

std::optional<double> nearest_double(const Ball& a) {
  if (!arb_is_finite(a.x_)) return std::nullopt;
  if (arb_is_exact(a.x_)) return arf_get_d(arb_midref(a.x_), ARF_RND_NEAR);
  // Rounding is monotonic: where both ends round alike, so does everything between them
  arf_t low, high;
  arf_init(low), arf_init(high);
  arb_get_interval_arf(low, high, a.x_, Ball::precision() + 64);  // outward
  const double below = arf_get_d(low, ARF_RND_NEAR), above = arf_get_d(high, ARF_RND_NEAR);
  arf_clear(low), arf_clear(high);
  if (!same_bits(below, above)) return std::nullopt;
  return below;
}

namespace {

constexpr long kFarthest = 1L << 40;  // exp(-1e400) has an exponent that no integer of the machine holds

std::optional<long> exponent(const mag_t m) {
  if (mag_is_zero(m)) return std::nullopt;
  if (mag_is_inf(m)) return std::numeric_limits<long>::max();
  const fmpz* const e = MAG_EXPREF(m);  // m = f 2^e with 1/2 <= f < 1
  if (fmpz_cmp_si(e, -kFarthest) < 0) return -kFarthest;
  return fmpz_cmp_si(e, kFarthest) > 0 ? std::numeric_limits<long>::max() : fmpz_get_si(e);
}

}  // namespace

std::optional<long> reach_log2(const Ball& a) {
  mag_t reach;
  mag_init(reach);
  arb_get_mag(reach, a.x_);
  const auto log2 = exponent(reach);
  mag_clear(reach);
  return log2;
}

std::optional<long> radius_log2(const Ball& a) { return exponent(arb_radref(a.x_)); }

}  // namespace etalon
