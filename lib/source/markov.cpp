// SPDX-License-Identifier: Apache-2.0
// i.i.d., Markov of order k, noisy copy.
#include <cmath>

#include "base/bits.h"
#include "base/error.h"
#include "source/kinds.h"
#include "tensor/sum.h"

namespace etalon::source {
namespace {

// The next symbol depends on the last `order` symbols; order 0 is i.i.d.
// The chain runs on words of `order` symbols, w = sum_i x_i V^{order-1-i}: the oldest symbol is the highest digit.
class Markov : public Source {
 public:
  Markov(std::string name, long vocab_size, long order, std::vector<double> p)
      : Source(std::move(name), vocab_size), order_(order), p_(std::move(p)) {
    words_of_.push_back(stationary_words());
    // p(x_0..x_{m-1}) for every m <= order, by summing out the newest symbol
    for (long m = order_; m > 0; --m) {
      const std::vector<double>& longer = words_of_.back();
      std::vector<double> shorter(longer.size() / vocab_size);
      for (std::size_t w = 0; w < shorter.size(); ++w)
        shorter[w] = ordered_sum<double>(vocab_size, [&](long y) { return longer[w * vocab_size + y]; });
      words_of_.push_back(std::move(shorter));
    }
  }

 protected:
  // The last symbols seen, at most `order` of them.
  State start() const override { return {}; }

  std::vector<double> next_law(const State& state) const override {
    const long seen = static_cast<long>(state.size()), v = vocab_size();
    long word = 0;
    for (const double y : state) word = word * v + static_cast<long>(y);
    std::vector<double> law(v);
    if (seen == order_) {
      for (long y = 0; y < v; ++y) law[y] = p_[word * v + y];
      return law;
    }
    const std::vector<double>& here = words_with(seen);
    const std::vector<double>& longer = words_with(seen + 1);
    for (long y = 0; y < v; ++y) law[y] = longer[word * v + y] / here[word];
    return law;
  }

  State after(const State& state, long symbol) const override {
    State next = state;
    next.push_back(static_cast<double>(symbol));
    if (static_cast<long>(next.size()) > order_) next.erase(next.begin());
    return next;
  }

 private:
  // [V^order]: the stationary law of the chain on words.
  std::vector<double> stationary_words() const {
    const long v = vocab_size(), n = static_cast<long>(p_.size()) / v;
    Tensor<double> chain(Shape{n, n});
    for (long w = 0; w < n; ++w)
      for (long y = 0; y < v; ++y) chain[w * n + (w * v + y) % n] = chain[w * n + (w * v + y) % n] + p_[w * v + y];
    return stationary_law(chain);
  }
  const std::vector<double>& words_with(long symbols) const { return words_of_[order_ - symbols]; }

  long order_;
  std::vector<double> p_;                      // [V^order, V]
  std::vector<std::vector<double>> words_of_;  // words of order, order-1, ..., 0 symbols
};

// A Markov chain of order 1 whose stationary law is uniform by symmetry, also at eps = 0 where the chain falls apart.
class NoisyCopy : public Source {
 public:
  NoisyCopy(std::string name, long vocab_size, double eps) : Source(std::move(name), vocab_size), eps_(eps) {}

 protected:
  State start() const override { return {}; }

  std::vector<double> next_law(const State& last) const override {
    const double v = static_cast<double>(vocab_size());
    if (last.empty()) return std::vector<double>(vocab_size(), 1 / v);
    std::vector<double> law(vocab_size(), eps_ / (v - 1));
    law[static_cast<long>(last[0])] = 1 - eps_;
    return law;
  }

  State after(const State&, long symbol) const override { return {static_cast<double>(symbol)}; }

