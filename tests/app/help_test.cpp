// SPDX-License-Identifier: Apache-2.0
// The help of every command shows examples, and each of them works as it stands there.
#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "app/shell.h"

using namespace etalon;
using namespace etalon::app;

namespace {

// Examples that take longer than all other tests of the command together; ctest runs them in a shorter form (app.run, bench_test.cpp).
const std::set<std::string> kTooLong = {"etalon run", "etalon run --phases 5", "etalon bench"};

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The names below "Subcommands:".
std::vector<std::string> subcommands(const std::string& help) {
  std::vector<std::string> names;
  bool inside = false;
  for (const std::string& line : lines_of(help)) {
    if (inside && line.starts_with("  ") && line[2] != ' ') names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line.empty()) inside = false;
    if (line == "Subcommands:") inside = true;
  }
  return names;
}

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

// Runs the examples of one help in a folder of their own that holds golden/. Returns how many call etalon.
long try_examples(const std::string& of) {
  // Ask for the help
  const Answer help = run(of + " --help");
  INFO("etalon " << of << " --help");
  REQUIRE(help.exit_code == 0);

  // Make a folder where its paths lead to golden/
  const Folder folder;
  std::filesystem::create_directory_symlink(ETALON_SOURCE_DIR "/golden", folder / "golden");
  const std::string before = "cd " + folder.path.string() + " && PATH=" ETALON_BINARY_DIR "/app:$PATH && ";

  // Run each example that is not too long
  long n = 0;
  for (const std::string& command : examples(help.out)) {
    INFO(command);
    n += command.find("etalon ") != std::string::npos;
    if (kTooLong.count(command) == 1) continue;
    const Answer answer = shell(before + command + " 2>&1");
    INFO(answer.out);
    CHECK(answer.exit_code == (of == "ib check" && command.starts_with("etalon") ? 1 : 0));  // its example is a wrong claim
  }
  return n;
}

}  // namespace

TEST_CASE("help: every command shows an example, and every example works", "[app][help]") {
  const auto names = subcommands(run("--help").out);
  const auto of_ib = subcommands(run("ib --help").out);
  CHECK(names.size() == 8);
  CHECK(of_ib.size() == 22);
  CHECK(try_examples("") > 0);
  for (const std::string& name : names) CHECK(try_examples(name) > 0);
  for (const std::string& name : of_ib) CHECK(try_examples("ib " + name) > 0);
}
