// SPDX-License-Identifier: Apache-2.0
// A case whose heads have a size of their own: it says so, a case with the usual heads has the bytes it always had, and each zero
// that is declared is one.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "golden/region.h"
#include "record/record.h"
#include "record/zero_rules.h"

using namespace etalon;
using namespace etalon::record;

namespace {

// A built-in case with heads of this size; 0 for C / H.
Subject with_heads_of(const std::string& name, long head_size) {
  CaseSpec spec = built_in_case(name);
  spec.config.head_size = head_size;
  spec.config = model::validated(spec.config);
  return subject(spec);
}

}  // namespace

TEST_CASE("head size: manifest and metadata name it, where it is not width / n_heads", "[record][head_size]") {
  for (const std::string name : {"gpt2-nano-stress", "llama-nano-stress"}) {
    INFO(name);
    const auto usual = engine_golden(with_heads_of(name, 0), "test"), free = engine_golden(with_heads_of(name, 6), "test");
    const auto subject_of = [](const golden::Golden& g) { return nlohmann::ordered_json::parse(g.manifest.subject); };
    const auto& metadata = free.files.at("inputs.safetensors").metadata;
    CHECK_FALSE(subject_of(usual).contains("head_size"));
    CHECK_FALSE(usual.files.at("inputs.safetensors").metadata.contains("head_size"));
    CHECK(subject_of(free).at("head_size") == "6");
    CHECK(metadata.at("head_size") == "6");
    CHECK(metadata.size() == usual.files.at("inputs.safetensors").metadata.size() + 1);
  }
}

TEST_CASE("head size: each declared zero of such a case is rounding noise, and what stands beside the key bias is not",
          "[record][head_size][zeros]") {
  for (const std::string name : {"gpt2-nano-stress", "llama-nano-stress"}) {
    const Subject s = with_heads_of(name, 6);
    long n_inside = 0, n_beside = 0;
    const ZeroRules rules(s);
    for (const auto& t : trace<double>(s, s.parameters))
      for (const ZeroRule& rule : rules.of(t.name, t.value.shape())) {
        // Find the largest entry inside and outside of the region
        if (rule.drifts) continue;
        const auto inside = golden::flags(rule.where, t.value.shape(), t.name);
        double most = 0, noise = 0, least_beside = 1;
        for (long i = 0; i < t.value.size(); ++i) {
          const double size = etalon::abs(t.value[i]);
          most = most > size ? most : size;
          if (inside[i]) noise = noise > size ? noise : size, ++n_inside;
          else least_beside = least_beside < size ? least_beside : size;
        }

        // Hold what is declared to the size of noise; the query and value biases are no zeros
        INFO(name << " " << t.name << ": " << rule.reason);
        CHECK(noise <= 0x1p-46 * (1 + most));
        if (!t.name.starts_with("grad/") || !t.name.ends_with("c_attn.bias")) continue;
        CHECK(least_beside > 1e-10);
        ++n_beside;
      }
    CHECK(n_inside > 1000);
    CHECK(n_beside == (name == "gpt2-nano-stress" ? 2 : 0));
  }
}
