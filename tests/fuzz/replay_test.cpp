// SPDX-License-Identifier: Apache-2.0
// What a fuzzer found once is read or refused for ever: each file of the corpus passes its reader, without a fuzzer.
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "fuzz/reader.h"

using namespace etalon;
using namespace etalon::fuzz;
namespace fs = std::filesystem;

namespace {

const fs::path kCorpus = ETALON_SOURCE_DIR "/tests/fuzz/corpus";

}  // namespace

TEST_CASE("fuzz: each file of the corpus is read or refused", "[fuzz]") {
  for (const Reader& reader : Reader::all()) {
    long n_read = 0, n_refused = 0;
    for (const auto& file : fs::directory_iterator(kCorpus / reader.name)) {
      INFO(file.path().string());
      bool accepted = false;
      REQUIRE_NOTHROW(accepted = reader.accepts(read_file(file.path())));
      ++(accepted ? n_read : n_refused);
    }
    // A corpus that is only read or only refused leaves half of its reader alone
    INFO(reader.name);
    CHECK(n_read > 0);
    CHECK(n_refused > 0);
  }
}

TEST_CASE("fuzz: each folder of the corpus belongs to a reader", "[fuzz]") {
  std::set<std::string> readers, folders;
  for (const Reader& reader : Reader::all()) readers.insert(reader.name);
  for (const auto& folder : fs::directory_iterator(kCorpus)) folders.insert(folder.path().filename());
  CHECK(readers == folders);
  CHECK(readers.size() >= 12);
}

TEST_CASE("fuzz: a reader that throws anything but an Error, or keeps less than it read, is found", "[fuzz][planted]") {
  const auto before = Reader::all().size();
  CHECK_THROWS(Reader("planted", [](Bytes) { throw std::bad_alloc(); }).accepts({}));
  CHECK_THROWS(Reader("planted", [](Bytes) { require(false, "lost"); }).accepts({}));
  CHECK_FALSE(Reader("planted", [](Bytes) { throw Error("a", "b", "c", "d"); }).accepts({}));
  CHECK(Reader("planted", [](Bytes) {}).accepts({}));
  Reader::all().resize(before, Reader::all().front());
}
