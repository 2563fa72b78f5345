// SPDX-License-Identifier: Apache-2.0
// symbol.h — a number of which nothing is known but whether it is 0, is 1, or is the same as another.
//
// A model that is run in symbols shows its structure: what is 0 here is 0 whatever the weights. Symbols know these identities, and
// no other:
//
//   x + 0 = x    x 0 = 0    x 1 = x    x / 1 = x    0 / x = 0    x - x = 0    x / x = 1
//   f(0) = 0 for sqrt, expm1, log1p, tanh, erf, sin;    sqrt 1 = exp 0 = cos 0 = 1;    log 1 = 0
//
// Every other result is a new symbol, even that of the same operation on the same operands. So two equal symbols are equal
// numbers, for all weights at which everything is finite and nothing is divided by 0; two that differ may be equal or not.
//
// A symbol cannot say which of two numbers is less: decided_less and decided_zero refuse where it matters. midpoint(), which stands
// where the choice cannot change the answer (scalar/scalar.h), gives some number.
#pragma once

#include "base/error.h"
#include "scalar/scalar.h"

namespace etalon {

class Symbol {
 public:
  // 0 and 1 are known. Any other constant, NaN too, is a new symbol: no identity above speaks of it.
  explicit Symbol(double x = 0) : id_(x == 0 ? kZero : x == 1 ? kOne : next()) {}

  // One like no other: a weight.
  static Symbol fresh() { return with(next()); }

  bool is_zero() const { return id_ == kZero; }
  bool is_one() const { return id_ == kOne; }
  bool operator==(const Symbol&) const = default;

 private:
  static constexpr long kZero = 0, kOne = 1;

  static Symbol with(long id) {
    Symbol s;
    s.id_ = id;
    return s;
  }
  static long next() {
    thread_local long last = kOne;
    return ++last;
  }

  long id_;
};

inline Symbol operator+(Symbol a, Symbol b) { return a.is_zero() ? b : b.is_zero() ? a : Symbol::fresh(); }
inline Symbol operator-(Symbol a) { return a.is_zero() ? a : Symbol::fresh(); }
inline Symbol operator-(Symbol a, Symbol b) { return b.is_zero() ? a : a == b ? Symbol(0) : Symbol::fresh(); }
inline Symbol operator*(Symbol a, Symbol b) {
  if (a.is_zero() || b.is_zero()) return Symbol(0);
  return a.is_one() ? b : b.is_one() ? a : Symbol::fresh();
}
inline Symbol operator/(Symbol a, Symbol b) { return a.is_zero() || b.is_one() ? a : a == b ? Symbol(1) : Symbol::fresh(); }
inline Symbol fma(Symbol a, Symbol b, Symbol c) { return a * b + c; }

// f(x) of an f that is known at 0 alone.
namespace detail {
inline Symbol zero_to(double at_zero, Symbol a) { return a.is_zero() ? Symbol(at_zero) : Symbol::fresh(); }
}  // namespace detail

inline Symbol sqrt(Symbol a) { return a.is_zero() || a.is_one() ? a : Symbol::fresh(); }
inline Symbol sqrt_nonnegative(Symbol a) { return sqrt(a); }
inline Symbol exp(Symbol a) { return detail::zero_to(1, a); }
inline Symbol expm1(Symbol a) { return detail::zero_to(0, a); }
inline Symbol log(Symbol a) { return a.is_one() ? Symbol(0) : Symbol::fresh(); }
inline Symbol log1p(Symbol a) { return detail::zero_to(0, a); }
inline Symbol tanh(Symbol a) { return detail::zero_to(0, a); }
inline Symbol erf(Symbol a) { return detail::zero_to(0, a); }
inline Symbol sin(Symbol a) { return detail::zero_to(0, a); }
inline Symbol cos(Symbol a) { return detail::zero_to(1, a); }

inline double midpoint(Symbol a) { return a.is_zero() ? 0 : 1; }
inline bool decided_less(Symbol, Symbol, const char* question) {
  throw Error(question, "two numbers", "two symbols, of which neither is known to be less",
              "the structure of this op depends on its numbers: declare its zeros in another way");
}
inline bool decided_zero(Symbol a, const char* question) {
  if (a.is_zero()) return true;
  if (a.is_one()) return false;
  throw Error(question, "a number", "a symbol, which may be 0", "the structure of this op depends on its numbers");
}

}  // namespace etalon
