// SPDX-License-Identifier: Apache-2.0
// command.h — how a subcommand joins `etalon`: one function in one file, one line in main.cpp.
#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"

namespace etalon::app {

// What `etalon` answers to the shell.
enum Exit { kRight = 0, kWrong = 1, kUsage = 2, kUnreadable = 3, kInterrupted = 130 };  // 128 + SIGINT, as shells have it

// What `work` gives, where an Error in it says that an argument is wrong, a name that there is not: kUsage instead of kUnreadable.
template <class F>
decltype(auto) as_argument(F work) try {
  return work();
} catch (const Error& e) {
  throw CLI::ValidationError(e.what());
}

// Adds the subcommand with its options and help; its callback stores the exit code. Results go to standard
// output, logs and progress to standard error. An etalon::Error that leaves the callback ends in kUnreadable.
using AddCommand = void (*)(CLI::App& etalon, int& exit_code);

}  // namespace etalon::app
