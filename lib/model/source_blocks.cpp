// Sources with a grammar: parity blocks, and a^n b^n.
#include "base/bits.h"
#include "base/error.h"
#include "model/source_kinds.h"

namespace etalon::model {
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

}  // namespace etalon::model
