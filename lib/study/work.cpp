// SPDX-License-Identifier: Apache-2.0
#include "study/work.h"

#include <algorithm>
#include <cmath>

#include "model/parameters.h"
#include "scalar/exact.h"
#include "study/curve.h"

namespace etalon::study {
namespace {

// Seconds for one element of each kind of work.
constexpr double kElimination = 3e-9;  // a fused multiply-add of the stationary law
constexpr double kProduct = 1.5e-10;   // a multiply-add inside a matrix product
constexpr double kEntry = 8e-9;        // an entry of an activation, forwards
constexpr double kAscent = 5e-8;       // a context seen from a context, for one y, in all ascents of one point of the curve
constexpr double kWalk = 1e-7;         // a symbol that lengthens a context
constexpr double kPair = 3e-9;         // an entry of the distances between two contexts
constexpr double kStep = 2e-4;         // a call, however small its work

double real(long n) { return static_cast<double>(n); }

// The number of words of `length` symbols, at most.
double words(const Experiment& e, long length) { return std::min(pow(real(e.model.vocab_size), real(length)), 1e15); }

// The number of contexts that the curve is made of, at most: those of one future are one (source/source.h).
double contexts(const Experiment& e) {
  const double v = real(e.model.vocab_size), length = real(e.plane_length), all = words(e, e.plane_length);
  const std::string& kind = e.source.kind;
  if (kind == "iid") return 1;
  if (kind == "markov") return std::min(all, pow(v, real(e.source.order)));
  if (kind == "noisy_copy" || kind == "spamlang") return v;
  if (kind == "noisy_spamlang") {  // counts: (V + L - 1) over L
    double n = 1;
    for (long i = 1; i <= e.plane_length; ++i) n = n * (v + real(i) - 1) / real(i);
    return std::min(n, all);
  }
  if (kind == "hidden_markov" || kind == "dyck") return all;
  return std::min(all, 2 * length + 2);
}

// Forwards through the model: n sequences of a length.
double forward(const model::Config& c, double n, long length) {
  const double d = real(c.width), f = real(c.mlp_width), t = real(length);
  const double products = real(c.n_layers) * (4 * d * d + 3 * d * f + 2 * t * d) + real(c.vocab_size) * d;
  const double entries = real(c.n_layers) * (14 * d + 3 * f + 3 * real(c.n_heads) * t) + 3 * real(c.vocab_size);
  return n * t * (kProduct * products + kEntry * entries) + kStep;
}

double entries_of_tape(const model::Config& c, double n, long length) {
  const double t = real(length);
  return n * t *
         (real(c.n_layers) * (16 * real(c.width) + 4 * real(c.mlp_width) + 4 * real(c.n_heads) * t) + 6 * real(c.vocab_size));
}

// A point of the curve: some dozens of ascents from every context, each of which looks at every context.
double curve(double n_x, double n_y) { return kAscent * n_x * n_x * n_y + 0.01; }

double measurement(const Experiment& e) {
  const model::Config& c = e.model;
  const double n_words = words(e, e.plane_length), n_layers = real(c.n_layers + 1), tokens = real(e.probe_sequences * e.length);
  const double v = real(c.vocab_size), d = real(c.width);
  const double read = n_layers * n_words * real(e.n_anchors) * (d * kProduct + v * kProduct + 2 * kEntry);
  const double pairs = e.readout_sigma > 0 ? n_layers * n_words * n_words * (d * kProduct + 4 * kPair) : 0;
  const double small = std::min(tokens, v);  // the singular values of G [tokens, V] and of W [V, D]
  const double head = 20 * kProduct * (small * small * std::max(tokens, v) + v * d * d) + tokens * v * 6 * kEntry;
  return forward(c, n_words, e.plane_length) + forward(c, words(e, e.exact_length), e.exact_length) +
         4 * forward(c, real(e.probe_sequences), e.length) + read + pairs + head;
}

// The tables of soft entropy, at the beginning and at the end.
double soft_tables(const Experiment& e) {
  const double rows = real(e.probe_sequences * e.length) * real(e.n_anchors);
  return 2 * 3 * real(e.model.n_layers + 1) * rows * (real(e.model.width) * kProduct + 10 * kEntry);
}

}  // namespace

Work expected_work(const Experiment& e) {
  // Count the states of the source and the contexts
  const double v = real(e.model.vocab_size), n_x = contexts(e);
  const bool is_markov = e.source.kind == "markov", is_dense = e.source.order == 1;
  const double states = is_markov ? pow(v, real(e.source.order)) : real(e.source.n_states);

  // Price the stages
  Work work;
  const double floors = real(e.length * (e.length + 1)) / 2 * std::min(n_x, 1e7) * v;  // walks over contexts of 1 .. T symbols
  const double elimination = states * states * states / 3 * (is_dense || !is_markov ? 1 : 0.1);
  work.of(Stage::prepare) =
      kElimination * elimination + kEntry * (states * v + 4 * words(e, e.plane_length) * v) + kWalk * floors + kStep;
  work.of(Stage::curve) = real(kCurvePoints) * curve(n_x, v);
  work.of(Stage::train) = real(e.n_steps) * 3 * forward(e.model, real(e.batch_sequences), e.length);
  const double n_measurements = 1 + std::ceil(real(e.n_steps) / real(e.measure_every));
  work.of(Stage::measure) = n_measurements * measurement(e) + soft_tables(e);

  // Find the largest of what is held at one time: the chain, the tables of the curve, a tape forwards and backwards, the parameters
  double parameters = 0;
  for (const auto& slot : model::slots(e.model)) parameters += real(slot.shape.size());
  const double tape = std::max({2 * entries_of_tape(e.model, real(std::max(e.batch_sequences, e.probe_sequences)), e.length),
                                entries_of_tape(e.model, words(e, e.plane_length), e.plane_length),
                                entries_of_tape(e.model, words(e, e.exact_length), e.exact_length)});
  work.bytes = 8 * (6 * parameters + std::max({tape, (is_markov ? 2 : 0) * states * states + states * v, 6 * n_x * v}));
  return work;
}

Work expected_phase_work(const Experiment& e, long n_looks) {
  const double n_words = words(e, e.plane_length), v = real(e.model.vocab_size);
  const double read = 3 * real(e.model.n_layers + 1) * n_words * real(e.n_anchors) *
                      (real(e.model.width + e.model.vocab_size) * kProduct + 2 * kEntry);
  const double look = forward(e.model, n_words, e.plane_length) + read;
  Work work;
  work.of(Stage::train) =
      real(e.n_steps) * 3 * forward(e.model, real(e.batch_sequences), e.length) + real(n_looks + 1) * look + kEntry * v;
  return work;
}

}  // namespace etalon::study
