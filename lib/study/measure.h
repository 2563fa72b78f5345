// SPDX-License-Identifier: Apache-2.0
// measure.h — what is known of a model at one moment of its training, exactly where the source allows it.
//
// FIT      Every word of `exact_length` symbols is run through the model. With the source's exact p(word, next):
//            cross entropy - H(Y|X) = E KL(p || q), and H(Y) - cross entropy <= I(X;Y)   (Barber & Agakov 2003)
//
// PLANE    Every word of `plane_length` symbols gives each layer a vector at its last position: read through anchors, as the
//          partition that it is, and through noise (study/plane.h). None of the three can lie above the source's bottleneck
//          curve; how far below it the first one lies is an interval (study/curve.h), narrowest at the first and last steps.
//
// HEAD     The measures of lib/head on a fixed batch that is not trained on, and the step that the optimiser would
//          take from here (a fresh AdamW, no memory): how far the change of the logits is from the gradient it follows.
//
// SOFT     The sampled soft entropies as published, on the same batch: three temperatures, orders 1 to 4, with shuffled labels
//          and an untrained model as controls.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "head/diagnose.h"
#include "information/bounds/barber_agakov.h"
#include "information/readout/soft_plane.h"
#include "model/batch.h"
#include "model/transformer.h"
#include "study/curve.h"
#include "study/experiment.h"
#include "study/plane.h"
#include "study/train.h"
#include "study/work.h"

namespace etalon::study {

struct Measurement {
  long step = 0;
  long n_sequences = 0;  // drawn so far; each is used once
  double mean_loss = 0;  // of the batches since the measurement before, nats per token
  information::BarberAgakov fit;
  head::HeadReport head;
  head::Realised realised;
  std::vector<PlanePoint> plane;  // one for each layer
};

// One row of the published table: a layer, a temperature, an order n of the labels.
struct SoftRow {
  std::string layer, temperature;
  long order = 1;
  double eps = 0;
  double n_samples_per_input = 0;
  Nats h_b, h_b_given_z, ceiling;                   // H(B), H(B|Z), I(Z;B)
  Nats complexity, expressivity;                    // I(X;B), I(Y;B)
  Nats shuffled_complexity, shuffled_expressivity;  // the same with the labels shuffled: finite-sample bias
  double optimality() const { return information::optimality(complexity, expressivity); }
};

// Prepares once what does not change over training.
class Measurer {
 public:
  // Error: contexts of exact_length or plane_length that are too many to enumerate.
  explicit Measurer(
      const Experiment& experiment, const OnWork& on_work = [](Stage, double) {});

  // Error: numbers that are not finite, as where training diverges.
  Measurement measure(const Snapshot& snapshot) const;

  // Every layer and every temperature at orders 1..4 (fewer when sequences are shorter), and rows of kMeanOfLayers.
  std::vector<SoftRow> soft_table(const model::Parameters<double>& weights) const;

  const source::Source& source() const { return *source_; }
  const model::Batch& probe() const { return probe_; }
  const SourceCurve& curve() const { return curve_; }  // at plane_length

 private:
  information::BarberAgakov fit(const model::Parameters<double>& weights) const;
  // `run`: the forward pass of the probe under these weights; its reverse sweep is run here.
  head::Realised realised(const model::Parameters<double>& weights, model::Run<double>& run, const Tensor<double>& g) const;

  Experiment experiment_;
  std::unique_ptr<const source::Source> source_;
  model::Batch probe_;
  Words fit_words_, plane_words_;
  SourceCurve curve_;
  information::SoftEntropySetting plane_setting_;
};

// One line of metrics.jsonl, with units in the names. `floor`: Result::floor (run.h), nats.
std::string to_json_line(const Experiment& experiment, const Measurement& measurement, double floor);

// One line of soft_entropy.jsonl. `when`: "untrained" or "trained".
std::string to_json_line(const Experiment& experiment, const SoftRow& row, const std::string& when);

}  // namespace etalon::study
