// SPDX-License-Identifier: Apache-2.0
#include "study/run.h"

#include "tensor/sum.h"

namespace etalon::study {

Result run(const Experiment& e, const std::function<void()>& on_step) {
  // Prepare what does not change over training
  const Measurer measurer(e);
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
  r.soft_untrained = measurer.soft_table(model::initialise(e.model, e.weights, e.seed));
  r.weights = train(e, {.on_step = [&](long) { on_step(); },
                        .on_measurement = [&](const Snapshot& s) { r.measurements.push_back(measurer.measure(s)); }});
  r.soft_trained = measurer.soft_table(r.weights);
  return r;
}

}  // namespace etalon::study
