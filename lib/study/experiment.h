// SPDX-License-Identifier: Apache-2.0
// experiment.h — everything that one training run is, as data: a JSON file, or one of the built-in ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/optimiser.h"
#include "model/parameters.h"
#include "source/source.h"

namespace etalon::study {

struct Experiment {
  std::string name, why;
  source::SourceSpec source;
  model::Config model;
  model::Weights weights = model::Weights::usual;
  std::uint64_t seed = 1;  // of the weights and of the training sequences
  model::AdamW optimiser{};
  long n_steps = 0;
  long batch_sequences = 0;  // B of a training batch; every sequence is used once
  long length = 0;           // T
  long measure_every = 0;    // steps between measurements; the first and the last step are always measured
  long probe_sequences = 0;  // B of the fixed batch on which the head and soft entropy are measured
  long exact_length = 0;     // contexts of this length are enumerated: the exact cross-entropy
  long plane_length = 0;     // and of this length: the information plane and its curve
  long n_anchors = 100;      // m of the soft entropy
  double readout_sigma = 0;  // of the noisy readout, as a share of a layer's root mean square entry; 0: no noisy readout
};

// Reads {"experiments": [...]} or one experiment. `where` begins every message. Error: a field missing, unknown, of
// a wrong type or out of range.
std::vector<Experiment> parse_experiments(const std::string& json, const std::string& where);

// The experiments that `etalon run` knows by name:
//
//   default        noisy SpamLang under gpt2, a Markov source under llama
//   every-source   a small one for each kind of source (source/source.h)
//
// Error: another name.
std::vector<std::string> built_in_names();
std::string built_in_experiments(const std::string& name = "default");

}  // namespace etalon::study
