// SPDX-License-Identifier: Apache-2.0
// noisy.h — a float or double that rounds as another correct machine might.
//
// After every operation the result is moved by -1, 0 or +1 unit in the last place, each with probability 1/3. Two runs differ as
// two correct backends do: another order of a sum, another libm, a product that is not fused. The spread of a few runs is a
// measured noise floor, and luck does not survive it: erf(-2.3) may happen to round well once.
//
// RANDOM   The step is a pure function of the seed, the operation and the bits of its operands. A counter of operations would not do:
//          C++ leaves it to the compiler which operand of a * b is computed first, so the draws would follow the compiler
//          (gcc and clang did differ). Noise sets the seed for a while, per thread.
//
// SOURCE   Vignes 1993, "A stochastic arithmetic for reliable scientific computation" (CESTAC).
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>

#include "base/bits.h"
#include "scalar/scalar.h"

namespace etalon {

// { Noise seed(3); ... } : operations inside are moved as in run 3.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : before_(current()) { current() = seed; }
  ~Noise() { current() = before_; }
  Noise(const Noise&) = delete;
  Noise& operator=(const Noise&) = delete;

  // -1, 0 or +1 for the operation named by one letter: SplitMix64's mixing (Steele, Lea & Flood 2014) of all that it depends on.
  static int step(char operation, std::initializer_list<double> operands) {
    std::uint64_t z = mixed(current() ^ static_cast<std::uint64_t>(operation) << 56);
    for (const double x : operands) z = mixed(z ^ to_bits(x));
    return static_cast<int>(z % 3) - 1;
  }

 private:
  static std::uint64_t mixed(std::uint64_t z) {
    z += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  static std::uint64_t& current() {
    thread_local std::uint64_t seed = 0;
    return seed;
  }
  std::uint64_t before_;
};

template <class F>
struct Noisy {
  F value;

  explicit Noisy(double v = 0) : value(static_cast<F>(v)) {}

  // The result of an operation on these operands: moved. 0 stays 0, and what is not finite stays what it is.
  static Noisy moved(F result, char operation, std::initializer_list<double> operands) {
    Noisy r;
    r.value = result;
    if (result == 0 || !std::isfinite(result)) return r;
    const int step = Noise::step(operation, operands);
    if (step == 0) return r;
    const F neighbour = std::nextafter(result, static_cast<F>(step) * std::numeric_limits<F>::infinity());
    if (std::isfinite(neighbour)) r.value = neighbour;
    return r;
  }
};

// One operation a line
// clang-format off
template <class F> Noisy<F> operator+(Noisy<F> a, Noisy<F> b) { return Noisy<F>::moved(a.value + b.value, '+', {a.value, b.value}); }
template <class F> Noisy<F> operator-(Noisy<F> a, Noisy<F> b) { return Noisy<F>::moved(a.value - b.value, '-', {a.value, b.value}); }
template <class F> Noisy<F> operator*(Noisy<F> a, Noisy<F> b) { return Noisy<F>::moved(a.value * b.value, '*', {a.value, b.value}); }
template <class F> Noisy<F> operator/(Noisy<F> a, Noisy<F> b) { return Noisy<F>::moved(a.value / b.value, '/', {a.value, b.value}); }
template <class F> Noisy<F> operator-(Noisy<F> a) { a.value = -a.value; return a; }
template <class F> Noisy<F> fma(Noisy<F> a, Noisy<F> b, Noisy<F> c) { return Noisy<F>::moved(fma(a.value, b.value, c.value), 'f', {a.value, b.value, c.value}); }
template <class F> Noisy<F> sqrt(Noisy<F> a) { return Noisy<F>::moved(sqrt(a.value), 'r', {a.value}); }
template <class F> Noisy<F> sqrt_nonnegative(Noisy<F> a) { return sqrt(a); }
template <class F> Noisy<F> exp(Noisy<F> a) { return Noisy<F>::moved(exp(a.value), 'e', {a.value}); }
template <class F> Noisy<F> expm1(Noisy<F> a) { return Noisy<F>::moved(expm1(a.value), 'E', {a.value}); }
template <class F> Noisy<F> log(Noisy<F> a) { return Noisy<F>::moved(log(a.value), 'l', {a.value}); }
template <class F> Noisy<F> log1p(Noisy<F> a) { return Noisy<F>::moved(log1p(a.value), 'L', {a.value}); }
template <class F> Noisy<F> tanh(Noisy<F> a) { return Noisy<F>::moved(tanh(a.value), 't', {a.value}); }
template <class F> Noisy<F> erf(Noisy<F> a) { return Noisy<F>::moved(erf(a.value), 'g', {a.value}); }
template <class F> Noisy<F> sin(Noisy<F> a) { return Noisy<F>::moved(sin(a.value), 's', {a.value}); }
template <class F> Noisy<F> cos(Noisy<F> a) { return Noisy<F>::moved(cos(a.value), 'c', {a.value}); }
template <class F> double midpoint(Noisy<F> a) { return a.value; }
template <class F> bool decided_less(Noisy<F> a, Noisy<F> b, const char*) { return a.value < b.value; }
template <class F> bool decided_zero(Noisy<F> a, const char*) { return a.value == 0; }
// clang-format on

}  // namespace etalon
