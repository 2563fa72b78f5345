// SPDX-License-Identifier: Apache-2.0
// command.h — how a subcommand joins `etalon`: one function in one file, one line in main.cpp.
#pragma once

#include <CLI/CLI.hpp>

namespace etalon::app {

// What `etalon` answers to the shell.
enum Exit { kRight = 0, kWrong = 1, kUsage = 2, kUnreadable = 3, kInterrupted = 130 };  // 128 + SIGINT, as shells have it

// Adds the subcommand with its options and help; its callback stores the exit code. Results go to standard
// output, logs and progress to standard error. An etalon::Error that leaves the callback ends in kUnreadable.
using AddCommand = void (*)(CLI::App& etalon, int& exit_code);

}  // namespace etalon::app
