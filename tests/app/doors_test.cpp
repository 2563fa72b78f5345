// SPDX-License-Identifier: Apache-2.0
// What strangers and slips bring to the command: each is named, with the exit code that the help promises.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "app/shell.h"
#include "base/file.h"
#include "file/safetensors.h"
#include "golden/golden.h"

using namespace etalon;
using namespace etalon::app;

namespace {

const std::string kSoftmax = ETALON_SOURCE_DIR "/golden/op/softmax", kModel = ETALON_SOURCE_DIR "/golden/gpt2-nano-stress";

void answers(const std::string& arguments, int exit_code, const std::string& says) {
  INFO("etalon " << arguments);
  const Answer answer = run(arguments);
  CHECK(answer.exit_code == exit_code);
  CHECK_THAT(answer.out, Catch::Contains(says));
}

}  // namespace

TEST_CASE("app: an unknown subcommand is named, whatever stands behind it", "[app][usage]") {
  for (const char* behind : {"", " --help", " --json", " more"}) {
    answers("nosuch" + std::string(behind), 2, "etalon: expected a subcommand: run, record, check");
    answers("ib nosuch" + std::string(behind), 2, "ib: expected a subcommand: entropies");
    answers("nosuch" + std::string(behind), 2, "'nosuch'");
  }
  answers("ib --help", 0, "Subcommands:");
  answers("ib entropies --help", 0, "FILE");
  answers("ib", 2, "subcommand");
}

TEST_CASE("app: a name that there is not is usage, a file that cannot be read is not", "[app][usage]") {
  answers("explain nosuch", 2, "softmax");
  answers("explain nosuch --json", 2, "softmax");
  answers("explain nosuch act/x", 2, "gpt2-nano");
  answers("explain gpt2-nano dact/nosuch", 2, "hint:");
  answers("list nosuch", 2, "gpt2-nano");
  answers("list nosuch --json", 2, "gpt2-nano");
  answers("record nosuch --out /nowhere/at/all", 2, "gpt2-nano");
  answers("list --distances /nowhere/at/all", 3, "no manifest.json");
}

TEST_CASE("app: check --only takes one argument, and names of files in which something is judged", "[app][check][usage]") {
  const std::string both = kSoftmax + " " + kSoftmax;
  answers("check --only causal " + both, 0, "of causal only");
  answers("check " + kSoftmax + " --only causal " + kSoftmax, 0, "of causal only");
  answers("check " + both + " --only causal,one-column", 0, "of causal only and one-column only");
  answers("check " + both + " --only causal --only one-column", 0, "of causal only and one-column only");
  answers("check " + both + " --only act", 2, "would-overflow, large-offset, causal, got 'act'");
  answers("check " + both + " --only tolerances", 2, "'tolerances', in which nothing is judged");
  answers("check " + kModel + " " + kModel + " --only inputs", 2, "one of forward, backward, optimizer, got 'inputs'");
}

TEST_CASE("app: check takes a published case by its name as well", "[app][check]") {
  const Folder folder;
  std::filesystem::create_directory_symlink(ETALON_SOURCE_DIR "/golden", folder / "golden");
  const auto here = [&](const std::string& arguments) {
    return shell("cd " + folder.path.string() + " && " ETALON_BINARY_DIR "/app/etalon " + arguments + " 2>&1");
  };
  CHECK(here("check op/softmax golden/op/softmax").exit_code == 0);
  CHECK(here("check golden/op/softmax golden/op/softmax").exit_code == 0);
  std::filesystem::create_directories(folder / "op/softmax");  // a folder of that name comes first, and is no case
  CHECK(here("check op/softmax golden/op/softmax").exit_code == 3);
  CHECK(here("check op/nosuch golden/op/softmax").exit_code == 3);
}

