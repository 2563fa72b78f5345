// SPDX-License-Identifier: Apache-2.0
// Sizes that fit, defaults of the family, and every way a config can be wrong.
#include <catch2/catch.hpp>
#include <set>

#include "model/small_case.h"

using namespace etalon;
using namespace etalon::model;
using Catch::Contains;

TEST_CASE("family: every row has a name of its own, and every name in a row is used once", "[model]") {
  std::set<std::string> rows;
  for (const Family& row : kFamilies) {
    INFO(row.name);
    CHECK(rows.insert(row.name).second);
    CHECK(family(row.name).name == std::string(row.name));

    std::set<std::string> names;
    const auto& n = row.names;
    for (const char* name :
         {n.tokens, n.positions, n.norm1, n.norm2, n.final_norm, n.qkv, n.q, n.k, n.v, n.attn_out, n.up, n.gate, n.down, n.head})
      if (*name) CHECK(names.insert(name).second);
    CHECK((*n.positions != 0) == (row.position == Position::learned));
    CHECK((*n.gate != 0) == (row.mlp == Mlp::swiglu));
    CHECK((*n.qkv != 0) == (row.attention == Attention::fused_qkv));
    CHECK((*n.head != 0) == !row.tied_embedding);
  }
  CHECK_THROWS_WITH(family("gpt5"), Contains("gpt2, llama") && Contains("'gpt5'") && Contains("hint:"));
}

TEST_CASE("config: what is left 0 takes the family's default", "[model]") {
  const Config gpt2 = validated({.family = "gpt2", .vocab_size = 5, .max_length = 3, .width = 12, .n_layers = 1, .n_heads = 3});
  CHECK(gpt2.n_kv_heads == 3);
  CHECK(gpt2.mlp_width == 48);
  CHECK(gpt2.eps == Ratio{1, 100000});
  CHECK(gpt2.rope_theta == Ratio{0, 1});
  CHECK(gpt2.head_size == 4);
  CHECK(validated(gpt2).head_size == 4);

  const Config llama =
      validated({.family = "llama", .vocab_size = 5, .max_length = 3, .width = 16, .n_layers = 1, .n_heads = 4, .n_kv_heads = 2});
  CHECK(llama.n_kv_heads == 2);
  CHECK(llama.head_size == 4);
  CHECK(llama.mlp_width == 43);  // 8 * 16 / 3 rounded up
  CHECK(llama.rope_theta == Ratio{10000, 1});
}

TEST_CASE("config: a head size of its own frees n_heads from the width", "[model][head_size]") {
  const Config free = validated({.family = "llama",
                                 .vocab_size = 5,
                                 .max_length = 3,
                                 .width = 10,
                                 .n_layers = 1,
                                 .n_heads = 12,
                                 .n_kv_heads = 3,
                                 .head_size = 6});
  CHECK(free.head_size == 6);
  CHECK(free.q_width() == 72);
  CHECK(free.kv_width() == 18);
  CHECK(free.mlp_width == 27);
  CHECK(validated(free).head_size == 6);
}

TEST_CASE("config: each refusal names the field, the rule and the value", "[model]") {
  const auto refused = [](const std::string& name, auto change, const std::string& field, const std::string& got) {
    Config c = small_config(name);
    change(c);
    INFO(field << " " << got);
    CHECK_THROWS_WITH(validated(c), Contains("model.config." + field) && Contains("got " + got) && Contains("hint:"));
  };

  CHECK_THROWS_WITH(validated({.family = "bert"}), Contains("one of gpt2, llama"));
  // One refusal a line
  // clang-format off
  refused("gpt2", [](Config& c) { c.vocab_size = 0; }, "vocab_size", "0");
  refused("gpt2", [](Config& c) { c.vocab_size = -4; }, "vocab_size", "-4");
  refused("gpt2", [](Config& c) { c.max_length = 0; }, "max_length", "0");
  refused("gpt2", [](Config& c) { c.width = 1L << 40; }, "width", "1099511627776");
  refused("gpt2", [](Config& c) { c.n_layers = 0; }, "n_layers", "0");
  refused("gpt2", [](Config& c) { c.n_layers = 2000000000; }, "n_layers", "2000000000");
  refused("gpt2", [](Config& c) { c.n_heads = 0; }, "n_heads", "0");
  refused("gpt2", [](Config& c) { c.n_heads = -2; }, "n_heads", "-2");
  refused("gpt2", [](Config& c) { c.n_heads = 1L << 40; }, "n_heads", "1099511627776");
  refused("gpt2", [](Config& c) { c.n_heads = 32, c.head_size = 0; }, "n_heads", "32");
  refused("gpt2", [](Config& c) { c.n_heads = 3, c.head_size = 0; }, "n_heads", "3");
  refused("gpt2", [](Config& c) { c.n_kv_heads = 2; }, "n_kv_heads", "2");
  refused("llama", [](Config& c) { c.n_kv_heads = 3; }, "n_kv_heads", "3");
  refused("llama", [](Config& c) { c.n_kv_heads = -1; }, "n_kv_heads", "-1");
  refused("llama", [](Config& c) { c.n_heads = c.n_kv_heads = 16, c.head_size = 0; }, "head_size", "1");  // head size 1: no pairs to rotate
  refused("llama", [](Config& c) { c.head_size = 5; }, "head_size", "5");
  refused("gpt2", [](Config& c) { c.head_size = -4; }, "head_size", "-4");
  refused("gpt2", [](Config& c) { c.head_size = 1L << 40; }, "head_size", "1099511627776");
  refused("gpt2", [](Config& c) { c.head_size = kLargestExtent / 2; }, "head_size", "4 x 8388608");
  refused("llama", [](Config& c) { c.mlp_width = -1; }, "mlp_width", "-1");
  refused("llama", [](Config& c) { c.eps = {-1, 5}; }, "eps", "-1 / 5");
  refused("llama", [](Config& c) { c.eps = {1, 0}; }, "eps", "1 / 0");
  refused("llama", [](Config& c) { c.eps = {3, 2}; }, "eps", "3 / 2");
  refused("llama", [](Config& c) { c.rope_theta = {1, 2}; }, "rope_theta", "1 / 2");
  refused("gpt2", [](Config& c) { c.rope_theta = {10000, 1}; }, "rope_theta", "10000 / 1");
  // clang-format on
}

TEST_CASE("config: the largest extents together are refused before anything overflows or is allocated", "[model]") {
  const Config giant{.family = "llama",
                     .vocab_size = kLargestExtent,
                     .max_length = kLargestExtent,
                     .width = kLargestExtent,
                     .n_layers = kMostLayers,
                     .n_heads = 1,
                     .n_kv_heads = 1,
                     .head_size = kLargestExtent,
                     .mlp_width = kLargestExtent,
                     .eps = {},
                     .rope_theta = {}};
  CHECK_THROWS_WITH(validated(giant), Contains("at most 2^33 parameters"));
  CHECK_THROWS_WITH(slots(giant), Contains("at most 2^33 parameters"));
  // Llama-2-7B, as published, is inside
  CHECK_NOTHROW(validated({.family = "llama",
                           .vocab_size = 32000,
                           .max_length = 4096,
                           .width = 4096,
                           .n_layers = 32,
                           .n_heads = 32,
                           .n_kv_heads = 32,
                           .mlp_width = 11008,
                           .eps = {},
                           .rope_theta = {}}));
}
