// SPDX-License-Identifier: Apache-2.0
// What is still to come: expected, then measured; and every run reports what it was expected to do.
#include "study/forecast.h"

#include <catch2/catch.hpp>

#include "study/run.h"

using namespace etalon;
using namespace etalon::study;

namespace {

Work work_of(double prepare, double curve, double train, double measure) { return {{prepare, curve, train, measure}, 0}; }

}  // namespace

TEST_CASE("forecast: a machine ten times slower than expected is found out by its first reports", "[study][forecast]") {
  // Two stages of 10 and 30 expected seconds, 100 and 300 in truth
  Forecast forecast({{"one", work_of(0, 10, 30, 0)}}, 1);
  CHECK(forecast.view(0).seconds_left == Approx(40));
  forecast.start(0, 0);
  double now = 0;
  for (int point = 0; point < 40; ++point) {
    now += 100 * share_of_point(point, 40);
    forecast.done(0, Stage::curve, 10 * share_of_point(point, 40), now);
    if (now < 10) continue;  // a second of the ten that are expected
    CHECK(forecast.view(now).seconds_left == Approx(400 - now).epsilon(0.2));
    CHECK(forecast.view(now).share == Approx(now / 400).epsilon(0.2));
  }
  CHECK(forecast.view(now).what == "one: training");
  for (int step = 0; step < 30; ++step) {
    now += 10;
    forecast.done(0, Stage::train, 1, now);
    CHECK(forecast.view(now).seconds_left == Approx(400 - now).margin(1));
  }
  forecast.end(0);
  CHECK(forecast.view(now).seconds_left == 0);
  CHECK(forecast.view(now).share == 1);
}

TEST_CASE("forecast: a cheap beginning is no promise for what is dear", "[study][forecast]") {
  // The law is solved as expected; the curve, a thousand times dearer, takes twice what is expected: seen at the first point
  Forecast forecast({{"one", work_of(1, 1000, 1, 1)}}, 1);
  forecast.start(0, 0);
  forecast.done(0, Stage::prepare, 1, 1);
  CHECK(forecast.view(1).seconds_left == Approx(1002));
  CHECK(forecast.view(1).what == "one: the bottleneck curve of the source");
  CHECK(forecast.view(1).share < 0.01);
  forecast.done(0, Stage::curve, 10, 21);
  CHECK(forecast.view(21).seconds_left == Approx(2 * 990 + 2).epsilon(0.01));

  // A moment says nothing of other stages, even if it was a thousand times what was expected
  Forecast moment({{"one", work_of(1e-4, 0, 1000, 0)}}, 1);
  moment.start(0, 0);
  moment.done(0, Stage::prepare, 1e-4, 0.1);
  CHECK(moment.view(0.1).seconds_left < 2000);

  // A part that takes longer than the whole stage should still take: as long again
  CHECK(forecast.view(21 + 5000).seconds_left > 4000);
}

TEST_CASE("forecast: jobs side by side end with the longest, or when all threads have worked", "[study][forecast]") {
  const Work ten = work_of(0, 0, 10, 0), hundred = work_of(0, 0, 100, 0);
  CHECK(Forecast({{"a", ten}, {"b", hundred}}, 2).view(0).seconds_left == Approx(100));
  CHECK(Forecast({{"a", ten}, {"b", hundred}}, 2).view(0).what.starts_with("b: "));
  CHECK(Forecast({{"a", ten}, {"b", ten}, {"c", ten}, {"d", ten}}, 2).view(0).seconds_left == Approx(20));
  CHECK(Forecast({}, 1).view(0).seconds_left == 0);
}

TEST_CASE("work: a run reports all that is expected of it, stage by stage", "[study][work]") {
  auto list = parse_experiments(built_in_experiments("every-source"), "built-in");
  for (auto& e : list) {
    if (e.source.kind != "markov" && e.source.kind != "even" && e.source.kind != "noisy_spamlang") continue;
    for (const long every : {1L, 3L, 100L}) {
      e.n_steps = 7;
      e.measure_every = every;
      const Work expected = expected_work(e);
      Work reported;
      run(e, [&](Stage stage, double seconds) { reported.of(stage) += seconds; });
      INFO(e.name << ", measured every " << every);
      for (int s = 0; s < kStages; ++s) CHECK(reported.seconds[s] == Approx(expected.seconds[s]).epsilon(1e-9));
    }
  }
}

TEST_CASE("work: grows with what there is to do, and needs no source to be solved", "[study][work]") {
  const auto e = parse_experiments(built_in_experiments(), "built-in").at(1);
  const Work work = expected_work(e);
  CHECK(work.total() > 1);
  CHECK(work.total() < 200);
  auto longer = e, larger = e, wide = e;
  longer.n_steps *= 10;
  CHECK(expected_work(longer).of(Stage::train) == Approx(10 * work.of(Stage::train)));
  larger.source.vocab_size = larger.model.vocab_size = 4096;
  larger.plane_length = larger.exact_length = 1;
  CHECK(expected_work(larger).total() > 24 * 3600);
  CHECK(expected_work(larger).bytes > 4096. * 4096 * 8);
  wide.model.width = 4096, wide.model.n_layers = 100, wide.model.head_size = 4096 / wide.model.n_heads;
  CHECK(expected_work(wide).bytes > 8 * 100 * 12. * 4096 * 4096);
}

TEST_CASE("work: a run that is told to stop stops where it is told", "[study][work]") {
  struct Stop {};
  const auto e = parse_experiments(built_in_experiments("every-source"), "built-in").at(1);
  long n_steps = 0;
  const auto stop = [&](Stage stage, double) {
    if (stage == Stage::train && ++n_steps == 3) throw Stop();
  };
  CHECK_THROWS_AS(run(e, stop), Stop);
  CHECK(n_steps == 3);
}
