// SPDX-License-Identifier: Apache-2.0
// SpamLang and its noisy form.
//
// A symbol s is drawn uniformly; each symbol of the sequence is s with probability a = 1 - eps and each other one
// with probability b = eps/(V-1). The counts n_y of a word are all that it says:
//
//   p(word) = (1/V) sum_y a^{n_y} b^{L-n_y}
//   p(s = y | word) = q_y = a^{n_y} b^{L-n_y} / sum,     p(next = y | word) = a q_y + b (1 - q_y)
//
// Powers are taken relative to the likeliest count n* (the largest if a >= b, else the smallest): with
// rho = min(a,b)/max(a,b), q_y is proportional to rho^|n_y - n*|, which neither over- nor underflows.
//
// H(Y|X) depends on which counts there are, not on whose they are, so it is a sum over the partitions of L into at most
// V parts: 1.7 million for L = 64, where words would be 10^192.
#include <algorithm>
#include <cmath>

#include "base/bits.h"
#include "base/error.h"
#include "source/kinds.h"
#include "tensor/sum.h"

namespace etalon::source {
namespace {

constexpr long kMostTypes = 1L << 22;

// The number of partitions of n into at most k parts, capped just above kMostTypes.
long partitions(long n, long k) {
  std::vector<long> ways(n + 1, 0);  // parts of at most k: the conjugate partitions
  ways[0] = 1;
  for (long part = 1; part <= std::min(n, k); ++part)
    for (long total = part; total <= n; ++total) ways[total] = std::min(ways[total] + ways[total - part], kMostTypes + 1);
  return ways[n];
}

class NoisySpamLang : public Source {
 public:
  NoisySpamLang(std::string name, long vocab_size, double eps)
      : Source(std::move(name), vocab_size), a_(1 - eps), b_(eps / static_cast<double>(vocab_size - 1)) {}

  // Index 0: the symbol s; index 2t+1: is it another one; index 2t+2: which.
  std::vector<long> sample(std::uint64_t seed, std::uint64_t sequence, long length) const override {
    if (length < 0) return Source::sample(seed, sequence, length);
    const Stream stream = sequence_stream(seed, name(), sequence);
    const long s = static_cast<long>(stream.below(vocab_size(), 0));
    std::vector<long> symbols;
    for (long t = 0; t < length; ++t) {
      const bool other = stream.uniform(2 * t + 1) >= a_;
      const long y = other ? static_cast<long>(stream.below(vocab_size() - 1, 2 * t + 2)) : s;
      symbols.push_back(other && y >= s ? y + 1 : y);
    }
    return symbols;
  }

 protected:
  // {symbol, count} of the symbols seen, symbols increasing.
  State start() const override { return {}; }

  std::vector<double> next_law(const State& s) const override {
    const long v = vocab_size(), n_seen = static_cast<long>(s.size()) / 2;
    double largest = 0, smallest = n_seen < v ? 0 : s[1];
    for (long i = 0; i < n_seen; ++i) {
      largest = std::max(largest, s[2 * i + 1]);
      smallest = std::min(smallest, s[2 * i + 1]);
    }
    const double star = a_ >= b_ ? largest : smallest;
    std::vector<double> likelihood(v, relative(0, star));
    for (long i = 0; i < n_seen; ++i) likelihood[static_cast<long>(s[2 * i])] = relative(s[2 * i + 1], star);
    const double total = ordered_sum<double>(v, [&](long y) { return likelihood[y]; });
    for (double& p : likelihood) p = mixed(p / total);
    return likelihood;
  }

  State after(const State& s, long symbol) const override {
    State next = s;
    std::size_t at = 0;
    while (at < next.size() && next[at] < static_cast<double>(symbol)) at += 2;
    if (at == next.size() || next[at] != static_cast<double>(symbol))
      next.insert(next.begin() + static_cast<long>(at), {static_cast<double>(symbol), 0});
    next[at + 1] = next[at + 1] + 1;
    return next;
  }

  void for_each_law(long length, const Visit& visit) const override {
    if (length < 0 || partitions(length, vocab_size()) > kMostTypes)
      throw Error("source." + name(), "a length >= 0 with at most " + std::to_string(kMostTypes) + " count types",
                  std::to_string(length), "count types are the partitions of the length; 70 is the longest with any vocabulary");
    if (eps_is_zero()) return visit_without_noise(length, visit);
    std::vector<Group> groups;
    extend(length, vocab_size(), 1, groups, visit);
  }

