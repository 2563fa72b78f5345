// SPDX-License-Identifier: Apache-2.0
// trace.h — everything that one training run computes, by name, in the order in which it is judged.
//
//   act/<node>, loss          the forward pass, by topological index
//   dact/<node>               d loss / d node, backwards
//   grad/<parameter>          d loss / d parameter, in the order of the parameters
//   step{k}/clip_norm, step{k}/m/<p>, step{k}/v/<p>, step{k}/param/<p>     AdamW on the same batch, k in kRecordedSteps
//
// One code for every scalar: double is the golden case, float measures what fp32 does to it, balls prove its zeros.
#pragma once

#include <string>
#include <vector>

#include "record/cases.h"
#include "tensor/tensor.h"

namespace etalon::record {

template <class S>
struct Traced {
  std::string name, file;          // "act/h.0.norm1", "forward.safetensors" (golden/tensor_name.h, golden/file_name.h)
  std::string op;                  // "layer_norm"; of a gradient those whose VJPs it sums: "linear.vjp + add.vjp"
  long index = -1;                 // of its entry on the tape; of an optimiser tensor its step
  std::vector<std::string> reads;  // names of what it was computed from
  Tensor<S> value;
};

// `parameters` stand in the place of subject.parameters, so that a variant runs on its own. Error: as model::forward.
// Instantiated for double and float in trace.cpp; include trace_body.h for other scalars.
template <class S>
std::vector<Traced<S>> trace(const Subject& subject, const model::Parameters<S>& parameters);

}  // namespace etalon::record
