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
Subject tiny(const std::string& family, const model::Batch& batch = {1, 3, {3, 1, 3}, {1, model::kIgnored, 0}, {}, {}}) {
  Subject s;
  s.config.family = family;
  s.config.vocab_size = 5, s.config.max_length = 4, s.config.width = 4, s.config.n_layers = 1, s.config.n_heads = 2;
  s.config.n_kv_heads = family == "llama" ? 1 : 2, s.config.mlp_width = 3;
  s.config = model::validated(s.config);
  s.batch = batch;
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
    const ZeroRules rules(s);
    long n_rules = 0;
    for (const auto& t : trace<double>(s, s.parameters))
      for (const ZeroRule& rule : rules.of(t.name, t.value.shape())) {
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
  const ZeroRules rules(s);
  for (const auto& t : traced) {
    // Count what is wide, and the steps of the optimiser
    out.n_steps += t.name.ends_with("clip_norm");
    for (const Ball& x : t.value.values()) out.n_wide += !(radius(x) < kTight);

    // Hold each entry that a rule names to what the rule declares
    for (const ZeroRule& rule : rules.of(t.name, t.value.shape())) {
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
    CHECK(n.reasons.size() == (family == "gpt2" ? 8 : 6));
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

namespace {

constexpr long kNone = model::kIgnored;

// Batches in which another part of a gradient is 0: no target after the second position; only one that sees itself alone; a row of
// padding on either side; two sequences, one without a target; one position.
struct Scene {
  const char* what;
  model::Batch batch;
};
const Scene kScenes[] = {
    {"no target after the second position", {1, 4, {3, 1, 4, 2}, {1, 0, kNone, kNone}, {}, {}}},
    {"a target at the first position alone", {1, 3, {3, 1, 4}, {1, kNone, kNone}, {}, {}}},
    {"a target at the last position alone", {1, 3, {3, 1, 4}, {kNone, kNone, 2}, {}, {}}},
    {"padding on the left", {1, 4, {0, 3, 1, 4}, {kNone, 1, kNone, 2}, {0, 1, 1, 1}, {}}},
    {"padding on the right", {1, 4, {3, 1, 4, 0}, {1, kNone, 2, kNone}, {1, 1, 1, 0}, {}}},
    {"a sequence without a target", {2, 2, {3, 1, 4, 2}, {1, 0, kNone, kNone}, {}, {1, 2, 0, 3}}},
    {"one position", {2, 1, {3, 1}, {1, 0}, {}, {}}},
};

// In how many tensors of the forward and the backward pass the entries that hold 0 are not the declared ones, and how many are 0.
struct Found {
  long n_zero = 0, n_missed = 0, n_wrong = 0;
};
Found find_zeros(const Subject& s) {
  const ZeroRules rules(s);
  Found found;
  for (const auto& t : trace<Ball>(s, model::as<Ball>(s.parameters))) {
    // Flag what is declared, in all but the optimiser's tensors
    if (t.name.starts_with("step")) continue;
    std::vector<char> declared(t.value.size(), 0);
    for (const ZeroRule& rule : rules.of(t.name, t.value.shape())) {
      const auto inside = flags(rule.where, t.value.shape(), t.name);
      for (std::size_t i = 0; i < declared.size(); ++i) declared[i] |= inside[i];
    }

    // Hold every entry to it
    for (long i = 0; i < t.value.size(); ++i) {
      const bool is_zero = t.value[i].contains_zero();
      INFO(t.name << index_text(i, t.value.shape()) << " = " << to_string(t.value[i]));
      CHECK(is_zero == (declared[i] != 0));
      found.n_zero += is_zero, found.n_missed += is_zero && !declared[i], found.n_wrong += declared[i] && !is_zero;
    }
  }
  return found;
}

}  // namespace

TEST_CASE("zeros: in balls the entries that are 0 are the declared ones and no others, wherever targets and padding stand",
          "[zeros][ball][law]") {
  const Ball::AtPrecision enough(1024);
  for (const std::string family : {"gpt2", "llama"})
    for (const auto& [what, batch] : kScenes) {
      INFO(family << ", " << what);
      Subject s = tiny(family, batch);
      s.config.n_layers = 2;
      s.parameters = model::initialise(s.config, model::Weights::stress, 3);
      const Found found = find_zeros(s);
      CHECK(found.n_zero > 50);
      CHECK(found.n_missed == 0);
      CHECK(found.n_wrong == 0);
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
  const ZeroRules rules(gpt2);
  const auto traced = trace<double>(gpt2, gpt2.parameters);
  long n_zero = 0, n_bias = 0;
  for (const auto& t : traced) {
    if (t.name == "grad/transformer.wte.weight") CHECK(rules.of(t.name, t.value.shape()).empty());
    if (t.name.find("attn.c_attn.bias") == std::string::npos || t.name.find("grad/") != 0) continue;
    // Queries and values around the declared keys have a gradient of ordinary size
    ++n_bias;
    const auto inside = flags(rules.of(t.name, t.value.shape()).at(0).where, t.value.shape(), t.name);
    for (long i = 0; i < t.value.size(); ++i) {
      n_zero += inside[i];
      if (!inside[i]) CHECK(etalon::abs(t.value[i]) > 1e-10);
    }
  }
  CHECK(n_bias == 2);
  CHECK(n_zero == 2 * 16);
}
