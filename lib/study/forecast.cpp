// SPDX-License-Identifier: Apache-2.0
#include "study/forecast.h"

#include <algorithm>

namespace etalon::study {
namespace {

constexpr double kLittle = 0.2;  // seconds: what is measured on less than this says little of other stages

}  // namespace

Forecast::Forecast(std::vector<ForecastJob> jobs, unsigned n_threads)
    : jobs_(std::move(jobs)), running_(jobs_.size()), n_threads_(std::max(1u, n_threads)) {}

void Forecast::start(std::size_t job, double now) {
  running_[job].started = true;
  running_[job].last = now;
}

void Forecast::done(std::size_t job, Stage stage, double expected_seconds, double now) {
  // Note what was done, and what it took
  Running& r = running_[job];
  const int s = static_cast<int>(stage);
  r.done.seconds[s] += expected_seconds;
  done_[s] += expected_seconds;
  measured_[s] += now - r.last;
  r.last = now;

  // Find the stage that comes next: the law, then the curve, then steps among which there are measurements
  r.stage = stage;
  const auto is_over = [&](Stage of) { return r.done.of(of) >= 0.999999 * jobs_[job].work.of(of); };
  if (stage == Stage::prepare && is_over(stage)) r.stage = Stage::curve;
  if ((stage == Stage::curve && is_over(stage)) || stage == Stage::measure) r.stage = Stage::train;
}

void Forecast::end(std::size_t job) { running_[job].ended = true; }

double Forecast::scale(Stage stage) const {
  const int s = static_cast<int>(stage);
  if (done_[s] > 0) return measured_[s] / done_[s];
  double measured = kLittle, done = kLittle;
  for (int k = 0; k < kStages; ++k) measured += measured_[k], done += done_[k];
  return measured / done;
}

double Forecast::left_of(std::size_t job, double now) const {
  // Add up what is left of each stage
  const Running& r = running_[job];
  if (r.ended) return 0;
  const auto left_in = [&](Stage stage) { return std::max(0.0, jobs_[job].work.of(stage) - r.done.of(stage)) * scale(stage); };
  double left = 0;
  for (int s = 0; s < kStages; ++s) left += left_in(static_cast<Stage>(s));

  // Take off what the part that is going on has taken; where it took more than its whole stage should, as long again
  if (!r.started) return left;
  const double going_on = now - r.last, of_stage = left_in(r.stage);
  return going_on > of_stage ? left - of_stage + going_on : left - std::min(going_on, 0.5 * of_stage);
}

Forecast::View Forecast::view(double now) const {
  // Find the job that ends last, and the sum
  View view;
  double longest = 0, sum = 0;
  for (std::size_t j = 0; j < jobs_.size(); ++j) {
    const double left = left_of(j, now);
    sum += left;
    if (left < longest || running_[j].ended) continue;
    longest = left;
    view.what = jobs_[j].name + ": " + to_string(running_[j].stage);
  }

  view.seconds_left = std::max(longest, sum / n_threads_);
  view.share = now + view.seconds_left > 0 ? now / (now + view.seconds_left) : 0;
  return view;
}

}  // namespace etalon::study
