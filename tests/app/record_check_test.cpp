// SPDX-License-Identifier: Apache-2.0
// record, check and explain as a user meets them: what they print and how they exit.
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/shell.h"
#include "base/file.h"
#include "golden/golden.h"
#include "missing.h"

using namespace etalon;
using namespace etalon::app;

namespace {

// The judged tensors of a recorded case, as a perfect backend would send them.
file::TensorFile perfect(const golden::Golden& golden) {
  file::TensorFile file;
  for (const auto& entry : golden.manifest.tensors)
    if (!entry.is_given()) file.tensors.push_back(golden.stored(entry.name));
  return file;
}

}  // namespace

TEST_CASE("app: record, then check: 0 right, 1 wrong, 2 usage, 3 unreadable", "[app][check]") {
  const Folder folder;
  REQUIRE(run("record llama-nano-stress --out " + folder.path.string()).exit_code == 0);
  const std::string golden_folder = folder / "llama-nano-stress", candidate = folder / "candidate.safetensors";
  const auto golden = golden::read_golden(golden_folder);
  auto file = perfect(golden);
  file::write_safetensors(candidate, file);
  const std::string check = "check " + golden_folder + " " + candidate;

  const auto right = run(check + " --compute fp64");
  CHECK(right.exit_code == 0);
  CHECK_THAT(right.out, Catch::StartsWith("right: llama-nano-stress in fp64"));

  CHECK_THAT(run(check).out, Catch::StartsWith("right: llama-nano-stress in fp64"));  // all of it is F64
  CHECK(run(check + " --compute fp7").exit_code == 2);
  CHECK(run(check + " --compute fp64 --only sideways").exit_code == 2);
  CHECK(run("check " + golden_folder + " no-such-file --compute fp64").exit_code == 3);
  CHECK(run("check no-such-folder " + candidate + " --compute fp64").exit_code == 3);

  for (auto& tensor : file.tensors)
    if (tensor.name == "dact/h.1.attn.probs") tensor.values[5] += 1;
  file::write_safetensors(candidate, file);
  const auto wrong = run(check + " --compute fp32 --junit " + (folder / "junit.xml") + " --json " + (folder / "verdict.json"));
  CHECK(wrong.exit_code == 1);
  CHECK_THAT(wrong.out, Catch::Contains("First divergence: dact/h.1.attn.probs, written by attention_mix.vjp") &&
                            Catch::Contains("inputs    all within tolerance"));
  const auto verdict = nlohmann::json::parse(read_text(folder / "verdict.json"));
  CHECK(verdict["first_divergence"]["name"] == "dact/h.1.attn.probs");
  CHECK(verdict["wrong"] == 1);
  CHECK_THAT(read_text(folder / "junit.xml"), Catch::Contains("failures=\"1\""));
  CHECK(nlohmann::json::parse(run(check + " --compute fp32 --json -").out)["right"] == false);

  const auto bytes = read_file(candidate);
  write_file(candidate, std::span(bytes).first(bytes.size() - 1));
  CHECK(run(check + " --compute fp64").exit_code == 3);
  write_text(golden_folder + "/manifest.json", "{");
  CHECK(run(check + " --compute fp64").exit_code == 3);
}

TEST_CASE("app: a published bit that is off is found by proving the case again, and bits do not change without a reason",
          "[app][record]") {
  const Folder folder;
  const std::string out = " --out " + folder.path.string(), golden_folder = folder / "op/softmax";
  REQUIRE(run("record op/softmax" + out).exit_code == 0);
  CHECK(run("record op/softmax" + out).exit_code == 0);  // the same bits: nothing to explain
  CHECK_THAT(run("check " + golden_folder + " " + golden_folder).out, Catch::Contains("every entry exactly the golden one"));
  CHECK_THAT(run("record --verify op/softmax" + out).out, Catch::Contains("proved again: op/softmax"));
  CHECK(nlohmann::json::parse(run("record --verify --json " + golden_folder, kOutputOnly).out)[0]["right"] == true);

  auto golden = golden::read_golden(golden_folder);
  for (auto& tensor : golden.files.at("causal.safetensors").tensors)
    if (tensor.name == "causal/y") tensor.values[3] = std::nextafter(tensor.values[3], 2.0);
  golden::write_golden(golden, golden_folder);  // and every hash made to agree
  CHECK(run("check " + golden_folder + " " + golden_folder).exit_code == 0);
  const auto found = run("record --verify " + golden_folder);
  CHECK(found.exit_code == 1);
  CHECK_THAT(found.out, Catch::Contains("causal/y[1, 0]: published") && Catch::Contains("1 ulp apart"));

  const auto refused = run("record op/softmax" + out);
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.out, Catch::Contains("--because"));
  CHECK(run("record op/softmax" + out + " --because 'to restore it'").exit_code == 0);
  CHECK(run("record --verify " + golden_folder).exit_code == 0);
  CHECK(run("record --verify --engine op/softmax").exit_code == 2);
  CHECK(run("record --verify no-such-folder").exit_code == 3);
}

