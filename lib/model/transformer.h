// SPDX-License-Identifier: Apache-2.0
// transformer.h — the forward pass, once, for every family; the tape remembers it.
//
// Entries, in order (C = width, H = n_heads, D = head_size, F = mlp_width; sizes of k and v use Hk = n_kv_heads):
//
//   embed.tokens                [B,T,C]     rows of the token table
//   embed.positions, embed      [B,T,C]     learned positions only: their rows, and the sum
//   h.{l}.norm1                 [B,T,C]
//   h.{l}.attn.qkv              [B,T,3HD]   fused families; else h.{l}.attn.q_proj, k_proj, v_proj [B,T,heads D]
//   h.{l}.attn.q, .k, .v        [B,H,T,D]   heads split
//   h.{l}.attn.q_rot, .k_rot    [B,H,T,D]   rotary families only
//   h.{l}.attn.products         [B,H,T,T]   q k^T
//   h.{l}.attn.scores           [B,H,T,T]   products / sqrt(D)
//   h.{l}.attn.masked           [B,H,T,T]   hidden entries are written as 0 (softmax never reads them)
//   h.{l}.attn.probs            [B,H,T,T]   hidden entries are exactly 0
//   h.{l}.attn.mix              [B,H,T,D]   probs v
//   h.{l}.attn.merged           [B,T,HD]    heads side by side
//   h.{l}.attn.out              [B,T,C]
//   h.{l}.resid1                [B,T,C]     what came in + attn.out
//   h.{l}.norm2                 [B,T,C]
//   h.{l}.mlp.gate              [B,T,F]     gated families only
//   h.{l}.mlp.up, .mlp.act      [B,T,F]
//   h.{l}.mlp.down              [B,T,C]
//   h.{l}.resid2                [B,T,C]     resid1 + mlp.down
//   norm_f                      [B,T,C]     what the LM head reads
//   logits                      [B,T,V]
//   loss                        []          mean over the targets that are not ignored, in nats
#pragma once

#include <vector>

#include "model/batch.h"
#include "model/config.h"
#include "model/parameters.h"
#include "tape/tape.h"

namespace etalon::model {

template <class S>
struct Run {
  using Id = typename Tape<S>::Id;
  Tape<S> tape;
  std::vector<std::pair<std::string, Id>> parameters;  // leaves, in the order of slots()
  std::vector<Id> layers;                              // h.{l}.resid2, one for each layer
  Id hidden = -1, logits = -1, loss = -1;              // norm_f; loss = -1 if the batch has no targets
};

// SHAPES   as above. ERRORS: a token, target or position out of range, a parameter missing or of another shape, T longer than
//          max_length, a mask or position list of the wrong size, every target ignored.
// Compiled for double and float in transformer.cpp; include transformer_body.h for other scalars.
template <class S>
Run<S> forward(const Config& config, const Parameters<S>& parameters, const Batch& batch);

// Runs the tape backwards from the loss (loss_bar = 1) and returns the gradient of every parameter, in order; once per run.
// Error: the batch had no targets, or a second call.
template <class S>
Parameters<S> backward(Run<S>& run);

extern template Run<double> forward<double>(const Config&, const Parameters<double>&, const Batch&);
extern template Run<float> forward<float>(const Config&, const Parameters<float>&, const Batch&);
extern template Parameters<double> backward<double>(Run<double>&);
extern template Parameters<float> backward<float>(Run<float>&);

}  // namespace etalon::model
