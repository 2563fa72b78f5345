// SPDX-License-Identifier: Apache-2.0
#include "study/run.h"

#include "tensor/sum.h"

namespace etalon::study {

namespace {

// What could be measured before the first step, and no longer can be, was lost in training.
Measurement measured(const Measurer& measurer, const Experiment& e, const Snapshot& s) try {
  return measurer.measure(s);
} catch (const Error& error) {
  if (s.step == 0) throw;
  throw Diverged("study.run: " + e.name + ", step " + std::to_string(s.step), "numbers that can be measured", error.what(),
                 "the run has diverged: is the learning rate too large?");
}

}  // namespace

Result run(const Experiment& e, const OnWork& on_work) {
  // Prepare what does not change over training
  const Work work = expected_work(e);
  const double n_looks = 3 + static_cast<double>((e.n_steps - 1) / e.measure_every + 1);  // two tables of soft entropy among them
  const auto looked = [&] { on_work(Stage::measure, work.of(Stage::measure) / n_looks); };
  const Measurer measurer(e, on_work);
  Result r;
  r.experiment = e;
  r.probe = measurer.probe();

  // Say what is true of the source, whatever the model
  const auto floors = measurer.source().floors(e.length);
  r.floor = ordered_sum<double>(e.length, [&](long t) { return floors[t].value; }) / static_cast<double>(e.length);
  r.exact = measurer.source().information(e.exact_length);
  r.plane = measurer.source().information(e.plane_length);
  r.curve = measurer.curve().points();

  // Train, measuring before, on the way and after
  const auto soft_table = [&](const model::Parameters<double>& weights) {
    auto table = measurer.soft_table(weights);
    looked();
    return table;
  };
  r.soft_untrained = soft_table(model::initialise(e.model, e.weights, e.seed));
  const auto look = [&](const Snapshot& s) {
    r.measurements.push_back(measured(measurer, e, s));
    looked();
  };
  const double of_a_step = work.of(Stage::train) / static_cast<double>(e.n_steps);
  r.weights = train(e, measurer.source(), {.on_step = [&](long) { on_work(Stage::train, of_a_step); }, .on_measurement = look});
  r.soft_trained = soft_table(r.weights);
  return r;
}

}  // namespace etalon::study
