// SPDX-License-Identifier: Apache-2.0
// card.h — the op card, measured: what lib/op/page.h defines under CARD, for any page of the book.
//
// Nothing here knows a page. Shapes and settings are those of the page's own cases; the entries are walked by bit pattern, and each
// output is computed in double and in 256-bit balls. The draws are counter-based, so a card is a function of the page alone.
//
// EDGES    The largest powers of two, one for each sign, below which every output is finite and certainly within BOUND: found
//          by bisection over the exponents, on all cases. Then every tensor of every walk must be within BOUND too.
//
// WALKS    The cases take turns.
//          alike      all entries have one exponent; every exponent from the subnormals to the edge, more often where functions
//                     bend. Each input alone, beside numbers near 1, and all of them together
//          all sizes  every entry has an exponent of its own; 16 times every exponent from the subnormals to the edge
//          near 1     exponents from -8 to 7
//          offset     2^k plus numbers near 1, k = 0 .. 60: what a mean or a maximum has to take off
//          echo       plus or minus one number, its neighbour or a 2^30th of it: what cancels, to the last bit
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/bits.h"
#include "law/line.h"
#include "law/taint.h"
#include "law/underflow.h"
#include "op/page.h"
#include "op/page_tools.h"
#include "scalar/ball.h"
#include "scalar/dual.h"
#include "scalar/noisy.h"
#include "tensor/random.h"

namespace etalon::card {

// The three lines, without what stands before them in a page.
struct Card {
  std::string types, error, valid;
  bool operator==(const Card&) const = default;
};

constexpr int kLowest = -1023, kHighest = 1024;  // exponents: of the subnormals, and the first that no finite number has
constexpr double kNoDigit = 0x1p52;              // an error of so many ulp is as large as the number
constexpr double kCancels = 0x1p14;              // of more ulp of y a card does not speak
constexpr std::size_t kAll = ~std::size_t{0};    // in place of an input: all of them

// 64 random bits for each (walk, trial, input, entry).
class Draw {
 public:
  Draw(const std::string& walk, long trial) : stream_(static_cast<std::uint64_t>(trial), walk) {}
  std::uint64_t operator()(std::size_t input, long i) const {
    const auto words = stream_.words(input << 32 | static_cast<std::uint64_t>(i));
    return static_cast<std::uint64_t>(words[0]) << 32 | words[1];
  }

 private:
  Stream stream_;
};

// A number with this exponent: 2^e <= |x| < 2^(e+1), or |x| < 2^-1022 for kLowest. One mantissa in eight is all zeros, one all
// ones; the low three bits of `draw` choose, bits 3 .. 11 are free for the caller.
inline double number(int exponent, bool negative, std::uint64_t draw) {
  constexpr std::uint64_t kMantissa = (std::uint64_t{1} << 52) - 1;
  const std::uint64_t mantissa = draw % 8 == 0 ? 0 : draw % 8 == 1 ? kMantissa : draw >> 12;
  return from_bits(std::uint64_t{negative} << 63 | static_cast<std::uint64_t>(exponent - kLowest) << 52 | mantissa);
}
inline bool coin(std::uint64_t draw) { return draw >> 3 & 1; }
inline double near_one(std::uint64_t draw) { return number(static_cast<int>(draw >> 4 & 1) - 1, coin(draw), draw); }

// An input may be anything with -2^negative < x < 2^positive.
struct Edges {
  int positive = kHighest, negative = kHighest;
};

inline std::string power(int e) { return "2^" + std::to_string(e); }
inline std::string range(const std::string& x, const Edges& e) {
  const bool up = e.positive < kHighest, down = e.negative < kHighest;
  if (!up && !down) return "every finite " + x;
  if (e.positive == e.negative) return "|" + x + "| < " + power(e.positive);
  return (down ? "-" + power(e.negative) + " < " : "") + x + (up ? " < " + power(e.positive) : "");
}

// The names of the inputs in a page's text: each word before a shape, up to the arrow of SHAPES.
inline std::vector<std::string> input_names(const std::string& text) {
  std::vector<std::string> names;
  const auto from = text.find("// SHAPES"), to = text.find("->", from == std::string::npos ? 0 : from);
  if (to == std::string::npos) return names;
  const std::string shapes = text.substr(from, to - from);
  for (std::size_t at = shapes.find(" ["); at != std::string::npos; at = shapes.find(" [", at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && (std::isalnum(static_cast<unsigned char>(shapes[begin - 1])) || shapes[begin - 1] == '_')) --begin;
    const std::string name = shapes.substr(begin, at - begin);
    if (!name.empty() && name != "or") names.push_back(name);
  }
  return names;
}

template <op::Page Op>
class Measurement {
 public:
  explicit Measurement(std::vector<std::string> names) : names_(std::move(names)) {
    for (const Example& example : cases_) n_inputs_ = std::max(n_inputs_, example.inputs.size());
    if (names_.size() < n_inputs_)
      throw Error(std::string("lib/op/") + Op::kName + ".h", "SHAPES that name " + std::to_string(n_inputs_) + " inputs",
                  std::to_string(names_.size()), "write each input with its shape before the arrow: x [..., C], gain [C]  ->  y");
  }

