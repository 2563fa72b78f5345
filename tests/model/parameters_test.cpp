// SPDX-License-Identifier: Apache-2.0
// Names, layouts and numbers of the parameters, against lists written down here.
#include <catch2/catch.hpp>

#include "base/bits.h"
#include "base/sha256.h"
#include "model/small_case.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::model;
using Catch::Contains;

namespace {

using Listed = std::vector<std::pair<std::string, Shape>>;

Listed listed(const std::string& name, long n_layers) {
  Config c = small_config(name);
  c.n_layers = n_layers;
  Listed out;
  for (const Slot& slot : slots(c)) out.emplace_back(slot.name, slot.shape);
  return out;
}

// SHA-256 over the bits of every entry, little-endian, in order.
std::string fingerprint(const Parameters<double>& parameters) {
  Sha256 hash;
  for (const auto& [name, value] : parameters)
    for (const double x : value.values()) {
      std::array<std::byte, 8> bytes;
      for (int b = 0; b < 8; ++b) bytes[b] = static_cast<std::byte>(to_bits(x) >> (8 * b));
      hash.update(bytes);
    }
  return hash.hex_digest();
}

}  // namespace

// As in GPT2LMHeadModel(n_embd=16, n_inner=13, n_positions=7, vocab_size=11).state_dict(), the tied head left out.
TEST_CASE("slots: gpt2, one layer, name by name", "[model]") {
  CHECK(listed("gpt2", 1) == Listed{
                                 {"transformer.wte.weight", {11, 16}},
                                 {"transformer.wpe.weight", {7, 16}},
                                 {"transformer.h.0.ln_1.weight", {16}},
                                 {"transformer.h.0.ln_1.bias", {16}},
                                 {"transformer.h.0.attn.c_attn.weight", {16, 48}},
                                 {"transformer.h.0.attn.c_attn.bias", {48}},
                                 {"transformer.h.0.attn.c_proj.weight", {16, 16}},
                                 {"transformer.h.0.attn.c_proj.bias", {16}},
                                 {"transformer.h.0.ln_2.weight", {16}},
                                 {"transformer.h.0.ln_2.bias", {16}},
                                 {"transformer.h.0.mlp.c_fc.weight", {16, 13}},
                                 {"transformer.h.0.mlp.c_fc.bias", {13}},
                                 {"transformer.h.0.mlp.c_proj.weight", {13, 16}},
                                 {"transformer.h.0.mlp.c_proj.bias", {16}},
                                 {"transformer.ln_f.weight", {16}},
                                 {"transformer.ln_f.bias", {16}},
                             });
}

// As in LlamaForCausalLM(hidden_size=16, intermediate_size=13, num_attention_heads=4, num_key_value_heads=2, vocab_size=11).
TEST_CASE("slots: llama, two layers, name by name", "[model]") {
  CHECK(listed("llama", 2) == Listed{
                                  {"model.embed_tokens.weight", {11, 16}},
                                  {"model.layers.0.input_layernorm.weight", {16}},
                                  {"model.layers.0.self_attn.q_proj.weight", {16, 16}},
                                  {"model.layers.0.self_attn.k_proj.weight", {8, 16}},
                                  {"model.layers.0.self_attn.v_proj.weight", {8, 16}},
                                  {"model.layers.0.self_attn.o_proj.weight", {16, 16}},
                                  {"model.layers.0.post_attention_layernorm.weight", {16}},
                                  {"model.layers.0.mlp.gate_proj.weight", {13, 16}},
                                  {"model.layers.0.mlp.up_proj.weight", {13, 16}},
                                  {"model.layers.0.mlp.down_proj.weight", {16, 13}},
                                  {"model.layers.1.input_layernorm.weight", {16}},
                                  {"model.layers.1.self_attn.q_proj.weight", {16, 16}},
                                  {"model.layers.1.self_attn.k_proj.weight", {8, 16}},
                                  {"model.layers.1.self_attn.v_proj.weight", {8, 16}},
                                  {"model.layers.1.self_attn.o_proj.weight", {16, 16}},
                                  {"model.layers.1.post_attention_layernorm.weight", {16}},
                                  {"model.layers.1.mlp.gate_proj.weight", {13, 16}},
                                  {"model.layers.1.mlp.up_proj.weight", {13, 16}},
                                  {"model.layers.1.mlp.down_proj.weight", {16, 13}},
                                  {"model.norm.weight", {16}},
                                  {"lm_head.weight", {11, 16}},
                              });
}

TEST_CASE("slots: embeddings and weights decay, gains and biases do not; fan_in is what one output reads", "[model]") {
  for (const Family& row : kFamilies)
    for (const Slot& slot : slots(small_config(row.name))) {
      INFO(slot.name);
      CHECK(slot.decays() == (slot.shape.rank() == 2));
      if (slot.role == Role::weight) CHECK(slot.fan_in == slot.shape[row.in_out_weights && slot.name != "lm_head.weight" ? 0 : 1]);
    }
}

