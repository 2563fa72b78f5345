// SPDX-License-Identifier: Apache-2.0
// shell.h — run the command that was built, and see what a user sees.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "folder.h"

namespace etalon::app {

struct Answer {
  int exit_code;
  std::string out;  // standard output and, unless it was told otherwise, standard error, as they came
};

// What a line of shell prints, and its exit code.
inline Answer shell(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) throw Error("test", "to run " + command, "nothing", "is there a shell?");
  std::string out;
  char piece[4096];
  for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, pipe)) > 0;) out.append(piece, n);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out};
}

// `etalon <arguments>`, through the shell.
inline constexpr const char* kBoth = " 2>&1";
inline constexpr const char* kOutputOnly = " 2>/dev/null";
inline Answer run(const std::string& arguments, const char* streams = kBoth) {
  return shell(std::string(ETALON_BINARY_DIR) + "/app/etalon " + arguments + streams);
}

}  // namespace etalon::app
