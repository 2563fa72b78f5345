// SPDX-License-Identifier: Apache-2.0
// transformer_body.h — the forward pass of transformer.h, for any scalar. Included by transformer.cpp, and by files that need
// another scalar (certify/ball_trace.cpp, tests).
//
// Read it downwards: embed -> blocks (attention, then mlp, each added to the stream) -> head. Every line writes one tape entry.
// Each fork asks a column of the family table, never a name.
#pragma once

#include "model/transformer.h"
#include "op/add.h"
#include "op/attention_mix.h"
#include "op/attention_products.h"
#include "op/causal_mask.h"
#include "op/cross_entropy.h"
#include "op/embedding.h"
#include "op/gelu.h"
#include "op/gelu_tanh.h"
#include "op/layer_norm.h"
#include "op/linear.h"
#include "op/merge_heads.h"
#include "op/rms_norm.h"
#include "op/rope.h"
#include "op/scale.h"
#include "op/softmax.h"
#include "op/split_heads.h"
#include "op/swiglu.h"

namespace etalon::model {

template <class S>
class Pass {
 public:
  using Id = typename Tape<S>::Id;

  Pass(const Family& row, const Config& config, const Parameters<S>& parameters, const Batch& batch)
      : config_(validated(config)), row_(row), batch_(batch) {
    // Hold the parameters and the batch to the config
    const std::vector<Slot> expected = slots(config_);
    require_slots(expected, parameters);
    require_fits(config_, batch_);

    // Number the positions, and write the parameters down as leaves
    if (batch_.position_ids.empty())
      for (long i = 0; i < batch_.n_sequences * batch_.length; ++i) positions_.push_back(i % batch_.length);
    else positions_ = batch_.position_ids;
    for (const auto& [name, value] : parameters) run_.parameters.emplace_back(name, tape_.leaf(name, value));
  }

  Run<S> whole() && {
    Id stream = embed();
    for (long layer = 0; layer < config_.n_layers; ++layer) {
      stream = block(layer, stream);
      run_.layers.push_back(stream);
    }
    run_.hidden = norm("norm_f", row_.names.final_norm, stream);
    run_.logits = logits(run_.hidden);
    if (!batch_.targets.empty()) run_.loss = op::apply<op::CrossEntropy>(tape_, "loss", {batch_.targets}, {run_.logits});
    return std::move(run_);
  }

 private:
  Id embed() {
    const Shape leading{batch_.n_sequences, batch_.length};
    const Id tokens = op::apply<op::Embedding>(tape_, "embed.tokens", {batch_.tokens, leading}, {weight(row_.names.tokens)});
    if (row_.position != Position::learned) return tokens;
    const Id rows = op::apply<op::Embedding>(tape_, "embed.positions", {positions_, leading}, {weight(row_.names.positions)});
    return op::apply<op::Add>(tape_, "embed", {}, {tokens, rows});
  }

  Id block(long layer, Id stream) {
    layer_ = layer;
    const Id normed = norm(node("norm1"), row_.names.norm1, stream);
    const Id resid1 = op::apply<op::Add>(tape_, node("resid1"), {}, {stream, attention(normed)});
    const Id normed_again = norm(node("norm2"), row_.names.norm2, resid1);
    return op::apply<op::Add>(tape_, node("resid2"), {}, {resid1, mlp(normed_again)});
  }

  // probs = softmax over the visible of q k^T / sqrt(D);  out = (probs v, heads side by side) W + b
  Id attention(Id x) {
    auto [q, k, v] = row_.attention == Attention::fused_qkv ? split_fused(x) : split_separate(x);
    if (row_.position != Position::learned) {
      q = rotate(node("attn.q_rot"), q);
      k = rotate(node("attn.k_rot"), k);
    }
    const auto visible = op::visibility(batch_.n_sequences, config_.n_heads, batch_.length, batch_.attention_mask);
    const Id products = op::apply<op::AttentionProducts>(tape_, node("attn.products"), {}, {q, k});
    const Id scores = op::apply<op::Scale>(tape_, node("attn.scores"), {{1, config_.head_size}, true}, {products});
    const Id masked = op::apply<op::CausalMask>(tape_, node("attn.masked"), {visible}, {scores});
    const Id probs = op::apply<op::Softmax>(tape_, node("attn.probs"), {visible}, {masked});
    const Id mix = op::apply<op::AttentionMix>(tape_, node("attn.mix"), {}, {probs, v});
    const Id merged = op::apply<op::MergeHeads>(tape_, node("attn.merged"), {}, {mix});
    return linear(node("attn.out"), row_.names.attn_out, merged);
  }

  struct Heads {
    Id q, k, v;
  };

