// SPDX-License-Identifier: Apache-2.0
// The engine's forward and backward pass: names, refusals, causality, padding, tying, float, and one closed form.
#include "model/transformer.h"

#include <catch2/catch.hpp>

#include "base/bits.h"
#include "model/small_case.h"
#include "tensor/matmul.h"

using namespace etalon;
using namespace etalon::model;
using Catch::Contains;

namespace {

// The bits of row (b, t) of a tensor [B, T, N].
std::vector<std::uint64_t> row_bits(const Tensor<double>& x, long b, long t) {
  std::vector<std::uint64_t> out;
  const long n = x.n_cols(), first = (b * x.shape()[1] + t) * n;
  for (long i = 0; i < n; ++i) out.push_back(to_bits(x[first + i]));
  return out;
}

Tensor<double> logits_of(const std::string& name, const Batch& batch) {
  const auto run = forward(small_config(name), small_weights(name), batch);
  return run.tape.value(run.logits);
}

std::vector<std::string> computed_entries(const Tape<double>& tape) {
  std::vector<std::string> out;
  for (const auto& e : tape.entries())
    if (!e.from.empty()) out.push_back(e.name + " " + to_string(e.value.shape()));
  return out;
}

// The larger one; NaN if either is.
double worse(double a, double b) { return a != a || a >= b ? a : b; }

double largest(const Tensor<double>& x) {
  double most = 0;
  for (const double v : x.values()) most = worse(most, etalon::abs(v));
  return most;
}

}  // namespace

TEST_CASE("forward: the tape of gpt2, entry by entry", "[model]") {
  Config c = small_config("gpt2");
  c.n_layers = 1;
  const auto run = forward(c, initialise(c, Weights::stress, 1), small_batch());
  CHECK(computed_entries(run.tape) == std::vector<std::string>{"embed.tokens [2, 5, 16]",
                                                               "embed.positions [2, 5, 16]",
                                                               "embed [2, 5, 16]",
                                                               "h.0.norm1 [2, 5, 16]",
                                                               "h.0.attn.qkv [2, 5, 48]",
                                                               "h.0.attn.q [2, 4, 5, 4]",
                                                               "h.0.attn.k [2, 4, 5, 4]",
                                                               "h.0.attn.v [2, 4, 5, 4]",
                                                               "h.0.attn.products [2, 4, 5, 5]",
                                                               "h.0.attn.scores [2, 4, 5, 5]",
                                                               "h.0.attn.masked [2, 4, 5, 5]",
                                                               "h.0.attn.probs [2, 4, 5, 5]",
                                                               "h.0.attn.mix [2, 4, 5, 4]",
                                                               "h.0.attn.merged [2, 5, 16]",
                                                               "h.0.attn.out [2, 5, 16]",
                                                               "h.0.resid1 [2, 5, 16]",
                                                               "h.0.norm2 [2, 5, 16]",
                                                               "h.0.mlp.up [2, 5, 13]",
                                                               "h.0.mlp.act [2, 5, 13]",
                                                               "h.0.mlp.down [2, 5, 16]",
                                                               "h.0.resid2 [2, 5, 16]",
                                                               "norm_f [2, 5, 16]",
                                                               "logits [2, 5, 11]",
                                                               "loss []"});
  CHECK(run.layers == std::vector<int>{run.tape.find("h.0.resid2")});
  CHECK(run.hidden == run.tape.find("norm_f"));
  CHECK(run.logits == run.tape.find("logits"));
  CHECK(run.loss == run.tape.find("loss"));
}

TEST_CASE("forward: the tape of llama, entry by entry", "[model]") {
  Config c = small_config("llama");
  c.n_layers = 1;
  const auto run = forward(c, initialise(c, Weights::stress, 1), small_batch());
  CHECK(computed_entries(run.tape) == std::vector<std::string>{"embed.tokens [2, 5, 16]",
                                                               "h.0.norm1 [2, 5, 16]",
                                                               "h.0.attn.q_proj [2, 5, 16]",
                                                               "h.0.attn.k_proj [2, 5, 8]",
                                                               "h.0.attn.v_proj [2, 5, 8]",
                                                               "h.0.attn.q [2, 4, 5, 4]",
                                                               "h.0.attn.k [2, 2, 5, 4]",
                                                               "h.0.attn.v [2, 2, 5, 4]",
                                                               "h.0.attn.q_rot [2, 4, 5, 4]",
                                                               "h.0.attn.k_rot [2, 2, 5, 4]",
                                                               "h.0.attn.products [2, 4, 5, 5]",
                                                               "h.0.attn.scores [2, 4, 5, 5]",
                                                               "h.0.attn.masked [2, 4, 5, 5]",
                                                               "h.0.attn.probs [2, 4, 5, 5]",
                                                               "h.0.attn.mix [2, 4, 5, 4]",
                                                               "h.0.attn.merged [2, 5, 16]",
                                                               "h.0.attn.out [2, 5, 16]",
                                                               "h.0.resid1 [2, 5, 16]",
                                                               "h.0.norm2 [2, 5, 16]",
                                                               "h.0.mlp.gate [2, 5, 13]",
                                                               "h.0.mlp.up [2, 5, 13]",
                                                               "h.0.mlp.act [2, 5, 13]",
                                                               "h.0.mlp.down [2, 5, 16]",
                                                               "h.0.resid2 [2, 5, 16]",
                                                               "norm_f [2, 5, 16]",
                                                               "logits [2, 5, 11]",
                                                               "loss []"});
}

