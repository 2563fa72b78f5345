// SPDX-License-Identifier: Apache-2.0
// scalar.h — what a type of number must offer, so that every op can be computed in it.
//
// Every op is written once, for a scalar S, and read four ways:
//
//   double         the engine: IEEE binary64, one rounding at a time
//   float          what a device in fp32 would do (later: tf32, bf16, fp16)
//   Dual<S>        value + tangent: forward mode, the witness for every VJP
//   Ball           midpoint +- radius (Arb): a proof of how far double can be off
//
// Three habits make that possible. They are rules, not advice:
//
//   1. No decimal literals. 0.044715 is not a real number, it is the double nearest to one.
//      Write ratio<S>(44715, 1000000).
//   2. No bare comparisons. A ball may be neither > 0 nor <= 0. Where the outcome matters, ask decided_less or
//      decided_zero: certain, or refused. Where the choice cannot change the answer, show it (as softmax does)
//      and compare midpoint(); tests/house/choices.h lists these places.
//   3. No std:: mathematics. exp() here means etalon::exp (scalar/exact.h); std::exp does not give
//      the same bits on every CPU (docs/arithmetic.md).
#pragma once

#include <concepts>

#include "scalar/exact.h"

namespace etalon {

// The nearest double to the value; exact for double and float. For choices that cannot change the answer.
inline double midpoint(double x) { return x; }
inline double midpoint(float x) { return x; }

// Is a < b? Is x = 0? For choices that do change the answer. A machine number decides as IEEE 754 says (NaN: false); a ball answers
// if all of its numbers give the same answer and throws Undecided otherwise (scalar/ball.h). `question` stands in that message.
template <std::floating_point F>
bool decided_less(F a, F b, const char* /*question*/) {
  return a < b;
}
template <std::floating_point F>
bool decided_zero(F x, const char* /*question*/) {
  return x == 0;
}

// The root of a number that is >= 0 by construction: a sum or an average of squares. A ball around it may reach below 0 by its
// radius, where sqrt has no answer; this one encloses the roots of the numbers >= 0 in the ball, of which the true one is one.
template <std::floating_point F>
F sqrt_nonnegative(F x) {
  return sqrt(x);
}

template <class S>
concept Scalar = requires(S a, S b, S c, double d) {
  S(d);
  { a + b } -> std::convertible_to<S>;
  { a - b } -> std::convertible_to<S>;
  { a* b } -> std::convertible_to<S>;
  { a / b } -> std::convertible_to<S>;
  { -a } -> std::convertible_to<S>;
  { fma(a, b, c) } -> std::convertible_to<S>;
  { sqrt(a) } -> std::convertible_to<S>;
  { sqrt_nonnegative(a) } -> std::convertible_to<S>;
  { exp(a) } -> std::convertible_to<S>;
  { expm1(a) } -> std::convertible_to<S>;
  { log(a) } -> std::convertible_to<S>;
  { log1p(a) } -> std::convertible_to<S>;
  { tanh(a) } -> std::convertible_to<S>;
  { erf(a) } -> std::convertible_to<S>;
  { sin(a) } -> std::convertible_to<S>;
  { cos(a) } -> std::convertible_to<S>;
  { midpoint(a) } -> std::convertible_to<double>;
  { decided_less(a, b, "") } -> std::convertible_to<bool>;
  { decided_zero(a, "") } -> std::convertible_to<bool>;
};

// The rational p/q, rounded (or enclosed) once by S itself. |p|, |q| < 2^53, so both are exact doubles;
// in float, p and q below 2^24 are exact.
template <Scalar S>
S ratio(long p, long q = 1) {
  return S(static_cast<double>(p)) / S(static_cast<double>(q));
}

// pi, as exactly as S can say it; a ball overloads it with an enclosure (scalar/ball.h).
template <Scalar S>
struct Pi {
  static S value() { return S(0x1.921fb54442d18p+1); }
};

}  // namespace etalon
