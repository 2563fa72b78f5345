// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "base/terminal.h"

namespace etalon::app {

using namespace std::chrono_literals;

std::string in_words(double seconds) {
  char text[40];
  const auto written = [&](const char* format, double x) {
    std::snprintf(text, sizeof text, format, x);
    return std::string(text);
  };
  if (seconds < 100) return written("%.0f s", seconds);
  if (seconds < 100 * 60) return written("%.0f min", seconds / 60);
  if (seconds < 48 * 3600) return written("%.1f h", seconds / 3600);
  return written("%.0f days", seconds / 86400);
}

ProgressLine::ProgressLine() : on_terminal_(::isatty(STDERR_FILENO) == 1), next_(started_ + 2s) {}

ProgressLine::~ProgressLine() { end(); }

double ProgressLine::seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

void ProgressLine::offer(const std::string& what, double share, double seconds_left) {
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + (on_terminal_ ? Clock::duration(100ms) : Clock::duration(10s));
  draw(what, share, seconds_left);
}

void ProgressLine::offer_last(const std::string& what, double share, double seconds_left) {
  if (open_) draw(what, share, seconds_left);
  end();
}

void ProgressLine::draw(const std::string& what, double share, double seconds_left) {
  open_ = true;
  share = std::clamp(share, 0.0, 1.0);
  const int filled = static_cast<int>(share * 30);
  const std::string bar = std::string(filled, '#') + std::string(30 - filled, '.');
  std::fprintf(stderr, on_terminal_ ? "\r%s [%s] %3.0f %%  %s left   \033[K" : "%s [%s] %3.0f %%  %s left\n", what.c_str(),
               bar.c_str(), 100 * share, in_words(std::max(0.0, seconds_left)).c_str());
  std::fflush(stderr);
}

void ProgressLine::end() {
  if (open_ && on_terminal_) std::fputc('\n', stderr);
  open_ = false;
}

Progress::Progress(std::string what, long total) : what_(safe_name(what)), total_(std::max(1L, total)) {}

Progress::~Progress() {
  try {
    line_.offer_last(what_, share(), left());
  } catch (const std::exception&) {  // no memory for a last line: then without
  }
}

double Progress::share() const { return std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_)); }

double Progress::left() const { return done_ > 0 ? line_.seconds() * (1 - share()) / share() : 0; }

void Progress::advance(long n) {
  const std::lock_guard lock(mutex_);
  done_ += n;
  line_.offer(what_, share(), left());
}

}  // namespace etalon::app
