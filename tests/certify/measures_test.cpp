// SPDX-License-Identifier: Apache-2.0
// Measures with a proof: enclosures contain and are tight, the engine lies beside them, a planted value is refused by name, ties
// are said to be ties.
#include "certify/measures.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "certify/eigenvalues.h"
#include "model/transformer.h"
#include "record/measures.h"

using namespace etalon;
using namespace etalon::certify;
using record::Count;
using record::Measure;
using record::Subject;
using record::Traced;

namespace {

// The part of the trace that measures read: the forward pass.
template <class S>
std::vector<Traced<S>> forward_trace(const Subject& subject) {
  const auto run = model::forward<S>(subject.config, model::as<S>(subject.parameters), subject.batch);
  std::vector<Traced<S>> traced;
  for (const auto& entry : run.tape.entries()) {
    if (!entry.pull) continue;
    traced.emplace_back();
    traced.back().name = (entry.name == "loss" ? "" : "act/") + entry.name;
    traced.back().value = entry.value;
  }
  return traced;
}

record::Measures<Ball> enclosed(const Subject& subject) { return enclosed_measures(subject, forward_trace<Ball>(subject)); }

// "head.k_70_norm", "soft_entropy.1.H(B)": f(name, object) for every object that has a value.
template <class Json, class F>
void for_each_measure(const Json& node, const std::string& name, F f) {
  if (node.is_object() && node.contains("value")) return f(name, node);
  if (!node.is_structured()) return;
  for (const auto& [key, inside] : node.items()) for_each_measure(inside, name.empty() ? key : name + "." + key, f);
}

nlohmann::ordered_json parsed(const std::string& text) { return nlohmann::ordered_json::parse(text); }

// An untied head W = 0 that sees each of V = 11 symbols once: P is uniform and G = (1/V)(11^T/V - I) in some order of rows, whose
// V - 1 = 10 singular values are all 1/V.
Subject even_subject() {
  record::CaseSpec spec = record::built_in_case("llama-nano");
  spec.config.vocab_size = 11, spec.config.width = 4, spec.config.n_heads = 2, spec.config.n_kv_heads = 1,
  spec.config.head_size = 2;
  spec.n_sequences = 1, spec.length = 11;
  Subject subject = record::subject(spec);
  for (long t = 0; t < 11; ++t) subject.batch.targets[t] = (3 * t + 1) % 11;
  auto& w = subject.parameters.at("lm_head.weight");
  w = Tensor<double>(w.shape());
  return subject;
}

const Measure<Ball>& named(const std::vector<Measure<Ball>>& all, const std::string& name) {
  for (const auto& m : all)
    if (m.name == name) return m;
  throw Error("test", name, "none", "spell it");
}
const Ball& value(const std::vector<Measure<Ball>>& all, const char* name) { return std::get<Ball>(named(all, name).value); }
const Count& count(const std::vector<Measure<Ball>>& all, const char* name) { return std::get<Count>(named(all, name).value); }

}  // namespace

