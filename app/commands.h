// commands.h — the list of subcommands, in the order that `etalon --help` prints.
#pragma once

#include "command.h"

namespace etalon::app {

void add_list(CLI::App& etalon, int& exit_code);

inline constexpr AddCommand kCommands[] = {add_list};

}  // namespace etalon::app
