// SPDX-License-Identifier: Apache-2.0
#include "experiments/work.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <new>
#include <optional>

#include "base/error.h"
#include "command.h"
#include "experiments/crew.h"
#include "experiments/folder.h"
#include "experiments/judge.h"
#include "interrupt.h"
#include "progress.h"
#include "say.h"
#include "study/forecast.h"
#include "study/train.h"

namespace etalon::app {
namespace {

using study::Experiment;

// Everything about one run of the command; threads write into different places of its lists.
class Session {
 public:
  Session(const std::vector<Experiment>& list, const RunOptions& options, const std::string& text);

  void train();
  void ask_for_phases();
  std::pair<Outcome, int> finish();

 private:
  using Reporter = std::function<void(study::Stage, double)>;
  void work_through(std::vector<study::ForecastJob> jobs, const std::function<void(std::size_t, const Reporter&)>& job);
  void attempt(std::size_t experiment, const std::function<void()>& work);
  Outcome outcome() const;
  [[noreturn]] void leave(const std::string& state, int exit_code, const std::string& why);

  const std::vector<Experiment>& list_;
  const RunOptions& options_;
  RunFolder folder_;
  std::vector<std::optional<study::Result>> results_;
  std::vector<std::optional<ReportedVerdict>> verdicts_;
  std::vector<std::optional<study::PhaseStudy>> phases_;
  std::mutex mutex_;  // of the next two
  std::vector<std::optional<std::string>> failures_;
  int worst_ = kRight;
};

std::vector<std::string> names_of(const std::vector<Experiment>& list) {
  std::vector<std::string> names;
  for (const auto& e : list) names.push_back(e.name);
  return names;
}

Session::Session(const std::vector<Experiment>& list, const RunOptions& options, const std::string& text)
    : list_(list),
      options_(options),
      folder_(options.out, options.command(), text, names_of(list)),
      results_(list.size()),
      verdicts_(list.size()),
      phases_(list.size()),
      failures_(list.size()) {
  watch_for_interrupt();
}

// What fails of an experiment is that experiment's; a folder that cannot be written is thrown on, by folder_, outside of `work`.
void Session::attempt(std::size_t i, const std::function<void()>& work) {
  // Try it
  std::string reason;
  int code = kUnreadable;
  try {
    return work();
  } catch (const study::Diverged& e) {
    reason = e.what(), code = kWrong;
  } catch (const std::bad_alloc&) {
    reason =
        "expected enough memory for this experiment, got none left.\n  hint: lower width, n_layers, batch_sequences or "
        "plane_length";
  } catch (const std::exception& e) {
    reason = e.what();
  }

  // Write down why it failed, here and in the folder
  folder_.failed(i, reason);
  const std::lock_guard lock(mutex_);
  failures_[i] = reason;
  worst_ = std::max(worst_, code);
}

// Runs the jobs with a line of progress; a signal, or a job that throws, ends the process.
void Session::work_through(std::vector<study::ForecastJob> jobs, const std::function<void(std::size_t, const Reporter&)>& job) {
  // Tell the forecast what each job reports
  const std::size_t n_jobs = jobs.size();
  study::Forecast forecast(std::move(jobs), options_.n_threads);
  std::mutex forecast_mutex;
  ProgressLine line;

  // From its start to its end, with the seconds that it took
  const auto reported = [&](std::size_t j) {
    {
      const std::lock_guard lock(forecast_mutex);
      forecast.start(j, line.seconds());
    }
    job(j, [&, j](study::Stage stage, double expected) {
      const std::lock_guard lock(forecast_mutex);
      forecast.done(j, stage, expected, line.seconds());
    });
    const std::lock_guard lock(forecast_mutex);
    forecast.end(j);
  };

  // Work, and watch
  app::work_through(n_jobs, options_.n_threads, reported, [&](std::exception_ptr failure) {
    // Leave if there is a reason to
    if (failure || interrupted()) line.end();
    if (interrupted()) leave("interrupted", kInterrupted, "interrupted");
    if (failure) try {
        std::rethrow_exception(failure);
      } catch (const std::exception& e) {
        leave("failed", kUnreadable, e.what());
      }

    // Say how far it is
    const std::lock_guard lock(forecast_mutex);
    const auto view = forecast.view(line.seconds());
    line.offer(view.what, view.share, view.seconds_left);
  });
}

void Session::train() {
  std::vector<study::ForecastJob> jobs;
  for (const auto& e : list_) jobs.push_back({e.name, study::expected_work(e)});
  work_through(std::move(jobs), [&](std::size_t i, const Reporter& report) {
    // Train, measure, and make a golden case; what fails here is this experiment's
    folder_.started(i);
    std::optional<study::Result> result;
    TrainedCase made;
    attempt(i, [&] {
      auto trained = study::run(list_[i], report);
      made = case_of(trained);
      result = std::move(trained);
    });
    if (!result) return;

    // Write and judge; a folder that cannot be written is everybody's
    folder_.add_case(made.golden, made.candidate);
    std::optional<ReportedVerdict> verdict;
    attempt(i, [&] { verdict = judge(list_[i].name, folder_); });
    if (!verdict) return;
    const std::lock_guard lock(mutex_);  // what the folder says is done is what leave() finds
    folder_.done(i, *result);
    if (!verdict->right) worst_ = std::max<int>(worst_, kWrong);
    results_[i] = std::move(result);
    verdicts_[i] = std::move(verdict);
  });
}

// The two-phases question, put to every experiment that was finished: n seeds each, and as many controls.
void Session::ask_for_phases() {
  // Make a job of every seed of every experiment, then of as many controls
  const long n_seeds = options_.n_phase_seeds;
  const study::PhaseSetting setting{.n_seeds = n_seeds};
  struct Replicate {
    std::size_t experiment;
    long number;  // from n_seeds on, a control
  };
  std::vector<Replicate> replicates;
  std::vector<study::ForecastJob> jobs;
  for (std::size_t i = 0; i < list_.size(); ++i)
    for (long k = 0; results_[i] && k < 2 * n_seeds; ++k) {
      replicates.push_back({i, k});
      jobs.push_back({list_[i].name + ", two phases", study::expected_phase_work(list_[i], setting.n_looks)});
    }

  // Run them; whoever is the last of an experiment judges it
  std::vector<std::vector<study::PhaseRun>> runs(list_.size(), std::vector<study::PhaseRun>(2 * n_seeds));
  std::vector<long> n_ended(list_.size(), 0);
  work_through(jobs, [&](std::size_t j, const Reporter& report) {
    const auto [i, k] = replicates[j];
    const double of_a_step = jobs[j].work.of(study::Stage::train) / static_cast<double>(list_[i].n_steps);
    attempt(i, [&, i = i, k = k] {
      runs[i][k] =
          study::phase_run(list_[i], setting, k % n_seeds, k < n_seeds ? study::TrainedOn::source : study::TrainedOn::independent,
                           [&] { report(study::Stage::train, of_a_step); });
    });

    // Leave it at that unless it was the last
    {
      const std::lock_guard lock(mutex_);
      if (++n_ended[i] < 2 * n_seeds || failures_[i]) return;
    }
    const auto middle = runs[i].begin() + n_seeds;
    std::optional<study::PhaseStudy> study;
    attempt(i, [&, i = i] { study = study::judge_runs(list_[i], setting, {runs[i].begin(), middle}, {middle, runs[i].end()}); });
    if (!study) return;
    const std::lock_guard lock(mutex_);
    folder_.phases_done(i, *study);
    phases_[i] = std::move(study);
  });
}

// Called when no thread works, or while the folder is locked against them.
Outcome Session::outcome() const {
  Outcome o;
  for (std::size_t i = 0; i < list_.size(); ++i) {
    if (failures_[i]) o.failures.push_back({list_[i].name, *failures_[i]});
    if (!results_[i] || !verdicts_[i]) continue;
    o.results.push_back(*results_[i]);
    o.verdicts.push_back(*verdicts_[i]);
    if (phases_[i]) o.phases.push_back(*phases_[i]);
  }
  return o;
}

// The report shows two phases for all or for none.
std::string report_of(const Outcome& o, const RunOptions& options) {
  return report_html({options.command(), ETALON_VERSION, date_of_today()}, o.results,
                     o.phases.size() == o.results.size() ? o.phases : std::vector<study::PhaseStudy>{}, o.verdicts);
}

std::pair<Outcome, int> Session::finish() {
  Outcome o = outcome();
  if (!o.results.empty()) folder_.add_report(report_of(o, options_));
  folder_.close(o.failures.empty() ? "done" : "failed");
  return {std::move(o), worst_};
}

void Session::leave(const std::string& state, int exit_code, const std::string& why) {
  // Write the report of what is finished and the last word; where that fails, the folder goes on saying "running"
  std::size_t n_kept = 0;
  try {
    const std::lock_guard lock(mutex_);
    const Outcome o = outcome();
    n_kept = o.results.size();
    if (n_kept > 0) folder_.add_report(report_of(o, options_));
    folder_.close(state);
  } catch (const std::exception& e) {
    note("%s\n", e.what());
  }

  // Say what is kept, and go: threads that still work write nothing more
  note("etalon run: %s.\n", why.c_str());
  if (n_kept > 0)
    note("%zu of %zu experiments are finished and kept in %s, with a report; state.json says which.\n", n_kept, list_.size(),
         options_.out.c_str());
  else
    note("None of %zu experiments was finished: %s holds no results, and state.json says so.\n", list_.size(),
         options_.out.c_str());
  std::fflush(stdout);
  std::fflush(stderr);
  std::_Exit(exit_code);
}

double memory_of_this_machine() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

study::Stage dearest(const study::Work& work) {
  return static_cast<study::Stage>(std::max_element(work.seconds.begin(), work.seconds.end()) - work.seconds.begin());
}

}  // namespace

void refuse_the_absurd(const std::vector<Experiment>& list, const RunOptions& o) {
  const double memory = memory_of_this_machine();
  double total = 0, longest = 0;
  for (const auto& e : list) {
    // Refuse what does not fit into memory, and what takes too long
    const auto work = study::expected_work(e);
    char gigabytes[80];
    std::snprintf(gigabytes, sizeof gigabytes, "about %.3g GB, of %.3g GB that this machine has", 1e-9 * work.bytes, 1e-9 * memory);
    if (work.bytes > memory)
      throw Error("etalon run: " + e.name, "an experiment that fits into memory", gigabytes,
                  "lower width, n_layers, vocab_size, batch_sequences, probe_sequences or plane_length");
    if (work.total() > 3600 * o.max_hours)
      throw Error("etalon run: " + e.name, "an experiment of at most " + in_words(3600 * o.max_hours),
                  "one that is expected to take " + in_words(work.total()) + ", most of it for " + to_string(dearest(work)),
                  "lower vocab_size, plane_length, exact_length or n_steps; a larger --max-hours runs it nevertheless");
    total += work.total();
    longest = std::max(longest, work.total());
  }

  // Say how long it will take, if that is long
  const double expected = std::max(longest, total / o.n_threads);
  if (expected > 60) note("etalon run: expected to take about %s.\n", in_words(expected).c_str());
}

std::pair<Outcome, int> work_on(const std::vector<Experiment>& list, const RunOptions& options, const std::string& text) {
  Session session(list, options, text);
  session.train();
  if (options.n_phase_seeds > 0) session.ask_for_phases();
  return session.finish();
}

}  // namespace etalon::app