TEST_CASE("forward: without targets the run stops at the logits, and has no gradient", "[model]") {
  Batch batch = small_batch();
  batch.targets.clear();
  auto run = forward(small_config("llama"), small_weights("llama"), batch);
  CHECK(run.loss == -1);
  CHECK(run.tape.entries().back().name == "logits");
  CHECK_THROWS_WITH(backward(run), Contains("model.backward") && Contains("targets"));
}

TEST_CASE("forward: all-zero weights know nothing, so the loss is ln V", "[model]") {
  for (const Family& row : kFamilies) {
    INFO(row.name);
    auto weights = small_weights(row.name);
    for (std::size_t k = 0; k < weights.size(); ++k) weights[k] = Tensor<double>(weights[k].shape());
    auto run = forward(small_config(row.name), weights, small_batch());
    // Every logit is 0, so exp is 1 and the sum 11, exactly. ln rounds (1 ulp), the sum over 7 targets and the mean 7 times more.
    CHECK(ulp_distance(run.tape.value(run.loss)[0], etalon::log(11.0)) <= 8);
    for (const double x : run.tape.value(run.logits).values()) CHECK(x == 0);
  }
}

TEST_CASE("forward: a later token cannot reach an earlier logit", "[model]") {
  for (const Family& row : kFamilies) {
    INFO(row.name);
    Batch batch = small_batch();
    const auto before = logits_of(row.name, batch);
    batch.tokens[3] = 6;  // sequence 0, t = 3
    const auto after = logits_of(row.name, batch);
    for (long t = 0; t < 5; ++t) {
      CAPTURE(t);
      CHECK((row_bits(before, 0, t) == row_bits(after, 0, t)) == (t < 3));
      CHECK(row_bits(before, 1, t) == row_bits(after, 1, t));
    }
  }
}

TEST_CASE("forward: nobody reads a padded token", "[model]") {
  for (const Family& row : kFamilies) {
    INFO(row.name);
    Batch batch = small_batch();
    const auto before = logits_of(row.name, batch);
    batch.tokens[5] = 9;  // sequence 1, t = 0: padding
    const auto after = logits_of(row.name, batch);
    for (long t = 1; t < 5; ++t) CHECK(row_bits(before, 1, t) == row_bits(after, 1, t));
    batch.attention_mask[5] = 1;
    const auto seen = logits_of(row.name, batch);
    for (long t = 1; t < 5; ++t) CHECK(row_bits(before, 1, t) != row_bits(seen, 1, t));
  }
}

TEST_CASE("forward: a left-padded sequence with its own positions is the sequence without padding", "[model]") {
  for (const Family& row : kFamilies) {
    INFO(row.name);
    const auto padded = logits_of(row.name, small_batch());
    const Batch without{
        .n_sequences = 1, .length = 4, .tokens = {5, 1, 5, 2}, .targets = {}, .attention_mask = {}, .position_ids = {}};
    const auto alone = logits_of(row.name, without);
    for (long t = 0; t < 4; ++t) CHECK(row_bits(padded, 1, t + 1) == row_bits(alone, 0, t));
  }
}

TEST_CASE("forward: positions matter, and are 0..T-1 unless said otherwise", "[model]") {
  for (const Family& row : kFamilies) {
    INFO(row.name);
    Batch batch = small_batch();
    batch.attention_mask.clear();
    batch.position_ids = {0, 1, 2, 3, 4, 0, 1, 2, 3, 4};
    const auto spelled = logits_of(row.name, batch);
    batch.position_ids.clear();
    CHECK(logits_of(row.name, batch).values() == spelled.values());
    batch.position_ids = {0, 1, 3, 4, 5, 0, 1, 2, 3, 4};
    CHECK(logits_of(row.name, batch).values() != spelled.values());
  }
}

