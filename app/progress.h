// SPDX-License-Identifier: Apache-2.0
// progress.h — a line on standard error that says how far a long job is.
//
// On a terminal it is one line, redrawn ten times a second; in a log, one line every ten seconds. Nothing is drawn in the
// first two seconds: a short job stays silent. Debian has no C++ progress-bar library to lean on.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace etalon::app {

class Progress {
 public:
  // `total` steps of `what`, as in Progress("training", 3000).
  Progress(std::string what, long total);
  ~Progress();  // ends the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Says that `n` more steps are done. Any thread may call it.
  void advance(long n = 1);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now);

  const std::string what_;
  const long total_;
  const bool on_terminal_;
  const Clock::time_point started_ = Clock::now();
  Clock::time_point next_;
  std::mutex mutex_;
  long done_ = 0;
  bool drew_ = false;
};

}  // namespace etalon::app
