// SPDX-License-Identifier: Apache-2.0
#include "source/source.h"

#include <map>

#include "base/error.h"
#include "scalar/entropy_terms.h"
#include "source/kinds.h"
#include "tensor/random.h"
#include "tensor/sum.h"

namespace etalon::source {
namespace {

void require_length(const std::string& name, long length) {
  if (length < 0) throw Error("source." + name, "a length >= 0", std::to_string(length), "count the symbols before the next one");
}

// Each of `rows` contexts is held in `per_row` numbers.
void require_room(const std::string& name, long length, long rows, long per_row, long largest) {
  if (rows <= largest / per_row) return;
  throw Error("source." + name, "contexts that fit into " + std::to_string(largest) + " numbers",
              "more than " + std::to_string(largest / per_row) + " contexts of length " + std::to_string(length) + ", " +
                  std::to_string(per_row) + " numbers each",
              "ask for a shorter context or a smaller vocabulary; information() and floors() of noisy SpamLang reach further");
}

}  // namespace

Source::Source(std::string name, long vocab_size) : name_(std::move(name)), vocab_size_(vocab_size) {
  if (vocab_size < 2 || vocab_size > kLargestJoint)
    throw Error("source." + name_, "2 <= vocab_size <= " + std::to_string(kLargestJoint), std::to_string(vocab_size),
                "with one symbol there is nothing to predict");
}

std::vector<long> Source::sample(std::uint64_t seed, std::uint64_t sequence, long length) const {
  require_length(name_, length);
  const Stream stream = sequence_stream(seed, name_, sequence);
  std::vector<long> symbols;
  State state = start();
  for (long t = 0; t < length; ++t) {
    symbols.push_back(draw(next_law(state), stream.uniform(t)));
    state = after(state, symbols.back());
  }
  return symbols;
}

std::vector<double> Source::predictive(std::span<const long> context) const {
  State state = start();
  for (std::size_t t = 0; t < context.size(); ++t) {
    const long y = context[t];
    if (y < 0 || y >= vocab_size_)
      throw Error("source." + name_, "symbols in 0.." + std::to_string(vocab_size_ - 1),
                  std::to_string(y) + " at " + std::to_string(t), "is the context from another source?");
    if (!(next_law(state)[y] > 0))
      throw Error("source." + name_, "a context of positive probability",
                  "symbol " + std::to_string(y) + " at " + std::to_string(t) + ", which cannot follow what stands before it",
                  "what comes after an impossible context is undefined; take contexts from sample() or words()");
    state = after(state, y);
  }
  return next_law(state);
}

SourceJoint Source::words(long length, long largest) const {
  require_length(name_, length);
  struct Word {
    std::vector<long> symbols;
    State state;    // that they lead to
    double weight;  // their probability
  };

  // Lengthen every word by each symbol that can follow, from the empty word on
  std::vector<Word> words = {{{}, start(), 1}};
  for (long t = 0; t < length; ++t) {
    std::vector<Word> longer;
    for (const Word& word : words) {
      const auto law = next_law(word.state);
      for (long y = 0; y < vocab_size_; ++y) {
        if (!(word.weight * law[y] > 0)) continue;
        longer.push_back({word.symbols, after(word.state, y), word.weight * law[y]});
        longer.back().symbols.push_back(y);
        require_room(name_, length, static_cast<long>(longer.size()), vocab_size_ + length, largest);
      }
    }
    words = std::move(longer);
  }

  // Put p(word) p(next | word) into the table
  SourceJoint out{{}, Tensor<double>(Shape{static_cast<long>(words.size()), vocab_size_})};
  for (long x = 0; x < static_cast<long>(words.size()); ++x) {
    const auto law = next_law(words[x].state);
    for (long y = 0; y < vocab_size_; ++y) out.joint[x * vocab_size_ + y] = words[x].weight * law[y];
    out.contexts.push_back(std::move(words[x].symbols));
  }
  return out;
}

namespace {

// A set of contexts with the same future.
struct Class {
  std::vector<long> first_word;
  double weight = 0;
};

}  // namespace

// The classes after `length` symbols, in the order of their states. The order of the map is the order of the sum.
template <class NextLaw, class After>
static std::map<std::vector<double>, Class> walk(const Source& source, const std::vector<double>& start, long length, long largest,
                                                 const NextLaw& next_law, const After& after) {
  require_length(source.name(), length);
  std::map<std::vector<double>, Class> classes = {{start, {{}, 1}}};
  for (long t = 0; t < length; ++t) {
    std::map<std::vector<double>, Class> longer;
    for (const auto& [state, here] : classes) {
      const auto law = next_law(state);
      for (long y = 0; y < source.vocab_size(); ++y) {
        // Leave out what cannot follow
        const double weight = here.weight * law[y];
        if (!(weight > 0)) continue;

        // Add the word to the class of the state that it leads to; the first that comes names the class
        Class& there = longer[after(state, y)];
        if (there.weight == 0) {
          there.first_word = here.first_word;
          there.first_word.push_back(y);
        }
        there.weight = there.weight + weight;
        require_room(source.name(), length, static_cast<long>(longer.size()), source.vocab_size(), largest);
      }
    }
    classes = std::move(longer);
  }
  return classes;
}

SourceJoint Source::joint(long length, long largest) const {
  const auto classes = walk(
      *this, start(), length, largest, [&](const State& s) { return next_law(s); },
      [&](const State& s, long y) { return after(s, y); });
  SourceJoint out{{}, Tensor<double>(Shape{static_cast<long>(classes.size()), vocab_size_})};
  for (const auto& [state, here] : classes) {
    const auto law = next_law(state);
    const long x = static_cast<long>(out.contexts.size());
    for (long y = 0; y < vocab_size_; ++y) out.joint[x * vocab_size_ + y] = here.weight * law[y];
    out.contexts.push_back(here.first_word);
  }
  return out;
}

void Source::for_each_law(long length, const Visit& visit) const {
  const auto classes = walk(
      *this, start(), length, kLargestJoint, [&](const State& s) { return next_law(s); },
      [&](const State& s, long y) { return after(s, y); });
  std::vector<double> marginal(vocab_size_, 0);
  for (const auto& [state, here] : classes) {
    const auto law = next_law(state);
    for (long y = 0; y < vocab_size_; ++y) marginal[y] = fma(here.weight, law[y], marginal[y]);
  }
  std::vector<Entry> entries(vocab_size_);
  for (const auto& [state, here] : classes) {
    const auto law = next_law(state);
    for (long y = 0; y < vocab_size_; ++y) entries[y] = {law[y], marginal[y], 1};
    visit(here.weight, entries);
  }
}

//   H(Y) = sum_y surprise(p_y)    H(Y|X) = sum_x p_x sum_y surprise(p(y|x))    I = sum_x p_x sum_y p_y phi(p(y|x)/p_y)
SourceInformation Source::information(long length) const {
  double next = 0, next_given_context = 0, mutual = 0;
  bool first = true;
  for_each_law(length, [&](double weight, const std::vector<Entry>& law) {
    double h = 0, i = 0, h_y = 0;
    for (const Entry& e : law) {
      h = fma(e.copies, surprise(e.p), h);
      if (e.marginal > 0) i = fma(e.copies * e.marginal, phi((e.p - e.marginal) / e.marginal), i);
      if (first) h_y = fma(e.copies, surprise(e.marginal), h_y);
    }
    if (first) next = h_y;
    first = false;
    next_given_context = fma(weight, h, next_given_context);
    mutual = fma(weight, i, mutual);
  });
  return {Nats(next), Nats(next_given_context), Nats(mutual)};
}

std::vector<Nats> Source::floors(long length) const {
  std::vector<Nats> floors;
  for (long l = 1; l <= length; ++l) {
    double total = 0;
    for_each_law(l, [&](double weight, const std::vector<Entry>& law) {
      double h = 0;
      for (const Entry& e : law) h = fma(e.copies, surprise(e.p), h);
      total = fma(weight, h, total);
    });
    floors.emplace_back(total);
  }
  return floors;
}

}  // namespace etalon::source
