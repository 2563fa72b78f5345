// SPDX-License-Identifier: Apache-2.0
// folder.h — a folder of a test's own, gone with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace etalon {

// Empty at first, and no two are the same. `folder / "x"` is the path of a file in it, as text.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "etalon-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw Error(name, "to make a folder", "nothing", "is the disk full?");
    path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  std::filesystem::path path;
};

}  // namespace etalon
