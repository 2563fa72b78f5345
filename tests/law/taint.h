// SPDX-License-Identifier: Apache-2.0
// taint.h — a scalar that knows one thing: did the poisoned entry reach me?
//
// Reading a page with Taint gives exactly the outputs that depend on one input entry. With it, "NaN stays
// where it belongs" becomes a law for every page, forward and backward: poison one entry with NaN; every tainted output is NaN,
// and every other output has the bits it had before.
//
// CHOICES  `x < 0 ? 0 : x` depends on x, also where x is negative and the answer is the constant 0: not by arithmetic, but by the
//          comparison. So a comparison in which the poisoned entry has a part is answered both ways: the page is read once for
//          every sequence of answers (Choices). An output is tainted if it is tainted in one of the readings, or if it is not the
//          same number in all of them. A page that compares has to let its NaN through; one that takes the other branch, as
//          `x > 0 ? x : 0` does, swallows it and is refused.
//
//          All sequences are read, also those that no number gives (x < 0, and later x > 1). So a page should not ask twice what
//          it knows. midpoint() is not a choice in this sense: by the rules of the house its outcome cannot change the answer.
#pragma once

#include <limits>

#include "base/bits.h"
#include "law/weave.h"
#include "op/page.h"

namespace etalon::law {

// The answers to the comparisons of one reading that the poisoned entry has a part in.
class Choices {
 public:
  static constexpr long kMostReadings = 1 << 12;

  // Calls read() once for every sequence of answers, first with "no" to everything, which is what a NaN gives. Error: more than
  // kMostReadings.
  template <class Read>
  static void each(Read&& read) {
    Choices choices;
    const Current here(&choices);
    long n = 0;
    do {
      if (++n > kMostReadings) refuse(std::to_string(kMostReadings) + " readings at most", "more", "give the page a smaller case");
      choices.next_ = 0;
      read();
    } while (choices.advance());
  }

  // The next answer. Error: nobody is reading all of them.
  static bool answer(const char* question) {
    Choices* const choices = current();
    if (!choices) refuse("a reading inside Choices::each", question, "one answer alone forgets that it could have been the other");
    if (choices->next_ == choices->answers_.size()) {
      if (choices->next_ >= 64) refuse("64 choices at most", question, "does a loop run until a comparison says no?");
      choices->answers_.push_back(false);
    }
    return choices->answers_[choices->next_++];
  }

 private:
  // Sets who answers, for a while.
  struct Current {
    explicit Current(Choices* choices) { current() = choices; }
    ~Current() { current() = nullptr; }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;
  };

  [[noreturn]] static void refuse(const std::string& expected, const std::string& got, const std::string& hint) {
    throw Error("law.taint", expected, got, hint);
  }
  static Choices*& current() {
    thread_local Choices* choices = nullptr;
    return choices;
  }

  // The last "no" becomes "yes", and what came after it is forgotten; false if there is none.
  bool advance() {
    answers_.resize(next_);
    while (!answers_.empty() && answers_.back()) answers_.pop_back();
    if (!answers_.empty()) answers_.back() = true;
    return !answers_.empty();
  }

