// SPDX-License-Identifier: Apache-2.0
// config.h — the sizes of one model.
#pragma once

#include <string>

#include "model/family.h"

namespace etalon::model {

struct Config {
  std::string family = "gpt2";
  long vocab_size = 0;  // V
  long max_length = 0;  // rows of the learned position table; the largest T
  long width = 0;       // C
  long n_layers = 0;
  long n_heads = 0;     // H
  long n_kv_heads = 0;  // divides n_heads; n_heads unless the family groups heads
  long head_size = 0;   // D; default: C / H. With another D attention works in H D columns, and C stays the stream's
  long mlp_width = 0;   // F; default: 4 C, or 8 C / 3 rounded up where the MLP is gated
  Ratio eps{};          // default: the family's
  Ratio rope_theta{};   // default: the family's

  long q_width() const { return n_heads * head_size; }      // columns of all q side by side, and of the heads merged
  long kv_width() const { return n_kv_heads * head_size; }  // of all k, and of all v
};

inline constexpr long kLargestExtent = 1 << 24;  // of V, max_length, C, F and H D: exact in binary32
inline constexpr long kMostLayers = 1024;
inline constexpr long kMostNumbers = 1L << 33;      // parameters of one model; 64 GiB in binary64
inline constexpr long kMostActivations = 1L << 31;  // entries of one activation; 16 GiB in binary64

// Fills the defaults (n_kv_heads, head_size, mlp_width, eps, rope_theta) where they are 0, then checks every field and that
// the whole model has at most kMostNumbers parameters: a size from a broken file is refused before memory is asked for.
// Error: names the field, what it may be, what it is.
Config validated(Config config);

}  // namespace etalon::model
