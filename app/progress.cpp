// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/terminal.h"

namespace etalon::app {

using namespace std::chrono_literals;

Progress::Progress(std::string what, long total)
    : what_(safe_name(what)), total_(std::max(1L, total)), on_terminal_(::isatty(STDERR_FILENO) == 1), next_(started_ + 2s) {}

Progress::~Progress() {
  if (!drew_) return;
  draw(Clock::now());
  if (on_terminal_) std::fputc('\n', stderr);
}

void Progress::advance(long n) {
  const std::lock_guard lock(mutex_);
  done_ += n;
  const auto now = Clock::now();
  if (now < next_) return;
  draw(now);
  next_ = now + (on_terminal_ ? Clock::duration(100ms) : Clock::duration(10s));
}

void Progress::draw(Clock::time_point now) {
  drew_ = true;
  const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  const double spent = std::chrono::duration<double>(now - started_).count();
  const double left = share > 0 ? spent * (1 - share) / share : 0;
  const int filled = static_cast<int>(share * 30);
  const std::string bar = std::string(filled, '#') + std::string(30 - filled, '.');
  std::fprintf(stderr, on_terminal_ ? "\r%s [%s] %3.0f %%  %.0f s left   " : "%s [%s] %3.0f %%  %.0f s left\n", what_.c_str(),
               bar.c_str(), 100 * share, left);
  std::fflush(stderr);
}

}  // namespace etalon::app
