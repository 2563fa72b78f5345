// SPDX-License-Identifier: Apache-2.0
// What is committed in golden/: all of it there, nothing else, every bit vouched for, and no change without a line in its history.
// That the values are the proved ones is tests/certify and `etalon record --verify`.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>

#include "base/bits.h"
#include "base/file.h"
#include "base/sha256.h"
#include "folder.h"
#include "golden/manifest_hash.h"
#include "golden/store.h"
#include "golden/synthetic.h"
#include "missing.h"
#include "record/by_name.h"

using namespace etalon;
using namespace etalon::file;
using namespace etalon::golden;
using namespace etalon::record;
namespace fs = std::filesystem;

namespace {

const fs::path kCommitted = fs::path(ETALON_SOURCE_DIR) / "golden";
const fs::path kDocs = fs::path(ETALON_SOURCE_DIR) / "docs";

// The line of `etalon record --engine`: the hash of the manifest that vouches for all files.
std::string engine_hash(Golden golden) {
  seal(golden);
  return sha256(to_text(golden.manifest));
}

void flip_bit(const fs::path& file, std::size_t byte) {
  auto bytes = read_file(file);
  bytes.at(byte) ^= std::byte{0x10};
  write_file(file, bytes);
}

}  // namespace

TEST_CASE("golden: the docs name every key of the metadata", "[golden][docs]") {
  const TensorFile inputs = read_safetensors(kCommitted / "gpt2-nano" / "inputs.safetensors");
  CHECK(inputs.metadata.size() > 15);
  const auto format = read_text(kDocs / "golden-format.md"), how_to = read_text(kDocs / "how-to/check-a-backend.md");
  for (const auto& [key, value] : inputs.metadata) {
    CHECK(missing(format, "`" + key + "`") == "");
    if (key != "case" && key != "format" && key != "optimiser") CHECK(missing(how_to, "`" + key + "`") == "");
  }
}

TEST_CASE("golden: the folder holds these cases and no others, under 24 MB", "[golden]") {
  std::uintmax_t n_bytes = 0;
  std::vector<std::string> cases;
  for (const auto& entry : fs::recursive_directory_iterator(kCommitted)) {
    if (entry.is_regular_file()) n_bytes += entry.file_size();
    if (entry.path().filename() == "manifest.json") cases.push_back(fs::relative(entry.path().parent_path(), kCommitted).string());
  }
  CHECK(n_bytes < 24'000'000);
  auto expected = case_names();
  std::sort(cases.begin(), cases.end());
  std::sort(expected.begin(), expected.end());
  CHECK(cases == expected);
}

TEST_CASE("golden: every case can be read, is certified, and says how far the engine is from it", "[golden]") {
  for (const std::string& name : case_names()) {
    INFO(name);
    const Golden golden = read_golden(kCommitted / name);
    CHECK(golden.manifest.name == name);
    REQUIRE(golden.manifest.certificate);
    CHECK(golden.manifest.certificate->precision_bits >= 53);
    CHECK(golden.manifest.certificate->seconds < 60);
    for (const TensorEntry& entry : golden.manifest.tensors) {
      if (entry.is_given()) continue;
      INFO(entry.name);
      REQUIRE(entry.engine);
      CHECK(entry.engine->of_bound.value_or(0) <= 1);
      CHECK(entry.vanishing.empty());  // every zero is declared, exact, or has a proved sign
    }
  }
}

TEST_CASE("golden: the engine has the published bits in every case, and one bit off is seen", "[golden][bits][law]") {
  std::map<std::string, std::string> published;
  std::istringstream lines(read_text(kCommitted / "engine.txt"));
  for (std::string hash, name; lines >> hash >> name;) published[name] = hash;
  CHECK(published.size() == case_names().size());
  CHECK(missing(read_text(fs::path(ETALON_SOURCE_DIR) / "docs" / "determinism.md"), read_text(kCommitted / "engine.txt")) == "");
  for (const std::string& name : case_names()) {
    INFO(name << ": if the engine's bits were meant to change, `etalon record --engine --all` prints golden/engine.txt anew");
    Golden golden = engine_case(name, "etalon record --engine " + name);
    CHECK(engine_hash(golden) == published[name]);
    for (const TensorEntry& entry : golden.manifest.tensors) {
      if (entry.is_given()) continue;
      auto& last = tensor_in(golden.files.at(entry.file), entry.name).values.back();
      last = from_bits(to_bits(last) ^ 1);
      break;
    }
    CHECK(engine_hash(golden) != published[name]);
  }
}

