// SPDX-License-Identifier: Apache-2.0
// Every structural zero that is declared is one: at rounding-noise size in the engine, and in balls certainly so.
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "record/trace.h"
#include "record/zero_rules.h"
#include "scalar/ball.h"

using namespace etalon;
using namespace etalon::golden;
using namespace etalon::record;

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

TEST_CASE("zeros: in the engine each declared zero is rounding noise", "[zeros]") {
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

namespace {

constexpr double kTight = 1e-30;

// What a declared entry is in exact arithmetic: 0, or where it drifts (a key bias under AdamW) the weight it began with. By
// induction: with the gradient 0 at any weights, m = v = 0 stay, and a step w - rate 0 / (sqrt(0) + eps) without decay is w.
Ball declared(const Subject& s, const ZeroRule& rule, const std::string& name, long i) {
  if (!rule.drifts) return Ball(0);
  return Ball(s.parameters.at(name.substr(name.find("/param/") + 7))[i]);
}

bool holds(const Ball& x, const Ball& declared) { return (x - declared).contains_zero() && radius(x) < kTight; }

struct Count {
  std::set<std::string> reasons;
  long n_drifting = 0, n_steps = 0, n_wrong = 0, n_wide = 0;
};

// Holds every declared entry of a whole trace to what it is declared to be, and every entry to a ball that is finite and tight.
Count count(const Subject& s, const std::vector<Traced<Ball>>& traced) {
  Count out;
  for (const auto& t : traced) {
    // Count what is wide, and the steps of the optimiser
    out.n_steps += t.name.ends_with("clip_norm");
    for (const Ball& x : t.value.values()) out.n_wide += !(radius(x) < kTight);

    // Hold each entry that a rule names to what the rule declares
    for (const ZeroRule& rule : zero_rules(s, t.name, t.value.shape())) {
      out.reasons.insert(rule.reason);
      const auto inside = flags(rule.where, t.value.shape(), t.name);
      for (long i = 0; i < t.value.size(); ++i) {
        if (!inside[i]) continue;
        out.n_drifting += rule.drifts;
        const bool is_right = holds(t.value[i], declared(s, rule, t.name, i));
        out.n_wrong += !is_right;
        INFO(t.name << index_text(i, t.value.shape()) << " = " << to_string(t.value[i]) << ": " << rule.reason);
        CHECK(is_right);
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("zeros: in balls every entry of the ten steps is tight, each declared zero holds 0, and a key bias stays where it was",
          "[zeros][ball]") {
  // A step costs 33 bits: AdamW divides the ball around the key bias's gradient of 0 by its eps, and the next gradient reads it
  const Ball::AtPrecision enough(640);
  for (const std::string family : {"gpt2", "llama"}) {
    INFO(family);
    const Subject s = tiny(family);
    const auto traced = trace<Ball>(s, model::as<Ball>(s.parameters));
    const Count n = count(s, traced);
    CHECK(n.n_steps == 3);
    CHECK(n.n_wide == 0);
    CHECK(n.n_wrong == 0);
    CHECK(n.reasons.size() == (family == "gpt2" ? 7 : 5));
    CHECK(n.n_drifting == (family == "gpt2" ? 3 * s.config.width : 0));
    for (const auto& t : traced) {
      if (t.name != "step10/param/transformer.h.0.attn.c_attn.bias") continue;
      // Planted: the query and the value biases beside the key bias did move
      for (long i = 0; i < t.value.size(); ++i) {
        const bool is_key = i >= s.config.width && i < 2 * s.config.width;
        CHECK(holds(t.value[i], Ball(s.parameters.at("transformer.h.0.attn.c_attn.bias")[i])) == is_key);
      }
    }
  }
}

TEST_CASE("zeros: bits that do not last for ten steps are refused, by name", "[zeros][ball]") {
  const Ball::AtPrecision few(256);
  const Subject s = tiny("gpt2");
  CHECK_THROWS_AS(trace<Ball>(s, model::as<Ball>(s.parameters)), Undecided);
  CHECK_THROWS_WITH(trace<Ball>(s, model::as<Ball>(s.parameters)),
                    Catch::Contains("is max_norm / norm < 1") && Catch::Contains("above its 256 bits"));
}

TEST_CASE(
    "zeros: an entry that is no zero is not declared one: the loss does depend on the key bias under rotation, on tied rows, on "
    "used rows",
    "[zeros][planted]") {
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
