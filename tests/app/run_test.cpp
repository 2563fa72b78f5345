// SPDX-License-Identifier: Apache-2.0
// `etalon run` on every kind of source, and the two-phases question, as a user meets them.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "app/shell.h"
#include "base/file.h"
#include "missing.h"

using namespace etalon;
using namespace etalon::app;

namespace {

std::vector<nlohmann::json> lines_of(const std::string& file) {
  std::istringstream text(read_text(file));
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("app: a small run on every kind of source, with the two-phases question", "[app][run]") {
  const Folder folder;
  const auto answer = run("run --built-in every-source --steps 10 --phases 3 --out " + folder.path.string(), kOutputOnly);
  REQUIRE(answer.exit_code == 0);
  CHECK(missing(answer.out, "parity, two phases? 3 seeds, and as many on an i.i.d. control") == "");

  std::set<std::string> names;
  for (const auto& line : lines_of(folder / "metrics.jsonl")) {
    names.insert(line["experiment"].get<std::string>());
    for (const auto& point : line["plane"]) {
      CHECK(point["i_y_nats"].get<double>() <= point["i_x_nats"].get<double>() + 1e-12);
      CHECK(point["distance_from_curve_nats"][0] <= point["distance_from_curve_nats"][1]);
      CHECK(std::set<std::string>{"proved", "grid"}.count(point["curve"].get<std::string>()) == 1);
      CHECK(point["noisy"]["i_x_nats"][0] <= point["noisy"]["i_x_nats"][1]);
      CHECK(point["noisy"]["i_x_nats"][1].get<double>() <= point["partition"]["entropy_nats"].get<double>() + 1e-12);
    }
  }
  CHECK(names.size() == 12);

  const auto phases = lines_of(folder / "phases.jsonl");
  CHECK(phases.size() == 12 * (3 * 4 + 3));  // temperatures x (layers and their mean), and optimality's change with depth
  for (const auto& line : phases)
    if (line.contains("conclusion"))
      CHECK(std::set<std::string>{"shown", "refuted", "not shown", "noise"}.count(line["conclusion"].get<std::string>()) == 1);

  const auto report = read_text(folder / "report.html");
  CHECK(missing(report, "What each layer knows, in three readings") == "");
  CHECK(missing(report, "First fit, then compress?") == "");
}

TEST_CASE("app: run refuses two seeds, another list, and a list beside a file", "[app][run][error]") {
  CHECK(run("run --phases 2").exit_code == 2);
  CHECK(run("run --built-in all").exit_code == 2);
  CHECK(run("run mine.json --built-in default").exit_code == 2);
}
