// SPDX-License-Identifier: Apache-2.0
// batch.h — what goes in: tokens, and what should come next.
#pragma once

#include <vector>

#include "model/config.h"

namespace etalon::model {

inline constexpr long kIgnored = -100;  // a target that carries no loss (the value PyTorch and Hugging Face use)

struct Batch {
  long n_sequences = 0;              // B
  long length = 0;                   // T
  std::vector<long> tokens;          // [B, T], each in 0..V-1
  std::vector<long> targets;         // [B, T], each in 0..V-1 or kIgnored; empty: stop at the logits
  std::vector<char> attention_mask;  // [B, T], 0 for padding; empty: no padding
  std::vector<long> position_ids;    // [B, T]; empty: 0..T-1 in every row
};

// Holds the batch to the model. Error: a list that is not [B, T], a token, target or position out of range,
// T > max_length, every target ignored, an activation of more than kMostActivations entries. `config` is validated.
void require_fits(const Config& config, const Batch& batch);

}  // namespace etalon::model
