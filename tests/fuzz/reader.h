// SPDX-License-Identifier: Apache-2.0
// reader.h — what a fuzzer and the replay of its corpus share: a reader of bytes that strangers wrote, by name.
//
// Each file of readers/FLOOR/ registers one: const Reader reader("npy", [](Bytes bytes) { parse_npy(bytes, "fuzz"); }). It links
// etalon::FLOOR, its fuzzer is called fuzz_npy, and its corpus is corpus/npy.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "folder.h"

namespace etalon::fuzz {

using Bytes = std::span<const std::byte>;

struct Reader {
  Reader(const char* reader_name, void (*reads)(Bytes)) : name(reader_name), read(reads) { all().push_back(*this); }

  const char* name;
  void (*read)(Bytes);

  static std::vector<Reader>& all() {
    static std::vector<Reader> every;
    return every;
  }

  // True if the bytes were read, false if they were refused by an Error. Whatever else happens is a finding.
  bool accepts(Bytes bytes) const try {
    read(bytes);
    return true;
  } catch (const Error&) {
    return false;
  }
};

inline std::string text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// What was read and written again must read as the same: a finding otherwise.
inline void require(bool kept, const char* what) {
  if (!kept) throw std::logic_error(what);
}

// The bytes as a file, for a reader that takes a path.
inline std::string as_file(Bytes bytes) {
  static const Folder folder;
  write_file(folder / "input", bytes);
  return folder / "input";
}

}  // namespace etalon::fuzz
