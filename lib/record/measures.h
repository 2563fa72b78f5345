// SPDX-License-Identifier: Apache-2.0
// measures.h — what a case is worth knowing beside its tensors: loss, perplexity, the gradient that the LM head destroys.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "record/cases.h"
#include "record/trace.h"

namespace etalon::record {

// An integer; where its last comparison stays open, why.
struct Count {
  long value = 0;
  std::string doubt = {};
};

template <class S>
struct Measure {
  std::string name, unit;
  std::variant<S, Count> value;
};

template <class S>
struct LayerMeasures {
  std::string node;
  std::vector<Measure<S>> measures;
};

template <class S>
struct Measures {
  std::vector<Measure<S>> whole;               // loss and perplexity
  std::vector<Measure<S>> head;                // what of the logits' gradient survives the head (head/diagnose.h)
  std::vector<LayerMeasures<S>> soft_entropy;  // of the stream after each layer, the input token as label
};

// The text of measures.json: each value with its unit. `traced` is the trace of the subject in double. Error: the case ends in no
// loss; as head::diagnose.
std::string measures(const Subject& subject, const std::vector<Traced<double>>& traced);

}  // namespace etalon::record
