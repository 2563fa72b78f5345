// SPDX-License-Identifier: Apache-2.0
// The folder of `etalon run`: what is done is kept, whatever happens to the rest, and the folder says so.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "app/child.h"
#include "app/experiments.h"
#include "app/shell.h"
#include "base/file.h"

using namespace etalon;
using namespace etalon::app;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Place {
  explicit Place(const std::string& experiments) { write_text(folder / "e.json", experiments); }
  std::vector<std::string> words() const { return {"run", folder / "e.json", "--out", folder / "out", "--threads", "2"}; }
  std::string arguments() const { return "run " + (folder / "e.json") + " --threads 2 --out " + (folder / "out"); }
  fs::path out() const { return folder.path / "out"; }
  Json state() const { return Json::parse(read_text(out() / "state.json")); }
  std::string state_of(std::size_t i) const { return state()["experiments"][i]["state"]; }

  // Does the folder hold the first experiment, finished, and none of the second?
  void holds_the_first_alone() const {
    CHECK(measured() == std::set<std::string>{"first"});
    CHECK(state_of(0) == "done");
    CHECK(state_of(1) != "done");
    CHECK(fs::exists(out() / "golden" / "first" / "manifest.json"));
    CHECK(fs::exists(out() / "candidate" / "first.safetensors"));
    CHECK_FALSE(fs::exists(out() / "golden" / "second"));
    CHECK_FALSE(read_text(out() / "soft_entropy.jsonl").empty());
  }

  std::set<std::string> measured() const {
    std::set<std::string> names;
    std::istringstream text(read_text(out() / "metrics.jsonl"));
    for (std::string line; std::getline(text, line);) names.insert(Json::parse(line)["experiment"]);
    return names;
  }

  const Folder folder;
};

// Until the first experiment is written; the second never ends.
void wait_for_the_first(Child& child, const Place& place) {
  REQUIRE(child.wait_until([&] { return fs::exists(place.out() / "state.json") && place.state_of(0) == "done"; }));
}

}  // namespace

TEST_CASE("run: a diverging experiment is reported, and the others are finished", "[app][run][folder]") {
  const Place place(list_of({tiny("first"), diverging("second"), tiny("third")}));
  const auto answer = run(place.arguments());
  CHECK(answer.exit_code == 1);
  CHECK_THAT(answer.out, Catch::Contains("second failed: study.train: second, step") && Catch::Contains("diverged") &&
                             Catch::Contains("first (gpt2") && Catch::Contains("third (gpt2") && !Catch::Contains("second (gpt2"));
  CHECK(place.measured() == std::set<std::string>{"first", "third"});
  CHECK(place.state()["state"] == "failed");
  CHECK(place.state_of(0) == "done");
  CHECK(place.state_of(1) == "failed");
  CHECK_THAT(place.state()["experiments"][1]["reason"].get<std::string>(), Catch::Contains("diverged"));
  CHECK(place.state_of(2) == "done");
  CHECK(fs::exists(place.out() / "report.html"));

  const auto json = Json::parse(run(place.arguments() + " --json", kOutputOnly).out);
  CHECK(json["experiments"].size() == 2);
  CHECK(json["failed"][0]["experiment"] == "second");
}

TEST_CASE("run: where every experiment diverges there is no report, and exit code 1", "[app][run][folder]") {
  const Place place(list_of({diverging("one"), diverging("two")}));
  CHECK(run(place.arguments()).exit_code == 1);
  CHECK(place.state()["state"] == "failed");
  CHECK_FALSE(fs::exists(place.out() / "report.html"));
}

