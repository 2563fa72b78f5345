// SPDX-License-Identifier: Apache-2.0
// source.h — toy languages of which everything is known.
//
// A source is a law of sequences x_0 x_1 x_2 ... over the symbols 0..V-1. It is written as a machine that reads
// symbols: a state holds all that the past says about the future,
//
//   p(x_L = y | x_0..x_{L-1}) = next_law(state)_y,    state = after(...after(start(), x_0)..., x_{L-1})
//
// so the exact joint law of (context, next) is one walk over states, and contexts that leave the same state
// are merged: they have the same future, so H(Y|X) and I(X;Y) do not change, nor does the information bottleneck.
// "Context of length L" always means the first L symbols of a sequence.
//
// EXACT    No sampling and no logarithm of a sum: weights are products of given probabilities. A joint is right to
//          about L ulp in each entry.
//
// UNITS    Probabilities are plain numbers; entropies and informations are nats.
//
// SOURCE   Crutchfield & Feldman 2003, "Regularities unseen, randomness observed" (even process, golden mean,
//          simple nonunifilar source); Chomsky & Schuetzenberger 1963 (balanced brackets, the Dyck language).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "tensor/tensor.h"

namespace etalon::source {

// p(context, next), contexts enumerated.
struct SourceJoint {
  std::vector<std::vector<long>> contexts;  // X words of length L; after merging, the first of each class
  Tensor<double> joint;                     // [X, V], sums to 1
};

// What a context of length L says about the next symbol.
struct SourceInformation {
  Nats next;                // H(Y)
  Nats next_given_context;  // H(Y|X): the loss that no model can go below
  Nats mutual;              // I(X;Y), summed as sum p_x p_y phi(r), so never negative
};

class Source {
 public:
  // The largest joint that will be made: 2^24 numbers are 128 MiB.
  static constexpr long kLargestJoint = 1L << 24;

  virtual ~Source() = default;
  const std::string& name() const { return name_; }
  long vocab_size() const { return vocab_size_; }

  // Symbols 0..length-1 of sequence number `sequence`: [length]. Symbol t is a pure function of (seed, sequence, t),
  // so a longer request begins with the shorter one. Error: a negative length.
  virtual std::vector<long> sample(std::uint64_t seed, std::uint64_t sequence, long length) const;

  // p(next | context): [V], sums to 1. Error: a symbol out of range, a context of probability 0.
  std::vector<double> predictive(std::span<const long> context) const;

  // p(context, next) with one row for each class of contexts that have the same future; rows of probability 0
  // left out. Error: more than `largest` numbers.
  SourceJoint joint(long length, long largest = kLargestJoint) const;

  // The same with one row for each word of positive probability, in lexicographic order: what a model, which does
  // not know the classes, must be run on. Error: words and probabilities together more than `largest` numbers.
  SourceJoint words(long length, long largest = kLargestJoint) const;

  // H(Y), H(Y|X), I(X;Y) for contexts of `length` symbols. Error: too large to enumerate.
  SourceInformation information(long length) const;

  // H(x_L | x_0..x_{L-1}) for L = 1..length: the floor of the loss at each of the `length` positions of a sequence
  // that has its first `length` symbols as input and the symbols 1..length as targets. Their mean is the floor of
  // the mean loss. Error: too large to enumerate.
  std::vector<Nats> floors(long length) const;

 protected:
  using State = std::vector<double>;

  // One conditional law p(.|x), equal entries listed once. `marginal` is p_y of the same symbols.
  struct Entry {
    double p, marginal, copies;
  };
  using Visit = std::function<void(double weight, const std::vector<Entry>& law)>;

  Source(std::string name, long vocab_size);

  virtual State start() const = 0;
  virtual std::vector<double> next_law(const State& state) const = 0;
  virtual State after(const State& state, long symbol) const = 0;  // only for symbols of positive probability

  // Visits conditional laws whose weights sum to 1. The walk over states unless symmetry knows a shorter way.
  virtual void for_each_law(long length, const Visit& visit) const;

 private:
  std::string name_;
  long vocab_size_;
};

// What study and the command read from a file. Fields that a kind does not use stay empty.
//
//   kind              uses
//   iid               probabilities [V]
//   markov            order k >= 1, probabilities [V^k, V] with the oldest symbol as the highest digit; or none:
//                     then rows from Dirichlet(1) by `seed`
//   even, golden_mean, sns                        the named hidden Markov sources, V = 2
//   hidden_markov     n_states, probabilities [V, n_states, n_states]: p(symbol, to | from)
//   spamlang          vocab_size: one symbol, drawn uniformly for each sequence, repeated
//   noisy_spamlang    vocab_size, eps: that symbol with probability 1-eps, else uniformly another
//   noisy_copy        vocab_size, eps: the symbol before with probability 1-eps, else uniformly another
//   parity            n_bits, eps: blocks of n_bits fair bits and their parity, flipped with probability eps
//   anbn              eps: the word a^n b^n, n >= 1, another a with probability eps; then the end symbol forever
//   dyck              eps, vocab_size = 2k+1 or 0 for k = 1: balanced brackets of k kinds, the grammar S -> (_i S )_i S with
//                     probability eps/k for each kind i, else empty; eps <= 1/2, so that words end; then the end symbol forever
struct SourceSpec {
  std::string kind;
  long vocab_size = 0;
  long order = 1;
  long n_states = 0;
  long n_bits = 0;
  double eps = 0;
  std::vector<double> probabilities = {};
  std::uint64_t seed = 0;
};

// Every kind there is, in the order above.
std::vector<std::string> source_kinds();

// Error: an unknown kind (all are listed), a size or probability out of range, rows that do not sum to 1 within
// 1e-12, no unique stationary law.
std::unique_ptr<const Source> make_source(const SourceSpec& spec);

// V of what make_source makes, and its refusals, without the work that a chain with rows drawn by `seed` takes: its stationary law
// is m^3/3 fused multiply-adds for m = V^order states that all lead to all (23 s for 4,096), a hundredth of that for order > 1.
long vocab_size_of(const SourceSpec& spec);

// The stationary law of a chain p [n, n] by the elimination of Grassmann, Taksar & Heyman (1985), which subtracts nothing:
// every entry is right to about n ulp, however small. Transient states get 0. Error: more than one recurrent class.
std::vector<double> stationary_law(const Tensor<double>& p);

}  // namespace etalon::source
