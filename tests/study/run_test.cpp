// SPDX-License-Identifier: Apache-2.0
// A small run, held to what must be true of any run.
#include "study/run.h"

#include <catch2/catch.hpp>

#include "model/transformer.h"

using namespace etalon;

namespace {

study::Experiment small(const std::string& kind, const std::string& family) {
  study::Experiment e;
  e.name = "small";
  e.source.kind = kind;
  e.source.vocab_size = 6;
  e.source.eps = kind == "noisy_spamlang" ? 0.1 : 0;
  e.source.seed = 3;
  e.model.family = family;
  e.model.vocab_size = 6;
  e.model.width = 4;
  e.model.n_layers = 2;
  e.model.n_heads = 2;
  e.model.max_length = 8;
  e.model = model::validated(e.model);
  e.optimiser.learning_rate = {1, 50};
  e.optimiser.weight_decay = {0, 1};
  e.n_steps = 60;
  e.batch_sequences = 8;
  e.length = 8;
  e.measure_every = 30;
  e.probe_sequences = 12;
  e.exact_length = 3;
  e.plane_length = 2;
  e.n_anchors = 20;
  return e;
}

// Of sums of at most 6^3 x 6 terms of size below 3.
constexpr double kRounding = 1e-12;

bool under_the_curve(const study::PlanePoint& p, const std::vector<information::BottleneckPoint>& curve) {
  return p.i_y.value <= study::allowed_by_curve(curve, p.i_x).value + kRounding;
}

}  // namespace

TEST_CASE("run: what must be true of every measurement", "[study][run]") {
  for (const auto& [kind, family] : {std::pair{"noisy_spamlang", "gpt2"}, {"markov", "llama"}}) {
    INFO(kind << " under " << family);
    const auto r = study::run(small(kind, family));
    REQUIRE(r.measurements.size() == 3);
    CHECK(r.measurements.back().mean_loss < r.measurements.front().mean_loss);
    CHECK(r.floor > 0);
    for (const auto& m : r.measurements) {
      // Each side of these identities is a sum of at most 6^3 x 6 terms of size below 3: 1e-12 is 4000 ulp
      CHECK(std::abs(m.fit.cross_entropy.value - r.exact.next_given_context.value - m.fit.divergence.value.value) <= 1e-12);
      CHECK(std::abs(r.exact.mutual.value - m.fit.divergence.value.value - m.fit.bound.value.value) <= 1e-12);
      CHECK(m.fit.divergence.value.value >= 0);
      CHECK(m.realised.residual >= m.head.residual_bound_2d);
      CHECK(m.head.projection.destroyed_ratio <= 1);
      REQUIRE(m.plane.size() == 3);
      CHECK(m.plane.back().layer == "norm_f");
      for (const auto& p : m.plane) {
        CHECK(p.i_y.value <= p.i_x.value);
        CHECK(p.i_y.value <= r.plane.mutual.value + 1e-12);
        CHECK(under_the_curve(p, r.curve));
      }
    }
    study::PlanePoint too_good = r.measurements.back().plane.back();
    too_good.i_y = Nats(too_good.i_x.value * 0.999);
    CHECK_FALSE(under_the_curve(too_good, r.curve));
  }
}

TEST_CASE("run: the same experiment gives the same bits, and another seed gives others", "[study][run][bits]") {
  auto e = small("markov", "llama");
  e.n_steps = 10;
  const auto lines = [](const study::Experiment& experiment) {
    const auto r = study::run(experiment);
    std::string out;
    for (const auto& m : r.measurements) out += study::to_json_line(r.experiment, m, r.floor);
    return out;
  };
  const auto first = lines(e);
  CHECK(lines(e) == first);
  e.seed = 2;
  CHECK(lines(e) != first);
}

TEST_CASE("run: a model with all weights 0 predicts uniformly, and its distance from the truth is ln V - H(Y|X)", "[study][run]") {
  const auto e = small("markov", "llama");
  const study::Measurer measurer(e);
  auto weights = model::initialise(e.model, e.weights, e.seed);
  model::Parameters<double> zeros;
  for (const auto& [name, value] : weights) zeros.add(name, Tensor<double>(value.shape()));
  const auto run = model::forward(e.model, zeros, measurer.probe());
  // The loss is ln 6 plus the rounding of the mean of 96 equal terms
  CHECK(std::abs(run.tape.value(run.loss)[0] - etalon::log(6.0)) <= 100 * 0x1p-52 * etalon::log(6.0));
}

TEST_CASE("run: a diverging run is stopped by name", "[study][run][error]") {
  auto e = small("markov", "gpt2");
  e.optimiser.learning_rate = {1L << 52, 1};
  e.optimiser.max_norm = {0, 1};
  e.optimiser.weight_decay = {1L << 52, 1};
  CHECK_THROWS_WITH(study::run(e), Catch::Contains("small") && Catch::Contains("hint:"));
}

TEST_CASE("run: training draws every sequence once, and targets are the next symbols", "[study][draw]") {
  const auto source = source::make_source(small("markov", "gpt2").source);
  const auto both = study::draw(*source, 5, 0, 4, 8), second = study::draw(*source, 5, 2, 2, 8);
  CHECK(std::equal(second.tokens.begin(), second.tokens.end(), both.tokens.begin() + 16));
  for (long b = 0; b < 4; ++b)
    for (long t = 0; t + 1 < 8; ++t) CHECK(both.targets[b * 8 + t] == both.tokens[b * 8 + t + 1]);
}

TEST_CASE("run: soft entropy rows keep their order, and each control is below its ceiling", "[study][soft]") {
  const auto e = small("noisy_spamlang", "gpt2");
  const auto rows = study::Measurer(e).soft_table(model::initialise(e.model, model::Weights::stress, 1));
  REQUIRE(rows.size() == 3 * (3 + 1) * 4);  // temperatures x (layers and their mean) x orders
  for (const auto& row : rows) {
    CHECK(row.complexity.value >= 0);
    CHECK(row.complexity.value <= row.ceiling.value + 1e-12);
    CHECK(row.expressivity.value <= row.ceiling.value + 1e-12);
    CHECK(row.shuffled_complexity.value <= row.ceiling.value + 1e-12);
    CHECK(std::abs(row.h_b.value - row.h_b_given_z.value - row.ceiling.value) <= 1e-12);
  }
  CHECK(rows[0].temperature == "exact");
  CHECK(rows[3 * 4].layer == "mean of layers");
}
