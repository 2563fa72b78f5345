// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "command.h"
#include "commands.h"
#include "numbers.h"
#include "say.h"
#include "scalar/cpu.h"

using namespace etalon::app;

namespace {

// What does not fit is refused by name where its size is known beforehand; this is the rest.
int out_of_memory() {
  note(
      "etalon: expected enough memory for this input, got none left.\n  hint: the largest file or table of the command is too "
      "large for "
      "this machine, or `ulimit -v` is small: give it less, or more memory\n");
  return kUnreadable;
}

// Gives an option that takes a list one argument, "a,b", where CLI11 gives it all that follow, positional ones too.
void take_one_argument(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (!option->get_positional()) option->allow_extra_args(false);
  for (CLI::App* below : app.get_subcommands({})) take_one_argument(*below);
}

// What stands where a subcommand should and is none, with those that there are; "" if nothing does.
std::string unknown_subcommand(const CLI::App& etalon) {
  // Find the last subcommand that was given
  const CLI::App* app = &etalon;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  std::string known;
  for (const CLI::App* below : app->get_subcommands([](const CLI::App*) { return true; }))
    known += (known.empty() ? "" : ", ") + below->get_name();

  // Take the first word behind it
  for (const std::string& word : app->remaining())
    if (!known.empty() && !word.starts_with("-"))
      return etalon::Error(app->get_name(), "a subcommand: " + known, "'" + word + "'", "--help says what each of them does")
          .what();
  return "";
}

// Parses the arguments and runs the subcommand, which stores its answer in `exit_code`; the answer.
int run(CLI::App& etalon, int argc, char** argv, const int& exit_code) try {
  etalon::require_fma();
  etalon.parse(argc, argv);
  return exit_code;
} catch (const CLI::ParseError& e) {
  const std::string unknown = unknown_subcommand(etalon);
  if (unknown.empty()) return etalon.exit(e) == 0 ? kRight : kUsage;
  note("%s\n", unknown.c_str());
  return kUsage;
} catch (const etalon::Error& e) {
  note("%s\n", e.what());
  return kUnreadable;
} catch (const std::bad_alloc&) {
  return out_of_memory();
} catch (const std::length_error&) {  // a list longer than any memory
  return out_of_memory();
} catch (const std::exception& e) {
  note("etalon: expected to end this work, got: %s.\n  hint: this message should be a better one; please report the command\n",
       e.what());
  return kUnreadable;
}

}  // namespace

int main(int argc, char** argv) {
  // A file that may not grow (ulimit -f) is a full disk, which has a message; by default it would be a signal
  std::signal(SIGXFSZ, SIG_IGN);

  // Log to standard error
  spdlog::set_default_logger(spdlog::stderr_color_mt("etalon"));
  spdlog::set_pattern("%^%l%$ %v");

  // Declare the command and its subcommands
  CLI::App etalon("Etalon: a reference implementation of small transformers, with which other backends are compared.", "etalon");
  etalon.set_version_flag("--version", ETALON_VERSION);
  etalon.require_subcommand(1);

  // Say what holds for all of them
  etalon.footer(
      "Exit codes: 0 right; 1 checked and wrong; 2 usage; 3 input that cannot be read, or output that cannot be written;\n"
      "130 interrupted by Ctrl-C, after a word on what was kept.\n"
      "Results go to standard output, logs and progress to standard error.\n"
      "Two environment variables change the speed of matrix products, but no bit of their results: ETALON_ISA=sse2|avx2|avx512\n"
      "chooses the instruction set (by default the widest of the CPU), ETALON_THREADS=n the number of threads (by default 1).\n"
      "`etalon SUBCOMMAND --help` shows the options and examples of a subcommand; README.md says which page explains what.\n"
      "Example\n"
      "  etalon list");

  // Add each, then what their options have in common
  int exit_code = kRight;
  for (const AddCommand add : kCommands) add(etalon, exit_code);
  refuse_saturated_numbers(etalon);
  take_one_argument(etalon);

  // Run the one that is asked for; what goes wrong becomes an exit code, and so does output that nobody received
  exit_code = run(etalon, argc, argv, exit_code);
  const char* lost = output_error();
  if (*lost == '\0') return exit_code;
  note(
      "etalon: standard output could not be written: %s.\n  hint: the results above are not whole; is the disk full, or the pipe "
      "closed?\n",
      lost);
  return kUnreadable;
}
