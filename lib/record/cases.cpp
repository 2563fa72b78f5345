// SPDX-License-Identifier: Apache-2.0
#include "record/cases.h"

#include "base/error.h"
#include "tensor/random.h"

namespace etalon::record {
namespace {

constexpr long kSeed = 20261121;

// B = 3 and T = 19: no multiple of 16, so a kernel's last, partial block is always in play. V = 37 for the same reason.
model::Config nano(const char* family, long n_kv_heads, long mlp_width) {
  model::Config config;
  config.family = family;
  config.vocab_size = 37, config.max_length = 24, config.width = 16, config.n_layers = 2;
  config.n_heads = 4, config.n_kv_heads = n_kv_heads, config.mlp_width = mlp_width;
  return model::validated(config);
}

// The batch of subject() in cases.h.
model::Batch nano_batch(const CaseSpec& spec) {
  const Stream tokens(spec.seed, "tokens"), ignored(spec.seed, "ignored");
  model::Batch batch;
  batch.n_sequences = spec.n_sequences, batch.length = spec.length;
  for (long b = 0; b < spec.n_sequences; ++b) {
    // Draw one token more than the model reads: the last target
    std::vector<long> row;
    for (long t = 0; t <= spec.length; ++t) {
      const long drawn = static_cast<long>(tokens.below(spec.config.vocab_size, b * (spec.length + 1) + t));
      row.push_back(t % 4 == 3 ? row.back() : drawn);
    }

    // Let the model read all but the last, and predict the next at every position that is not ignored
    for (long t = 0; t < spec.length; ++t) {
      const bool is_ignored = ignored.below(5, b * spec.length + t) == 0;
      batch.tokens.push_back(row[t]);
      batch.targets.push_back(is_ignored ? model::kIgnored : row[t + 1]);
    }
  }
  return batch;
}

}  // namespace

const std::vector<CaseSpec>& built_in_cases() {
  static const std::vector<CaseSpec> cases = {
      {"gpt2-nano", "GPT-2's every part at a size one can print, as it is initialised: what a user's first step does.",
       nano("gpt2", 4, 64), model::Weights::usual, kSeed, 3, 19},
      {"gpt2-nano-stress",
       "The same with large weights, biases and gains: a missing bias or a wrong layer's gain shows in every tensor after it.",
       nano("gpt2", 4, 64), model::Weights::stress, kSeed, 3, 19},
      {"llama-nano", "RMSNorm, rotary positions, SwiGLU and two query heads to each key-value head, as they are initialised.",
       nano("llama", 2, 40), model::Weights::usual, kSeed, 3, 19},
      {"llama-nano-stress", "The same with large weights and gains: attention is peaked, so a wrong angle or a wrong group shows.",
       nano("llama", 2, 40), model::Weights::stress, kSeed, 3, 19},
  };
  return cases;
}

const CaseSpec& built_in_case(const std::string& name) {
  std::string known;
  for (const CaseSpec& spec : built_in_cases()) {
    if (spec.name == name) return spec;
    known += (known.empty() ? "" : ", ") + spec.name;
  }
  throw Error("case", "one of " + known, "'" + name + "'", "`etalon list` shows the cases");
}

Subject subject(const CaseSpec& spec) {
  return {.name = spec.name,
          .why = spec.why,
          .config = spec.config,
          .batch = nano_batch(spec),
          .parameters = model::initialise(spec.config, spec.weights, spec.seed),
          .rule = {},
          .weights = spec.weights == model::Weights::usual ? "usual" : "stress",
          .seed = spec.seed};
}

}  // namespace etalon::record
