// SPDX-License-Identifier: Apache-2.0
#include "base/input_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "folder.h"

using namespace etalon;

TEST_CASE("input file: read in pieces, from anywhere, to the end", "[base][file]") {
  const Folder folder;
  write_text(folder / "a", "0123456789");
  InputFile file(folder / "a");
  CHECK(file.size() == 10);
  CHECK(file.read(3).size() == 3);
  CHECK(file.rest_as_text() == "3456789");
  CHECK(file.rest().empty());
  file.go_to(8);
  CHECK(file.read(100).size() == 2);
  file.go_to(2);
  CHECK(file.rest_as_text() == "23456789");
  CHECK(InputFile(folder / "a").read(0).empty());
}

TEST_CASE("input file: a pipe has no size", "[base][file]") {
  const Folder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { write_text(pipe, std::string(100000, 'x')); });
  InputFile file(pipe);
  CHECK_FALSE(file.size());
  CHECK(file.read(10).size() == 10);
  CHECK(file.rest_as_text().size() == 99990);
  writer.join();
}

TEST_CASE("input file: a text of at most so many bytes", "[base][file]") {
  const Folder folder;
  write_text(folder / "a", "0123456789");
  CHECK(read_text_up_to(folder / "a", 10) == "0123456789");
  CHECK_THROWS_WITH(read_text_up_to(folder / "a", 9), Catch::Contains("at most 9 bytes, got 10"));
  std::filesystem::resize_file(folder / "a", std::uintmax_t{1} << 40);  // next to nothing on the disk, more than memory
  CHECK_THROWS_WITH(read_text_up_to(folder / "a", 1000), Catch::Contains("got 1099511627776"));

  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const long most : {100000L, 99999L}) {
    std::thread writer([&] { write_text(pipe, std::string(100000, 'x')); });
    if (most == 100000) CHECK(read_text_up_to(pipe, 100000).size() == 100000);
    else CHECK_THROWS_WITH(read_text_up_to(pipe, most), Catch::Contains("got more"));
    writer.join();
  }
}

TEST_CASE("input file: what cannot be read says why", "[base][file][error]") {
  const Folder folder;
  CHECK_THROWS_WITH(InputFile(folder / "none"), Catch::Contains("nothing there"));
  CHECK_THROWS_WITH(InputFile(folder.path), Catch::Contains("a folder"));
  CHECK_THROWS_WITH(InputFile("/dev/zero"), Catch::Contains("a device"));
}
