// SPDX-License-Identifier: Apache-2.0
// AdamW's bias correction is carried from step to step: the bits of the sum from the beginning, at the cost of one step.
#include <catch2/catch.hpp>

#include "base/bits.h"
#include "law/weave.h"
#include "model/optimiser_body.h"

using namespace etalon;
using namespace etalon::model;

namespace {

// The definition, from the beginning:  c_0 = 0,  c_t = beta c_{t-1} + (1 - beta).
template <class S>
S from_the_beginning(const Ratio& beta, long t) {
  const S keep = beta.in<S>(), take = ratio<S>(beta.den - beta.num, beta.den);
  S c(0.0);
  for (long k = 0; k < t; ++k) c = keep * c + take;
  return c;
}

// How many of n steps have another correction than the definition. The sum of the definition is kept here step by step, too: t^2
// additions for each of thousands of steps would take minutes.
template <class S>
long n_differ(const Ratio& beta, long n) {
  const S keep = beta.in<S>(), take = ratio<S>(beta.den - beta.num, beta.den);
  BiasCorrection<S> carried;
  S c(0.0);
  long differ = 0;
  for (long t = 1; t <= n; ++t) {
    c = keep * c + take;
    differ += optimiser::bias_correction(beta, t, carried) != c;
    if (t % 499 == 0) differ += from_the_beginning<S>(beta, t) != c;
  }
  return differ;
}

// AdamW as optimiser.h states it, one entry, the correction summed up from the beginning at every step.
template <class S>
struct Plain {
  S w, m = S(0.0), v = S(0.0);
  long t = 0;

  void take_step(const AdamW& rule, S g) {
    // Round the constants, then decay, average and step
    const S lr = rule.learning_rate.in<S>(), decay = lr * rule.weight_decay.in<S>();
    const S keep1 = rule.beta1.in<S>(), take1 = ratio<S>(rule.beta1.den - rule.beta1.num, rule.beta1.den);
    const S keep2 = rule.beta2.in<S>(), take2 = ratio<S>(rule.beta2.den - rule.beta2.num, rule.beta2.den);
    ++t;
    const S rate = lr / from_the_beginning<S>(rule.beta1, t), root = etalon::sqrt(from_the_beginning<S>(rule.beta2, t));
    w = w - decay * w;
    m = keep1 * m + take1 * g;
    v = keep2 * v + take2 * (g * g);
    w = w - rate * m / (etalon::sqrt(v) / root + rule.eps.in<S>());
  }
};

const std::vector<Slot> kOneSlot = {{"table", {1, 1}, Role::embedding, 1}};

template <class S>
Parameters<S> one_number(S x) {
  Parameters<S> out;
  out.add("table", {{1, 1}, {x}});
  return out;
}

double gradient_at(long t) { return static_cast<double>(t * 7919 % 1000) / 500 - 1; }

// Steps until which the library has the bits of the plain form: n if all of them.
template <class S>
long n_same_bits(const AdamW& rule, long n) {
  Plain<S> plain{S(0.75)};
  auto weights = one_number(S(0.75));
  OptimiserState<S> state;
  for (long t = 1; t <= n; ++t) {
    plain.take_step(rule, S(gradient_at(t)));
    take_step(rule, kOneSlot, weights, one_number(S(gradient_at(t))), state);
    if (weights[0][0] != plain.w || state.m[0][0] != plain.m || state.v[0][0] != plain.v) return t - 1;
  }
  return n;
}

// A double that counts the products it takes part in.
struct Counted {
  double value;
  static long& n_products() {
    thread_local long n = 0;
    return n;
  }
  explicit Counted(double v = 0) : value(v) {}
};
// One operation a line
// clang-format off
Counted operator+(Counted a, Counted b) { return Counted(a.value + b.value); }
Counted operator-(Counted a, Counted b) { return Counted(a.value - b.value); }
Counted operator-(Counted a) { return Counted(-a.value); }
Counted operator*(Counted a, Counted b) { ++Counted::n_products(); return Counted(a.value * b.value); }
Counted operator/(Counted a, Counted b) { return Counted(a.value / b.value); }
[[maybe_unused]] Counted fma(Counted a, Counted b, Counted c) { ++Counted::n_products(); return Counted(etalon::fma(a.value, b.value, c.value)); }
Counted sqrt(Counted a) { return Counted(etalon::sqrt(a.value)); }
Counted sqrt_nonnegative(Counted a) { return sqrt(a); }
[[maybe_unused]] Counted exp(Counted a) { return Counted(etalon::exp(a.value)); }
[[maybe_unused]] Counted expm1(Counted a) { return Counted(etalon::expm1(a.value)); }
[[maybe_unused]] Counted log(Counted a) { return Counted(etalon::log(a.value)); }
[[maybe_unused]] Counted log1p(Counted a) { return Counted(etalon::log1p(a.value)); }
[[maybe_unused]] Counted tanh(Counted a) { return Counted(etalon::tanh(a.value)); }
[[maybe_unused]] Counted erf(Counted a) { return Counted(etalon::erf(a.value)); }
[[maybe_unused]] Counted sin(Counted a) { return Counted(etalon::sin(a.value)); }
[[maybe_unused]] Counted cos(Counted a) { return Counted(etalon::cos(a.value)); }
[[maybe_unused]] double midpoint(Counted a) { return a.value; }
[[maybe_unused]] bool decided_less(Counted a, Counted b, const char*) { return a.value < b.value; }
[[maybe_unused]] bool decided_zero(Counted a, const char*) { return a.value == 0; }
// clang-format on

// The products of step t on a state that came there by itself, or was restored without the carried sums.
long n_products_of_step(long t, bool is_restored) {
  auto weights = one_number(Counted(0.75));
  OptimiserState<Counted> state;
  for (long k = 1; k < t; ++k) take_step(AdamW{}, kOneSlot, weights, one_number(Counted(gradient_at(k))), state);
  if (is_restored) state = {state.m, state.v, state.step};
  Counted::n_products() = 0;
  take_step(AdamW{}, kOneSlot, weights, one_number(Counted(gradient_at(t))), state);
  return Counted::n_products();
}

}  // namespace