TEST_CASE("certified measures: all of every case, tight, and the engine within 64 units of 2^-53", "[certify][measures]") {
  const Ball::AtPrecision enough(256);
  for (const auto& spec : record::built_in_cases()) {
    CAPTURE(spec.name);
    const Subject subject = record::subject(spec);
    const auto balls = enclosed(subject);
    const auto tight = [](const std::vector<Measure<Ball>>& measures) {
      for (const auto& m : measures)
        if (const Ball* x = std::get_if<Ball>(&m.value)) {
          INFO(m.name);
          CHECK(radius(*x) < 0x1p-150);
        }
    };
    tight(balls.whole);
    tight(balls.head);
    for (const auto& layer : balls.soft_entropy) tight(layer.measures);

    // Pythagoras, three times over
    const auto legs = [&](const char* a, const char* b) {
      const Ball gap = value(balls.head, a) * value(balls.head, a) + value(balls.head, b) * value(balls.head, b) - Ball(1.0);
      CHECK(gap.contains_zero());
      CHECK(radius(gap) < 0x1p-150);
    };
    legs("destroyed_ratio", "projected_cosine");
    legs("residual_bound_rank_d", "cosine_bound_rank_d");
    legs("residual_bound_rank_2d", "cosine_bound_rank_2d");

    const auto text = certify::measures_text(balls);
    REQUIRE(text);
    const auto certified = parsed(*text), engine = parsed(record::measures(subject, forward_trace<double>(subject)));
    long n = 0;
    for_each_measure(certified, "", [&](const std::string& name, const auto& m) {
      INFO(name);
      CHECK(m["certified"] == true);
      ++n;
    });
    CHECK(n == 4 + 15 + 2 * 7);
    std::map<std::string, nlohmann::ordered_json> exact;
    for_each_measure(certified, "", [&](const std::string& name, const auto& m) { exact[name] = m; });
    for_each_measure(engine, "", [&](const std::string& name, const auto& m) {
      INFO(name);
      REQUIRE(exact.contains(name));
      CHECK_FALSE(m.contains("certified"));
      CHECK(m["unit"] == exact[name]["unit"]);
      const double here = m["value"].template get<double>(), there = exact[name]["value"].template get<double>();
      if (m["value"].is_number_integer()) CHECK(here == there);
      else CHECK(std::fabs(here - there) <= 64 * 0x1p-53 * std::max(1.0, std::fabs(there)));
      --n;
    });
    CHECK(n == 0);
  }
}

TEST_CASE("certified measures do not depend on the precision, and too little of it publishes nothing", "[certify][measures]") {
  const Subject subject = record::subject(record::built_in_case("llama-nano-stress"));
  std::vector<std::optional<std::string>> texts;
  for (const long bits : {192, 320}) {
    const Ball::AtPrecision enough(bits);
    texts.push_back(certified_measures(subject, forward_trace<Ball>(subject)));
  }
  REQUIRE(texts[0]);
  CHECK(texts[0] == texts[1]);
  const Ball::AtPrecision few(64);
  try {
    CHECK_FALSE(certified_measures(subject, forward_trace<Ball>(subject)));
  } catch (const Undecided& open) {
    CHECK_THAT(open.what(), Catch::Contains("hint: raise Ball::precision()"));
  }
}

TEST_CASE("planted: a wrong published measure is refused by name", "[certify][measures][planted]") {
  const Ball::AtPrecision enough(256);
  const Subject subject = record::subject(record::built_in_case("gpt2-nano"));
  const std::string truth = certified_measures(subject, forward_trace<Ball>(subject)).value();
  CHECK(wrong_measures(truth, truth).empty());

  const auto refused = [&](auto change, const char* name) {
    auto published = parsed(truth);
    change(published);
    const auto wrong = wrong_measures(published.dump(), truth);
    REQUIRE(wrong.size() == 1);
    CHECK_THAT(wrong[0], Catch::StartsWith(std::string(name)));
  };
  using Json = nlohmann::ordered_json;
  const auto of = [](Json& x) { return x["value"].get<double>(); };
  // A ratio of squares, 1e-13, the last bit, one component too many, a unit, a claim, a line less
  refused(
      [&](Json& j) {
        auto& r = j["head"]["destroyed_ratio"];
        r["value"] = of(r) * of(r);
      },
      "head.destroyed_ratio.value");
  refused(
      [&](Json& j) {
        auto& c = j["head"]["projected_cosine"];
        c["value"] = of(c) * (1 + 1e-13);
      },
      "head.projected_cosine.value");
  refused(
      [&](Json& j) {
        auto& h = j["soft_entropy"][1]["H(B)"];
        h["value"] = std::nextafter(of(h), 0);
      },
      "soft_entropy.1.H(B).value");
  refused([&](Json& j) { j["head"]["k_70_norm"]["value"] = 7; }, "head.k_70_norm.value");
  refused([&](Json& j) { j["loss_in_bits"]["unit"] = "nat per target"; }, "loss_in_bits.unit");
  refused([&](Json& j) { j["head"]["rank_of_gradient"]["certified"] = false; }, "head.rank_of_gradient.certified");
  refused([&](Json& j) { j["head"].erase("residual_bound_rank_d"); }, "head: ");
  CHECK_THROWS_WITH(wrong_measures("{", truth), Catch::Contains("JSON"));

  // The engine's own reading is no certificate
  CHECK(wrong_measures(record::measures(subject, forward_trace<double>(subject)), truth).size() > 10);
}