TEST_CASE("run: a verdict that is wrong is printed, and is exit code 1", "[app][run][verdict]") {
  const Place place(list_of({tiny("first"), too_large_for_float("second")}));
  const auto answer = run(place.arguments());
  CHECK(answer.exit_code == 1);
  CHECK_THAT(answer.out, Catch::Contains("verdict      right at fp32") && Catch::Contains("verdict      WRONG at fp32"));
  CHECK(place.state()["state"] == "done");
  const auto json = Json::parse(run(place.arguments() + " --json", kOutputOnly).out);
  CHECK(json["verdicts"][0]["right"] == true);
  CHECK(json["verdicts"][1]["right"] == false);
  const auto good = run("check " + (place.out() / "golden/first").string() + " " +
                        (place.out() / "candidate/first.safetensors").string() + " --compute fp32");
  const auto bad = run("check " + (place.out() / "golden/second").string() + " " +
                       (place.out() / "candidate/second.safetensors").string() + " --compute fp32");
  CHECK(good.exit_code == 0);
  CHECK(bad.exit_code == 1);
}

TEST_CASE("run: says done, with the command and the version, and runs again over itself", "[app][run][folder]") {
  const Place place(list_of({tiny("first"), tiny("second")}));
  for (int turn = 0; turn < 2; ++turn) {
    REQUIRE(run(place.arguments()).exit_code == 0);
    const Json state = place.state();
    CHECK(state["state"] == "done");
    CHECK(state["command"] == "etalon run " + (place.folder / "e.json") + " --out " + (place.folder / "out"));
    CHECK(run("--version").out == state["version"].get<std::string>() + "\n");
    CHECK(state.contains("began"));
    CHECK(state.contains("ended"));
    CHECK(place.measured().size() == 2);
  }
}

TEST_CASE("run: Ctrl-C keeps what is done, says so, and exits with 130", "[app][run][interrupt]") {
  for (const int number : {SIGINT, SIGTERM}) {
    const Place place(list_of({tiny("first"), endless("second")}));
    Child child(place.words());
    wait_for_the_first(child, place);
    child.signal(number);
    CHECK(child.wait() == 130);
    CHECK_THAT(child.printed(), Catch::Contains("interrupted") && Catch::Contains("1 of 2 experiments are finished and kept in"));
    place.holds_the_first_alone();
    CHECK(place.state()["state"] == "interrupted");
    CHECK(place.state_of(1) == "stopped");
    CHECK_THAT(read_text(place.out() / "report.html"), Catch::Contains("first") && !Catch::Contains("second"));
  }
}

TEST_CASE("run: a kill keeps what is done, and the folder never says that all is", "[app][run][interrupt]") {
  const Place place(list_of({tiny("first"), endless("second")}));
  Child child(place.words());
  wait_for_the_first(child, place);
  child.signal(SIGKILL);
  CHECK(child.wait() == 128 + SIGKILL);
  place.holds_the_first_alone();
  CHECK(place.state()["state"] == "running");
  CHECK_FALSE(fs::exists(place.out() / "report.html"));
}

TEST_CASE("run: a kill over the results of an earlier run leaves none of them beside the new", "[app][run][interrupt]") {
  const Place place(list_of({tiny("first"), tiny("earlier")}));
  REQUIRE(run(place.arguments() + " --phases 3").exit_code == 0);
  CHECK(fs::exists(place.out() / "phases.jsonl"));
  write_text(place.out() / "notes.txt", "mine");

  write_text(place.folder / "e.json", list_of({endless("first"), endless("second")}));
  Child child(place.words());
  REQUIRE(child.wait_until([&] { return place.state()["experiments"][1]["name"] == "second" && place.state_of(1) == "running"; }));
  child.signal(SIGKILL);
  child.wait();
  std::set<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(place.out()))
    if (entry.is_regular_file()) left.insert(fs::relative(entry.path(), place.out()));
  CHECK(left == std::set<std::string>{"state.json", "experiments.json", "notes.txt"});
  CHECK(place.state()["state"] == "running");
}

TEST_CASE("run: two runs into one folder are refused, and a dead one locks nobody out", "[app][run][lock]") {
  const Place place(list_of({tiny("first"), endless("second")}));
  Child child(place.words());
  wait_for_the_first(child, place);
  const auto refused = run(place.arguments());
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.out, Catch::Contains("another process") && Catch::Contains("--out"));
  place.holds_the_first_alone();  // and the one that runs is not disturbed
  child.signal(SIGKILL);
  child.wait();
  write_text(place.folder / "e.json", tiny("again"));
  CHECK(run(place.arguments()).exit_code == 0);
}

