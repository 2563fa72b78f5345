// SPDX-License-Identifier: Apache-2.0
// work.h — what an experiment costs: said before it begins, counted while it runs.
//
// The cost of each stage is a formula of sizes times a time per element that was measured once on one core of a server of 2023; it is
// right within a factor of three or so. Whoever shows progress measures the stages as they come and scales what is left (app/).
#pragma once

#include <array>
#include <functional>

#include "study/experiment.h"

namespace etalon::study {

enum class Stage { prepare, curve, train, measure };  // in the order in which each begins
inline constexpr int kStages = 4;
constexpr const char* to_string(Stage stage) {
  constexpr const char* kNames[] = {"the law of the source", "the bottleneck curve of the source", "training", "measuring"};
  return kNames[static_cast<int>(stage)];
}

struct Work {
  std::array<double, kStages> seconds{};  // of each stage, expected
  double bytes = 0;                       // of memory, at most at one time, expected

  double& of(Stage stage) { return seconds[static_cast<int>(stage)]; }
  double of(Stage stage) const { return seconds[static_cast<int>(stage)]; }
  double total() const { return seconds[0] + seconds[1] + seconds[2] + seconds[3]; }
};

// Computed from the sizes alone, at once: no source is solved.
Work expected_work(const Experiment& experiment);

// Of one replicate of the two-phases question with `n_looks` looks (study/phase_study.h): all of it under `train`.
Work expected_phase_work(const Experiment& experiment, long n_looks);

// Told whenever a part is done: so many of the stage's expected seconds. The parts of each stage add up to the expectation. What it
// throws ends the run.
using OnWork = std::function<void(Stage, double seconds)>;

// The share of point k = 0 .. n-1 of a curve of n points, which grow dearer with beta; they sum to 1.
constexpr double share_of_point(long k, long n) { return 2 * static_cast<double>(k + 1) / static_cast<double>(n * (n + 1)); }

}  // namespace etalon::study
