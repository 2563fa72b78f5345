// scalar.h — what a number must know to walk through this house.
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
//   2. No bare comparisons. A ball may be neither > 0 nor <= 0. Show (as softmax does) that the
//      choice cannot change the answer and compare midpoint().
//   3. No std:: mathematics. exp() here means etalon::exp (scalar/exact.h); std::exp does not give
//      the same bits on every CPU (docs/arithmetic.md).
#pragma once

#include <concepts>

#include "scalar/exact.h"

namespace etalon {

// The nearest double to the value; exact for double and float. For choices that cannot change the answer.
inline double midpoint(double x) { return x; }
inline double midpoint(float x) { return x; }

template <class S>
concept Scalar = requires(S a, S b, S c, double d) {
  S(d);
  { a + b } -> std::convertible_to<S>;
  { a - b } -> std::convertible_to<S>;
  { a * b } -> std::convertible_to<S>;
  { a / b } -> std::convertible_to<S>;
  { -a } -> std::convertible_to<S>;
  { fma(a, b, c) } -> std::convertible_to<S>;
  { sqrt(a) } -> std::convertible_to<S>;
  { exp(a) } -> std::convertible_to<S>;
  { expm1(a) } -> std::convertible_to<S>;
  { log(a) } -> std::convertible_to<S>;
  { log1p(a) } -> std::convertible_to<S>;
  { tanh(a) } -> std::convertible_to<S>;
  { erf(a) } -> std::convertible_to<S>;
  { sin(a) } -> std::convertible_to<S>;
  { cos(a) } -> std::convertible_to<S>;
  { midpoint(a) } -> std::convertible_to<double>;
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