 private:
  struct Group {
    long count, symbols;  // `symbols` symbols are each seen `count` times
  };

  bool eps_is_zero() const { return b_ == 0; }
  double relative(double count, double star) const { return pow(a_ >= b_ ? b_ / a_ : a_ / b_, std::fabs(count - star)); }
  double mixed(double q) const { return fma(a_, q, b_ * (1 - q)); }

  // Without noise there are two types: nothing seen, or one symbol only.
  void visit_without_noise(long length, const Visit& visit) const {
    const double v = static_cast<double>(vocab_size());
    if (length == 0) return visit(1, {{1 / v, 1 / v, v}});
    visit(1, {{1, 1 / v, 1}, {0, 1 / v, v - 1}});
  }

  // Appends every way to split `rest` symbols of the word into counts below those chosen, visiting each finished type.
  // `ways` is the number of words of the type so far times b^(their symbols): a^n* for one symbol of the likeliest count
  // when that is the largest, so that no partial product underflows before the whole does.
  void extend(long rest, long free, double ways, std::vector<Group>& groups, const Visit& visit) const {
    if (rest == 0) return visit_type(free, ways, groups, visit);
    const long below = groups.empty() ? rest : std::min(rest, groups.back().count - 1);
    for (long count = below; count >= 1; --count) {
      double more = ways;
      long left = rest;
      for (long symbols = 1; symbols <= free && left >= count; ++symbols) {
        const bool star = groups.empty() && symbols == 1 && a_ >= b_;
        more = more * (static_cast<double>(free - symbols + 1) / static_cast<double>(symbols)) * choose(left, count) *
               pow(star ? a_ : b_, static_cast<double>(count));
        left -= count;
        groups.push_back({count, symbols});
        extend(left, free - symbols, more, groups, visit);
        groups.pop_back();
      }
    }
  }

  // One type: the law of the next symbol after any of its words.
  void visit_type(long free, double ways, const std::vector<Group>& groups, const Visit& visit) const {
    const double v = static_cast<double>(vocab_size());
    const double smallest = free > 0 || groups.empty() ? 0 : static_cast<double>(groups.back().count);
    const double largest = groups.empty() ? 0 : static_cast<double>(groups.front().count);
    const double star = a_ >= b_ ? largest : smallest;
    std::vector<Entry> law;
    for (const Group& g : groups)
      law.push_back({relative(static_cast<double>(g.count), star), 1 / v, static_cast<double>(g.symbols)});
    if (free > 0) law.push_back({relative(0, star), 1 / v, static_cast<double>(free)});
    const double total = product_sum<double>(
        static_cast<long>(law.size()), [&](long k) { return law[k].copies; }, [&](long k) { return law[k].p; });
    for (Entry& e : law) e.p = mixed(e.p / total);
    if (a_ < b_) ways = ways * pow(a_ / b_, smallest);
    visit(ways * total / v, law);
  }

  static double choose(long n, long k) {
    double c = 1;
    for (long i = 1; i <= std::min(k, n - k); ++i) c = c * static_cast<double>(n - std::min(k, n - k) + i) / static_cast<double>(i);
    return c;
  }

  double a_, b_;
};

std::unique_ptr<const Source> make(const char* kind, const SourceSpec& spec, double eps) {
  const std::string where = std::string("source.") + kind;
  if (spec.vocab_size < 2) throw Error(where, "vocab_size >= 2", std::to_string(spec.vocab_size), "set vocab_size");
  require_probability(where, eps);
  const std::string size = "(V=" + std::to_string(spec.vocab_size);
  return std::make_unique<NoisySpamLang>(kind + size + (eps == 0 ? ")" : ", eps=" + shortest(eps) + ")"), spec.vocab_size, eps);
}

}  // namespace

std::unique_ptr<const Source> make_spamlang(const SourceSpec& spec) { return make("spamlang", spec, 0); }
std::unique_ptr<const Source> make_noisy_spamlang(const SourceSpec& spec) { return make("noisy_spamlang", spec, spec.eps); }

}  // namespace etalon::source
