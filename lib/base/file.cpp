// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/input_file.h"
#include "base/new_file.h"

namespace etalon {
namespace {

struct Close {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using Handle = std::unique_ptr<std::FILE, Close>;

// Into what is there and is no file: /dev/stdout, a pipe. A rename would put a file in the place of the device.
void write_into(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  Handle device(std::fopen(path.c_str(), "wb"));
  const bool wrote = device && std::fwrite(bytes.data(), 1, bytes.size(), device.get()) == bytes.size();
  if (!wrote || std::fclose(device.release()) != 0)
    throw Error(path.string(), "to write " + std::to_string(bytes.size()) + " bytes", std::strerror(errno), "name a file");
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path) { return InputFile(path).rest(); }
std::string read_text(const std::filesystem::path& path) { return InputFile(path).rest_as_text(); }

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  // Make the folders that are missing
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);

  // Follow a link, so that the file that it names is replaced and not the link; write straight into what is no file
  const bool there = std::filesystem::exists(path, failed);
  const auto target = there ? std::filesystem::canonical(path, failed) : path;
  if (there && (failed || !std::filesystem::is_regular_file(target, failed))) return write_into(path, bytes);

  // Write all bytes under a new name in the same folder
  auto temporary = name_beside(target);
  int reason = create_file(temporary, bytes, target);
  for (int again = 0; reason == EEXIST && again < 100; ++again)
    reason = create_file(temporary = name_beside(target), bytes, target);
  if (reason != 0 && reason != ENOSPC && reason != EDQUOT && reason != EFBIG && reason != EIO)
    throw Error(target.string(), "a folder that can be written", std::strerror(reason), "name another folder, or make it writable");

  // Put the new file in the place of the old one; where anything failed, say why
  if (reason == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) {
    reason = errno;
    ::unlink(temporary.c_str());
  }
  if (reason != 0)
    throw Error(target.string(), "to write " + std::to_string(bytes.size()) + " bytes", std::strerror(reason),
                "is the disk full? The old file, if any, is untouched");
  sync_folder(target.parent_path());
}

}  // namespace etalon
