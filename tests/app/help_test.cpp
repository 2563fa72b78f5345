// SPDX-License-Identifier: Apache-2.0
// The help of every command shows examples, and each of them works as it stands there.
#include "app/help.h"

#include <catch2/catch.hpp>
#include <set>

#include "app/shell.h"

using namespace etalon;
using namespace etalon::app;

namespace {

// Examples that take longer than all other tests of the command together; ctest runs them in a shorter form (app.run, bench_test.cpp).
const std::set<std::string> kTooLong = {"etalon run", "etalon run --phases 5", "etalon bench"};

// The indented lines below "Example" or "Examples ...": a command each, without the remark that follows three spaces. A line that
// ends in a backslash goes on in the next.
std::vector<std::string> examples(const std::string& help) {
  std::vector<std::string> commands;
  bool inside = false, continues = false;
  for (const std::string& line : lines_of(help)) {
    if (line.starts_with("Example")) inside = true;
    else if (!line.starts_with("  ")) inside = false;
    else if (inside) {
      const std::string text = line.substr(line.find_first_not_of(' '));
      const std::string command = text.substr(0, text.find("   "));
      if (continues) commands.back() += "\n" + command;
      else commands.push_back(command);
      continues = command.ends_with('\\');
    }
  }
  return commands;
}

// What a command prints and nobody receives is exit code 3: shown of a command that prints, alone and without a redirection of its own.
// Returns whether this was one.
bool shows_that_it_is_lost(const std::string& before, const std::string& command) {
  if (!command.starts_with("etalon ") || command.find_first_of("|>") != std::string::npos) return false;
  if (shell(before + command + " 2>/dev/null").out.empty()) return false;
  INFO(command << " > /dev/full");
  const Answer lost = shell(before + command + " 2>&1 >/dev/full");
  CHECK(lost.exit_code == 3);
  CHECK(lost.out.find("standard output could not be written: No space left on device") != std::string::npos);
  return true;
}

// Runs the examples of one help in a folder of their own that holds golden/. Returns how many call etalon; counts those whose output was
// lost on purpose.
long try_examples(const std::string& of, long& n_lost) {
  // Ask for the help
  const Answer help = run(of + " --help");
  INFO("etalon " << of << " --help");
  REQUIRE(help.exit_code == 0);

  // Make a folder where its paths lead to golden/
  const Folder folder;
  std::filesystem::create_directory_symlink(ETALON_SOURCE_DIR "/golden", folder / "golden");
  const std::string before = "cd " + folder.path.string() + " && PATH=" ETALON_BINARY_DIR "/app:$PATH && ";

  // Help that is lost is lost as well
  CHECK(run(of + " --help", " 2>/dev/null >/dev/full").exit_code == 3);

  // Run each example that is not too long
  long n = 0;
  for (const std::string& command : examples(help.out)) {
    INFO(command);
    n += command.find("etalon ") != std::string::npos;
    if (kTooLong.count(command) == 1) continue;
    const Answer answer = shell(before + command + " 2>&1");
    INFO(answer.out);
    CHECK(answer.exit_code == (of == "ib check" && command.starts_with("etalon") ? 1 : 0));  // its example is a wrong claim
    n_lost += shows_that_it_is_lost(before, command);
  }
  return n;
}

}  // namespace

TEST_CASE("help: every command shows an example, every example works, and none succeeds when its output is lost", "[app][help]") {
  const auto names = subcommands(run("--help").out);
  const auto of_ib = subcommands(run("ib --help").out);
  CHECK(names.size() == 8);
  CHECK(of_ib.size() == 24);
  long n_lost = 0;
  CHECK(try_examples("", n_lost) > 0);
  for (const std::string& name : names) CHECK(try_examples(name, n_lost) > 0);
  for (const std::string& name : of_ib) CHECK(try_examples("ib " + name, n_lost) > 0);
  CHECK(n_lost >= 20);
}

TEST_CASE("help: output that is lost in other ways is exit code 3, too", "[app][output]") {
  // A file that may not grow, JSON to standard output, the version, the log's own stream full beside it
  const Folder folder;
  const std::string golden = ETALON_SOURCE_DIR "/golden/op/add", to_itself = "check " + golden + " " + golden;
  const auto code = [](const std::string& arguments, const std::string& streams) {
    return run(arguments, streams.c_str()).exit_code;
  };
  CHECK(code(to_itself + " --json -", " >/dev/null 2>&1") == 0);
  CHECK(code(to_itself + " --json -", " >/dev/full 2>/dev/null") == 3);
  CHECK(code(to_itself + " --junit -", " >/dev/full 2>/dev/null") == 3);
  CHECK(code(to_itself + " --json /dev/full", " >/dev/null 2>&1") == 3);
  CHECK(code(to_itself, " >/dev/full 2>/dev/full") == 3);
  CHECK(code(to_itself, " >&- 2>/dev/null") == 3);
  CHECK(code("--version", " >/dev/full 2>/dev/null") == 3);
  CHECK(code("run --print", " >/dev/full 2>/dev/null") == 3);
  CHECK(code("list", " >/dev/null 2>/dev/full") == 0);  // nothing of the results was lost

  const std::string etalon = ETALON_BINARY_DIR "/app/etalon ", to = " >" + (folder / "x");
  CHECK(shell("(ulimit -f 1; " + etalon + "list gpt2-nano --json" + to + ") 2>/dev/null").exit_code == 3);
  CHECK(shell("(ulimit -f 1; " + etalon + to_itself + " --json " + (folder / "y") + ") >/dev/null 2>&1").exit_code == 3);
  CHECK_FALSE(std::filesystem::exists(folder / "y"));
}
