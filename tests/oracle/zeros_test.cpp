// Every structural zero that is declared is one: at rounding-noise size in the engine, and in balls certainly so.
#include <catch2/catch.hpp>

#include "model/optimiser_body.h"
#include "model/transformer_body.h"
#include "oracle/trace_body.h"
#include "oracle/zero_rules.h"
#include "scalar/ball.h"

using namespace etalon;
using namespace etalon::oracle;

namespace {

// The smallest subject in which every rule has something to say: an ignored target, an unused row, a position beyond T.
Subject tiny(const std::string& family) {
  Subject s;
  s.config.family = family;
  s.config.vocab_size = 5, s.config.max_length = 4, s.config.width = 4, s.config.n_layers = 1, s.config.n_heads = 2;
  s.config.n_kv_heads = family == "llama" ? 1 : 2, s.config.mlp_width = 3;
  s.config = model::validated(s.config);
  s.batch.n_sequences = 1, s.batch.length = 3;
  s.batch.tokens = {3, 1, 3}, s.batch.targets = {1, model::kIgnored, 0};
  s.parameters = model::initialise(s.config, model::Weights::stress, 3);
  return s;
}

double largest(const Tensor<double>& x) {
  double m = 0;
  for (long i = 0; i < x.size(); ++i) m = etalon::abs(x[i]) > m ? etalon::abs(x[i]) : m;
  return m;
}

}  // namespace

TEST_CASE("zeros: in the engine each declared zero is rounding noise", "[oracle][zeros]") {
  for (const CaseSpec& spec : built_in_cases()) {
    const Subject s = subject(spec);
    long n_rules = 0;
    for (const auto& t : trace<double>(s, s.parameters))
      for (const ZeroRule& rule : zero_rules(s, t.name, t.value.shape())) {
        ++n_rules;
        if (rule.drifts) continue;
        const auto inside = flags(rule.where, t.value.shape(), t.name);
        const double noise = 0x1p-46 * (1 + largest(t.value));
        for (long i = 0; i < t.value.size(); ++i) {
          if (!inside[i]) continue;
          INFO(spec.name << " " << t.name << index_text(i, t.value.shape()) << ": " << rule.reason);
          REQUIRE(etalon::abs(t.value[i]) <= noise);
        }
      }
    INFO(spec.name);
    CHECK(n_rules > 10);
  }
}

TEST_CASE("zeros: in balls each declared zero contains 0 and is tighter than 1e-30", "[oracle][zeros][ball]") {
  const Ball::AtPrecision enough(256);
  for (const char* family : {"gpt2", "llama"}) {
    const Subject s = tiny(family);
    std::set<std::string> reasons;
    for (const auto& t : trace<Ball>(s, model::as<Ball>(s.parameters))) {
      // A ball v around 0 holds numbers below 0, which have no root: the proof reaches m and v of the first step. Where they are 0
      // AdamW does not move the parameter, so the second step begins where the first did.
      if (t.name.starts_with("step") && !t.name.starts_with("step1/m/") && !t.name.starts_with("step1/v/")) continue;
      for (const ZeroRule& rule : zero_rules(s, t.name, t.value.shape())) {
        reasons.insert(rule.reason);
        const auto inside = flags(rule.where, t.value.shape(), t.name);
        for (long i = 0; i < t.value.size(); ++i) {
          if (!inside[i]) continue;
          INFO(family << " " << t.name << index_text(i, t.value.shape()) << ": " << rule.reason);
          REQUIRE(t.value[i].contains_zero());
          REQUIRE(radius(t.value[i]) < 1e-30);
        }
      }
    }
    CHECK(reasons.size() == (family == std::string("gpt2") ? 5 : 4));
  }
}

TEST_CASE(
    "zeros: an entry that is no zero is not declared one: the loss does depend on the key bias under rotation, on tied rows, on "
    "used rows",
    "[oracle][zeros][planted]") {
  const Subject gpt2 = subject(built_in_case("gpt2-nano-stress"));
  const auto traced = trace<double>(gpt2, gpt2.parameters);
  long n_zero = 0, n_bias = 0;
  for (const auto& t : traced) {
    if (t.name == "grad/transformer.wte.weight") CHECK(zero_rules(gpt2, t.name, t.value.shape()).empty());
    if (t.name.find("attn.c_attn.bias") == std::string::npos || t.name.find("grad/") != 0) continue;
    // Queries and values around the declared keys have a gradient of ordinary size
    ++n_bias;
    const auto inside = flags(zero_rules(gpt2, t.name, t.value.shape()).at(0).where, t.value.shape(), t.name);
    for (long i = 0; i < t.value.size(); ++i) {
      n_zero += inside[i];
      if (!inside[i]) CHECK(etalon::abs(t.value[i]) > 1e-10);
    }
  }
  CHECK(n_bias == 2);
  CHECK(n_zero == 2 * 16);
}
