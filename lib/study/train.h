// SPDX-License-Identifier: Apache-2.0
// train.h — the training loop: draw, forward, backward, clip, step; and stop now and then to be looked at.
//
// Sequence number i of the training stream is sequence i of the source under the experiment's seed, used once and in order:
// step s uses sequences s B .. s B + B - 1. So a run is a pure function of its experiment.
#pragma once

#include <functional>

#include "base/error.h"
#include "model/batch.h"
#include "study/experiment.h"

namespace etalon::study {

// The model as it stands after `step` steps.
struct Snapshot {
  long step = 0;
  double batch_loss = 0;  // nats per token, of the batch that the next step will use
  double mean_loss = 0;   // the mean batch loss since the snapshot before; batch_loss at step 0
  const model::Parameters<double>& weights;
};

struct Observer {
  std::function<void(long step)> on_step = {};               // after every step: for a progress bar
  std::function<void(const Snapshot&)> on_measurement = {};  // before step 0, every measure_every steps, and at the end
};

// Sequences first .. first + n - 1 of the source as a batch: tokens x_0..x_{T-1}, targets x_1..x_T.
model::Batch draw(const source::Source& source, std::uint64_t seed, long first, long n, long length);

// The numbers of a training run are no longer finite. Every other Error says that the experiment could not be run at all.
struct Diverged : Error {
  using Error::Error;
};

// Runs the experiment and returns the trained weights. `source`: what make_source makes of experiment.source. Error: as make_source;
// Diverged: the loss is no longer finite (names the step).
model::Parameters<double> train(const Experiment& experiment, const source::Source& source, const Observer& observer);
model::Parameters<double> train(const Experiment& experiment, const Observer& observer);

}  // namespace etalon::study
