// SPDX-License-Identifier: Apache-2.0
// A manifest may come from a stranger: reading one never crashes, and every refusal says where.
#include "golden/manifest.h"

#include <catch2/catch.hpp>

#include "base/bits.h"
#include "base/file.h"
#include "folder.h"
#include "golden/synthetic.h"

using namespace etalon;
using namespace etalon::file;
using namespace etalon::golden;

namespace {

std::string valid_text() {
  const Folder folder;
  write_golden(synthetic_golden(), folder.path);
  return read_text(folder.path / "manifest.json");
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("manifest: what is written is what is read, and written again it is the same bytes", "[manifest]") {
  const std::string text = valid_text();
  const Manifest manifest = parse_manifest(text, "manifest.json");
  CHECK(to_text(manifest) == text);
  CHECK(parse_manifest(to_text(manifest), "again") == manifest);
  REQUIRE(manifest.find("act/b"));
  CHECK(manifest.find("act/b")->zeros.at(0).where == Region::in_box({{0, 4}, {2, 3}}));
  CHECK(manifest.find("act/b")->allowed[1]->tolerance == 1e-4);
  CHECK(manifest.find("no such") == nullptr);
}

TEST_CASE("manifest: each mistake is refused by the path of the field", "[manifest]") {
  const std::string text = valid_text();
  const auto refuses = [&](const std::string& what, const std::string& with, const std::string& path) {
    INFO(what << " -> " << with);
    CHECK_THROWS_WITH(parse_manifest(replaced(text, what, with), "m.json"),
                      Catch::StartsWith("m.json: " + path) && Catch::Contains("hint:"));
  };
  refuses("\"etalon-golden\"", "\"etalon-silver\"", "format");
  refuses("\"version\": 2", "\"version\": 1", "version");
  refuses("\"version\": 2", "\"version\": 1e99", "version");
  refuses("\"kind\": \"model\"", "\"kind\": \"shoe\"", "kind");
  refuses("\"certified\": true", "\"certified\": 0", "certified");
  refuses("\"recorded_because\": \"to test\",", "", "recorded_because");
  refuses("\"precision_bits\":512", "\"precision_bits\":-1", "certificate.precision_bits");
  refuses("\"widest_radius_log2_ulp\":-400", "\"widest_radius_log2_ulp\":\"small\"", "certificate.widest_radius_log2_ulp");
  refuses("\"identities\":[", "\"identities\":[3,", "certificate.identities[0]");
  refuses("\"median_ulp\":1", "\"median_ulp\":-1", "tensors[2].engine.median_ulp");
  refuses("\"of_bound\":0.25", "\"of_bound\":\"half\"", "tensors[2].engine.of_bound");
  refuses("\"within_log2\":-1100", "\"within_log2\":1e3", "tensors[2].vanishing[0].within_log2");
  refuses("\"entries\":[0,4]", "\"entries\":[0,-4]", "tensors[2].vanishing[0].where.entries[1]");
  refuses("\"case\": \"synthetic\",", "", "case");
  refuses("\"shape\":[3,3]", "\"shape\":[3,-3]", "tensors[0].shape[1]");
  refuses("\"shape\":[3,3]", "\"shape\":[1099511627776,1099511627776]", "tensors[0].shape");
  refuses("\"shape\":[3,3]", "\"shape\":3", "tensors[0].shape");
  refuses("\"shape\":[4,3]", "\"shape\":[4,3.5]", "tensors[1].shape[1]");
  refuses("\"dtype\":\"F64\"", "\"dtype\":\"F63\"", "tensors[0].dtype");
  refuses("\"file\":\"inputs.safetensors\"", "\"file\":\"../inputs.safetensors\"", "tensors[0].file");
  refuses("\"file\":\"inputs.safetensors\"", "\"file\":\"/etc/passwd\"", "tensors[0].file");
  refuses("\"file\":\"inputs.safetensors\"", "\"file\":\"else.safetensors\"", "tensors[0].file");
  refuses("\"name\":\"act/a\"", "\"name\":\"act/b\"", "tensors[2].name");
  refuses("\"tolerance\":1e-12", "\"tolerance\":-1e-12", "tensors[1].allowed.fp64.tolerance");
  refuses("\"tolerance\":1e-12", "\"tolerance\":\"wide\"", "tensors[1].allowed.fp64.tolerance");
  refuses("\"box\":[[0,4],[2,3]]", "\"box\":[[0,4],[2]]", "tensors[2].structural_zeros[0].where.box[1]");
  refuses("\"box\":[[0,4],[2,3]]", "\"circle\":1", "tensors[2].structural_zeros[0].where");
  CHECK_THROWS_WITH(parse_manifest("", "m.json"), Catch::StartsWith("m.json: expected JSON"));
  CHECK_THROWS_WITH(parse_manifest("{\"format\": \"silver\", " + text.substr(1), "m.json"), Catch::Contains("a second \"format\""));
  CHECK_THROWS_WITH(parse_manifest(replaced(text, "\"name\":\"act/a\"", "\"name\":\"act/a\\u0000\""), "m.json"),
                    Catch::Contains("zero byte"));
  CHECK_THROWS_WITH(parse_manifest("[]", "m.json"), Catch::Contains("the document") && Catch::Contains("an object"));
  CHECK_THROWS_WITH(parse_manifest(std::string(1000000, '['), "m.json"), Catch::Contains("brackets inside each other"));
}

TEST_CASE("manifest: cut anywhere or with any byte changed, it is read or refused, never worse", "[manifest][fuzz]") {
  const std::string text = valid_text();
  long n_refused = 0, n_read = 0;
  const auto survives = [&](const std::string& damaged) {
    try {
      parse_manifest(damaged, "m.json");
      ++n_read;
    } catch (const Error&) {
      ++n_refused;
    }
  };
  for (std::size_t n = 0; n < text.size(); n += 7) survives(text.substr(0, n));
  const Stream stream(11, "fuzz");
  for (std::uint64_t trial = 0; trial < 3000; ++trial) {
    std::string damaged = text;
    for (std::uint64_t k = 0; k <= trial % 3; ++k) {
      const auto at = stream.below(text.size(), 10 * trial + k);
      const auto with = stream.below(256, 10 * trial + k + 5);
      if (trial % 2) damaged[at % damaged.size()] = static_cast<char>(with);
      else damaged.erase(at % damaged.size(), 1 + with % 40);
    }
    survives(damaged);
  }
  CHECK(n_refused > 1000);
  CHECK(n_read > 10);  // a changed letter in a sentence is no mistake
}

TEST_CASE("golden: a case that was changed after it was recorded is refused by name", "[golden]") {
  const Folder folder;
  write_golden(synthetic_golden(), folder.path);
  CHECK_NOTHROW(read_golden(folder.path));
  const auto path = folder.path / "forward.safetensors";
  const auto bytes = read_file(path);

  SECTION("one flipped bit in a number") {
    auto flipped = bytes;
    flipped[flipped.size() - 8 * (1 + 12) + 3] ^= std::byte{1};  // loss is last, act/b before it
    write_file(path, flipped);
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("act/b") && Catch::Contains("SHA-256"));
  }
  SECTION("a file cut short") {
    write_file(path, std::span(bytes).first(bytes.size() - 8));
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("forward.safetensors"));
  }
  SECTION("a file gone") {
    std::filesystem::remove(folder.path / "manifest.sha256");
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("manifest.sha256"));
    write_golden(synthetic_golden(), folder.path);
    std::filesystem::remove(path);
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("forward.safetensors"));
  }
  SECTION("a file far longer than the manifest says, which is not read") {
    std::filesystem::resize_file(path, std::uintmax_t{1} << 40);
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("forward.safetensors") && Catch::Contains("as the manifest says"));
    CHECK_THROWS_WITH(read_golden(folder.path, Hashes::reported), Catch::Contains("as the manifest says"));
    write_golden(synthetic_golden(), folder.path);
    std::filesystem::resize_file(folder.path / "manifest.json", std::uintmax_t{1} << 40);
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("manifest.json: expected a text of at most"));
  }
  SECTION("a header that says the same in other bytes") {
    auto file = parse_safetensors(bytes, "forward");
    file.metadata["note"] = "added later";
    write_safetensors(path, file);
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("SHA-256"));
  }
  SECTION("a tensor of another shape") {
    auto file = parse_safetensors(bytes, "forward");
    file.tensors[0].shape = Shape{3, 4};
    write_safetensors(path, file);
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("act/a") && Catch::Contains("[4, 3]"));
  }
  SECTION("a tensor that the manifest does not list") {
    auto file = parse_safetensors(bytes, "forward");
    add(file, "act/c", Tensor<double>(Shape{1}));
    write_safetensors(path, file);
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("3 tensors"));
  }
  SECTION("a structural zero beyond the tensor") {
    const auto manifest = folder.path / "manifest.json";
    write_text(manifest, replaced(read_text(manifest), "\"box\":[[0,4],[2,3]]", "\"box\":[[0,4],[2,9]]"));
    CHECK_THROWS_WITH(read_golden(folder.path), Catch::Contains("manifest.json") && Catch::Contains("manifest.sha256"));
    const Golden golden = read_golden(folder.path, Hashes::reported);
    REQUIRE(golden.broken_hashes.size() == 1);
    CHECK_THROWS_WITH(check(golden, perfect(golden), Precision::fp64), Catch::Contains("act/b") && Catch::Contains("axis 1"));
  }
}

