// SPDX-License-Identifier: Apache-2.0
// commands.h — the list of subcommands, in the order that `etalon --help` prints.
#pragma once

#include "command.h"

namespace etalon::app {

void add_bench(CLI::App& etalon, int& exit_code);
void add_check(CLI::App& etalon, int& exit_code);
void add_head(CLI::App& etalon, int& exit_code);
void add_ib(CLI::App& etalon, int& exit_code);
void add_explain(CLI::App& etalon, int& exit_code);
void add_list(CLI::App& etalon, int& exit_code);
void add_record(CLI::App& etalon, int& exit_code);
void add_run(CLI::App& etalon, int& exit_code);

// A build may hold fewer: etalon-engine has two.
#ifndef ETALON_COMMANDS
#define ETALON_COMMANDS add_run, add_record, add_check, add_head, add_explain, add_ib, add_bench, add_list
#endif
inline constexpr AddCommand kCommands[] = {ETALON_COMMANDS};

}  // namespace etalon::app
