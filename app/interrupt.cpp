// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <signal.h>

#include <atomic>

namespace etalon::app {
namespace {

std::atomic<bool> flag = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set nothing else");

void set_flag(int) { flag = true; }

}  // namespace

void watch_for_interrupt() {
  for (const int number : {SIGINT, SIGTERM}) {
    // Leave alone what the caller ignores
    struct sigaction action = {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;

    // Set the flag once, then the default again; let reads and writes go on
    action = {};
    action.sa_handler = set_flag;
    action.sa_flags = SA_RESETHAND | SA_RESTART;
    ::sigaction(number, &action, nullptr);
  }
}

bool interrupted() { return flag; }

}  // namespace etalon::app