TEST_CASE("app: check passes over hidden files and says so, and reads endings in capitals", "[app][check]") {
  const Folder folder;
  const auto golden = golden::read_golden(kSoftmax);
  file::TensorFile file;
  for (const auto& entry : golden.manifest.tensors)
    if (!entry.is_given()) file.tensors.push_back(golden.stored(entry.name));
  file::write_safetensors(folder / "out/BACKEND.SAFETENSORS", file);
  write_text(folder / "out/.x.safetensors", "junk");
  const Answer answer = run("check " + kSoftmax + " " + folder / "out");
  CHECK(answer.exit_code == 0);
  CHECK_THAT(answer.out, Catch::Contains("passed over, because it is hidden: ") && Catch::Contains(".x.safetensors") &&
                             Catch::Contains("right: op/softmax"));
}

TEST_CASE("app: ten gigabytes of zeros are refused by their first bytes", "[app][errors]") {
  // With less memory than the file would take, and no time limit: what reads it whole ends in another message
  const Folder folder;
  for (const char* name : {"zeros.safetensors", "zeros.npy", "zeros.csv", "zeros.json"}) {
    write_text(folder / name, "");
    std::filesystem::resize_file(folder / name, std::uintmax_t{10} << 30);
  }
  const auto limited = [&](const std::string& arguments, const std::string& says) {
    const Answer answer = shell("ulimit -v 2000000; " ETALON_BINARY_DIR "/app/etalon " + arguments + " 2>&1");
    INFO(arguments);
    CHECK(answer.exit_code == 3);
    CHECK_THAT(answer.out, Catch::Contains(says) && Catch::Contains("hint:"));
  };
  const std::string no_format = "expected .npy, .npz, safetensors, JSON or CSV, got bytes that are none of them";
  limited("check " + kSoftmax + " " + folder / "zeros.safetensors", "a header that is one JSON object");
  limited("head --weight " + folder / "zeros.safetensors" + " --hidden x --targets y", no_format);
  limited("head --weight " + folder / "zeros.safetensors" + ":w --hidden x --targets y", no_format);
  for (const char* name : {"zeros.safetensors", "zeros.npy", "zeros.csv"}) limited("ib entropies " + folder / name, no_format);
  limited("ib check " + folder / "zeros.json", "at most 268435456 bytes");
}

TEST_CASE("app: no name from a file acts on the terminal or forges a verdict", "[app][errors]") {
  const Folder folder;
  file::TensorFile file;
  file::add(file, "\x1b]0;PWNED\x07\x1b[2J\nright: op/softmax in fp64: 10 of 10 tensors", Tensor<double>(Shape{1}));
  file::add(file, "\x1b[1A\x1b[2Kx", Tensor<double>(Shape{1}));
  file::write_safetensors(folder / "escape.safetensors", file);
  write_text(
      folder / "claims.json",
      R"json({"joint": [[0.5], [0.5]], "claims": [{"name": "bound:x\nright: 1 of 1 claims are right", "value": 9, "side": "lower"}]})json");
  for (const std::string& arguments :
       {"check " + kSoftmax + " " + folder / "escape.safetensors",
        "check --json - " + kSoftmax + " " + folder / "escape.safetensors",
        "check --junit - " + kSoftmax + " " + folder / "escape.safetensors",
        "head --weight " + folder / "escape.safetensors" + " --hidden x --targets y", "ib check " + folder / "claims.json"}) {
    const Answer answer = run(arguments);
    INFO(arguments << "\n" << answer.out);
    CHECK(answer.exit_code != 0);
    CHECK(answer.out.find('\x1b') == std::string::npos);
    CHECK(answer.out.find("\nright:") == std::string::npos);
  }
}

TEST_CASE("app: JSON that nests deep or says a thing twice is refused by every command that reads it", "[app][errors]") {
  const Folder folder;
  write_text(folder / "deep.json", std::string(70000, '['));
  write_text(folder / "deep_claims.json", "{\"joint\": " + std::string(70000, '['));
  write_text(folder / "twice.json", R"json({"p": [[0.45, 0.05], [0.05, 0.45]], "p": [[0.25, 0.25], [0.25, 0.25]]})json");
  for (const char* command : {"ib check ", "run ", "ib entropies ", "ib capacity "})
    for (const char* name : {"deep.json", "deep_claims.json"}) answers(command + folder / name, 3, "brackets inside each other");
  for (const char* command : {"ib check ", "run ", "ib entropies ", "ib curve "})
    answers(command + folder / "twice.json", 3, "a second \"p\" at line 1, column");
}