  // Error: an output that is not within BOUND inside the edges, by its case and walk.
  Card card() {
    const Ball::AtPrecision enough(256);
    find_edges();
    for (std::size_t k = 0; k < n_inputs_ && n_inputs_ > 1; ++k) walk_alike(k, alone_[k]);
    walk_alike(kAll, together_);
    walk_all_sizes();
    walk_near_one();
    walk_offset();
    walk_echo();
    return {types(), error(), valid()};
  }

 private:
  using Example = op::Case<typename Op::Setting>;
  using Inputs = std::vector<Tensor<double>>;
  using Balls = std::vector<Tensor<Ball>>;

  // The largest of what was seen, and where.
  struct Peak {
    double value = 0;
    std::string at;
  };

  // --- edges

  void find_edges() {
    for (std::size_t k = 0; k < n_inputs_; ++k) alone_.push_back(edges(k));
    together_ = n_inputs_ == 1 ? alone_[0] : edges(kAll);
  }

  // First each sign alone, then both signs in one tensor. Error: not even numbers below 1 are within BOUND.
  Edges edges(std::size_t which) const {
    if (!kept_inside(which, {0, 0}, true, true))
      throw Error(std::string("lib/op/") + Op::kName + ".h", "every output within BOUND for inputs between -1 and 1",
                  "one that is not, in " + (which == kAll ? "all inputs" : names_[which]),
                  "is BOUND too small? If the op takes numbers of one sign only, tests/op/card.h has to learn it");
    const int positive = largest([&](int e) { return kept_inside(which, {e, 0}, true, false); });
    const int negative = largest([&](int e) { return kept_inside(which, {0, e}, false, true); });
    const auto cut = [&](int e) { return Edges{std::min(e, positive), std::min(e, negative)}; };
    return cut(largest([&](int e) { return kept_inside(which, cut(e), true, true); }));
  }

  // The largest exponent for which ok holds, if it holds for all below.
  template <class Ok>
  static int largest(Ok ok) {
    if (ok(kHighest)) return kHighest;
    int good = 0, bad = kHighest;
    while (bad - good > 1) {
      const int middle = (good + bad) / 2;
      (ok(middle) ? good : bad) = middle;
    }
    return good;
  }

  // Numbers just inside the edges, of the signs asked for, in all cases.
  bool kept_inside(std::size_t which, const Edges& e, bool with_positive, bool with_negative) const {
    constexpr long kTrials = 4;
    constexpr std::uint64_t kFullMantissa = 1;
    for (const Example& example : cases_)
      for (long trial = 0; trial < kTrials; ++trial) {
        const Draw draw("inside", trial);
        const auto in = filled(example, which, trial, [&](std::size_t k, long i) {
          const std::uint64_t drawn = draw(k, i);
          const bool negative = with_negative && (!with_positive || coin(drawn));
          return number((negative ? e.negative : e.positive) - 1, negative, trial == 0 ? kFullMantissa : drawn);
        });
        if (!kept(example, in)) return false;
      }
    return true;
  }

