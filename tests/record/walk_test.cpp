// SPDX-License-Identifier: Apache-2.0
#include "record/walk.h"

#include <catch2/catch.hpp>

#include "record/trace.h"
#include "scalar/exact.h"

using namespace etalon;
using namespace etalon::record;

TEST_CASE("walk: the parts of each step add up to the gradient, and the walk ends at the loss", "[walk]") {
  for (const auto& [name, tensor] : {std::pair{"gpt2-nano-stress", "h.1.attn.q"},
                                     {"gpt2-nano-stress", "transformer.wte.weight"},
                                     {"gpt2-nano-stress", "transformer.wpe.weight"},
                                     {"llama-nano-stress", "model.layers.1.self_attn.k_proj.weight"}}) {
    const auto steps = walk_back(subject(built_in_case(name)), tensor, -1);
    REQUIRE(steps.size() >= 2);
    CHECK(steps.front().name == tensor);
    CHECK(steps.back().parts.at(0).from == "loss");
    for (std::size_t k = 0; k < steps.size(); ++k) {
      const Step& step = steps[k];
      INFO(name << ": " << step.name << ", entry " << step.entry);
      double size = 0;
      for (const Part& part : step.parts) size += etalon::abs(part.contribution);
      CHECK(etalon::abs(step.sum - step.gradient) <= 1e-14 * size);
      CHECK(step.gradient != 0);
      if (k + 1 == steps.size()) continue;
      CHECK(steps[k + 1].name == step.parts[0].from);
      CHECK(steps[k + 1].entry == step.parts[0].entry);
      CHECK(steps[k + 1].gradient == step.parts[0].y_bar);
    }
  }
}

TEST_CASE("walk: a gradient that is published is the one that is walked", "[walk]") {
  const Subject s = subject(built_in_case("gpt2-nano"));
  const auto step = walk_back(s, "h.0.mlp.act", 77).front();
  for (const auto& t : trace<double>(s, s.parameters))
    if (t.name == "dact/h.0.mlp.act") CHECK(t.value[77] == step.gradient);
}

TEST_CASE("walk: names and entries that are not there are refused", "[walk]") {
  const Subject s = subject(built_in_case("llama-nano"));
  CHECK_THROWS_WITH(walk_back(s, "h.9.attn.q", 0), Catch::Contains("h.9.attn.q") && Catch::Contains("hint:"));
  CHECK_THROWS_WITH(walk_back(s, "loss", 1), Catch::Contains("hint:"));
  CHECK_THROWS_WITH(walk_back(s, "logits", 3 * 19 * 37), Catch::Contains("[3, 19, 37]"));
  CHECK(walk_back(s, "loss", 0).empty());
}

TEST_CASE("walk: the nodes of a case are the names of its tape, in order", "[walk]") {
  const auto names = nodes(subject(built_in_case("gpt2-nano")));
  CHECK(names.front().name == "transformer.wte.weight");
  CHECK(names.front().op == "leaf");
  CHECK(names.back().name == "loss");
  CHECK(names.back().op == "cross_entropy");
}
