// SPDX-License-Identifier: Apache-2.0
#include "model/batch.h"

#include "base/error.h"
#include "tensor/shape.h"

namespace etalon::model {
namespace {

// "tokens[1, 3]": the place of entry i of a list [B, T].
std::string place(const char* list, const Batch& batch, std::size_t i) {
  const long at = static_cast<long>(i);
  return std::string("model.batch.") + list + to_string(Shape{at / batch.length, at % batch.length});
}

void require_size(const char* list, const Batch& batch, std::size_t size, bool may_be_empty) {
  if (size == static_cast<std::size_t>(batch.n_sequences * batch.length) || (may_be_empty && size == 0)) return;
  throw Error(std::string("model.batch.") + list,
              "entries for " + to_string(Shape{batch.n_sequences, batch.length}) + (may_be_empty ? ", or none" : ""),
              std::to_string(size), "every list of a batch is [B, T], row by row");
}

void require_sizes(const Config& config, const Batch& batch) {
  // Require B and T in range, and every list to be [B, T] or, where it may, empty
  if (batch.length < 1 || batch.length > config.max_length)
    throw Error("model.batch.length", "1.." + std::to_string(config.max_length) + " (max_length)", std::to_string(batch.length),
                "cut the sequences, or make the model longer");
  if (batch.n_sequences < 1 || batch.n_sequences > kMostActivations / batch.length)
    throw Error("model.batch.n_sequences", "at least one sequence, and B T at most 2^31", std::to_string(batch.n_sequences),
                "split the batch");
  require_size("tokens", batch, batch.tokens.size(), false);
  require_size("targets", batch, batch.targets.size(), true);
  require_size("attention_mask", batch, batch.attention_mask.size(), true);
  require_size("position_ids", batch, batch.position_ids.size(), true);

  // Refuse activations that would outgrow memory: logits, the MLP's, the stream, q with k and v, scores. Nothing overflows: extents are at most
  // kLargestExtent, positions at most kMostActivations, and what they allow is a quotient
  const long positions = batch.n_sequences * batch.length;
  for (const long per_position :
       {config.vocab_size, config.mlp_width, config.width, config.q_width() + 2 * config.kv_width(), config.n_heads * batch.length})
    if (per_position > kMostActivations / positions)
      throw Error("model.batch", "activations of at most 2^31 entries",
                  std::to_string(positions) + " positions with " + std::to_string(per_position) + " entries each",
                  "split the batch");
}

}  // namespace

void require_fits(const Config& config, const Batch& batch) {
  // Require tokens and positions that the model has
  require_sizes(config, batch);
  const std::string token = "a token in 0.." + std::to_string(config.vocab_size - 1);
  for (std::size_t i = 0; i < batch.tokens.size(); ++i)
    if (batch.tokens[i] < 0 || batch.tokens[i] >= config.vocab_size)
      throw Error(place("tokens", batch, i), token, std::to_string(batch.tokens[i]),
                  "was the text encoded with another vocabulary?");
  for (std::size_t i = 0; i < batch.position_ids.size(); ++i)
    if (batch.position_ids[i] < 0 || batch.position_ids[i] >= config.max_length)
      throw Error(place("position_ids", batch, i), "a position in 0.." + std::to_string(config.max_length - 1),
                  std::to_string(batch.position_ids[i]), "positions of padding are never read, but must be legal: use 0");

  // Require targets that are tokens or ignored, and one that counts unless there are none at all
  bool any = batch.targets.empty();
  for (std::size_t i = 0; i < batch.targets.size(); ++i) {
    const long target = batch.targets[i];
    any |= target != kIgnored;
    if (target != kIgnored && (target < 0 || target >= config.vocab_size))
      throw Error(place("targets", batch, i), token + ", or -100 for none", std::to_string(target),
                  "was the text encoded with another vocabulary?");
  }
  if (!any)
    throw Error("model.batch.targets", "at least one target that is not -100", "none",
                "the mean of no losses is 0/0: drop this batch");
}

}  // namespace etalon::model
