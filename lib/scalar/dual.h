// SPDX-License-Identifier: Apache-2.0
// dual.h — value + tangent: forward mode, used here as the witness for every hand-written VJP.
//
//   f(a + a_dot e) = f(a) + f'(a) a_dot e,   e^2 = 0
//
// One rule per operation, in the order of scalar.h. Over balls the tangent is a proof.
//
// SOURCE   Griewank & Walther 2008, "Evaluating Derivatives", section 3.1.
#pragma once

#include <utility>

#include "scalar/entropy_terms.h"
#include "scalar/scalar.h"

namespace etalon {

template <class S>
struct Dual {
  S value, dot;  // x and x_dot, as in y_dot = J x_dot

  explicit Dual(double v = 0) : value(v), dot(0.0) {}
  Dual(S v, S d) : value(std::move(v)), dot(std::move(d)) {}
};

// One operation a line, where it is one
// clang-format off
template <class S> Dual<S> operator+(const Dual<S>& a, const Dual<S>& b) { return {a.value + b.value, a.dot + b.dot}; }
template <class S> Dual<S> operator-(const Dual<S>& a, const Dual<S>& b) { return {a.value - b.value, a.dot - b.dot}; }
template <class S> Dual<S> operator-(const Dual<S>& a) { return {-a.value, -a.dot}; }
template <class S> Dual<S> operator*(const Dual<S>& a, const Dual<S>& b) { return {a.value * b.value, fma(a.dot, b.value, a.value * b.dot)}; }
template <class S> Dual<S> operator/(const Dual<S>& a, const Dual<S>& b) {
  const S q = a.value / b.value;
  return {q, (a.dot - q * b.dot) / b.value};
}
template <class S> Dual<S> fma(const Dual<S>& a, const Dual<S>& b, const Dual<S>& c) {
  return {fma(a.value, b.value, c.value), fma(a.dot, b.value, fma(a.value, b.dot, c.dot))};
}
template <class S> Dual<S> sqrt(const Dual<S>& a) {
  const S root = sqrt(a.value);
  return {root, a.dot / (root + root)};
}
template <class S> Dual<S> sqrt_nonnegative(const Dual<S>& a) {
  const S root = sqrt_nonnegative(a.value);
  return {root, a.dot / (root + root)};
}
template <class S> Dual<S> exp(const Dual<S>& a) {
  const S e = exp(a.value);
  return {e, e * a.dot};
}
template <class S> Dual<S> expm1(const Dual<S>& a) { return {expm1(a.value), exp(a.value) * a.dot}; }
template <class S> Dual<S> log(const Dual<S>& a) { return {log(a.value), a.dot / a.value}; }
template <class S> Dual<S> log1p(const Dual<S>& a) { return {log1p(a.value), a.dot / (S(1) + a.value)}; }
template <class S> Dual<S> tanh(const Dual<S>& a) {
  const S t = tanh(a.value);
  return {t, (S(1) - t * t) * a.dot};
}
// erf'(x) = 2/sqrt(pi) exp(-x^2)
template <class S> Dual<S> erf(const Dual<S>& a) {
  return {erf(a.value), S(2) / sqrt(Pi<S>::value()) * exp(-(a.value * a.value)) * a.dot};
}
template <class S> Dual<S> sin(const Dual<S>& a) { return {sin(a.value), cos(a.value) * a.dot}; }
template <class S> Dual<S> cos(const Dual<S>& a) { return {cos(a.value), -(sin(a.value) * a.dot)}; }
// phi' (1 + e) = ln(1 + e), (e^h - 1 - h)' = e^h - 1
template <class S> Dual<S> phi(const Dual<S>& e) { return {phi(e.value), log1p(e.value) * e.dot}; }
template <class S> Dual<S> exp_excess(const Dual<S>& h) { return {exp_excess(h.value), expm1(h.value) * h.dot}; }
template <class S> double midpoint(const Dual<S>& a) { return midpoint(a.value); }

// The branch is chosen by the value; the tangent is the chosen branch's.
template <class S> bool decided_less(const Dual<S>& a, const Dual<S>& b, const char* question) {
  return decided_less(a.value, b.value, question);
}
template <class S> bool decided_zero(const Dual<S>& a, const char* question) { return decided_zero(a.value, question); }
// clang-format on

template <class S>
struct Pi<Dual<S>> {
  static Dual<S> value() { return {Pi<S>::value(), S(0.0)}; }
};

}  // namespace etalon
