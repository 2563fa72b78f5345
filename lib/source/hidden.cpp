// SPDX-License-Identifier: Apache-2.0
// Hidden Markov sources: the even process, the golden mean, the simple nonunifilar source, or any given.
#include "base/error.h"
#include "source/kinds.h"
#include "tensor/sum.h"

namespace etalon::source {
namespace {

// t [V, n, n]: p(symbol, to | from). What a word says is the law of the hidden state after it, the belief b:
//
//   p(y | b) = sum_ij b_i t_yij        b'_j = sum_i b_i t_yij / p(y | b)
//
// Beliefs are merged when they are equal as doubles. A word that reveals the state ends in the same double whatever
// came before, so the sources below have about L classes of words of length L, not 2^L.
class HiddenMarkov : public Source {
 public:
  HiddenMarkov(std::string name, long vocab_size, long n_states, std::vector<double> t)
      : Source(std::move(name), vocab_size), n_(n_states), t_(std::move(t)) {
    Tensor<double> chain(Shape{n_, n_});
    for (long i = 0; i < n_; ++i)
      for (long j = 0; j < n_; ++j) chain[i * n_ + j] = ordered_sum<double>(vocab_size, [&](long y) { return at(y, i, j); });
    start_ = stationary_law(chain);
  }

  // The hidden path is drawn, not the beliefs: index 0 the first state, index t+1 the symbol and the state after it.
  std::vector<long> sample(std::uint64_t seed, std::uint64_t sequence, long length) const override {
    if (length < 0) return Source::sample(seed, sequence, length);
    const Stream stream = sequence_stream(seed, name(), sequence);
    long state = draw(start_, stream.uniform(0));
    std::vector<long> symbols;
    for (long t = 0; t < length; ++t) {
      std::vector<double> p(vocab_size() * n_);
      for (long y = 0; y < vocab_size(); ++y)
        for (long j = 0; j < n_; ++j) p[y * n_ + j] = at(y, state, j);
      const long k = draw(p, stream.uniform(t + 1));
      symbols.push_back(k / n_);
      state = k % n_;
    }
    return symbols;
  }

 protected:
  State start() const override { return start_; }

  std::vector<double> next_law(const State& belief) const override {
    std::vector<double> law(vocab_size());
    for (long y = 0; y < vocab_size(); ++y)
      law[y] = product_sum<double>(
          n_ * n_, [&](long k) { return belief[k / n_]; }, [&](long k) { return at(y, k / n_, k % n_); });
    return law;
  }

  State after(const State& belief, long y) const override {
    State next(n_);
    for (long j = 0; j < n_; ++j)
      next[j] = product_sum<double>(
          n_, [&](long i) { return belief[i]; }, [&](long i) { return at(y, i, j); });
    const double total = ordered_sum<double>(n_, [&](long j) { return next[j]; });
    for (double& b : next) b = b / total;
    return next;
  }

 private:
  double at(long y, long i, long j) const { return t_[(y * n_ + i) * n_ + j]; }

  long n_;
  std::vector<double> t_;
  State start_;
};

}  // namespace

std::unique_ptr<const Source> make_hidden_markov(const SourceSpec& spec) {
  const long v = spec.vocab_size, n = spec.n_states;
  if (v < 2 || n < 1 || v > 4096 || n > 4096)
    throw Error("source.hidden_markov", "2 <= vocab_size <= 4096 and 1 <= n_states <= 4096",
                std::to_string(v) + " and " + std::to_string(n), "probabilities are [vocab_size, n_states, n_states]");
  if (static_cast<long>(spec.probabilities.size()) != v * n * n)
    throw Error("source.hidden_markov", std::to_string(v * n * n) + " probabilities p(symbol, to | from)",
                std::to_string(spec.probabilities.size()), "the order is [symbol][from][to]");
  // From each state, something must happen: rows [from] over (symbol, to)
  std::vector<double> rows(v * n * n);
  for (long y = 0; y < v; ++y)
    for (long i = 0; i < n; ++i)
      for (long j = 0; j < n; ++j) rows[(i * v + y) * n + j] = spec.probabilities[(y * n + i) * n + j];
  require_rows("source.hidden_markov", rows, n, v * n);
  return std::make_unique<HiddenMarkov>("hidden_markov(V=" + std::to_string(v) + ", states=" + std::to_string(n) + ")", v, n,
                                        spec.probabilities);
}

// A: 0 -> A half, 1 -> B half; B: 1 -> A. Ones come in even blocks.
std::unique_ptr<const Source> make_even(const SourceSpec&) {
  return std::make_unique<HiddenMarkov>("even", 2, 2, std::vector<double>{0.5, 0, 0, 0, 0, 0.5, 1, 0});
}

// A: 1 -> A half, 0 -> B half; B: 1 -> A. No two zeros in a row.
std::unique_ptr<const Source> make_golden_mean(const SourceSpec&) {
  return std::make_unique<HiddenMarkov>("golden_mean", 2, 2, std::vector<double>{0, 0.5, 0, 0, 0.5, 0, 1, 0});
}

// A: 1 -> A half, 1 -> B half; B: 1 -> B half, 0 -> A half. A one never tells where it came from.
std::unique_ptr<const Source> make_sns(const SourceSpec&) {
  return std::make_unique<HiddenMarkov>("sns", 2, 2, std::vector<double>{0, 0, 0.5, 0, 0.5, 0.5, 0, 0.5});
}

}  // namespace etalon::source
