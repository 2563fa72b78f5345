// SPDX-License-Identifier: Apache-2.0
// Heads of a size of their own: H D columns in attention, more or fewer than the C of the stream, in both families.
#include "model/every_scalar.h"
#include "model/optimiser.h"

using namespace etalon;
using namespace etalon::model;

namespace {

// Heads of 6: H D = 24 beside C = 16, and 12 columns of k and v in llama. Heads of 2: H D = 8.
Config free_config(const std::string& name, long head_size) {
  Config c = small_config(name);
  c.head_size = head_size;
  return validated(c);
}

Example free_example(const Family& row, long head_size) {
  const Config config = free_config(row.name, head_size);
  return {row, config, initialise(config, Weights::stress, 5)};
}

using Listed = std::vector<std::pair<std::string, Shape>>;

Listed attention_slots(const std::string& name, long head_size) {
  Listed out;
  for (const Slot& slot : slots(free_config(name, head_size)))
    if (slot.name.find("0.attn.") != std::string::npos || slot.name.find("0.self_attn.") != std::string::npos)
      out.emplace_back(slot.name, slot.shape);
  return out;
}

// True if heads [B, H, T, D] are the columns of x [B, T, N] from `first` on, head by head.
bool are_columns(const Tensor<double>& heads, const Tensor<double>& x, long first) {
  const long h_size = heads.shape()[1], t_size = heads.shape()[2], d = heads.shape()[3], n = x.n_cols();
  for (long i = 0; i < heads.size(); ++i) {
    const long c = i % d, t = i / d % t_size, h = i / (d * t_size) % h_size, b = i / (d * t_size * h_size);
    if (heads[i] != x[(b * t_size + t) * n + first + h * d + c]) return false;
  }
  return true;
}

// The loss before and after some steps on one batch.
template <class S>
std::pair<double, double> trained(const Example& e, long n_steps) {
  const AdamW rule{.learning_rate = {1, 100}};
  const auto expected = slots(e.config);
  auto weights = as<S>(e.weights);
  OptimiserState<S> state;
  double first = 0, last = 0;
  for (long step = 0; step <= n_steps; ++step) {
    auto run = forward(e.config, weights, small_batch());
    last = midpoint(run.tape.value(run.loss)[0]);
    if (step == 0) first = last;
    auto gradients = backward(run);
    clip_by_global_norm(gradients, rule.max_norm);
    take_step(rule, expected, weights, gradients, state);
  }
  return {first, last};
}

}  // namespace

// As in LlamaForCausalLM(hidden_size=16, head_dim=6, num_attention_heads=4, num_key_value_heads=2).
TEST_CASE("head size: q, k and v go from C to heads x D, and the output back", "[model][head_size]") {
  CHECK(attention_slots("llama", 6) == Listed{{"model.layers.0.self_attn.q_proj.weight", {24, 16}},
                                              {"model.layers.0.self_attn.k_proj.weight", {12, 16}},
                                              {"model.layers.0.self_attn.v_proj.weight", {12, 16}},
                                              {"model.layers.0.self_attn.o_proj.weight", {16, 24}}});
  CHECK(attention_slots("gpt2", 6) == Listed{{"transformer.h.0.attn.c_attn.weight", {16, 72}},
                                             {"transformer.h.0.attn.c_attn.bias", {72}},
                                             {"transformer.h.0.attn.c_proj.weight", {24, 16}},
                                             {"transformer.h.0.attn.c_proj.bias", {16}}});
  for (const Slot& slot : slots(free_config("llama", 6)))
    if (slot.name.ends_with("o_proj.weight")) CHECK(slot.fan_in == 24);
}

