// batch.h — what goes in: tokens, and what should come next.
#pragma once

#include <vector>

namespace etalon::model {

inline constexpr long kIgnored = -100;  // a target that carries no loss (the value PyTorch and Hugging Face use)

struct Batch {
  long n_sequences = 0;             // B
  long length = 0;                  // T
  std::vector<long> tokens;         // [B, T], each in 0..V-1
  std::vector<long> targets;        // [B, T], each in 0..V-1 or kIgnored; empty: stop at the logits
  std::vector<char> attention_mask; // [B, T], 0 for padding; empty: no padding
  std::vector<long> position_ids;   // [B, T]; empty: 0..T-1 in every row
};

}  // namespace etalon::model