TEST_CASE("initialise: an entry is a pure function of seed, tensor name and index", "[model]") {
  const auto weights = initialise(small_config("gpt2"), Weights::stress, 9);
  const std::string name = "transformer.h.1.mlp.c_fc.weight";
  const Tensor<double>& w = weights.at(name);
  const double scale = normal_scale(0x1.999999999999ap+0 / 4);  // 1.6 / sqrt(16)
  for (const long i : {0L, 7L, w.size() - 1}) CHECK(w[i] == static_cast<double>(Stream(9, name).normal_integer(i)) * scale);

  // A wider vocabulary or one more layer changes no other tensor
  Config other = small_config("gpt2");
  other.vocab_size = 30;
  other.n_layers = 3;
  CHECK(initialise(other, Weights::stress, 9).at(name).values() == w.values());
  CHECK(initialise(other, Weights::stress, 10).at(name).values() != w.values());
}

TEST_CASE("initialise: usual weights follow the published recipe of the family", "[model]") {
  const Config c = validated({.family = "gpt2", .vocab_size = 64, .max_length = 8, .width = 64, .n_layers = 2, .n_heads = 4});
  // Over n entries the mean square of N(0, s^2) has standard deviation s^2 sqrt(2/n): six of them.
  const auto has_deviation = [](const Tensor<double>& x, double sigma) {
    double squares = 0;
    for (const double v : x.values()) squares += v * v;
    const double n = static_cast<double>(x.size());
    return std::abs(squares / n / (sigma * sigma) - 1) < 6 * etalon::sqrt(2 / n);
  };
  const auto gpt2 = initialise(c, Weights::usual, 1);
  CHECK(has_deviation(gpt2.at("transformer.wte.weight"), 0.02));
  CHECK(has_deviation(gpt2.at("transformer.h.1.attn.c_attn.weight"), 0.02));
  CHECK(has_deviation(gpt2.at("transformer.h.1.attn.c_proj.weight"), 0.01));  // 0.02 / sqrt(2 * 2 layers)
  CHECK(has_deviation(gpt2.at("transformer.h.0.mlp.c_proj.weight"), 0.01));
  CHECK_FALSE(has_deviation(gpt2.at("transformer.h.0.mlp.c_proj.weight"), 0.02));
  for (const double b : gpt2.at("transformer.h.0.mlp.c_fc.bias").values()) CHECK(same_bits(b, 0.0));
  for (const double g : gpt2.at("transformer.ln_f.weight").values()) CHECK(g == 1);

  Config llama_config = c;
  llama_config.family = "llama";
  llama_config.rope_theta = {};
  const auto llama = initialise(llama_config, Weights::usual, 1);
  CHECK(has_deviation(llama.at("model.layers.0.self_attn.o_proj.weight"), 0.02));
  CHECK(has_deviation(llama.at("lm_head.weight"), 0.02));

  const auto stress = initialise(c, Weights::stress, 1);
  CHECK(has_deviation(stress.at("transformer.wte.weight"), 1));
  CHECK(has_deviation(stress.at("transformer.h.0.mlp.c_proj.weight"), 0.1));  // 1.6 / sqrt(256)
}

// The four hashes were also computed by a Philox4x32-10 and a Python `float` written apart from this library.
TEST_CASE("initialise: the recorded bits", "[model][bits]") {
  const auto bits = [](const std::string& name, Weights weights) {
    return fingerprint(initialise(small_config(name), weights, 1));
  };
  CHECK(bits("gpt2", Weights::usual) == "8738719a357607f73ed2335d470f3094aeb965045be0e01554976ea351537dd6");
  CHECK(bits("gpt2", Weights::stress) == "90c914510f7790eb60b0a265f1de4bdbabac36eeef7eb8619ee2bc0f83e67721");
  CHECK(bits("llama", Weights::usual) == "8c30b71e09dc95a12601c87730bf000b146a6789cb0d0fb3f2f5fb8a7d44913d");
  CHECK(bits("llama", Weights::stress) == "07716c5f15f4b8e0fa64419c15e186aa9cf249034395cc2c33d050dfc1175ef5");
}

TEST_CASE("require_slots: a missing, misshapen, misplaced or surplus parameter is named", "[model]") {
  const auto expected = slots(small_config("llama"));
  const auto good = small_weights("llama");
  CHECK_NOTHROW(require_slots(expected, good));

  Parameters<double> missing, misshapen, swapped, surplus = good;
  for (const auto& [name, value] : good) {
    if (name != "model.norm.weight") missing.add(name, value);
    misshapen.add(name, name == "model.layers.0.mlp.up_proj.weight" ? value.reshaped({16, 13}) : value);
  }
  swapped.add(good.name(1), good[1]);
  swapped.add(good.name(0), good[0]);
  for (std::size_t i = 2; i < good.size(); ++i) swapped.add(good.name(i), good[i]);
  surplus.add("lm_head.bias", Tensor<double>(Shape{11}));

  CHECK_THROWS_WITH(require_slots(expected, missing), Contains("'model.norm.weight'") && Contains("got none"));
  CHECK_THROWS_WITH(require_slots(expected, misshapen), Contains("mlp.up_proj.weight: expected [13, 16], got [16, 13]"));
  CHECK_THROWS_WITH(require_slots(expected, swapped), Contains("'model.embed_tokens.weight' as number 0"));
  CHECK_THROWS_WITH(require_slots(expected, surplus), Contains("no further parameter") && Contains("lm_head.bias"));
  CHECK_THROWS_WITH(require_slots(expected, Parameters<double>()), Contains("got none"));
}
