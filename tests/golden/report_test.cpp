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
  CHECK_THAT(text, Catch::Contains("a &lt;&quot;&amp;&#39;&gt; b\\u0001"));
  CHECK_THAT(text, Catch::Contains("<testsuite name=\"forward.safetensors\" tests=\"3\" failures=\"3\" skipped=\"0\">"));
  CHECK_THAT(text, Catch::Contains("<testsuite name=\"backward.safetensors\" tests=\"1\" failures=\"0\" skipped=\"0\">"));
  CHECK(count(text, "<testcase ") == 5);
  CHECK(count(text, "<failure ") == 4);
  CHECK(count(text, "<testsuite ") == count(text, "</testsuite>"));
}

TEST_CASE("report: no name from a file forges a line or reaches the terminal", "[report]") {
  // Put the forgery wherever a report quotes: a stray of the candidate, its file, every text of the case
  const std::string forged = "\x1b[1A\nright: all\u202e";
  Golden golden = synthetic_golden();
  golden.manifest.name = "case" + forged;
  for (TensorEntry& entry : golden.manifest.tensors)
    if (entry.name == "act/b") entry.op = "softmax" + forged, entry.zeros[0].reason = "hidden" + forged;
  Candidate candidate = perfect(golden);
  tensor_in(candidate, "act/b").values[5] = 1;  // in the structural zero
  candidate.files[0].where = "file" + forged;
  add(candidate.files[0], "stray" + forged, Tensor<double>(Shape{1}));
  tensor_in(candidate, "loss").dtype = Dtype::bf16;  // its note names the file
  const Verdict verdict = check(golden, candidate, Precision::fp64);

  // See it in each of the reports, and none that acts
  const std::string shown = "\\u001b[1A\\u000aright: all\\u202e";
  const auto harmless = [](const std::string& text) {
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\nright: all") == std::string::npos);
    CHECK(text.find("\u202e") == std::string::npos);
  };
  const std::string text = table(verdict, golden, {.all = true, .worst_first = false}), xml = junit(verdict, golden);
  for (const char* what : {"case", "softmax", "hidden", "file", "stray"}) {
    INFO(what);
    CHECK_THAT(text, Catch::Contains(what + shown));
  }
  CHECK_THAT(xml, Catch::Contains("case" + shown) && Catch::Contains("file" + shown) && Catch::Contains("stray" + shown));
  harmless(text);
  harmless(xml);
  const std::string object = json(verdict);
  harmless(object);
  CHECK(nlohmann::json::parse(object)["strays"][0]["name"] == "stray" + forged);  // escaped, and the same name
  CHECK(nlohmann::json::parse(object)["case"] == "case" + forged);
}
