// SPDX-License-Identifier: Apache-2.0
// run.h — one experiment from beginning to end: train, measure, and what the source itself allows.
#pragma once

#include "study/measure.h"

namespace etalon::study {

struct Result {
  Experiment experiment;
  double floor = 0;                        // mean over positions of H(x_t | x_0..x_{t-1}), nats: no model's loss goes below it
  source::SourceInformation exact, plane;  // H(Y), H(Y|X), I(X;Y) for contexts of exact_length and of plane_length
  std::vector<Measurement> measurements;
  std::vector<information::BottleneckPoint> curve;  // of the joint law at plane_length, by increasing beta
  std::vector<SoftRow> soft_untrained, soft_trained;
  model::Parameters<double> weights;
  model::Batch probe;
};

// A pure function of the experiment. `on_work` is told of every part that is done, on the calling thread (study/work.h). Error:
// contexts that are too many to enumerate. Diverged: a loss that is no longer finite, or numbers that can no longer be measured.
Result run(
    const Experiment& experiment, const OnWork& on_work = [](Stage, double) {});

}  // namespace etalon::study