  std::vector<bool> answers_;
  std::size_t next_ = 0;
};

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
inline bool decided_less(Taint a, Taint b, const char* question) {
  return a.tainted || b.tainted ? Choices::answer(question) : a.value < b.value;
}
inline bool decided_zero(Taint a, const char* question) { return a.tainted ? Choices::answer(question) : a.value == 0; }

// What a page computes from these inputs: y alone, or with every x_bar behind it.
template <op::Page Op, Scalar S>
std::vector<S> outputs(const typename Op::Setting& setting, const std::vector<Tensor<S>>& x) {
  return Op::forward(setting, Args<S>(x)).values();
}
template <op::Page Op, Scalar S>
std::vector<S> outputs_and_cotangents(const typename Op::Setting& setting, const std::vector<Tensor<S>>& x,
                                      const Tensor<S>& y_bar) {
  const auto y = Op::forward(setting, Args<S>(x));
  std::vector<S> all = y.values();
  for (const Tensor<S>& x_bar : Op::vjp(setting, Args<S>(x), y, y_bar))
    all.insert(all.end(), x_bar.values().begin(), x_bar.values().end());
  return all;
}

// Which of the numbers that read() gives depend on what it has tainted: CHOICES.
template <class Read>
std::vector<bool> reached(Read&& read) {
  std::vector<Taint> first;
  std::vector<bool> out;
  Choices::each([&] {
    const std::vector<Taint> y = read();
    if (first.empty()) first = y, out.assign(y.size(), false);
    for (std::size_t i = 0; i < y.size(); ++i)
      if (y[i].tainted || to_bits(y[i].value) != to_bits(first[i].value)) out[i] = true;
  });
  return out;
}

// Which outputs depend on entry `at` of input `which`.
template <op::Page Op>
std::vector<bool> reach(const op::Case<typename Op::Setting>& example, std::size_t which, long at) {
  std::vector<Tensor<Taint>> traced;
  for (const auto& x : example.inputs) traced.push_back(as<Taint>(x));
  traced[which][at].tainted = true;
  return reached([&] { return outputs<Op>(example.setting, traced); });
}

// How many outputs do not depend on entry `at` of input `which`.
template <op::Page Op>
long n_untouched(const op::Case<typename Op::Setting>& example, std::size_t which, long at) {
  long n = 0;
  for (const bool is_reached : reach<Op>(example, which, at)) n += is_reached ? 0 : 1;
  return n;
}

// True if what must be NaN is, and everything else has the bits it had.
inline bool nan_is_where(const std::vector<bool>& reach, const std::vector<double>& y, const std::vector<double>& clean) {
  if (y.size() != reach.size() || clean.size() != reach.size()) return false;
  for (std::size_t i = 0; i < reach.size(); ++i) {
    const bool is_nan = y[i] != y[i];
    if (reach[i] ? !is_nan : to_bits(y[i]) != to_bits(clean[i])) return false;
  }
  return true;
}

// Poisons entry `at` of input `which`. True if the NaN went everywhere it must and nowhere else.
template <op::Page Op>
bool nan_stays_where_it_belongs(const op::Case<typename Op::Setting>& example, std::size_t which, long at) {
  auto poisoned = example.inputs;
  poisoned[which][at] = std::numeric_limits<double>::quiet_NaN();
  return nan_is_where(reach<Op>(example, which, at), outputs<Op>(example.setting, poisoned),
                      outputs<Op>(example.setting, example.inputs));
}

// The same through forward and VJP together: poisons entry `at` of input `which`, or of y_bar where `which` is their number.
template <op::Page Op>
bool nan_stays_where_it_belongs_in_vjp(const op::Case<typename Op::Setting>& example, std::size_t which, long at) {
  // Poison in double, and taint the same entry
  const auto y_bar = weave(Op::shape(example.setting, Args<double>(example.inputs).shapes()), "y_bar");
  auto poisoned = example.inputs;
  auto poisoned_bar = y_bar;
  (which < poisoned.size() ? poisoned[which] : poisoned_bar)[at] = std::numeric_limits<double>::quiet_NaN();
  std::vector<Tensor<Taint>> traced;
  for (const auto& x : example.inputs) traced.push_back(as<Taint>(x));
  auto traced_bar = as<Taint>(y_bar);
  (which < traced.size() ? traced[which] : traced_bar)[at].tainted = true;

  // Compare where it went with where it must go
  const auto reach = reached([&] { return outputs_and_cotangents<Op>(example.setting, traced, traced_bar); });
  return nan_is_where(reach, outputs_and_cotangents<Op>(example.setting, poisoned, poisoned_bar),
                      outputs_and_cotangents<Op>(example.setting, example.inputs, y_bar));
}

}  // namespace etalon::law