TEST_CASE("golden: candidates come as files or as a folder; an unreadable one is an error", "[golden]") {
  const Folder folder;
  const Golden golden = synthetic_golden();
  Candidate candidate = perfect(golden);
  TensorFile last;
  last.tensors.push_back(candidate.files[0].tensors.back());
  candidate.files[0].tensors.pop_back();
  write_safetensors(folder.path / "one.safetensors", candidate.files[0]);
  write_safetensors(folder.path / "two.safetensors", last);
  CHECK(check(golden, read_candidate({folder.path}), Precision::fp64).right());
  CHECK(check(golden, read_candidate({folder.path / "two.safetensors", folder.path / "one.safetensors"}), Precision::fp64).right());

  const auto bytes = read_file(folder.path / "one.safetensors");
  write_file(folder.path / "one.safetensors", std::span(bytes).first(bytes.size() / 2));
  CHECK_THROWS_WITH(read_candidate({folder.path}), Catch::Contains("one.safetensors") && Catch::Contains("hint:"));
  CHECK_THROWS_WITH(read_candidate({folder.path / "three.safetensors"}), Catch::Contains("nothing there"));

  // Capitals are read, what is hidden is passed over and said
  const Folder other;
  write_file(other.path / "ONE.SAFETENSORS", bytes);
  write_file(other.path / "two.SafeTensors", read_file(folder.path / "two.safetensors"));
  write_text(other.path / "._two.safetensors", "left behind by a copy");
  write_text(other.path / "notes.txt", "of no kind that is read");
  const Candidate both = read_candidate({other.path});
  CHECK(check(golden, both, Precision::fp64).right());
  REQUIRE(both.passed_over.size() == 1);
  CHECK(both.passed_over[0].filename() == "._two.safetensors");
  CHECK_THROWS_AS(read_candidate({other.path / "._two.safetensors"}), Error);  // by name it is read
  std::filesystem::create_directories(folder.path / "empty");
  CHECK_THROWS_WITH(read_candidate({folder.path / "empty"}), Catch::Contains("*.safetensors"));
}

TEST_CASE("region: each kind marks the entries it names", "[region]") {
  const auto marked = [](const Region& region, const Shape& shape) {
    std::string text;
    for (const char inside : flags(region, shape, "here")) text += inside ? '#' : '.';
    return text;
  };
  CHECK(marked(Region::everything(), {2, 2}) == "####");
  CHECK(marked(Region::everything(), {}) == "#");
  CHECK(marked(Region::future(), {2, 3, 3}) == ".##..#....##..#...");
  CHECK(marked(Region::in_box({{0, 2}, {1, 2}}), {2, 3}) == ".#..#.");
  CHECK(marked(Region::of_rows({1}), {2, 3}) == "...###");
  CHECK(marked(Region::of_rows({3}), {2, 2, 2}) == "......##");
  CHECK_THROWS_WITH(marked(Region::of_rows({2}), {2, 3}), Catch::StartsWith("here: "));
  CHECK_THROWS_WITH(marked(Region::in_box({{0, 2}}), {2, 3}), Catch::StartsWith("here: "));
  CHECK_THROWS_WITH(marked(Region::future(), {3}), Catch::StartsWith("here: "));
  CHECK(index_text(5, {2, 3}) == "[1, 2]");
  CHECK(index_text(0, {}) == "[]");
}
