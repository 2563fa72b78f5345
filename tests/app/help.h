// SPDX-License-Identifier: Apache-2.0
// help.h — what a help text says.
#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace etalon::app {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The names below "Subcommands:".
inline std::vector<std::string> subcommands(const std::string& help) {
  std::vector<std::string> names;
  bool inside = false;
  for (const std::string& line : lines_of(help)) {
    if (inside && line.starts_with("  ") && line[2] != ' ') names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line.empty()) inside = false;
    if (line == "Subcommands:") inside = true;
  }
  return names;
}

}  // namespace etalon::app
