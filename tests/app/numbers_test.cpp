// SPDX-License-Identifier: Apache-2.0
// A number on the command line is the number that was typed, for every option of every subcommand.
#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "app/help.h"
#include "app/shell.h"

using namespace etalon;
using namespace etalon::app;

namespace {

struct NumericOption {
  std::string command, name, type;  // INT, UINT or FLOAT
};

// What the help prints: "  --steps INT:INT in [1 - 100000000]", "  -k,--k UINT ...".
std::vector<NumericOption> numeric_options(const std::string& command) {
  static const std::regex line_of_option(R"(^  (?:-\w,)?(--[\w-]+)(?:,--[\w-]+)* (INT|UINT|FLOAT)\b)");
  std::vector<NumericOption> options;
  std::istringstream help(run(command + " --help").out);
  std::smatch found;
  for (std::string line; std::getline(help, line);)
    if (std::regex_search(line, found, line_of_option)) options.push_back({command, found[1], found[2]});
  return options;
}

}  // namespace

TEST_CASE("numbers: none saturates, turns its sign or becomes infinity, in any option of any command", "[app][numbers]") {
  std::set<std::string> commands;
  for (const auto& name : subcommands(run("--help").out)) commands.insert(name);
  for (const auto& name : subcommands(run("ib --help").out)) commands.insert("ib " + name);
  long n_options = 0;
  for (const auto& command : commands)
    for (const auto& option : numeric_options(command)) {
      ++n_options;
      std::vector<std::string> wrong = {"100000000000000000000", "-100000000000000000000"};  // 10^20: above 2^64
      if (option.type == "UINT") wrong.push_back("-1");
      if (option.type == "FLOAT") wrong = {"1e999", "-1e999", "1e-999"};
      for (const auto& number : wrong) {
        const auto answer = run(command + " " + option.name + "=" + number);
        INFO("etalon " << command << " " << option.name << "=" << number << "\n" << answer.out);
        CHECK(answer.exit_code == 2);
        CHECK_THAT(answer.out, Catch::Contains(option.name) &&
                                   (Catch::Contains("beyond") || Catch::Contains("in range") || Catch::Contains("negative") ||
                                    Catch::Contains("whole number") || Catch::Contains("not")));
      }
    }
  CHECK(n_options >= 20);
}

TEST_CASE("numbers: NaN and infinity are in no range", "[app][numbers]") {
  for (const char* number : {"nan", "inf", "-inf"}) {
    CHECK(run(std::string("bench --quick --at-least=") + number).exit_code == 2);
    CHECK(run(std::string("run --max-hours=") + number).exit_code == 2);
  }
  CHECK(run("ib soft x.npy --seed -1").exit_code == 2);
  CHECK_THAT(run("ib soft x.npy --seed -1").out, Catch::Contains("-1 is negative"));
  CHECK(run("run --steps 100000000000000000000").exit_code == 2);
  CHECK(run("run --steps 100000001").exit_code == 2);
  CHECK(run("run --threads 0").exit_code == 2);
}
