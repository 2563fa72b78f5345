// config.h — the sizes of one model.
#pragma once

#include <string>

#include "model/family.h"

namespace etalon::model {

struct Config {
  std::string family = "gpt2";
  long vocab_size = 0;   // V
  long max_length = 0;   // rows of the learned position table; the largest T
  long width = 0;        // C
  long n_layers = 0;
  long n_heads = 0;      // C = n_heads x head size
  long n_kv_heads = 0;   // divides n_heads; n_heads unless the family groups heads
  long mlp_width = 0;    // F; 4 C in GPT-2
  Ratio eps{};           // default: the family's
  Ratio rope_theta{};    // default: the family's

  long head_size() const { return width / n_heads; }
};

// Fills the defaults of the family (n_kv_heads, mlp_width, eps, rope_theta) where they are 0, then checks
// every field. Error: names the field, what it may be, what it is.
Config validated(Config config);

}  // namespace etalon::model