TEST_CASE("app: record --engine prints the hash that is published", "[app][record]") {
  const Folder folder;
  const auto printed = run("record --engine op/rope --out " + folder.path.string(), kOutputOnly);
  CHECK(printed.exit_code == 0);
  const std::string engine = read_text(std::filesystem::path(ETALON_SOURCE_DIR) / "golden" / "engine.txt");
  CHECK(missing(engine, printed.out) == "");
}

TEST_CASE("app: record refuses a case that is not there", "[app][record]") {
  CHECK(run("record").exit_code == 2);
  const Folder folder;
  const auto refused = run("record gpt3 --out " + (folder / "x"));
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.out, Catch::Contains("gpt2-nano-stress") && Catch::Contains("hint:"));
  CHECK_THAT(run("record op/no-such-op --out " + (folder / "x")).out, Catch::Contains("softmax"));
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("app: explain prints the page itself and its cases; and walks a gradient to the loss", "[app][explain]") {
  const auto page = run("explain softmax");
  CHECK(page.exit_code == 0);
  CHECK_THAT(page.out, Catch::StartsWith("softmax — ") && Catch::Contains("VJP") && Catch::Contains("case causal") &&
                           Catch::Contains("x_bar/0"));
  const auto walk = run("explain gpt2-nano dact/h.1.attn.scores 0,1,5,2 --parts 3");
  CHECK(walk.exit_code == 0);
  CHECK_THAT(walk.out, Catch::StartsWith("d loss / d h.1.attn.scores[0, 1, 5, 2] = ") && Catch::Contains("(causal_mask)") &&
                           Catch::EndsWith("d loss / d loss = 1\n"));
  CHECK(run("explain gpt2-nano dact/h.1.attn.scores 0,1,5").exit_code == 2);
  CHECK(run("explain gpt2-nano act/h.1.attn.scores").exit_code == 2);
  CHECK(run("explain no-such-op").exit_code == 2);
}

TEST_CASE("app: list names what there is, and the nodes of a case", "[app][list]") {
  CHECK_THAT(run("list").out, Catch::Contains("gpt2-nano-stress") && Catch::Contains("llama") && Catch::Contains("softmax") &&
                                  Catch::Contains("noisy_spamlang"));
  CHECK_THAT(run("list llama-nano").out, Catch::Contains("h.1.attn.k_rot") && Catch::Contains("[3, 2, 19, 4]"));
  CHECK(run("list no-such-case").exit_code == 2);
}

TEST_CASE("app: list, explain and record speak JSON", "[app][json]") {
  const Folder folder;
  const auto parsed = [](const std::string& arguments) {
    const auto answer = run(arguments);
    INFO(arguments << "\n" << answer.out);
    REQUIRE(answer.exit_code == 0);
    return nlohmann::json::parse(answer.out);
  };
  CHECK(parsed("list --json")["families"] == nlohmann::json({"gpt2", "llama"}));
  CHECK(parsed("list gpt2-nano --json").back()["name"] == "loss");
  CHECK(parsed("explain softmax --json")["cases"].size() == 5);
  const auto steps = parsed("explain gpt2-nano-stress dact/h.1.attn.scores 0,1,5,2 --json");
  CHECK(steps[0]["name"] == "h.1.attn.scores");
  CHECK(steps.back()["parts"][0]["from"] == "loss");
  const auto recorded =
      run("record op/softmax --json --out " + folder.path.string()).out;  // the log comes first: it is standard error
  CHECK(nlohmann::json::parse(recorded.substr(recorded.find('[')))[0]["case"] == "op/softmax");
}

TEST_CASE("app: a candidate in F32 is judged in fp32 unless it says otherwise", "[app][check]") {
  const Folder folder;
  const std::string golden = ETALON_SOURCE_DIR "/golden/op/add", candidate = folder / "candidate.safetensors";
  auto file = perfect(golden::read_golden(golden));
  for (auto& tensor : file.tensors) {
    tensor.dtype = file::Dtype::f32;
    for (double& x : tensor.values) x = file::rounded_to(file::Dtype::f32, x);
  }
  file::write_safetensors(candidate, file);
  CHECK_THAT(run("check " + golden + " " + candidate).out, Catch::Contains("op/add in fp32"));
  CHECK(run("check " + golden + " " + candidate + " --compute fp64").exit_code == 1);
}

TEST_CASE("app: a case held to itself is exact", "[app][check]") {
  for (const char* name : {"gpt2-nano-stress", "op/rope"}) {
    const std::string golden = std::string(ETALON_SOURCE_DIR "/golden/") + name;
    const auto answer = run("check " + golden + " " + golden + " --json -");
    INFO(answer.out.substr(0, 500));
    REQUIRE(answer.exit_code == 0);
    const auto verdict = nlohmann::json::parse(answer.out);
    for (const auto& tensor : verdict["tensors"])
      if (tensor.contains("values")) CHECK(tensor["values"]["max_error"] == 0.0);
  }
}
