// SPDX-License-Identifier: Apache-2.0
// A case is replaced as a whole: what stops half-way leaves the old one.
#include "golden/store.h"

#include <catch2/catch.hpp>

#include "base/file.h"
#include "disk_full.h"
#include "folder.h"
#include "golden/synthetic.h"

using namespace etalon;
using namespace etalon::golden;

TEST_CASE("store: a full disk leaves the old case whole, and says so", "[golden][store]") {
  const Folder root;
  write_text(root / "history.txt", "");
  REQUIRE(store_golden(synthetic_golden(5), "", root.path) == Stored::written);
  const auto before = read_golden(root.path / "synthetic");
  const std::string history = read_text(root / "history.txt");

  // Room for all files but those of the size of one, or larger
  std::vector<rlim_t> rooms = {1};
  for (const auto& file : std::filesystem::directory_iterator(root.path / "synthetic")) rooms.push_back(file.file_size() / 2);
  CHECK(rooms.size() == 1 + 3 + 2);  // three safetensors, the manifest and its seal; no measures.json
  for (const rlim_t room : rooms) {
    INFO("room for files of " << room << " bytes");
    const DiskFull full(room);
    CHECK_THROWS_WITH(store_golden(synthetic_golden(6), "to try", root.path), Catch::Contains("untouched"));
    const auto after = read_golden(root.path / "synthetic");
    CHECK(after.manifest == before.manifest);
    CHECK(read_text(root / "history.txt") == history);
    CHECK(std::distance(std::filesystem::directory_iterator(root.path), std::filesystem::directory_iterator()) == 2);
  }

  REQUIRE(store_golden(synthetic_golden(6), "to try", root.path) == Stored::written);
  CHECK_FALSE(read_golden(root.path / "synthetic").manifest == before.manifest);
  CHECK(read_history(root / "history.txt").size() == 2);
}

TEST_CASE("store: notes that lie beside a case stay when it is replaced", "[golden][store]") {
  const Folder root;
  write_golden(synthetic_golden(5), root.path / "case");
  write_text(root.path / "case" / "notes.txt", "mine");
  write_golden(synthetic_golden(6), root.path / "case");
  CHECK(read_text(root.path / "case" / "notes.txt") == "mine");
  CHECK_NOTHROW(read_golden(root.path / "case"));
}
