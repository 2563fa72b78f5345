// SPDX-License-Identifier: Apache-2.0
// numbers.h — numbers on the command line are the numbers that were typed.
#pragma once

#include <CLI/CLI.hpp>

namespace etalon::app {

// Gives every numeric option of the command and of its subcommands, those of later files too, one more check. CLI11 takes --seed -1
// for 2^64 - 1, 10^20 for the largest integer, 1e999 for infinity and 1e-999 for 0, and holds NaN to be inside every range: refused
// as usage, each with the option's name.
void refuse_saturated_numbers(CLI::App& command);

}  // namespace etalon::app
