// SPDX-License-Identifier: Apache-2.0
// Sources with a grammar: parity blocks, a^n b^n, balanced brackets.
#include "base/bits.h"
#include "base/error.h"
#include "source/kinds.h"

namespace etalon::source {
namespace {

// Blocks of n fair bits followed by their parity, which is flipped with probability eps. The first n symbols together
// carry ln 2 - h(eps) about the next one; any fewer of them carry nothing.
class Parity : public Source {
 public:
  Parity(std::string name, long n_bits, double eps) : Source(std::move(name), 2), n_bits_(n_bits), eps_(eps) {}

  // Index 2t: the bit, index 2t+1: the flip.
  std::vector<long> sample(std::uint64_t seed, std::uint64_t sequence, long length) const override {
    if (length < 0) return Source::sample(seed, sequence, length);
    const Stream stream = sequence_stream(seed, name(), sequence);
    std::vector<long> symbols;
    long parity = 0;
    for (long t = 0; t < length; ++t) {
      if (t % (n_bits_ + 1) < n_bits_) {
        symbols.push_back(static_cast<long>(stream.below(2, 2 * t)));
        parity ^= symbols.back();
      } else {
        symbols.push_back(parity ^ (stream.uniform(2 * t + 1) < eps_ ? 1 : 0));
        parity = 0;
      }
    }
    return symbols;
  }

 protected:
  // {bits of this block seen so far, their parity}
  State start() const override { return {0, 0}; }

  std::vector<double> next_law(const State& s) const override {
    if (s[0] < static_cast<double>(n_bits_)) return {0.5, 0.5};
    return s[1] == 0 ? std::vector<double>{1 - eps_, eps_} : std::vector<double>{eps_, 1 - eps_};
  }

  State after(const State& s, long bit) const override {
    if (s[0] == static_cast<double>(n_bits_)) return {0, 0};
    return {s[0] + 1, s[1] == static_cast<double>(bit) ? 0.0 : 1.0};
  }

 private:
  long n_bits_;
  double eps_;
};

// S -> a S b | a b, the first with probability p; symbols a = 0, b = 1, end = 2. The end repeats forever.
class AnBn : public Source {
 public:
  AnBn(std::string name, double p) : Source(std::move(name), 3), p_(p) {}

 protected:
  // {a seen, b seen}; finished words are all alike
  State start() const override { return {0, 0}; }

  std::vector<double> next_law(const State& s) const override {
    if (s[0] < 0) return {0, 0, 1};
    if (s[0] == 0) return {1, 0, 0};
    if (s[1] == 0) return {p_, 1 - p_, 0};
    return {0, 1, 0};
  }

  State after(const State& s, long symbol) const override {
    if (symbol == 0) return {s[0] + 1, 0};
    if (symbol == 1 && s[1] + 1 < s[0]) return {s[0], s[1] + 1};
    return {-1, 0};
  }

 private:
  double p_;
};

// S -> (_i S )_i S, each of the k kinds i with probability p/k, or empty with 1-p; symbols (_i = i, )_i = k+i, end = 2k.
// The end repeats forever. Expanding the leftmost S always, a prefix leaves the brackets that are still open:
//
//   p((_i | open) = p/k        p(of the last one open, its other half) = 1-p, or the end if none is open
//
// since an S stands in front of every half that is missing. A word of n pairs has one derivation, of probability
// (p/k)^n (1-p)^(n+1); for p <= 1/2 these sum to 1, so the probability of a prefix is that of all the words it begins.
class Dyck : public Source {
 public:
  Dyck(std::string name, long n_kinds, double p) : Source(std::move(name), 2 * n_kinds + 1), n_kinds_(n_kinds), p_(p) {}

 protected:
  // The kinds that are open, the last one last; {-1} after the end
  State start() const override { return {}; }

  std::vector<double> next_law(const State& open) const override {
    std::vector<double> law(vocab_size(), 0);
    if (is_over(open)) {
      law[2 * n_kinds_] = 1;
      return law;
    }
    for (long i = 0; i < n_kinds_; ++i) law[i] = p_ / static_cast<double>(n_kinds_);
    law[open.empty() ? 2 * n_kinds_ : n_kinds_ + static_cast<long>(open.back())] = 1 - p_;
    return law;
  }

  State after(const State& open, long symbol) const override {
    if (symbol == 2 * n_kinds_) return {-1};
    State next = open;
    if (symbol < n_kinds_) next.push_back(static_cast<double>(symbol));
    else next.pop_back();
    return next;
  }

 private:
  static bool is_over(const State& open) { return !open.empty() && open.front() < 0; }

  long n_kinds_;
  double p_;
};

}  // namespace

std::unique_ptr<const Source> make_parity(const SourceSpec& spec) {
  if (spec.n_bits < 1 || spec.n_bits > 4096)
    throw Error("source.parity", "1 <= n_bits <= 4096", std::to_string(spec.n_bits), "set n_bits, the bits before each parity");
  require_probability("source.parity", spec.eps);
  return std::make_unique<Parity>("parity(n=" + std::to_string(spec.n_bits) + ", eps=" + shortest(spec.eps) + ")", spec.n_bits,
                                  spec.eps);
}

std::unique_ptr<const Source> make_anbn(const SourceSpec& spec) {
  require_probability("source.anbn", spec.eps);
  if (spec.eps == 1) throw Error("source.anbn", "eps < 1", "1", "with eps = 1 the word never turns");
  return std::make_unique<AnBn>("anbn(p=" + shortest(spec.eps) + ")", spec.eps);
}

std::unique_ptr<const Source> make_dyck(const SourceSpec& spec) {
  const long v = spec.vocab_size == 0 ? 3 : spec.vocab_size;
  if (v < 3 || v > 4097 || v % 2 == 0)
    throw Error("source.dyck", "vocab_size 3, 5, .., 4097, or none for 3", std::to_string(v),
                "two symbols for each kind of bracket, and the end");
  require_probability("source.dyck", spec.eps);
  if (spec.eps > 0.5)
    throw Error("source.dyck", "eps <= 1/2, the probability of an opening bracket", shortest(spec.eps),
                "beyond, some words never end, and the grammar is no law of words");
  return std::make_unique<Dyck>("dyck(kinds=" + std::to_string(v / 2) + ", p=" + shortest(spec.eps) + ")", v / 2, spec.eps);
}

}  // namespace etalon::source