  // True if every output is finite and certainly within BOUND.
  static bool kept(const Example& example, const Inputs& in) {
    const auto y = Op::forward(example.setting, Args<double>(in));
    const auto bound = Op::bound(example.setting, Args<double>(in), y);
    for (long i = 0; i < y.size(); ++i)
      if (!std::isfinite(y[i]) || !std::isfinite(bound[i])) return false;
    const Balls x = read_as<Ball>(in);
    const auto exact = Op::forward(example.setting, Args<Ball>(x));
    for (long i = 0; i < y.size(); ++i)
      if (!(Ball(y[i]) - exact[i]).certainly_within(bound[i])) return false;
    return true;
  }

  // --- walks

  const Example& turn(long trial) const { return cases_[static_cast<std::size_t>(trial) % cases_.size()]; }

  // The inputs of a case with other numbers: fill(k, i) in input `which`, numbers near 1 in the others.
  template <class Fill>
  Inputs filled(const Example& example, std::size_t which, long trial, Fill fill) const {
    const Draw beside("beside", trial);
    Inputs in;
    for (std::size_t k = 0; k < example.inputs.size(); ++k) {
      Tensor<double> x(example.inputs[k].shape());
      for (long i = 0; i < x.size(); ++i) x[i] = which == kAll || which == k ? fill(k, i) : near_one(beside(k, i));
      in.push_back(std::move(x));
    }
    return in;
  }

  // The drawn sign, or the other where this exponent is beyond the edge.
  static bool sign(const Edges& e, int exponent, bool negative) {
    return exponent < (negative ? e.negative : e.positive) ? negative : !negative;
  }

  void walk_alike(std::size_t which, const Edges& e) {
    const std::string name = which == kAll ? n_inputs_ == 1 ? names_[0] : "entries" : names_[which];
    long trial = 0;
    for (int exponent = kLowest; exponent < std::max(e.positive, e.negative); ++exponent)
      for (long n = exponent >= -32 && exponent < 16 ? 4 : 1; n > 0; --n, ++trial) {
        const Draw draw("alike " + name, trial);
        const auto in = filled(turn(trial), which, trial, [&](std::size_t k, long i) {
          return number(exponent, sign(e, exponent, coin(draw(k, i))), draw(k, i));
        });
        take(turn(trial), in, exponent == kLowest ? "subnormal " + name : name + " of " + power(exponent));
      }
  }

  void walk_all_sizes() {
    constexpr long kEntries = 16L * (kHighest - kLowest), kStride = 1291;  // a prime: neighbours differ, and every exponent comes
    long next = 0, trial = 0;
    while (next < kEntries) {
      const Draw draw("all sizes", trial);
      const auto in = filled(turn(trial), kAll, trial, [&](std::size_t k, long i) {
        const bool negative = coin(draw(k, i));
        const int n_exponents = (negative ? together_.negative : together_.positive) - kLowest;
        return number(kLowest + static_cast<int>(next++ * kStride % n_exponents), negative, draw(k, i));
      });
      take(turn(trial), in, "entries of every exponent");
      ++trial;
    }
  }

  void walk_near_one() {
    for (long trial = 0; trial < 2000; ++trial) {
      const Draw draw("near 1", trial);
      const auto in = filled(turn(trial), kAll, trial, [&](std::size_t k, long i) {
        const std::uint64_t drawn = draw(k, i);
        const bool negative = coin(drawn);
        const int exponent = static_cast<int>(drawn >> 4 & 15) - 8;
        return number(std::min(exponent, (negative ? together_.negative : together_.positive) - 1), negative, drawn);
      });
      take(turn(trial), in, "entries of 2^-8 to 2^8");
    }
  }