TEST_CASE("an even spectrum: the closed forms, and a tie that is said to be one", "[certify][measures]") {
  const Ball::AtPrecision enough(256);
  const Subject subject = even_subject();
  const auto balls = enclosed(subject);
  const auto is = [&](const char* name, const Ball& exact) {
    INFO(name);
    CHECK(value(balls.head, name).overlaps(exact));
    CHECK(radius(value(balls.head, name)) < 0x1p-100);
  };
  is("destroyed_ratio", Ball(1.0));  // W = 0 hears nothing
  is("projected_cosine", Ball(0.0));
  is("random_head_baseline", Ball(1.0));  // of the rank of W, 0
  is("effective_rank_of_gradient", Ball(10.0));
  is("residual_bound_rank_d", sqrt(ratio<Ball>(6, 10)));
  is("cosine_bound_rank_2d", sqrt(ratio<Ball>(8, 10)));
  CHECK(value(balls.whole, "perplexity").contains(11.0));
  CHECK(count(balls.head, "rank_of_weight").value == 0);
  CHECK(count(balls.head, "rank_of_gradient").value == 10);
  CHECK(count(balls.head, "rank_of_gradient").doubt.empty());
  CHECK(count(balls.head, "k_70_norm").value == 5);  // 0.49 of 10
  CHECK(count(balls.head, "k_70_norm").doubt.empty());

  // 7 of 10 equal parts are 70 % exactly: no ball can tell that from a little less
  CHECK_THAT(count(balls.head, "k_70_energy").doubt, Catch::Contains("head.components_for") && Catch::Contains("one answer"));
  const auto published = parsed(certify::measures_text(balls).value())["head"];
  CHECK(published["k_70_energy"]["certified"] == false);
  CHECK_THAT(published["k_70_energy"]["reason"].get<std::string>(), Catch::Contains("below the part wanted"));
  CHECK(published["k_99_9_energy"]["certified"] == true);

  // While the balls are wide it is not a tie yet: more bits are asked for
  const Ball::AtPrecision few(100);
  CHECK_THROWS_AS(enclosed(subject), Undecided);
}

TEST_CASE("what holds 0 is published with its bounds, what is too wide not at all", "[certify][measures]") {
  const auto text = [](Ball x) { return certify::measures_text({{{"x", "1", x}}, {}, {}}); };
  const auto tiny = parsed(text(Ball::around(0x1p-200, 0x1p-199)).value())["x"];
  CHECK(tiny["value"] == 0.0);
  CHECK(tiny["certified"] == false);
  CHECK(tiny["lower"].get<double>() <= -0x1p-200);
  CHECK(tiny["upper"].get<double>() >= 0x1.8p-199);
  CHECK_THAT(tiny["reason"].get<std::string>(), Catch::Contains("holds 0"));
  CHECK_FALSE(text(Ball::around(0, 0x1p-90)));
  CHECK_FALSE(text(Ball::around(1, 0x1p-53)));  // 1 or its neighbour
  CHECK_FALSE(text(Ball(std::numeric_limits<double>::quiet_NaN())));
  CHECK(parsed(text(Ball::around(1, 0x1p-55)).value())["x"]["value"] == 1.0);
}