 private:
  double eps_;
};

// Dirichlet(1): exponentials -ln(1 - u), divided by their sum.
std::vector<double> random_rows(std::uint64_t seed, long rows, long columns) {
  const Stream stream(seed, "source.markov.rows");
  std::vector<double> p(rows * columns);
  for (long i = 0; i < rows; ++i) {
    double* row = p.data() + i * columns;
    for (long j = 0; j < columns; ++j) row[j] = -log1p(-stream.uniform(i * columns + j));
    const double total = ordered_sum<double>(columns, [&](long j) { return row[j]; });
    for (long j = 0; j < columns; ++j) row[j] = row[j] / total;
  }
  return p;
}

// The states that can be reached from s along positive entries; along them backwards if `from` is false.
std::vector<char> reach(const Tensor<double>& p, long s, bool forwards) {
  const long n = p.n_cols();
  std::vector<char> seen(n, 0);
  std::vector<long> open = {s};
  seen[s] = 1;
  while (!open.empty()) {
    const long i = open.back();
    open.pop_back();
    for (long j = 0; j < n; ++j)
      if (!seen[j] && (forwards ? p[i * n + j] : p[j * n + i]) > 0) {
        seen[j] = 1;
        open.push_back(j);
      }
  }
  return seen;
}

}  // namespace

std::vector<double> stationary_law(const Tensor<double>& p) {
  const long n = p.n_cols();
  if (p.shape() != Shape{n, n} || n < 1 || n > 4096)
    throw Error("source.stationary_law", "p [n, n] with 1 <= n <= 4096", to_string(p.shape()),
                "a Markov source of order k has V^k states: lower the order or the vocabulary");

  // Find a state from which there is no escape, and the class it is in
  long s = 0;
  std::vector<char> recurrent;
  for (bool escaped = true; escaped;) {
    escaped = false;
    recurrent = reach(p, s, true);
    const auto returns = reach(p, s, false);
    for (long j = 0; j < n && !escaped; ++j)
      if (recurrent[j] && !returns[j]) {
        s = j;
        escaped = true;
      }
  }

  // Refuse a second such class, one that never comes here
  for (const char comes_here : reach(p, s, false))
    if (!comes_here)
      throw Error("source.stationary_law", "one recurrent class", "a chain that falls apart into several",
                  "its statistics depend on where it starts; make every state reachable");
  std::vector<long> states;
  for (long j = 0; j < n; ++j)
    if (recurrent[j]) states.push_back(j);

  // Censor the states from the last to the second: paths through state k become single steps. A state of a chain of order k has few
  // ways out, and no way adds nothing: fma(t, 0, a) = a
  const long m = static_cast<long>(states.size());
  std::vector<double> a(m * m), out_of(m, 0);
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < m; ++j) a[i * m + j] = p[states[i] * n + states[j]];

  // Find the ways out of each state, and lead what comes in along them
  std::vector<long> ways;
  for (long k = m - 1; k > 0; --k) {
    ways.clear();
    for (long j = 0; j < k; ++j)
      if (a[k * m + j] > 0) ways.push_back(j);
    out_of[k] = ordered_sum<double>(k, [&](long j) { return a[k * m + j]; });
    for (long i = 0; i < k; ++i) {
      if (!(a[i * m + k] > 0)) continue;
      const double through = a[i * m + k] / out_of[k];
      for (const long j : ways) a[i * m + j] = fma(through, a[k * m + j], a[i * m + j]);
    }
  }

  // Put them back: pi_k = sum_{i<k} pi_i a_ik / out_k
  std::vector<double> pi(m, 1);
  for (long k = 1; k < m; ++k)
    pi[k] = product_sum<double>(
                k, [&](long i) { return pi[i]; }, [&](long i) { return a[i * m + k]; }) /
            out_of[k];
  const double total = ordered_sum<double>(m, [&](long k) { return pi[k]; });
  std::vector<double> law(n, 0);
  for (long k = 0; k < m; ++k) law[states[k]] = pi[k] / total;
  return law;
}

std::unique_ptr<const Source> make_iid(const SourceSpec& spec) {
  const long v = static_cast<long>(spec.probabilities.size());
  if (v < 2) throw Error("source.iid", "at least 2 probabilities", std::to_string(v), "give probabilities [V]");
  require_rows("source.iid", spec.probabilities, 1, v);
  return std::make_unique<Markov>("iid(V=" + std::to_string(v) + ")", v, 0, spec.probabilities);
}

long markov_states(const SourceSpec& spec) {
  const long v = spec.vocab_size;
  if (v < 2 || spec.order < 1)
    throw Error("source.markov", "vocab_size >= 2 and order >= 1", std::to_string(v) + " and " + std::to_string(spec.order),
                "order 0 is the kind iid");
  long n = 1;
  for (long i = 0; i < spec.order; ++i) {
    n *= v;
    if (n > 4096)
      throw Error("source.markov", "vocab_size^order <= 4096", std::to_string(v) + "^" + std::to_string(spec.order),
                  "the stationary law is solved exactly; lower the order or the vocabulary");
  }
  return n;
}

std::unique_ptr<const Source> make_markov(const SourceSpec& spec) {
  const long n = markov_states(spec), v = spec.vocab_size;
  auto p = spec.probabilities.empty() ? random_rows(spec.seed, n, v) : spec.probabilities;
  require_rows("source.markov", p, n, v);
  return std::make_unique<Markov>("markov(V=" + std::to_string(v) + ", order=" + std::to_string(spec.order) + ")", v, spec.order,
                                  std::move(p));
}

std::unique_ptr<const Source> make_noisy_copy(const SourceSpec& spec) {
  const long v = spec.vocab_size;
  if (v < 2) throw Error("source.noisy_copy", "vocab_size >= 2", std::to_string(v), "set vocab_size");
  require_probability("source.noisy_copy", spec.eps);
  return std::make_unique<NoisyCopy>("noisy_copy(V=" + std::to_string(v) + ", eps=" + shortest(spec.eps) + ")", v, spec.eps);
}

}  // namespace etalon::source
