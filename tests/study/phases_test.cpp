// SPDX-License-Identifier: Apache-2.0
// phases: the rule is held to trajectories whose phases are known, and to noise that has none.
#include "study/phases.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "tensor/random.h"

using namespace etalon;
using study::Phases;
using study::Trajectory;

namespace {

constexpr long kLooks = 40;

double gaussian(const Stream& stream, long index) {
  return static_cast<double>(stream.normal_integer(static_cast<std::uint64_t>(index))) * normal_scale(1);
}

// I(T;Y) rises to 1 within `fit` looks; I(X;T) rises to 2 with it and then falls by `fall` until the end. Seed r adds normal noise.
Trajectory planted(long r, double fit, double fall, double noise) {
  const Stream stream(static_cast<std::uint64_t>(r), "phases");
  Trajectory t;
  for (long i = 0; i < kLooks; ++i) {
    const double learnt = std::min(1.0, static_cast<double>(i) / fit),
                 late = std::max(0.0, (static_cast<double>(i) - fit) / (kLooks - 1 - fit));
    t.i_x.push_back(1 + learnt - fall * late + noise * gaussian(stream, 2 * i));
    t.i_y.push_back(learnt + noise * gaussian(stream, 2 * i + 1));
  }
  return t;
}

study::PhaseVerdict verdict(double fit, double fall, double noise, long n = 5, long first = 1) {
  std::vector<Trajectory> replicates;
  for (long r = 0; r < n; ++r) replicates.push_back(planted(first + r, fit, fall, noise));
  return study::judge_phases(replicates);
}

Trajectory flat(long r, double noise) {
  Trajectory t = planted(r, 10, 0, noise);
  const Trajectory signal = planted(r, 10, 0, 0);
  for (long i = 0; i < kLooks; ++i) t.i_x[i] += 2 - signal.i_x[i], t.i_y[i] += 1 - signal.i_y[i];
  return t;
}

}  // namespace

TEST_CASE("phases: a fit and then a compression are shown, with their sizes", "[study][phases]") {
  const auto v = verdict(10, 0.5, 0.02);
  CHECK(v.verdict == Phases::shown);
  CHECK(std::abs(v.fall.mean - 0.5) < 5 * 0.02);
  CHECK(std::abs(v.rise.mean - 1) < 5 * 0.02);
  CHECK(v.peak >= 8);
  CHECK(v.peak <= 14);
}

TEST_CASE("phases: a rise without a fall refutes, and with much noise only does not show", "[study][phases]") {
  CHECK(verdict(kLooks - 1, 0, 0.005).verdict == Phases::refuted);
  CHECK(verdict(10, 0, 0.005).verdict == Phases::refuted);
  CHECK(verdict(10, 0, 0.15).verdict == Phases::not_shown);
}

TEST_CASE("phases: a fall that is seen but below 5 % of the peak is no phase", "[study][phases]") {
  CHECK(verdict(10, 0.05, 0.001).verdict == Phases::refuted);
  CHECK(verdict(10, 0.15, 0.001).verdict == Phases::shown);
}

TEST_CASE("phases: compression from the first step on, without a fit before it, is not two phases", "[study][phases]") {
  std::vector<Trajectory> replicates;
  for (long r = 1; r <= 5; ++r) {
    auto t = flat(r, 0.01);
    for (long i = 0; i < kLooks; ++i) t.i_x[i] -= 0.02 * static_cast<double>(i), t.i_y[i] += 0.01 * static_cast<double>(i);
    replicates.push_back(t);
  }
  const auto v = study::judge_phases(replicates);
  CHECK(v.peak == 0);
  CHECK(v.verdict == Phases::not_shown);
}

TEST_CASE("phases: noise around flat lines is noise, and hardly ever anything else", "[study][phases]") {
  long n_noise = 0, n_shown = 0;
  for (long trial = 0; trial < 1000; ++trial) {
    std::vector<Trajectory> replicates;
    for (long r = 0; r < 5; ++r) replicates.push_back(flat(100 * trial + r, 0.1));
    const auto v = study::judge_phases(replicates);
    n_noise += v.verdict == Phases::noise;
    n_shown += v.verdict == Phases::shown;
  }
  // Student's t with 4 degrees of freedom is above 4 with probability .008, on either side, for each of three numbers
  CHECK(n_noise >= 950);
  CHECK(n_shown <= 2);
}

TEST_CASE("phases: a peak chosen on the replicate itself would see a fall in flat noise", "[study][phases][planted]") {
  std::vector<double> own_falls;
  for (long r = 1; r <= 5; ++r) {
    const auto t = flat(r, 0.1);
    own_falls.push_back(*std::max_element(t.i_x.begin(), t.i_x.end()) - t.i_x.back());
  }
  CHECK(study::mean_and_error(own_falls).is_above(0, 4));
}

TEST_CASE("phases: a fall that the control shows as well is not attributed", "[study][phases]") {
  const auto trained = verdict(10, 0.5, 0.02), as_much = verdict(10, 0.5, 0.02, 5, 50), less = verdict(10, 0.1, 0.02, 5, 50);
  CHECK_FALSE(study::attributed(trained, as_much));
  CHECK(study::attributed(trained, less));
}

TEST_CASE("phases: what cannot be judged is refused", "[study][phases][error]") {
  const Trajectory a{{1, 2}, {0, 1}}, shorter{{1}, {0}}, nan{{1, 0.0 / 0.0}, {0, 1}};
  CHECK_THROWS_WITH(study::judge_phases({a, a}), Catch::Contains("at least 3 replicates, got 2"));
  CHECK_THROWS_WITH(study::judge_phases({a, a, shorter}), Catch::Contains("2 looks"));
  CHECK_THROWS_WITH(study::judge_phases({{}, {}, {}}), Catch::Contains("at least 1"));
  CHECK_THROWS_WITH(study::judge_phases({a, a, nan}), Catch::Contains("look 1"));
  CHECK_THROWS_WITH(study::mean_and_error({1}), Catch::Contains("at least 2"));
}