  void walk_offset() {
    for (long trial = 0; trial < 61L * 16; ++trial) {
      const int exponent = static_cast<int>(trial / 16);
      const bool negative = trial / 8 % 2;
      if (exponent + 1 >= (negative ? together_.negative : together_.positive)) continue;
      const Draw draw("offset", trial);
      const auto in = filled(turn(trial), kAll, trial,
                             [&](std::size_t k, long i) { return number(exponent, negative, 0) + near_one(draw(k, i)); });
      take(turn(trial), in, std::string("entries around ") + (negative ? "-" : "") + power(exponent));
    }
  }

  void walk_echo() {
    constexpr long kShared = (1L << 31) - 1;  // in place of an entry: what all of them share
    for (long trial = 0; trial < 129L * 16; ++trial) {
      const int exponent = static_cast<int>(trial / 16) - 64;
      if (exponent >= std::min(together_.positive, together_.negative)) continue;
      const Draw draw("echo", trial);
      const auto in = filled(turn(trial), kAll, trial, [&](std::size_t k, long i) {
        const std::uint64_t drawn = draw(k, i);
        const double one = number(exponent, false, draw(k, kShared));
        const double x = drawn >> 5 & 1 ? one : drawn >> 4 & 1 ? std::nextafter(one, 0.0) : one * 0x1p-30;
        return coin(drawn) ? x : -x;
      });
      take(turn(trial), in, "entries +-" + power(exponent) + " that cancel");
    }
  }

  // --- one tensor

  template <class S>
  static std::vector<Tensor<S>> read_as(const Inputs& in) {
    std::vector<Tensor<S>> x;
    for (const auto& input : in) x.push_back(as<S>(input));
    return x;
  }

  void take(const Example& example, const Inputs& in, const std::string& walk) {
    // Evaluate in double, in balls, and in what notes an underflow
    const auto y = Op::forward(example.setting, Args<double>(in));
    const auto bound = Op::bound(example.setting, Args<double>(in), y);
    const Balls x = read_as<Ball>(in);
    const auto exact = Op::forward(example.setting, Args<Ball>(x));
    const auto watched_in = read_as<law::Watched>(in);
    const auto watched = Op::forward(example.setting, Args<law::Watched>(watched_in));
    n_outputs_ += y.size();
    for (long i = 0; i < y.size(); ++i) {
      // Hold each output to BOUND, and keep the worst share of it
      const Ball error = abs(Ball(y[i]) - exact[i]);
      if (!error.certainly_within(bound[i]))
        throw Error(std::string("lib/op/") + Op::kName + ".h", "every output within BOUND below the edges: " + valid(),
                    "output " + std::to_string(i) + " of " + walk + " in the shapes of the case " + example.name,
                    "is BOUND too small there, or is what overflows hidden behind larger numbers that do not?");
      if (error.is_exactly_zero()) continue;
      raise(of_bound_, midpoint(error / Ball(bound[i])), example, in, walk, i);

      // Keep the worst in ulp, barring underflow. The reach is at least |y|, so it is asked for only where it could matter
      if (watched[i].underflowed) continue;
      const double size = abs(midpoint(exact[i])), of_y = midpoint(error / Ball(law::ulp(size)));
      raise(of_y_, of_y, example, in, walk, i);
      if (of_y <= of_reach_.value) continue;
      const double reached = std::max(size, reach(example, x, exact, i));
      raise(of_reach_, midpoint(error / Ball(law::ulp(reached))), example, in, walk, i);
    }
  }

  // What y_i would move if each input moved by its own size: the sum of |x dy_i/dx|.
  static double reach(const Example& example, const Balls& x, const Tensor<Ball>& y, long i) {
    Tensor<Ball> y_bar(y.shape());
    y_bar[i] = Ball(1);
    const auto x_bar = Op::vjp(example.setting, Args<Ball>(x), y, y_bar);
    Ball sum;
    for (std::size_t k = 0; k < x.size(); ++k)
      for (long j = 0; j < x[k].size(); ++j) sum = sum + abs(x[k][j] * x_bar[k][j]);
    return std::min(midpoint(sum), std::numeric_limits<double>::max());
  }