TEST_CASE("head size: the tape has H D columns in attention, and scores are divided by sqrt(D)", "[model][head_size]") {
  for (const Family& row : kFamilies)
    for (const long d : {2L, 6L}) {
      INFO(row.name << ", D = " << d);
      const Example e = free_example(row, d);
      const auto run = forward(e.config, e.weights, small_batch());
      const auto value = [&](const char* name) { return run.tape.value(run.tape.find(name)); };
      const long kv_heads = row.grouped_heads ? 2 : 4;
      CHECK(value("h.0.attn.q").shape() == Shape{2, 4, 5, d});
      CHECK(value("h.0.attn.k").shape() == Shape{2, kv_heads, 5, d});
      CHECK(value("h.0.attn.v").shape() == Shape{2, kv_heads, 5, d});
      CHECK(value("h.0.attn.merged").shape() == Shape{2, 5, 4 * d});
      CHECK(value("h.0.attn.out").shape() == Shape{2, 5, 16});
      if (row.attention == Attention::fused_qkv) {
        CHECK(value("h.0.attn.qkv").shape() == Shape{2, 5, 12 * d});
        CHECK(are_columns(value("h.0.attn.q"), value("h.0.attn.qkv"), 0));
        CHECK(are_columns(value("h.0.attn.k"), value("h.0.attn.qkv"), 4 * d));
        CHECK(are_columns(value("h.0.attn.v"), value("h.0.attn.qkv"), 8 * d));
        CHECK_FALSE(are_columns(value("h.0.attn.k"), value("h.0.attn.qkv"), 16));  // planted: behind C columns
      }

      // Planted: C / H = 4 under the root is another number
      const auto products = value("h.0.attn.products"), scores = value("h.0.attn.scores");
      CHECK(off(scores, as<Ball>(products)) > 0.1);
      for (long i = 0; i < scores.size(); ++i) {
        const Ball exact = Ball(products[i]) / sqrt(Ball(static_cast<double>(d))), by_width = Ball(products[i]) / Ball(2);
        CHECK((Ball(scores[i]) - exact).certainly_within(0x1p-51 * etalon::abs(scores[i])));
        if (scores[i] != 0) CHECK_FALSE((Ball(scores[i]) - by_width).certainly_within(0x1p-10 * etalon::abs(scores[i])));
      }
    }
}

TEST_CASE("head size: a model with H D beside C has its derivative, in every scalar", "[model][head_size][law]") {
  for (const Family& row : kFamilies)
    for (const long d : {2L, 6L}) {
      INFO(row.name << ", D = " << d);
      check_every_scalar(free_example(row, d));
    }
}

TEST_CASE("head size: such a model learns its batch, in double and in float", "[model][head_size]") {
  for (const Family& row : kFamilies)
    for (const long d : {2L, 6L}) {
      INFO(row.name << ", D = " << d);
      const auto [before, after] = trained<double>(free_example(row, d), 40);
      CHECK(after < before / 2);
      const auto [float_before, float_after] = trained<float>(free_example(row, d), 40);
      CHECK(float_before == Approx(before).epsilon(1e-4));
      CHECK(float_after < float_before / 2);
    }
}

// The key bias stands behind H D columns of query bias, not behind C.
TEST_CASE("head size: the structural zeros of gpt2's key bias are columns H D to 2 H D", "[model][head_size][law]") {
  const Ball::AtPrecision enough(320);
  const Example e = free_example(family("gpt2"), 6);
  auto run = forward(e.config, as<Ball>(e.weights), small_batch());
  const auto gradients = backward(run);
  const auto& bias_bar = gradients.at("transformer.h.1.attn.c_attn.bias");
  REQUIRE(bias_bar.size() == 72);
  for (long i = 0; i < 72; ++i) {
    CAPTURE(i);
    CHECK(bias_bar[i].contains_zero() == (i >= 24 && i < 48));
  }
}

TEST_CASE("head size: C / H spelled out is the same model, bit for bit", "[model][head_size]") {
  for (const Family& row : kFamilies) {
    INFO(row.name);
    const auto by_default = forward(small_config(row.name), small_weights(row.name), small_batch());
    const Example e = free_example(row, 4);
    const auto spelled = forward(e.config, e.weights, small_batch());
    CHECK(spelled.tape.value(spelled.logits).values() == by_default.tape.value(by_default.logits).values());
  }
}

TEST_CASE("head size: activations are counted with H D", "[model][head_size]") {
  Config c = small_config("gpt2");
  c.head_size = 1 << 20;
  c.max_length = 1 << 10;
  Batch batch = small_batch();
  batch.n_sequences = 1, batch.length = 1 << 10;
  batch.tokens.assign(1 << 10, 0), batch.targets.clear(), batch.attention_mask.clear(), batch.position_ids.clear();
  // 1024 positions of 3 x 4 x 2^20 entries: 12 x 2^30
  CHECK_THROWS_WITH(require_fits(validated(c), batch), Catch::Contains("1024 positions with 12582912 entries each"));
}