TEST_CASE("bias correction: 20,000 steps carried are the sum from the beginning, bit for bit", "[model][optimiser]") {
  for (const Ratio& beta : {Ratio{9, 10}, Ratio{999, 1000}, Ratio{19, 20}, Ratio{0, 1}, Ratio{99999, 100000}}) {
    INFO(to_string(beta));
    CHECK(n_differ<double>(beta, 20000) == 0);
    CHECK(n_differ<float>(beta, 20000) == 0);
  }
}

TEST_CASE("bias correction: AdamW has the bits of its plain form over 5,000 steps", "[model][optimiser]") {
  const AdamW slow{.learning_rate = {1, 300}, .beta1 = {19, 20}, .beta2 = {9999, 10000}};
  CHECK(n_same_bits<double>(AdamW{}, 5000) == 5000);
  CHECK(n_same_bits<float>(AdamW{}, 5000) == 5000);
  CHECK(n_same_bits<double>(slow, 5000) == 5000);
  CHECK(n_same_bits<float>(slow, 5000) == 5000);
}

TEST_CASE("bias correction: a step costs the same at any t, and a restored state pays once", "[model][optimiser]") {
  const long at_two = n_products_of_step(2, false);
  CHECK(n_products_of_step(3000, false) == at_two);
  CHECK(n_products_of_step(3000, true) == at_two + 2 * 2999);  // both sums, from the beginning
}

TEST_CASE("bias correction: a state restored from m, v and step goes on with the same bits", "[model][optimiser]") {
  auto weights = one_number(0.75);
  OptimiserState<double> state;
  for (long t = 1; t <= 700; ++t) take_step(AdamW{}, kOneSlot, weights, one_number(gradient_at(t)), state);
  auto restored_weights = weights;
  OptimiserState<double> restored = {state.m, state.v, state.step};
  for (long t = 701; t <= 760; ++t) {
    take_step(AdamW{}, kOneSlot, weights, one_number(gradient_at(t)), state);
    take_step(AdamW{}, kOneSlot, restored_weights, one_number(gradient_at(t)), restored);
    CHECK(same_bits(restored_weights[0][0], weights[0][0]));
  }
}

TEST_CASE("bias correction: another beta, or a state set back, begins again", "[model][optimiser]") {
  BiasCorrection<double> carried;
  optimiser::bias_correction({9, 10}, 50, carried);
  CHECK(optimiser::bias_correction({999, 1000}, 51, carried) == from_the_beginning<double>({999, 1000}, 51));
  CHECK(optimiser::bias_correction({999, 1000}, 7, carried) == from_the_beginning<double>({999, 1000}, 7));
  CHECK(optimiser::bias_correction({999, 1000}, 7, carried) == from_the_beginning<double>({999, 1000}, 7));
}
