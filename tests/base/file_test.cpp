// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/new_file.h"
#include "disk_full.h"
#include "folder.h"

using namespace etalon;
namespace fs = std::filesystem;

namespace {

long n_entries(const Folder& folder) { return std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()); }

}  // namespace

TEST_CASE("file: what is written is read, byte for byte", "[base][file]") {
  const Folder folder;
  std::string bytes;
  for (int i = 0; i < 3000000; ++i) bytes += static_cast<char>(i * 31 + (i >> 8));  // more than one buffer, with zeros in it
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20, bytes.size()}) {
    const auto file = folder.path / "made" / "on the way" / "data";
    write_text(file, std::string_view(bytes).substr(0, size));
    CHECK(read_text(file) == bytes.substr(0, size));
    CHECK(read_file(file).size() == size);
  }
}

TEST_CASE("file: a write replaces whole files and leaves nothing beside them", "[base][file]") {
  const Folder folder;
  write_text(folder.path / "a", "old and long");
  write_text(folder.path / "a", "new");
  CHECK(read_text(folder.path / "a") == "new");
  CHECK(n_entries(folder) == 1);
}

TEST_CASE("file: on a full disk the old file stays and the half of the new one goes", "[base][file]") {
  const Folder folder;
  write_text(folder.path / "a", "old");
  {
    const DiskFull full(100000);
    CHECK_THROWS_WITH(write_text(folder.path / "a", std::string(1000000, 'x')),
                      Catch::Contains("1000000 bytes") && Catch::Contains("hint:"));
  }
  CHECK(read_text(folder.path / "a") == "old");
  CHECK(n_entries(folder) == 1);
  CHECK_NOTHROW(write_text(folder.path / "a", std::string(1000000, 'x')));
}

TEST_CASE("file: refuses to write where nothing can be written", "[base][file]") {
  const Folder folder;
  write_text(folder.path / "file", "in the way");
  CHECK_THROWS_WITH(write_text(folder.path / "file" / "below", "x"), Catch::Contains("hint:"));
  fs::create_directories(folder.path / "full" / "of");
  CHECK_THROWS_WITH(write_text(folder.path / "full", "x"), Catch::Contains("full") && Catch::Contains("hint:"));
  CHECK(fs::is_directory(folder.path / "full" / "of"));
  CHECK(n_entries(folder) == 2);
}

TEST_CASE("file: refuses to read what is missing, a folder, or broken", "[base][file]") {
  const Folder folder;
  CHECK_THROWS_WITH(read_file(folder.path / "none"),
                    Catch::Contains("none") && Catch::Contains("nothing there") && Catch::Contains("hint:"));
  CHECK_THROWS_WITH(read_text(folder.path), Catch::Contains("a folder") && Catch::Contains("hint:"));
  if (fs::exists("/proc/self/mem"))  // opens, and fails at the first byte
    CHECK_THROWS_WITH(read_file("/proc/self/mem"), Catch::Contains("read error"));
}

TEST_CASE("error: says where, what was expected, what came, and what to do", "[base][error]") {
  CHECK(std::string(Error("a", "b", "c", "d").what()) == "a: expected b, got c.\n  hint: d");
}

TEST_CASE("file: links are followed and devices stay devices", "[base][file]") {
  const Folder folder;
  write_text(folder.path / "a", "old");
  fs::create_symlink("a", folder.path / "link");
  write_text(folder.path / "link", "new");
  CHECK(fs::is_symlink(folder.path / "link"));
  CHECK(read_text(folder.path / "a") == "new");

  // A link to a device, so that a mistake replaces the link and not the device
  fs::create_symlink("/dev/null", folder.path / "nowhere");
  write_text(folder.path / "nowhere", "gone");
  CHECK(fs::is_character_file(folder.path / "nowhere"));
  fs::create_symlink("/dev/full", folder.path / "full");
  CHECK_THROWS_AS(write_text(folder.path / "full", "nothing fits"), Error);
  CHECK(fs::is_character_file(folder.path / "full"));
  fs::create_symlink("/dev/zero", folder.path / "endless");
  CHECK_THROWS_WITH(read_file(folder.path / "endless"), Catch::Contains("a device"));
}

TEST_CASE("file: what only its owner could read stays so, and a new file has what the umask leaves", "[base][file]") {
  const Folder folder;
  const auto mode = [&](const char* name) { return fs::status(folder.path / name).permissions() & fs::perms::mask; };
  for (const int kept : {0600, 0640, 0444, 0755}) {
    write_text(folder.path / "secret", "old");
    fs::permissions(folder.path / "secret", fs::perms(kept));
    write_text(folder.path / "secret", "new");
    CHECK(read_text(folder / "secret") == "new");
    CHECK(mode("secret") == fs::perms(kept));
  }

  const mode_t before = ::umask(027);
  write_text(folder.path / "fresh", "x");
  ::umask(before);
  CHECK(mode("fresh") == fs::perms(0640));

  if (::geteuid() != 0) return;  // only root may give files away
  REQUIRE(::chown((folder / "secret").c_str(), 12345, 54321) == 0);
  write_text(folder.path / "secret", "newer");
  struct stat now = {};
  REQUIRE(::stat((folder / "secret").c_str(), &now) == 0);
  CHECK(now.st_uid == 12345);
  CHECK(now.st_gid == 54321);
}

TEST_CASE("file: a link that somebody planted under a temporary name is not followed", "[base][file]") {
  const Folder folder;
  write_text(folder.path / "mine", "mine");
  const auto planted = folder.path / "planted";
  fs::create_symlink("mine", planted);
  CHECK(create_file(planted, std::as_bytes(std::span("theirs", 6)), folder.path / "x") == EEXIST);
  fs::create_symlink("not there yet", folder.path / "dangling");
  CHECK(create_file(folder.path / "dangling", std::as_bytes(std::span("theirs", 6)), folder.path / "x") == EEXIST);
  CHECK(read_text(folder.path / "mine") == "mine");
  CHECK_FALSE(fs::exists(folder.path / "not there yet"));
  CHECK(name_beside(planted) != name_beside(planted));
}
