// SPDX-License-Identifier: Apache-2.0
// options.h — what `etalon run` is asked.
#pragma once

#include <algorithm>
#include <string>
#include <thread>

namespace etalon::app {

struct RunOptions {
  std::string file, built_in = "default", out = "results";
  long n_steps = 0, n_phase_seeds = 0;
  unsigned n_threads = std::max(1u, std::thread::hardware_concurrency());
  double max_hours = 24;
  bool print = false, json = false;

  // What a reader types to do it again; the number of threads changes nothing.
  std::string command() const {
    std::string text = "etalon run";
    if (!file.empty()) text += " " + quoted(file);
    if (file.empty() && built_in != "default") text += " --built-in " + built_in;
    if (n_steps > 0) text += " --steps " + std::to_string(n_steps);
    if (n_phase_seeds > 0) text += " --phases " + std::to_string(n_phase_seeds);
    return out == "results" ? text : text + " --out " + quoted(out);
  }

  // A word of a command, between quotes where the shell asks for them.
  static std::string quoted(const std::string& word) {
    const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
  }
};

}  // namespace etalon::app
