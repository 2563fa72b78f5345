// SPDX-License-Identifier: Apache-2.0
// small_case.h — one tiny model of each family, and a batch that has every difficulty at once.
//
// Head size 4 (two rotary frequencies), 2 key-value heads for 4 heads where the family groups them, an MLP width that
// is prime, repeated tokens, ignored targets, one left-padded sequence with its own position ids.
#pragma once

#include "model/batch.h"
#include "model/parameters.h"

namespace etalon::model {

inline Config small_config(const std::string& name) {
  return validated({.family = name,
                    .vocab_size = 11,
                    .max_length = 7,
                    .width = 16,
                    .n_layers = 2,
                    .n_heads = 4,
                    .n_kv_heads = family(name).grouped_heads ? 2 : 0,
                    .mlp_width = 13,
                    .eps = {},
                    .rope_theta = {}});
}

inline Batch small_batch() {
  return {.n_sequences = 2,
          .length = 5,
          .tokens = {3, 7, 3, 3, 10, 0, 5, 1, 5, 2},
          .targets = {7, 3, kIgnored, 10, 0, kIgnored, 1, 5, 2, kIgnored},
          .attention_mask = {1, 1, 1, 1, 1, 0, 1, 1, 1, 1},
          .position_ids = {0, 1, 2, 3, 4, 0, 0, 1, 2, 3}};
}

inline Parameters<double> small_weights(const std::string& name, std::uint64_t seed = 5) {
  return initialise(small_config(name), Weights::stress, seed);
}

}  // namespace etalon::model
