// SPDX-License-Identifier: Apache-2.0
// phase_study: what runs are made of, what the control can learn, and what is concluded from planted runs.
#include "study/phase_study.h"

#include <catch2/catch.hpp>

#include "study/plane.h"

using namespace etalon;
using study::PhaseRun;
using study::Phases;
using study::TrainedOn;

namespace {

study::Experiment small(const std::string& name) {
  for (auto e : study::parse_experiments(study::built_in_experiments("every-source"), "built-in"))
    if (e.name == name) {
      e.n_steps = 12, e.n_anchors = 10;
      return e;
    }
  throw Error("test", "a built-in experiment", name, "see built_in.cpp");
}

// I(T;Y) rises from 0 to 1 and stays; I(X;T) rises from 1 to 2 and then falls by `fall`; every replicate a little different.
PhaseRun planted(long r, double fall) {
  PhaseRun run{.steps = {0, 10, 20, 30}, .readings = {}};
  const double off = 0.001 * static_cast<double>(r);
  for (const char* layer : {"h.0.resid2", "norm_f", "mean of layers"})
    for (const char* temperature : {"exact"})
      run.readings.push_back(
          {layer, temperature, {{1 + off, 2 - off, 2 - fall / 2, 2 - fall + off}, {0 + off, 1 - off, 1, 1}}, 0.1});
  return run;
}

study::PhaseStudy judged(double fall, double control_fall) {
  const study::PhaseSetting setting{.n_seeds = 4};
  std::vector<PhaseRun> trained, control;
  for (long r = 0; r < 4; ++r) trained.push_back(planted(r, fall)), control.push_back(planted(r + 7, control_fall));
  auto e = small("markov");
  for (auto* runs : {&trained, &control})
    for (auto& run : *runs) {
      // Three temperatures, as phase_run makes them
      const auto exact = run.readings;
      for (const char* temperature : {"amos", "leading"})
        for (auto reading : exact) reading.temperature = temperature, run.readings.push_back(reading);
    }
  return study::judge_runs(e, setting, trained, control);
}

}  // namespace

TEST_CASE("phase study: a run is a pure function of its seed, and each seed is another run", "[study][phases][bits]") {
  const auto e = small("markov");
  const study::PhaseSetting setting{.n_seeds = 3, .n_looks = 4};
  const auto run = study::phase_run(e, setting, 0, TrainedOn::source), again = study::phase_run(e, setting, 0, TrainedOn::source);
  CHECK(run.steps == std::vector<long>{0, 3, 6, 9, 12});
  REQUIRE(run.readings.size() == 3 * 4);  // temperatures x (two blocks, what the head reads, their mean)
  CHECK(run.readings[2].layer == "norm_f");
  CHECK(run.readings[3].layer == "mean of layers");
  const auto other = study::phase_run(e, setting, 1, TrainedOn::source);
  for (std::size_t i = 0; i < run.readings.size(); ++i) {
    CHECK(run.readings[i].trajectory.i_x == again.readings[i].trajectory.i_x);
    CHECK(run.readings[i].trajectory.i_y == again.readings[i].trajectory.i_y);
    CHECK(run.readings[i].trajectory.i_x != other.readings[i].trajectory.i_x);
    for (std::size_t look = 0; look < 5; ++look)
      CHECK(run.readings[i].trajectory.i_y[look] <= run.readings[i].trajectory.i_x[look]);
  }
}

TEST_CASE("phase study: control and run begin alike, and part", "[study][phases]") {
  const auto e = small("noisy-copy");
  const study::PhaseSetting setting{.n_seeds = 3, .n_looks = 2};
  const auto run = study::phase_run(e, setting, 2, TrainedOn::source),
             control = study::phase_run(e, setting, 2, TrainedOn::independent);
  CHECK(run.readings[0].trajectory.i_x.front() == control.readings[0].trajectory.i_x.front());
  CHECK(run.readings[0].trajectory.i_y.back() != control.readings[0].trajectory.i_y.back());
}

TEST_CASE("phase study: shown only where the fall is above the control's", "[study][phases]") {
  for (const auto& row : judged(0.5, 0.1).rows) {
    CHECK(row.trained.verdict == Phases::shown);
    CHECK(row.attributed);
    CHECK(row.conclusion() == Phases::shown);
    CHECK(row.trained.peak == 1);
  }
  for (const auto& row : judged(0.5, 0.6).rows) {
    CHECK(row.trained.verdict == Phases::shown);
    CHECK_FALSE(row.attributed);
    CHECK(row.conclusion() == Phases::not_shown);
  }
  CHECK(judged(0.01, 0.6).rows[0].conclusion() == Phases::refuted);
}

TEST_CASE("phase study: too few seeds and runs that do not belong together are refused", "[study][phases][error]") {
  const auto e = small("markov");
  CHECK_THROWS_WITH(study::phase_run(e, {.n_seeds = 2}, 0, TrainedOn::source), Catch::Contains("at least 3 seeds"));
  const study::PhaseSetting setting{.n_seeds = 3};
  const std::vector<PhaseRun> three = {planted(0, 0), planted(1, 0), planted(2, 0)};
  CHECK_THROWS_WITH(study::judge_runs(e, setting, three, {planted(0, 0)}),
                    Catch::Contains("3 runs and as many of the control, got 3 and 1"));
  auto others = three;
  others[1].steps.back() += 1;
  CHECK_THROWS_WITH(study::judge_runs(e, setting, three, others), Catch::Contains("same layers at the same steps"));
}
