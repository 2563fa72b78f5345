// SPDX-License-Identifier: Apache-2.0
#include "study/train.h"

#include <cmath>

#include "model/transformer.h"
#include "tensor/sum.h"

namespace etalon::study {

model::Batch draw(const source::Source& source, std::uint64_t seed, long first, long n, long length) {
  model::Batch batch;
  batch.n_sequences = n;
  batch.length = length;
  for (long b = 0; b < n; ++b) {
    const auto symbols = source.sample(seed, static_cast<std::uint64_t>(first + b), length + 1);
    batch.tokens.insert(batch.tokens.end(), symbols.begin(), symbols.end() - 1);
    batch.targets.insert(batch.targets.end(), symbols.begin() + 1, symbols.end());
  }
  return batch;
}

model::Parameters<double> train(const Experiment& e, const Observer& observer) {
  return train(e, *source::make_source(e.source), observer);
}

model::Parameters<double> train(const Experiment& e, const source::Source& source, const Observer& observer) {
  const auto slots = model::slots(e.model);
  auto weights = model::initialise(e.model, e.weights, e.seed);
  model::OptimiserState<double> state;

  std::vector<double> losses;  // since the last snapshot
  for (long step = 0;; ++step) {
    // Run the next batch forward
    const auto batch = draw(source, e.seed, step * e.batch_sequences, e.batch_sequences, e.length);
    auto run = model::forward(e.model, weights, batch);
    const double loss = run.tape.value(run.loss)[0];
    if (!std::isfinite(loss))
      throw Diverged("study.train: " + e.name + ", step " + std::to_string(step), "a finite loss", std::to_string(loss),
                     "the run has diverged: is the learning rate too large?");

    // Stop to be looked at, the last time at the end
    losses.push_back(loss);
    if (observer.on_measurement && (step % e.measure_every == 0 || step == e.n_steps)) {
      const long n = static_cast<long>(losses.size());
      observer.on_measurement(
          {step, loss, ordered_sum<double>(n, [&](long i) { return losses[i]; }) / static_cast<double>(n), weights});
      losses.clear();
    }
    if (step == e.n_steps) return weights;

    // Go backwards, clip, and take a step
    auto gradients = model::backward(run);
    model::clip_by_global_norm(gradients, e.optimiser.max_norm);
    model::take_step(e.optimiser, slots, weights, gradients, state);
    if (observer.on_step) observer.on_step(step + 1);
  }
}

}  // namespace etalon::study
