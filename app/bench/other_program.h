// SPDX-License-Identifier: Apache-2.0
// other_program.h — run another program without a shell and without a file that anybody could plant.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace etalon::app {

// What the program words[0], a path, writes to standard output when it is given the other words as they are and `input` on standard
// input (a file without a name); its standard error is thrown away. `settings`: NAME=value, before those of our own environment.
// Nothing if it cannot be run or does not answer 0.
std::optional<std::string> answer_of(const std::vector<std::string>& words, std::span<const std::byte> input,
                                     const std::vector<std::string>& settings);

}  // namespace etalon::app
