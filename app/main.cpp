#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <exception>

#include "base/error.h"
#include "command.h"
#include "commands.h"
#include "scalar/cpu.h"

using namespace etalon::app;

int main(int argc, char** argv) {
  // Log to standard error
  spdlog::set_default_logger(spdlog::stderr_color_mt("etalon"));
  spdlog::set_pattern("%^%l%$ %v");

  // Declare the command and its subcommands
  CLI::App etalon("Etalon: a reference transformer that other backends are checked against.", "etalon");
  etalon.set_version_flag("--version", ETALON_VERSION);
  etalon.require_subcommand(1);
  etalon.footer(
      "Exit codes: 0 right; 1 checked and wrong; 2 usage; 3 unreadable or malformed input.\n"
      "Results go to standard output, logs and progress to standard error.\n"
      "Environment: ETALON_ISA=sse2|avx2|avx512 chooses the instruction set of matrix products (the widest that the CPU has),\n"
      "ETALON_THREADS=n their threads (1). Neither changes a bit.");
  int exit_code = kRight;
  for (const AddCommand add : kCommands) add(etalon, exit_code);

  // Run the one that is asked for; what goes wrong becomes an exit code
  try {
    etalon::require_fma();
    etalon.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return etalon.exit(e) == 0 ? kRight : kUsage;
  } catch (const etalon::Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return kUnreadable;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "etalon: %s\n", e.what());
    return kUnreadable;
  }
  return exit_code;
}