  void raise(Peak& peak, double value, const Example& example, const Inputs& in, const std::string& walk, long i) const {
    if (value <= peak.value) return;
    peak = {value, place(example, in, walk, i)};
  }

  // "at x = 0x1.8p+1" where y_i depends on the i-th entries alone; else the case and the walk.
  std::string place(const Example& example, const Inputs& in, const std::string& walk, long i) const {
    if (!is_pointwise_) return "(case " + example.name + ", " + walk + ")";
    std::string at = "at ";
    for (std::size_t k = 0; k < in.size(); ++k) at += (k > 0 ? ", " : "") + names_[k] + " = " + hex(in[k][i]);
    return at + (std::same_as<typename Op::Setting, op::None> ? "" : " (case " + example.name + ")");
  }

  static bool is_pointwise() {
    for (const Example& example : Op::cases())
      for (std::size_t k = 0; k < example.inputs.size(); ++k)
        for (long j = 0; j < example.inputs[k].size(); ++j) {
          const std::vector<bool> reached = law::reach<Op>(example, k, j);
          for (std::size_t i = 0; i < reached.size(); ++i)
            if (reached[i] != (static_cast<long>(i) == j)) return false;
          if (static_cast<long>(reached.size()) != example.inputs[k].size()) return false;
        }
    return true;
  }

  // --- the three lines

  // Forward and VJP of every case in S: true if some case has finite answers throughout.
  template <class S>
  static bool runs() {
    bool has_run = false;
    for (const Example& example : Op::cases()) {
      const auto in = read_as<S>(example.inputs);
      const auto y = Op::forward(example.setting, Args<S>(in));
      const auto x_bar = Op::vjp(example.setting, Args<S>(in), y, y);
      bool is_finite = x_bar.size() == in.size();
      for (const S& v : y.values()) is_finite &= std::isfinite(midpoint(v));
      for (const auto& bar : x_bar)
        for (const S& v : bar.values()) is_finite &= std::isfinite(midpoint(v));
      has_run |= is_finite;
    }
    return has_run;
  }

  std::string types() const {
    std::string all;
    const auto add = [&](const char* name, bool has_run) { all += has_run ? (all.empty() ? "" : ", ") + std::string(name) : ""; };
    add("double", runs<double>());
    add("float", runs<float>());
    add("Noisy", runs<Noisy<double>>() && runs<Noisy<float>>());
    add("Ball", runs<Ball>());
    add("Dual<Ball>", runs<Dual<Ball>>());
    return all + "; measured in double, " + grouped(n_outputs_) + " outputs";
  }

  // 65536 as 65,536.
  static std::string grouped(long n) {
    std::string digits = std::to_string(n);
    for (long at = static_cast<long>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
  }

  std::string error() const {
    if (of_bound_.value == 0) return "0: y is exact";
    const std::string of_reach = law::shown(of_reach_.value) + " ulp of reach",
                      of_bound = law::shown(of_bound_.value) + " of BOUND";
    if (of_reach_.value >= kNoDigit) return "no digit is certain " + of_reach_.at + "; " + of_bound;
    if (of_y_.value > kCancels) return of_reach + " " + of_reach_.at + "; digits may cancel; " + of_bound;
    return law::shown(of_y_.value) + " ulp of y " + of_y_.at + "; " + of_reach + "; " + of_bound;
  }

  std::string valid() const {
    if (n_inputs_ == 1) return range(names_[0], alone_[0]);
    std::string text;
    for (std::size_t k = 0; k < n_inputs_; ++k) text += range(names_[k], alone_[k]) + ", ";
    return text + "each alone; together " + range("entry", together_);
  }

  const std::vector<Example> cases_ = Op::cases();
  const std::vector<std::string> names_;
  const bool is_pointwise_ = is_pointwise();
  std::size_t n_inputs_ = 0;
  std::vector<Edges> alone_;
  Edges together_;
  Peak of_y_, of_reach_, of_bound_;
  long n_outputs_ = 0;
};

}  // namespace etalon::card
