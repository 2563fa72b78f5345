// noisy.h — a float or double that rounds as another correct machine might.
//
// After every operation the result is moved by -1, 0 or +1 unit in the last place, each with probability 1/3. Two runs differ as
// two correct backends do: another order of a sum, another libm, a product that is not fused. The spread of a few runs is a
// measured noise floor, and luck does not survive it: erf(-2.3) may happen to round well once.
//
// RANDOM   A pure function of the seed and of how many operations came before: Noise sets the seed for a while, per thread.
//
// SOURCE   Vignes 1993, "A stochastic arithmetic for reliable scientific computation" (CESTAC).
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "scalar/scalar.h"

namespace etalon {

// { Noise seed(3); ... } : operations inside draw from sequence 3.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : before_(state()) { state() = seed * 0x9e3779b97f4a7c15 + 1; }
  ~Noise() { state() = before_; }
  Noise(const Noise&) = delete;
  Noise& operator=(const Noise&) = delete;

  // The next of -1, 0, +1: SplitMix64 (Steele, Lea & Flood 2014).
  static int next() {
    std::uint64_t z = (state() += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return static_cast<int>((z ^ z >> 31) % 3) - 1;
  }

 private:
  static std::uint64_t& state() {
    thread_local std::uint64_t word = 0;
    return word;
  }
  std::uint64_t before_;
};

template <class F>
struct Noisy {
  F value;

  explicit Noisy(double v = 0) : value(static_cast<F>(v)) {}

  // A result of an operation: moved. 0 stays 0, and what is not finite stays what it is.
  static Noisy rounded(F v) {
    Noisy r;
    r.value = v;
    const int step = Noise::next();
    if (v == 0 || !std::isfinite(v) || step == 0) return r;
    const F moved = std::nextafter(v, static_cast<F>(step) * std::numeric_limits<F>::infinity());
    r.value = std::isfinite(moved) ? moved : v;
    return r;
  }
};

template <class F> Noisy<F> operator+(Noisy<F> a, Noisy<F> b) { return Noisy<F>::rounded(a.value + b.value); }
template <class F> Noisy<F> operator-(Noisy<F> a, Noisy<F> b) { return Noisy<F>::rounded(a.value - b.value); }
template <class F> Noisy<F> operator*(Noisy<F> a, Noisy<F> b) { return Noisy<F>::rounded(a.value * b.value); }
template <class F> Noisy<F> operator/(Noisy<F> a, Noisy<F> b) { return Noisy<F>::rounded(a.value / b.value); }
template <class F> Noisy<F> operator-(Noisy<F> a) { a.value = -a.value; return a; }
template <class F> Noisy<F> fma(Noisy<F> a, Noisy<F> b, Noisy<F> c) { return Noisy<F>::rounded(fma(a.value, b.value, c.value)); }
template <class F> Noisy<F> sqrt(Noisy<F> a) { return Noisy<F>::rounded(sqrt(a.value)); }
template <class F> Noisy<F> sqrt_nonnegative(Noisy<F> a) { return sqrt(a); }
template <class F> Noisy<F> exp(Noisy<F> a) { return Noisy<F>::rounded(exp(a.value)); }
template <class F> Noisy<F> expm1(Noisy<F> a) { return Noisy<F>::rounded(expm1(a.value)); }
template <class F> Noisy<F> log(Noisy<F> a) { return Noisy<F>::rounded(log(a.value)); }
template <class F> Noisy<F> log1p(Noisy<F> a) { return Noisy<F>::rounded(log1p(a.value)); }
template <class F> Noisy<F> tanh(Noisy<F> a) { return Noisy<F>::rounded(tanh(a.value)); }
template <class F> Noisy<F> erf(Noisy<F> a) { return Noisy<F>::rounded(erf(a.value)); }
template <class F> Noisy<F> sin(Noisy<F> a) { return Noisy<F>::rounded(sin(a.value)); }
template <class F> Noisy<F> cos(Noisy<F> a) { return Noisy<F>::rounded(cos(a.value)); }
template <class F> double midpoint(Noisy<F> a) { return a.value; }
template <class F> bool decided_less(Noisy<F> a, Noisy<F> b, const char*) { return a.value < b.value; }
template <class F> bool decided_zero(Noisy<F> a, const char*) { return a.value == 0; }

}  // namespace etalon
