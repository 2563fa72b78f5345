// SPDX-License-Identifier: Apache-2.0
// Every value of truth.json can be asked from the command line, in its unit and to its digits (data/ask.txt says how).
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "app/shell.h"
#include "base/file.h"
#include "scalar/exact.h"

using namespace etalon;
using namespace etalon::app;
using nlohmann::json;

namespace {

// A line of data/ask.txt.
struct Question {
  std::string name, pick, allowed, arguments;
};

struct Questions {
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<std::string> runs;
  std::vector<Question> asked;
};

Questions questions() {
  // Tell files, runs and questions apart by how a line begins
  Questions out;
  std::istringstream lines(read_text(ETALON_SOURCE_DIR "/tests/app/data/ask.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("run ")) {
      out.runs.push_back(line.substr(4));
    } else if (line.starts_with("file ")) {
      const auto sign = line.find(" = ");
      out.files.emplace_back(line.substr(5, sign - 5), line.substr(sign + 3));
    } else {
      // Cut the line at its tabs
      std::istringstream cells(line);
      Question q;
      for (std::string* cell : {&q.name, &q.pick, &q.allowed, &q.arguments}) std::getline(cells, *cell, '\t');
      out.asked.push_back(q);
    }
  }
  return out;
}

// The numbers that an answer gives: one, or the ends of a bracket; a text as it is.
json picked(const json& answer, const std::string& pick) {
  if (pick[0] == '/') return answer.value(json::json_pointer(pick), json());
  for (const auto& r : answer["records"])
    if (r["name"] == pick) return r.contains("between") ? r["between"] : r["value"];
  return {};
}

// "" if the answer is the truth, within what is allowed; otherwise what is wrong with it. `scale` plants a mistake in the truth.
std::string complaint(const json& answer, const Question& q, const json& truth, double scale = 1) {
  // Hold the unit, then a text, to the table
  if (!answer.is_object()) return q.name + ": no JSON";
  if (truth["unit"] != "-" && answer["units"] != (truth["unit"] == "bit" ? "bits" : "nats")) return q.name + ": another unit";
  const json got = picked(answer, q.pick);
  const std::string digits = truth["value"];
  if (q.allowed == "same") return got == (scale == 1 ? digits : digits + "1") ? "" : q.name + ": " + got.dump();

  // Hold a number, or both of its ends, to one truth or to both ends of a range
  const bool range = digits[0] == '[';
  const auto ends = range ? json::parse(digits).get<std::vector<double>>() : std::vector{std::stod(digits), std::stod(digits)};
  if (!got.is_number() && !(got.is_array() && got.size() == 2)) return q.name + ": no number: " + got.dump();
  for (int i = 0; i < 2; ++i) {
    const double x = got.is_number() ? got.get<double>() : got[i].get<double>(), y = ends[i] * scale;
    if (!(etalon::abs(x - y) <= std::stod(q.allowed) * etalon::abs(y))) return q.name + ": " + got.dump() + " for " + digits;
  }
  return "";
}

}  // namespace

TEST_CASE("every value of truth.json can be asked from the command line", "[app][truth]") {
  // Make the files that the questions are about
  const Folder folder;
  const auto all = questions();
  const auto in_folder = [&](const std::string& arguments) {
    return shell("cd " + folder.path.string() + " && " ETALON_BINARY_DIR "/app/etalon " + arguments);
  };
  for (const auto& [name, text] : all.files) write_text(folder / name, text);
  for (const auto& arguments : all.runs) REQUIRE(in_folder(arguments).exit_code == 0);

  // Ask each; a truth that is off by 1e-9 must not pass
  const auto truth = json::parse(read_text(ETALON_SOURCE_DIR "/tests/information/data/truth.json"));
  std::set<std::string> names;
  std::map<std::string, Answer> answers;
  for (const Question& q : all.asked) {
    CAPTURE(q.name, q.arguments);
    REQUIRE(truth.contains(q.name));
    names.insert(q.name);
    if (!answers.count(q.arguments)) answers[q.arguments] = in_folder("ib " + q.arguments + " --json");
    const Answer& answer = answers[q.arguments];
    CHECK(answer.exit_code == 0);
    const auto document = json::parse(answer.out, nullptr, false);
    CHECK(complaint(document, q, truth[q.name]) == "");
    for (const double scale : {1 + 1e-9, 1 - 1e-9}) CHECK(complaint(document, q, truth[q.name], scale) != "");
  }

  // Leave none out
  CHECK(names.size() == truth.size());
}

TEST_CASE("a wrong answer is called wrong", "[app][truth]") {
  const json truth{{"value", "0.5"}, {"unit", "bit"}}, range{{"value", "[0.25,0.5]"}, {"unit", "-"}};
  const auto answer = [](const json& field, const char* units = "bits") {
    json record{{"name", "I"}};
    record.update(field);
    return json{{"units", units}, {"records", {record}}, {"beta", 2.5}};
  };
  const Question q{"q", "I", "1e-12", ""};
  CHECK(complaint(answer({{"value", 0.5}}), q, truth) == "");
  CHECK(complaint(answer({{"value", 0.5}}, "nats"), q, truth) != "");
  CHECK(complaint(answer({{"value", 0.5000000001}}), q, truth) != "");
  CHECK(complaint(answer({{"value", "+infinity"}}), q, truth) != "");
  CHECK(complaint(answer({{"between", {0.5, 0.5}}}), q, truth) == "");
  CHECK(complaint(answer({{"between", {0.4, 0.6}}}), q, truth) != "");
  CHECK(complaint(answer({{"between", {0.25, 0.5}}}), q, range) == "");
  CHECK(complaint(answer({{"value", 0.5}}), q, range) != "");
  CHECK(complaint(json(), q, truth) != "");
  CHECK(complaint(answer({{"value", 0.5}}), {"q", "J", "1e-12", ""}, truth) != "");
  CHECK(complaint(answer({{"value", 0.5}}), {"q", "/beta", "1e-12", ""}, truth) != "");
}
