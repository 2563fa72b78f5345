// SPDX-License-Identifier: Apache-2.0
// experiments.h — small experiments as text, for the tests of `etalon run`.
#pragma once

#include <string>
#include <vector>

namespace etalon::app {

// One that takes a moment; `more` is put at its end.
inline std::string tiny(const std::string& name, long n_steps = 50, const std::string& more = "", long vocab_size = 4) {
  return R"({"name": ")" + name + R"(", "source": {"kind": "markov", "vocab_size": )" + std::to_string(vocab_size) +
         R"(, "order": 1, "seed": 7}, "model": {"family": "gpt2", "width": 8, "n_layers": 1, "n_heads": 2, "mlp_width": 16},
             "seed": 1, "length": 8, "batch_sequences": 4, "n_steps": )" +
         std::to_string(n_steps) + R"(, "measure_every": )" + std::to_string((n_steps + 1) / 2) +
         R"(, "probe_sequences": 8, "exact_length": 1, "plane_length": 1)" + more + "}";
}

// One whose loss is soon no number.
inline std::string diverging(const std::string& name) {
  return tiny(name, 400, R"(, "optimiser": {"learning_rate": "9007199254740991", "weight_decay": "1000"})");
}

// One that is finite in binary64 and overflows in binary32: the engine in float32 is wrong on it, and the check must say so. The weights
// grow by 10^19 in each of its three steps.
inline std::string too_large_for_float(const std::string& name) {
  return tiny(name, 3, R"(, "optimiser": {"learning_rate": "9007199254740991", "weight_decay": "1000"})");
}

// One that does not end while a test looks.
inline std::string endless(const std::string& name) { return tiny(name, 3000000); }

inline std::string list_of(const std::vector<std::string>& experiments) {
  std::string text;
  for (const auto& e : experiments) text += (text.empty() ? "" : ",\n") + e;
  return "{\"experiments\": [" + text + "]}\n";
}

}  // namespace etalon::app
