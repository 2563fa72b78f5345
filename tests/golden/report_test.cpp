// SPDX-License-Identifier: Apache-2.0
#include "golden/report.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "golden/synthetic.h"

using namespace etalon;
using namespace etalon::file;
using namespace etalon::golden;

namespace {

Verdict one_of_each(const Golden& golden) {
  Candidate candidate = perfect(golden);
  tensor_in(candidate, "act/b").values[4] = std::numeric_limits<double>::quiet_NaN();
  tensor_in(candidate, "loss").values[0] += 1;
  candidate.files[0].tensors.erase(candidate.files[0].tensors.begin());
  add(candidate.files[0], "a <\"&'> b\x01", Tensor<double>(Shape{1}));
  return check(golden, candidate, Precision::fp32);
}

long count(const std::string& text, const std::string& what) {
  long n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("report: the table names the tensor, its op, the entry and both values", "[report]") {
  const Golden golden = synthetic_golden();
  const std::string text = table(one_of_each(golden), golden);
  CHECK_THAT(text, Catch::Contains("First divergence: act/b, written by softmax, index 2: not finite"));
  CHECK_THAT(text, Catch::Contains("entry [1, 1]: golden ") && Catch::Contains("candidate nan"));
  CHECK_THAT(text, Catch::Contains("missing") && Catch::Contains("extra: a <\"&'> b"));
  CHECK_THAT(text, Catch::Contains("WRONG: synthetic in fp32: 1 of 4 tensors within tolerance, 1 missing, 1 extra or duplicate"));
  CHECK(count(text, "grad/w") == 0);  // right, so only --all shows it
  CHECK(count(table(one_of_each(golden), golden, {.all = true, .worst_first = true}), "grad/w") == 1);
}

TEST_CASE("report: a right verdict is one line", "[report]") {
  const Golden golden = synthetic_golden();
  CHECK(table(check(golden, perfect(golden), Precision::fp64), golden) ==
        "right: synthetic in fp64: 4 of 4 tensors within tolerance, every entry exactly the golden one\n");
  // The smallest step away from one entry, or inside a structural zero, and it is no longer exact
  for (const auto& [name, i] : {std::pair{"act/a", 0}, std::pair{"act/b", 2}}) {
    Candidate near = perfect(golden);
    double& x = tensor_in(near, name).values[i];
    x = std::nextafter(x, 2.0);
    const auto verdict = check(golden, near, Precision::fp64);
    CHECK(verdict.right());
    CHECK_FALSE(verdict.exact());
    CHECK(table(verdict, golden) == "right: synthetic in fp64: 4 of 4 tensors within tolerance\n");
  }
}

TEST_CASE("report: JSON is JSON, lists each tensor once, and has null for what is not finite", "[report]") {
  const Golden golden = synthetic_golden();
  const auto out = nlohmann::json::parse(json(one_of_each(golden)));
  CHECK(out["right"] == false);
  CHECK(out["compute"] == "fp32");
  REQUIRE(out["tensors"].size() == 4);
  CHECK(out["first_divergence"]["name"] == "act/b");
  CHECK(out["first_divergence"]["values"]["worst"] == "[1, 1]");
  CHECK(out["first_divergence"]["values"]["max_error"].is_null());
  CHECK(out["first_divergence"]["candidate"].is_null());
  CHECK(out["first_divergence"]["inputs_right"] == false);  // act/a is missing
  CHECK(out["strays"][0]["kind"] == "extra");
  CHECK(out["missing"] == 1);
}

TEST_CASE("report: JUnit escapes what XML reserves and counts what failed", "[report]") {
  const Golden golden = synthetic_golden();
  const std::string text = junit(one_of_each(golden), golden);
  CHECK_THAT(text, Catch::StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "));
  CHECK_THAT(text, Catch::Contains("a &lt;&quot;&amp;&#39;&gt; b?"));
  CHECK_THAT(text, Catch::Contains("<testsuite name=\"forward.safetensors\" tests=\"3\" failures=\"3\" skipped=\"0\">"));
  CHECK_THAT(text, Catch::Contains("<testsuite name=\"backward.safetensors\" tests=\"1\" failures=\"0\" skipped=\"0\">"));
  CHECK(count(text, "<testcase ") == 5);
  CHECK(count(text, "<failure ") == 4);
  CHECK(count(text, "<testsuite ") == count(text, "</testsuite>"));
}
