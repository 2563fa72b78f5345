// SPDX-License-Identifier: Apache-2.0
// forecast.h — how long several experiments will still take: expected at first, measured as they go.
//
//   left of a job   = sum over stages of (expected - done) seconds x (measured / done of that stage, over all jobs)
//   left of all     = the longest of these, or their sum over the threads, whichever is more
//
// A stage that nobody has measured yet takes the ratio of all other stages, if these are more than a moment. Where a single part (one point of a curve) has already
// taken longer than all that its stage should still need, that stage is held to need as long again.
#pragma once

#include <string>
#include <vector>

#include "study/work.h"

namespace etalon::study {

struct ForecastJob {
  std::string name;
  Work work;
};

// Times are seconds since one moment, the same for all calls. Not for several threads at once: the caller holds a lock.
class Forecast {
 public:
  Forecast(std::vector<ForecastJob> jobs, unsigned n_threads);

  void start(std::size_t job, double now);
  void done(std::size_t job, Stage stage, double expected_seconds, double now);
  void end(std::size_t job);

  struct View {
    double share = 0;         // of the time from the beginning to the end, elapsed
    double seconds_left = 0;  // until the last job ends
    std::string what;         // "<the job that will be the last>: <its stage>"
  };
  View view(double now) const;

 private:
  struct Running {
    Work done{};
    double last = 0;  // when it was heard of
    Stage stage = Stage::prepare;
    bool started = false, ended = false;
  };
  double scale(Stage stage) const;
  double left_of(std::size_t job, double now) const;

  std::vector<ForecastJob> jobs_;
  std::vector<Running> running_;
  unsigned n_threads_;
  std::array<double, kStages> measured_{}, done_{};
};

}  // namespace etalon::study
