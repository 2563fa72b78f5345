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

// 7 s, 4 min, 2.5 h, 3 days: as much as an estimate knows.
std::string in_words(double seconds);

// The line itself, for whoever knows the share that is done and the seconds that are left. One thread at a time may use it.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();  // ends the line
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Draws it if it is time. `what` is safe to print (base/terminal.h).
  void offer(const std::string& what, double share, double seconds_left);

  // Ends it, so that something else can be said. `offer_last` draws it once more before.
  void end();
  void offer_last(const std::string& what, double share, double seconds_left);

  double seconds() const;  // since it was made

 private:
  using Clock = std::chrono::steady_clock;

  void draw(const std::string& what, double share, double seconds_left);

  const bool on_terminal_;
  const Clock::time_point started_ = Clock::now();
  Clock::time_point next_;
  bool open_ = false;
};

class Progress {
 public:
  // `total` steps of `what`, as in Progress("training", 3000).
  Progress(std::string what, long total);
  ~Progress();  // draws how far it came, if anything was drawn
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Says that `n` more steps are done. Any thread may call it.
  void advance(long n = 1);

 private:
  double share() const;
  double left() const;

  const std::string what_;
  const long total_;
  std::mutex mutex_;
  long done_ = 0;
  ProgressLine line_;
};

}  // namespace etalon::app
