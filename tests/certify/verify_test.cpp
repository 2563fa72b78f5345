// SPDX-License-Identifier: Apache-2.0
// A published value with one bit off is found by proving it again, even where every hash was made to agree.
#include "certify/verify.h"

#include <catch2/catch.hpp>

#include "base/bits.h"
#include "base/file.h"
#include "folder.h"
#include "golden/synthetic.h"
#include "missing.h"
#include "op/book.h"
#include "record/op_case.h"

using namespace etalon;
using namespace etalon::certify;
namespace fs = std::filesystem;

namespace {

const fs::path kCommitted = fs::path(ETALON_SOURCE_DIR) / "golden";

void quiet(const std::string&) {}

}  // namespace

TEST_CASE("verify: every page's case, published, is what is proved; one bit off is found in every one of its tensors",
          "[certify][verify][law]") {
  const Folder copy;
  op::for_each_page([&]<op::Page Op>() {
    const auto published = golden::read_golden(kCommitted / "op" / Op::kName);
    CHECK(verify(kCommitted / "op" / Op::kName, quiet).right());

    auto off = published;
    std::vector<std::string> changed;
    for (const auto& entry : published.manifest.tensors) {
      if (entry.is_given() || entry.shape.size() == 0) continue;
      auto& last = golden::tensor_in(off.files.at(entry.file), entry.name).values.back();
      last = from_bits(to_bits(last) ^ 1);
      changed.push_back(entry.name);
    }
    golden::write_golden(off, copy.path);  // with hashes that vouch for what is wrong
    REQUIRE_NOTHROW(golden::read_golden(copy.path));
    const auto found = verify(copy.path, quiet);
    CHECK_FALSE(found.right());
    std::vector<std::string> named;
    for (const auto& t : found.tensors) {
      named.push_back(t.name);
      CHECK(t.n_wrong == 1);
      CHECK(ulp_distance(t.published, t.certified) <= 1);
    }
    std::sort(named.begin(), named.end());
    std::sort(changed.begin(), changed.end());
    CHECK(named == changed);
    fs::remove_all(copy.path);
  });
}

TEST_CASE("verify: GELU of -1e200 and of -1000, and its slope there, are published as -0", "[certify][verify][sign]") {
  const auto gelu = golden::read_golden(kCommitted / "op" / "gelu");
  const auto at = [&](const char* name, std::size_t i) { return gelu.stored(name).values.at(i); };
  CHECK(same_bits(at("large/y", 0), -0.0));
  CHECK(same_bits(at("large/y", 1), -0.0));
  CHECK(same_bits(at("large/x_bar/0", 0), -0.0));

  // The number -0 is 0, and y of it +0; a negative y of half the smallest double is -0, a positive one a hair above it is not 0
  CHECK(same_bits(at("signed-zero/in/0", 0), -0.0));
  CHECK(same_bits(at("signed-zero/y", 0), 0.0));
  CHECK(same_bits(at("signed-zero/y", 1), 0.0));
  CHECK(same_bits(at("signed-zero/y", 2), -0.0));
  CHECK(at("signed-zero/y", 3) == 0x1p-1074);
}

TEST_CASE("verify: a sign of 0 that is lost is found, in whichever op it is", "[certify][verify][sign][planted]") {
  const Folder copy;
  long n_lost = 0;
  op::for_each_page([&]<op::Page Op>() {
    // Take the sign off the first -0 of each page, and put one on the first +0
    for (const bool lose : {true, false}) {
      auto golden = golden::read_golden(kCommitted / "op" / Op::kName);
      std::string changed;
      for (const auto& entry : golden.manifest.tensors) {
        if (entry.is_given() || !changed.empty()) continue;
        for (double& x : golden::tensor_in(golden.files.at(entry.file), entry.name).values)
          if (changed.empty() && same_bits(x, lose ? -0.0 : 0.0)) x = -x, changed = entry.name;
      }
      if (changed.empty()) continue;
      n_lost += lose;
      golden::write_golden(golden, copy.path);
      const auto found = verify(copy.path, quiet);
      INFO(Op::kName << ": " << changed);
      REQUIRE(found.tensors.size() == 1);
      CHECK(found.tensors[0].name == changed);
      CHECK(missing(table(found), "another sign of 0") == "");
      fs::remove_all(copy.path);
    }
  });
  CHECK(n_lost >= 5);  // gelu, gelu_tanh, silu, softmax, swiglu
}

TEST_CASE("verify: the report names tensor and index, and what the hashes say", "[certify][verify]") {
  const Folder copy;
  fs::copy(kCommitted / "op" / "softmax", copy.path, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  auto golden = golden::read_golden(copy.path);
  auto& tensor = golden.files.begin()->second.tensors.back();
  const std::string file = golden.files.begin()->first, name = tensor.name;
  tensor.values[1] = from_bits(to_bits(tensor.values[1]) ^ 1);
  const auto bytes = file::serialise_safetensors(golden.files.begin()->second);
  write_file(copy.path / file, bytes);
  CHECK_THROWS_WITH(golden::read_golden(copy.path), Catch::Contains(name));
  const std::string text = table(verify(copy.path, quiet));
  INFO(text);
  CHECK(missing(text, name + "[0, 1]: published") == "");
  CHECK(missing(text, "1 ulp apart") == "");
  CHECK(missing(text, "SHA-256") == "");
}

TEST_CASE("verify: tolerances, zeros, reasons and measures of the manifest are held to those derived again", "[certify][verify]") {
  const Folder copy;
  auto golden = golden::read_golden(kCommitted / "op" / "silu");
  for (auto& entry : golden.manifest.tensors)
    if (!entry.is_given()) entry.allowed[0]->tolerance *= 2;
  golden::write_golden(golden, copy.path);
  const auto found = verify(copy.path, quiet);
  CHECK(found.tensors.empty());
  CHECK(found.others.size() >= 2);
  CHECK(missing(table(found), "tolerance") == "");
}
