// SPDX-License-Identifier: Apache-2.0
// taint.h — a scalar that knows one thing: did the poisoned entry reach me?
//
// Reading a page with Taint gives exactly the outputs that depend on one input entry. With it, "NaN stays
// where it belongs" becomes a law for every page: poison one entry with NaN; every tainted output is NaN,
// and every other output has the bits it had before.
#pragma once

#include <limits>

#include "base/bits.h"
#include "law/weave.h"
#include "op/page.h"

namespace etalon::law {

struct Taint {
  double value = 0;
  bool tainted = false;
  explicit Taint(double v = 0) : value(v) {}
  Taint(double v, bool t) : value(v), tainted(t) {}
};

inline Taint operator+(Taint a, Taint b) { return {a.value + b.value, a.tainted || b.tainted}; }
inline Taint operator-(Taint a, Taint b) { return {a.value - b.value, a.tainted || b.tainted}; }
inline Taint operator*(Taint a, Taint b) { return {a.value * b.value, a.tainted || b.tainted}; }
inline Taint operator/(Taint a, Taint b) { return {a.value / b.value, a.tainted || b.tainted}; }
inline Taint operator-(Taint a) { return {-a.value, a.tainted}; }
inline Taint fma(Taint a, Taint b, Taint c) {
  return {etalon::fma(a.value, b.value, c.value), a.tainted || b.tainted || c.tainted};
}
inline Taint sqrt(Taint a) { return {etalon::sqrt(a.value), a.tainted}; }
inline Taint exp(Taint a) { return {etalon::exp(a.value), a.tainted}; }
inline Taint expm1(Taint a) { return {etalon::expm1(a.value), a.tainted}; }
inline Taint log(Taint a) { return {etalon::log(a.value), a.tainted}; }
inline Taint log1p(Taint a) { return {etalon::log1p(a.value), a.tainted}; }
inline Taint tanh(Taint a) { return {etalon::tanh(a.value), a.tainted}; }
inline Taint erf(Taint a) { return {etalon::erf(a.value), a.tainted}; }
inline Taint sin(Taint a) { return {etalon::sin(a.value), a.tainted}; }
inline Taint cos(Taint a) { return {etalon::cos(a.value), a.tainted}; }
inline Taint sqrt_nonnegative(Taint a) { return sqrt(a); }
inline double midpoint(Taint a) { return a.value; }
inline bool decided_less(Taint a, Taint b, const char*) { return a.value < b.value; }
inline bool decided_zero(Taint a, const char*) { return a.value == 0; }

// How many outputs do not depend on entry `at` of input `which`.
template <op::Page Op>
long n_untouched(const op::Case<typename Op::Setting>& example, std::size_t which, long at) {
  std::vector<Tensor<Taint>> traced;
  for (const auto& x : example.inputs) traced.push_back(as<Taint>(x));
  traced[which][at].tainted = true;
  const auto reach = Op::forward(example.setting, Args<Taint>(traced));
  long n = 0;
  for (const Taint& y : reach.values()) n += y.tainted ? 0 : 1;
  return n;
}

// Poisons entry `at` of input `which`. True if the NaN went everywhere it must and nowhere else.
template <op::Page Op>
bool nan_stays_where_it_belongs(const op::Case<typename Op::Setting>& example, std::size_t which, long at) {
  auto poisoned = example.inputs;
  poisoned[which][at] = std::numeric_limits<double>::quiet_NaN();
  std::vector<Tensor<Taint>> traced;
  for (const auto& x : example.inputs) traced.push_back(as<Taint>(x));
  traced[which][at].tainted = true;

  const auto reach = Op::forward(example.setting, Args<Taint>(traced));
  const auto clean = Op::forward(example.setting, Args<double>(example.inputs));
  const auto y = Op::forward(example.setting, Args<double>(poisoned));
  for (long i = 0; i < y.size(); ++i) {
    const bool is_nan = y[i] != y[i];
    if (reach[i].tainted ? !is_nan : to_bits(y[i]) != to_bits(clean[i])) return false;
  }
  return true;
}

}  // namespace etalon::law
