// SPDX-License-Identifier: Apache-2.0
// The experiments that `etalon run` knows by name, as the JSON that a file could say.
#include "study/experiment.h"

namespace etalon::study {
namespace {

constexpr const char* kDefault = R"({
  "experiments": [
    {
      "name": "noisy-spam",
      "why": "One symbol, drawn once, repeated through noise: 31 directions of gradient, of which the head of width 8 passes 8.",
      "source": { "kind": "noisy_spamlang", "vocab_size": 32, "eps": 0.1 },
      "model": { "family": "gpt2", "width": 8, "n_layers": 2, "n_heads": 2, "mlp_width": 32 },
      "seed": 1, "length": 16, "batch_sequences": 32, "n_steps": 2000, "measure_every": 100,
      "optimiser": { "learning_rate": "0.005", "weight_decay": "0" },
      "probe_sequences": 64, "exact_length": 2, "plane_length": 1, "readout_sigma": 0.5
    },
    {
      "name": "markov",
      "why": "The next symbol depends on the last one only: every layer can be held against the true bottleneck curve.",
      "source": { "kind": "markov", "vocab_size": 24, "order": 1, "seed": 7 },
      "model": { "family": "llama", "width": 8, "n_layers": 2, "n_heads": 2, "n_kv_heads": 1, "mlp_width": 24 },
      "seed": 2, "length": 16, "batch_sequences": 32, "n_steps": 2000, "measure_every": 100,
      "optimiser": { "learning_rate": "0.005", "weight_decay": "0" },
      "probe_sequences": 64, "exact_length": 2, "plane_length": 2, "readout_sigma": 0.5
    }
  ]
}
)";

// One for each kind of source: what is asked of a context differs, so does how many symbols of it are needed.
struct Small {
  const char *name, *why, *source;
  long plane_length;
};
constexpr Small kEverySource[] = {
    {"iid", "The past says nothing: I(X;Y) = 0, and the curve is the axis.",
     R"({ "kind": "iid", "probabilities": [0.5, 0.25, 0.125, 0.125] })", 2},
    {"markov", "The last symbol says everything; the one before is a distraction.",
     R"({ "kind": "markov", "vocab_size": 6, "order": 1, "seed": 7 })", 2},
    {"even", "Blocks of 1 have even length: the context that matters is as long as the block.", R"({ "kind": "even" })", 5},
    {"golden-mean", "No two 1 in a row: one symbol of context is enough.", R"({ "kind": "golden_mean" })", 5},
    {"sns", "No context of any length says all: the simple nonunifilar source.", R"({ "kind": "sns" })", 5},
    {"hidden-markov", "Two states that are never seen, three symbols that hint at them.",
     R"({ "kind": "hidden_markov", "vocab_size": 3, "n_states": 2,
                  "probabilities": [0.2, 0.3, 0.1, 0.1, 0.1, 0.1, 0.3, 0.2, 0.2, 0.1, 0.05, 0.25] })",
     3},
    {"spam", "One symbol repeated: Y = f(X), so the whole curve is the line I(T;Y) = I(X;T).",
     R"({ "kind": "spamlang", "vocab_size": 8 })", 1},
    {"noisy-spam", "That symbol through noise: counts are what matters.",
     R"({ "kind": "noisy_spamlang", "vocab_size": 8, "eps": 0.1 })", 2},
    {"noisy-copy", "The symbol before, or another: a channel that treats all symbols alike.",
     R"({ "kind": "noisy_copy", "vocab_size": 6, "eps": 0.2 })", 2},
    {"parity", "Three bits say one bit, any two of them nothing.", R"({ "kind": "parity", "n_bits": 3, "eps": 0.05 })", 3},
    {"anbn", "As many b as a: what matters of a context is a count.", R"({ "kind": "anbn", "eps": 0.6 })", 4},
    {"dyck", "Brackets of two kinds: what matters of a context is which are still open, the last one first.",
     R"({ "kind": "dyck", "vocab_size": 5, "eps": 0.5 })", 4},
};

std::string every_source() {
  std::string out = "{\n  \"experiments\": [";
  const char* separator = "\n";
  for (const Small& s : kEverySource) {
    const std::string length = std::to_string(s.plane_length);
    out += std::string(separator) + "    {\n      \"name\": \"" + s.name + "\",\n      \"why\": \"" + s.why +
           "\",\n      \"source\": " + s.source + R"(,
      "model": { "family": "gpt2", "width": 8, "n_layers": 2, "n_heads": 2, "mlp_width": 32 },
      "seed": 1, "length": 8, "batch_sequences": 16, "n_steps": 300, "measure_every": 30,
      "optimiser": { "learning_rate": "0.01", "weight_decay": "0" },
      "probe_sequences": 16, "exact_length": )" +
           length + ", \"plane_length\": " + length + ", \"readout_sigma\": 0.5\n    }";
    separator = ",\n";
  }
  return out + "\n  ]\n}\n";
}

}  // namespace

std::vector<std::string> built_in_names() { return {"default", "every-source"}; }

std::string built_in_experiments(const std::string& name) {
  if (name == "default") return kDefault;
  if (name == "every-source") return every_source();
  throw Error("study.built_in", "default or every-source", "'" + name + "'", "`etalon run --print --built-in NAME` prints one");
}

}  // namespace etalon::study
