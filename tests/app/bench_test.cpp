// SPDX-License-Identifier: Apache-2.0
// etalon bench as a user meets it: bits that equal the definition on every kernel, and times that are times.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/shell.h"
#include "base/file.h"

using namespace etalon;
using namespace etalon::app;
using Json = nlohmann::json;

namespace {

// One environment variable while this lives.
struct Setting {
  Setting(const char* name_, const char* value) : name(name_) { ::setenv(name, value, 1); }
  ~Setting() { ::unsetenv(name); }
  const char* name;
};

}  // namespace

TEST_CASE("bench: every kernel prints the bits of the definition, and the same hash", "[app][bench]") {
  const auto portable = [] {
    const Setting isa("ETALON_ISA", "portable");
    return run("bench --quick --json");
  }();
  const auto widest = run("bench --quick --json");
  REQUIRE(portable.exit_code == 0);
  REQUIRE(widest.exit_code == 0);
  const Json slow = Json::parse(portable.out), fast = Json::parse(widest.out);
  CHECK((slow["kernel"] == "sse2" || slow["kernel"] == "portable"));  // the plain one, as x86-64 calls it or others
  REQUIRE(fast["products"].size() == slow["products"].size());
  REQUIRE(fast["products"].size() >= 2);
  for (std::size_t i = 0; i < fast["products"].size(); ++i) {
    CHECK(fast["products"][i]["entries_unlike_definition"] == 0);
    CHECK(fast["products"][i]["planted_entries"] ==
          3);  // three entries of a copy are moved by an ulp, and the same count finds them
    CHECK(fast["products"][i]["planted_entries_found"] == 3);
    CHECK(fast["products"][i]["sha256"] == slow["products"][i]["sha256"]);
    CHECK(fast["products"][i]["gflops"] > 0.0);
    CHECK(fast["products"][i]["openblas_gflops"] > 0.0);
  }
  for (std::size_t i = 0; i < fast["ops"].size(); ++i) CHECK(fast["ops"][i]["sha256"] == slow["ops"][i]["sha256"]);

  // Soft entropy: the same double on both, and the number that NumPy finds in binary32, if there is a NumPy
  const Json &soft = fast["soft_entropy"], &soft_slow = slow["soft_entropy"];
  CHECK(soft["mutual_bits_of_double"] == soft_slow["mutual_bits_of_double"]);
  CHECK(soft["ms"] > 0.0);
  CHECK((soft["opponents"].size() == 4 || soft.contains("no_opponent")));
  for (const Json& their : soft["opponents"]) {
    CHECK(std::abs(their["difference"].get<double>()) < 1e-4 * soft["mutual_nats"].get<double>());
    CHECK(their["ratio"] > 0.0);
  }
}

TEST_CASE("bench: imports nothing that lies about, and no shell reads TMPDIR", "[app][bench]") {
  // Plant a numpy, and what Python imports by itself, where the command runs, in TMPDIR and in PYTHONPATH; a quote in its name
  const Folder folder;
  const std::string planted = folder / "o'clock; touch came; '";
  for (const char* module : {"numpy.py", "json.py", "sitecustomize.py", "usercustomize.py"})
    write_text(std::filesystem::path(planted) / module, "open(" + nlohmann::json(folder / "came").dump() + ", 'w')\n");
  const std::string quoted = "\"" + planted + "\"";
  const auto answer = shell("cd " + quoted + " && TMPDIR=" + quoted + " PYTHONPATH=" + quoted +
                            " " ETALON_BINARY_DIR "/app/etalon bench --quick --json 2>/dev/null");
  REQUIRE(answer.exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "came"));
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(planted) / "came"));
  CHECK(std::distance(std::filesystem::directory_iterator(planted), std::filesystem::directory_iterator()) ==
        4);  // and nothing is left
  const Json soft = Json::parse(answer.out)["soft_entropy"];
  CHECK((soft["opponents"].size() == 4 || soft.contains("no_opponent")));
}

TEST_CASE("bench: refuses an instruction set that it has not, and says when it is too slow", "[app][bench]") {
  {
    const Setting isa("ETALON_ISA", "avx9000");
    const auto answer = run("bench --quick");
    CHECK(answer.exit_code == 3);
    CHECK_THAT(answer.out, Catch::Contains("ETALON_ISA") && Catch::Contains("'avx9000'") && Catch::Contains("hint:"));
  }
  {
    const Setting threads("ETALON_THREADS", "many");
    CHECK(run("bench --quick").exit_code == 3);
  }
  const auto impossible = run("bench --quick --at-least 100");
  CHECK(impossible.exit_code == 1);
  CHECK_THAT(impossible.out, Catch::Contains("less than the 100.00 asked for"));
  CHECK(run("bench --at-least slow").exit_code == 2);
}