TEST_CASE("golden: the last line of a case's history is the case that lies there, with its reason", "[golden][history]") {
  std::map<std::string, HistoryLine> last;
  for (const HistoryLine& line : read_history(kCommitted / kHistoryFile)) last[line.name] = line;
  std::set<std::string> in_history;
  for (const auto& [name, line] : last) in_history.insert(name);
  const auto names = case_names();
  CHECK(in_history == std::set<std::string>(names.begin(), names.end()));
  for (const std::string& name : names) {
    INFO(name << ": only `etalon record " << name << " --because WHY` changes what is published");
    CHECK(manifest_sha256(kCommitted / name) == last[name].sha256);
    CHECK(read_golden(kCommitted / name).manifest.because == last[name].because);
  }
}

TEST_CASE("golden: a flipped bit in any tensor of any file is refused by the tensor's name", "[golden][planted]") {
  const Folder copy;
  for (const std::string name : {"op/layer_norm", "llama-nano"}) {
    const fs::path folder = copy.path / name;
    fs::create_directories(folder.parent_path());
    fs::copy(kCommitted / name, folder);
    const Golden golden = read_golden(folder);
    long n = 0;
    for (const TensorEntry& entry : golden.manifest.tensors) {
      if (entry.shape.size() == 0 || (name == "llama-nano" && ++n % 9 != 0)) continue;
      const auto whole = read_file(folder / entry.file);
      auto file = golden.files.at(entry.file);
      auto& tensor = tensor_in(file, entry.name);
      if (tensor.values.empty()) tensor.integers.back() ^= 4;
      else tensor.values.back() = from_bits(to_bits(tensor.values.back()) ^ 1);
      write_file(folder / entry.file, serialise_safetensors(file));
      CHECK_THROWS_WITH(read_golden(folder), Catch::Contains(entry.file + ": " + entry.name) && Catch::Contains("SHA-256"));
      write_file(folder / entry.file, whole);
    }
    CHECK_NOTHROW(read_golden(folder));
  }
}

TEST_CASE("golden: a flipped bit anywhere in any file, the manifest and its hash too, is refused by the file's name",
          "[golden][planted]") {
  const Folder copy;
  const fs::path folder = copy.path / "softmax";
  fs::copy(kCommitted / "op" / "softmax", folder);
  for (const auto& entry : fs::directory_iterator(kCommitted / "op" / "softmax")) {
    const fs::path file = folder / entry.path().filename();
    for (std::size_t byte = 0; byte < entry.file_size(); byte += 7) {
      flip_bit(file, byte);
      INFO(file << " byte " << byte);
      CHECK_THROWS_WITH(read_golden(folder), Catch::Contains(file.filename().string()));
      flip_bit(file, byte);
    }
  }
  CHECK_NOTHROW(read_golden(folder));
}

TEST_CASE("store: the same bits are left as they are; others need a reason, which history keeps", "[golden][history]") {
  const Folder root;
  write_text(root.path / kHistoryFile, "");
  Golden golden = synthetic_golden();
  CHECK(store_golden(golden, "", root.path) == Stored::written);
  const auto manifest = [&] { return read_golden(root.path / "synthetic").manifest; };
  CHECK(manifest().because == kFirstTime);

  golden.manifest.certificate->seconds += 1;  // the clock is no part of the case
  CHECK(store_golden(golden, "", root.path) == Stored::unchanged);
  CHECK(read_history(root.path / kHistoryFile).size() == 1);

  tensor_in(golden.files.at("forward.safetensors"), "loss").values[0] += 1;
  const std::string before = read_text(root.path / "synthetic" / "manifest.json");
  CHECK_THROWS_WITH(store_golden(golden, "", root.path), Catch::Contains("--because") && Catch::Contains("synthetic"));
  CHECK(read_text(root.path / "synthetic" / "manifest.json") == before);
  CHECK(store_golden(golden, "the loss was off by 1", root.path) == Stored::written);
  CHECK(manifest().because == "the loss was off by 1");
  const auto history = read_history(root.path / kHistoryFile);
  REQUIRE(history.size() == 2);
  CHECK(history[1].because == "the loss was off by 1");
  CHECK(history[1].sha256 == manifest_sha256(root.path / "synthetic"));

  golden.files.at("forward.safetensors").tensors[0].values[0] += 1;
  CHECK_THROWS_WITH(store_golden(golden, "two\nlines", root.path), Catch::Contains("one line"));

  for (const char* bad : {"nonsense\n", "0123  case  why\n", "\n"}) {
    write_text(root.path / kHistoryFile, bad);
    CHECK_THROWS_WITH(read_history(root.path / kHistoryFile), Catch::Contains("history.txt:1"));
  }
}