TEST_CASE("backward: a tied table gets the head's part and the embedding's part", "[model]") {
  auto run = forward(small_config("gpt2"), small_weights("gpt2"), small_batch());
  const auto gradients = backward(run);
  const Tensor<double>& whole = gradients.at("transformer.wte.weight");

  Tensor<double> head(whole.shape()), embedding(whole.shape());
  matmul_by_definition<double>(run.tape.bar(run.logits).rows().transposed(), run.tape.value(run.hidden).rows(), head.rows());
  const Tensor<double>& bar = run.tape.bar(run.tape.find("embed.tokens"));
  const Batch batch = small_batch();
  for (std::size_t i = 0; i < batch.tokens.size(); ++i)
    for (long c = 0; c < 16; ++c) embedding[batch.tokens[i] * 16 + c] += bar[static_cast<long>(i) * 16 + c];

  CHECK(largest(head) > 1e-3);
  CHECK(largest(embedding) > 1e-3);
  for (long i = 0; i < whole.size(); ++i) CHECK(whole[i] == head[i] + embedding[i]);
}

TEST_CASE("backward: ignored targets and padding get no gradient at their logits", "[model]") {
  auto run = forward(small_config("llama"), small_weights("llama"), small_batch());
  backward(run);
  const Tensor<double>& bar = run.tape.bar(run.logits);
  const Batch batch = small_batch();
  for (long i = 0; i < bar.size(); ++i) CHECK((bar[i] == 0) == (batch.targets[i / 11] == kIgnored));
  CHECK_THROWS_WITH(backward(run), Contains("one sweep per tape"));
}

TEST_CASE("float: forward and backward agree with double to the accuracy of binary32", "[model]") {
  for (const Family& row : kFamilies) {
    const auto weights = small_weights(row.name);
    auto fine = forward(small_config(row.name), weights, small_batch());
    auto coarse = forward(small_config(row.name), as<float>(weights), small_batch());
    const auto fine_bars = backward(fine);
    const auto coarse_bars = as<double>(backward(coarse));
    // Seen: at most 7.7 u of the largest entry; allowed 32. And not below u/64: it IS float
    for (std::size_t k = 0; k < fine_bars.size(); ++k) {
      INFO(row.name << " " << fine_bars.name(k));
      double error = 0;
      for (long i = 0; i < fine_bars[k].size(); ++i) error = worse(error, etalon::abs(coarse_bars[k][i] - fine_bars[k][i]));
      CHECK(error <= 0x1p-19 * largest(fine_bars[k]));
      CHECK(error > 0x1p-30 * largest(fine_bars[k]));
    }
    const double loss = fine.tape.value(fine.loss)[0];
    CHECK(etalon::abs(static_cast<double>(coarse.tape.value(coarse.loss)[0]) - loss) <= 0x1p-20 * loss);
  }
}

TEST_CASE("forward: every bad batch is refused with its place and a hint", "[model]") {
  const auto refused = [](auto change, const std::string& where, const std::string& got) {
    Batch batch = small_batch();
    change(batch);
    INFO(where);
    CHECK_THROWS_WITH(forward(small_config("gpt2"), small_weights("gpt2"), batch),
                      Contains(where) && Contains("got " + got) && Contains("hint:"));
  };
  refused([](Batch& b) { b.tokens[7] = 11; }, "tokens[1, 2]", "11");
  refused([](Batch& b) { b.tokens[0] = -1; }, "tokens[0, 0]", "-1");
  refused([](Batch& b) { b.targets[9] = 11; }, "targets[1, 4]", "11");
  refused([](Batch& b) { b.targets[9] = -99; }, "targets[1, 4]", "-99");
  refused([](Batch& b) { b.targets.assign(10, kIgnored); }, "targets", "none");
  refused([](Batch& b) { b.targets.pop_back(); }, "targets", "9");
  refused([](Batch& b) { b.tokens.pop_back(); }, "tokens", "9");
  refused([](Batch& b) { b.attention_mask.push_back(1); }, "attention_mask", "11");
  refused([](Batch& b) { b.position_ids.pop_back(); }, "position_ids", "9");
  refused([](Batch& b) { b.position_ids[4] = 7; }, "position_ids[0, 4]", "7");
  refused([](Batch& b) { b.position_ids[4] = -1; }, "position_ids[0, 4]", "-1");
  refused([](Batch& b) { b.length = 8; }, "length", "8");
  refused([](Batch& b) { b.length = 0; }, "length", "0");
  refused([](Batch& b) { b.n_sequences = 0; }, "n_sequences", "0");
  refused([](Batch& b) { b.n_sequences = std::numeric_limits<long>::max(); }, "n_sequences", "9223372036854775807");
  refused([](Batch& b) { b = {}; }, "length", "0");
}

TEST_CASE("forward: weights of another model are refused", "[model]") {
  const Config c = small_config("gpt2");
  CHECK_THROWS_WITH(forward(c, small_weights("llama"), small_batch()),
                    Contains("transformer.wte.weight") && Contains("another family"));
  Config wider = c;
  wider.mlp_width = 14;
  CHECK_THROWS_WITH(forward(wider, small_weights("gpt2"), small_batch()), Contains("c_fc.weight: expected [16, 14], got [16, 13]"));
  CHECK_THROWS_WITH(forward(Config{}, small_weights("gpt2"), small_batch()), Contains("model.config.vocab_size"));
}
