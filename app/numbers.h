// SPDX-License-Identifier: Apache-2.0
// numbers.h — numbers on the command line are the numbers that were typed.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace etalon::app {

// Gives every numeric option of the command and of its subcommands, those of later files too, one more check. CLI11 takes --seed -1
// for 2^64 - 1, 10^20 for the largest integer, 1e999 for infinity and 1e-999 for 0, and holds NaN to be inside every range: refused
// as usage, each with the option's name.
void refuse_saturated_numbers(CLI::App& command);

// What an option that counts something accepts: a whole number from `least` to 2^53, in digits. CLI11's own ranges print limits of 309
// digits.
inline CLI::Validator whole_number_from(long least) {
  const auto refusal = [least](const std::string& text) -> std::string {
    const bool digits = !text.empty() && text.size() <= 16 && text.find_first_not_of("0123456789") == std::string::npos;
    if (digits && std::stol(text) >= least && std::stol(text) <= 1L << 53) return "";
    return "expected a whole number from " + std::to_string(least) + " on, got " + text;
  };
  return CLI::Validator(refusal, "WHOLE NUMBER >= " + std::to_string(least));
}

}  // namespace etalon::app
