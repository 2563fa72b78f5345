// SPDX-License-Identifier: Apache-2.0
// Folders that are replaced at once, and the lock of a folder.
#include "base/folder.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <map>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "disk_full.h"
#include "folder.h"

using namespace etalon;
namespace fs = std::filesystem;

namespace {

using Files = std::map<std::string, std::string>;

void write(const fs::path& folder, const Files& files) {
  std::vector<NewFile> list;
  for (const auto& [name, text] : files) list.push_back({name, std::as_bytes(std::span(text))});
  write_folder(folder, list);
}

Files read(const fs::path& folder) {
  Files files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file()) files[entry.path().filename()] = read_text(entry.path());
  return files;
}

long n_entries(const fs::path& folder) { return std::distance(fs::directory_iterator(folder), fs::directory_iterator()); }

}  // namespace

TEST_CASE("folder: is made, replaced, and keeps what is not replaced", "[base][folder]") {
  const Folder outer;
  const auto folder = outer.path / "made" / "on the way" / "case";
  write(folder, {{"a", "1"}, {"b", "2"}});
  CHECK(read(folder) == Files{{"a", "1"}, {"b", "2"}});

  write_text(folder / "notes", "mine");
  write_text(folder / "below" / "deep", "mine too");
  write(folder, {{"a", "3"}, {"c", "4"}});
  CHECK(read(folder) == Files{{"a", "3"}, {"b", "2"}, {"c", "4"}, {"notes", "mine"}});
  CHECK(read_text(folder / "below" / "deep") == "mine too");
  CHECK(n_entries(folder.parent_path()) == 1);

  fs::create_directory_symlink(folder, outer.path / "link");
  write(outer.path / "link", {{"a", "5"}});
  CHECK(fs::is_symlink(outer.path / "link"));
  CHECK(read(folder).at("a") == "5");
  write(fs::path((outer.path / "link").string() + "/"), {{"a", "6"}});
  CHECK(read(folder).at("a") == "6");
}

TEST_CASE("folder: permissions stay, of the folder and of each file", "[base][folder]") {
  const Folder outer;
  const auto folder = outer.path / "case";
  write(folder, {{"open", "1"}, {"secret", "2"}});
  fs::permissions(folder, fs::perms(0700));
  fs::permissions(folder / "secret", fs::perms(0600));
  write(folder, {{"open", "3"}, {"secret", "4"}});
  CHECK((fs::status(folder).permissions() & fs::perms::mask) == fs::perms(0700));
  CHECK((fs::status(folder / "secret").permissions() & fs::perms::mask) == fs::perms(0600));
}

TEST_CASE("folder: a full disk leaves the old one as it was, and nothing beside it", "[base][folder]") {
  const Folder outer;
  const auto folder = outer.path / "case";
  const Files old = {{"a", "old"}, {"b", "old"}, {"z", "old"}};
  write(folder, old);
  {
    const DiskFull full(100000);
    CHECK_THROWS_WITH(write(folder, {{"a", "new"}, {"b", std::string(1000000, 'x')}, {"z", "new"}}),
                      Catch::Contains("/case/b") && Catch::Contains("1000000 bytes") && Catch::Contains("untouched"));
  }
  CHECK(read(folder) == old);
  CHECK(n_entries(outer.path) == 1);
  write_text(outer.path / "file", "in the way");
  CHECK_THROWS_WITH(write(outer.path / "file", old), Catch::Contains("hint:"));
  CHECK_THROWS_WITH(write(outer.path / "file" / "below", old), Catch::Contains("hint:"));
}

TEST_CASE("folder: whoever is killed leaves the old one or the new one", "[base][folder]") {
  const Folder outer;
  const auto folder = outer.path / "case";
  const Files one = {{"a", std::string(50000, '1')}, {"b", "1"}}, other = {{"a", std::string(50000, '2')}, {"b", "2"}};
  write(folder, one);
  for (int turn = 0; turn < 20; ++turn) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0)
      for (bool odd = false;; odd = !odd) write(folder, odd ? one : other);
    std::this_thread::sleep_for(std::chrono::microseconds(1000 + 1700 * turn));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const Files found = read(folder);
    CHECK((found == one || found == other));
  }
}

TEST_CASE("folder: one process at a time holds the lock, and a dead one holds none", "[base][folder]") {
  const Folder outer;
  const auto folder = outer.path / "made" / "results";
  {
    const FolderLock first(folder, "choose another");
    CHECK_THROWS_WITH(FolderLock(folder, "choose another"),
                      Catch::Contains("another process") && Catch::Contains("choose another"));
    CHECK_NOTHROW(FolderLock(outer.path / "beside", ""));
  }
  CHECK_NOTHROW(FolderLock(folder, ""));
  CHECK(fs::is_empty(folder));

  // A process that dies with the lock
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const FolderLock held(folder, "");
    static_cast<void>(!::write(ready[1], "x", 1));
    ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK_THROWS_AS(FolderLock(folder, ""), Error);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK_NOTHROW(FolderLock(folder, ""));
  ::close(ready[0]), ::close(ready[1]);
}