TEST_CASE("record: two into one folder are refused while the first writes", "[app][record][lock]") {
  const Folder folder;
  Child child({"record", "--all", "--engine", "--tolerances", "--out", folder / "out"});
  REQUIRE(child.wait_until([&] { return fs::exists(folder.path / "out" / "gpt2-nano" / "manifest.json"); }));
  const auto refused = run("record --engine op/add --out " + (folder / "out"));
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.out, Catch::Contains("another process"));
  child.signal(SIGKILL);
  child.wait();
  CHECK(run("record --engine op/add --out " + (folder / "out")).exit_code == 0);
}

TEST_CASE("run: a disk that fills up is exit code 3, and what was written before stays", "[app][run][folder]") {
  const Place place(list_of({tiny("first")}));
  const auto answer = shell("ulimit -f 20; " ETALON_BINARY_DIR "/app/etalon " + place.arguments() + " 2>&1");
  CHECK(answer.exit_code == 3);
  CHECK_THAT(answer.out, Catch::Contains("to write") && Catch::Contains("disk") && Catch::Contains("None of 1 experiments"));
  CHECK(place.state()["state"] == "failed");
  CHECK_FALSE(fs::exists(place.out() / "golden" / "first"));
}

TEST_CASE("run: a pipe is read once", "[app][run][pipe]") {
  const Place place(tiny("first", 5));
  const std::string out = " --out " + (place.folder / "out");
  CHECK(
      shell("cat " + (place.folder / "e.json") + " | " ETALON_BINARY_DIR "/app/etalon run /dev/stdin" + out + " 2>&1").exit_code ==
      0);
  CHECK(
      shell("bash -c '" ETALON_BINARY_DIR "/app/etalon run <(cat " + (place.folder / "e.json") + ")" + out + "' 2>&1").exit_code ==
      0);
  CHECK(read_text(place.out() / "experiments.json") == tiny("first", 5));
}

TEST_CASE("run: what would not end, or not fit, is refused at once, and nothing is written", "[app][run][absurd]") {
  const auto refused = [](const std::string& experiment, const std::string& words, const std::string& more = "") {
    const Place place(experiment);
    const auto answer = run(place.arguments() + more);
    INFO(answer.out);
    CHECK(answer.exit_code == 3);
    CHECK_THAT(answer.out, Catch::Contains(words) && Catch::Contains("hint:"));
    CHECK_FALSE(fs::exists(place.out()));
  };
  refused(tiny("large", 50, "", 4096), "expected to take");
  refused(tiny("long", 100000000), "expected to take", " --max-hours 1");
  refused(tiny("short", 50), "expected to take", " --max-hours 1e-9");
  std::string wide = tiny("wide");
  wide.replace(wide.find("\"width\": 8"), 10, "\"width\": 8192");
  wide.replace(wide.find("\"n_layers\": 1"), 13, "\"n_layers\": 30");
  refused(wide, "fits into memory", " --max-hours 1e-9");  // and where it fits, it does not run
  std::string negative = tiny("negative");
  negative.replace(negative.find("\"seed\": 1,"), 10, "\"seed\": -1,");
  refused(negative, "seed: expected an integer from 0 to");
}

TEST_CASE("run: what does not fit into memory has a message, and the name of the file", "[app][run][absurd]") {
  const Folder folder;
  write_text(folder / "e.json", "");
  fs::resize_file(folder / "e.json", std::uintmax_t{4} << 30);  // holes: nothing is written
  const auto answer = shell("ulimit -v 1000000; " ETALON_BINARY_DIR "/app/etalon run " + (folder / "e.json") + " 2>&1");
  CHECK(answer.exit_code == 3);
  CHECK_THAT(answer.out, Catch::Contains("e.json") && Catch::Contains("hint:") && !Catch::Contains("bad_alloc"));
}