  // One map gives q, k and v side by side: columns [0, HD), [HD, HD + Hk D), [HD + Hk D, HD + 2 Hk D).
  Heads split_fused(Id x) {
    const Id qkv = linear(node("attn.qkv"), row_.names.qkv, x);
    const Id q = split("attn.q", qkv, config_.n_heads, 0);
    const Id k = split("attn.k", qkv, config_.n_kv_heads, config_.q_width());
    const Id v = split("attn.v", qkv, config_.n_kv_heads, config_.q_width() + config_.kv_width());
    return {q, k, v};
  }

  Heads split_separate(Id x) {
    const Id q_proj = linear(node("attn.q_proj"), row_.names.q, x);
    const Id k_proj = linear(node("attn.k_proj"), row_.names.k, x);
    const Id v_proj = linear(node("attn.v_proj"), row_.names.v, x);
    const Id q = split("attn.q", q_proj, config_.n_heads, 0);
    const Id k = split("attn.k", k_proj, config_.n_kv_heads, 0);
    const Id v = split("attn.v", v_proj, config_.n_kv_heads, 0);
    return {q, k, v};
  }

  Id split(const char* name, Id x, long n_heads, long first_column) {
    return op::apply<op::SplitHeads>(tape_, node(name), {n_heads, config_.head_size, first_column}, {x});
  }

  Id rotate(std::string name, Id x) {
    const bool interleaved = row_.position == Position::rotary_interleaved;
    return op::apply<op::Rope>(tape_, std::move(name), {config_.rope_theta, interleaved, positions_}, {x});
  }

  Id mlp(Id x) { return linear(node("mlp.down"), row_.names.down, row_.mlp == Mlp::swiglu ? gated(x) : ungated(x)); }

  Id gated(Id x) {
    const Id gate = linear(node("mlp.gate"), row_.names.gate, x);
    const Id up = linear(node("mlp.up"), row_.names.up, x);
    return op::apply<op::Swiglu>(tape_, node("mlp.act"), {}, {gate, up});
  }

  Id ungated(Id x) {
    const Id up = linear(node("mlp.up"), row_.names.up, x);
    if (row_.mlp == Mlp::gelu_erf) return op::apply<op::Gelu>(tape_, node("mlp.act"), {}, {up});
    return op::apply<op::GeluTanh>(tape_, node("mlp.act"), {}, {up});
  }

  // A tied head reads the token table; its cotangent and the embedding's add up on the tape.
  Id logits(Id hidden) {
    return op::apply<op::Linear>(tape_, "logits", {op::Layout::out_in, false}, {hidden, weight(head_module(row_))});
  }

  Id norm(std::string name, const char* module, Id x) {
    if (row_.norm == Norm::rms) return op::apply<op::RmsNorm>(tape_, std::move(name), {config_.eps}, {x, weight(module)});
    return op::apply<op::LayerNorm>(tape_, std::move(name), {config_.eps}, {x, weight(module), bias(module)});
  }

  Id linear(std::string name, const char* module, Id x) {
    const auto layout = row_.in_out_weights ? op::Layout::in_out : op::Layout::out_in;
    if (!row_.bias) return op::apply<op::Linear>(tape_, std::move(name), {layout, false}, {x, weight(module)});
    return op::apply<op::Linear>(tape_, std::move(name), {layout, true}, {x, weight(module), bias(module)});
  }

  Id weight(const char* module) const { return tape_.find(name_in_layer(module, layer_) + ".weight"); }
  Id bias(const char* module) const { return tape_.find(name_in_layer(module, layer_) + ".bias"); }
  std::string node(const char* name) const { return "h." + std::to_string(layer_) + "." + name; }

  Config config_;
  const Family& row_;
  const Batch& batch_;
  std::vector<long> positions_;
  Run<S> run_;
  Tape<S>& tape_ = run_.tape;
  long layer_ = 0;  // the block being written
};

// The pass under another row than the config's family has: for forks that no published family takes (tests/model/forks_test.cpp).
// The row must leave names and shapes of the parameters as the family has them: another activation, another rotation.
template <class S>
Run<S> forward_as(const Family& row, const Config& config, const Parameters<S>& parameters, const Batch& batch) {
  return Pass<S>(row, config, parameters, batch).whole();
}

template <class S>
Run<S> forward(const Config& config, const Parameters<S>& parameters, const Batch& batch) {
  return forward_as<S>(family(config.family), config, parameters, batch);
}

template <class S>
Parameters<S> backward(Run<S>& run) {
  if (run.loss < 0)
    throw Error("model.backward", "a run that ends in a loss", "one that stops at the logits", "give the batch its targets");
  run.tape.backward(run.loss, Tensor<S>(Shape{}, {S(1)}));
  Parameters<S> gradients;
  for (const auto& [name, id] : run.parameters) gradients.add(name, run.tape.bar(id));
  return gradients;
}

}  // namespace etalon::model
