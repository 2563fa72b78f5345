// SPDX-License-Identifier: Apache-2.0
#include "base/input_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>

#include "base/error.h"

namespace etalon {

InputFile::InputFile(const std::filesystem::path& path) : path_(path) {
  // Refuse what is missing, a folder, a device, or closed to us
  std::error_code failed;
  if (!std::filesystem::exists(path, failed))
    throw Error(path.string(), "a file", "nothing there", "check the path and the folder you run in");
  if (std::filesystem::is_directory(path, failed)) throw Error(path.string(), "a file", "a folder", "name a file inside it");
  if (std::filesystem::is_character_file(path, failed) || std::filesystem::is_block_file(path, failed))
    throw Error(path.string(), "a file or a pipe", "a device", "its bytes might never end");
  file_.reset(std::fopen(path.c_str(), "rb"));
  if (!file_) throw Error(path.string(), "a readable file", std::strerror(errno), "check its permissions");

  // Ask how long a file is
  if (!std::filesystem::is_regular_file(path, failed)) return;
  const auto size = std::filesystem::file_size(path, failed);
  if (!failed) size_ = size;
}

// Reads in pieces rather than trust a size: files shrink and grow, and n may be anything.
template <class Buffer>
Buffer InputFile::read_as(std::uint64_t n) try {
  Buffer bytes;
  std::size_t n_read = 0;
  do {
    const std::size_t before = bytes.size();
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(n - before, std::uint64_t{1} << 20));
    bytes.resize(before + piece);
    n_read = std::fread(bytes.data() + before, 1, piece, file_.get());
    bytes.resize(before + n_read);
  } while (n_read > 0 && bytes.size() < n);
  if (std::ferror(file_.get())) throw Error(path_.string(), "to read to the end", "a read error", "is the disk well?");
  return bytes;
} catch (const std::bad_alloc&) {
  throw Error(path_.string(), "a file that fits into memory", "a larger one", "give a part of it, or more memory");
}

namespace {
constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
}

std::vector<std::byte> InputFile::read(std::uint64_t n) { return read_as<std::vector<std::byte>>(n); }
std::vector<std::byte> InputFile::rest() { return read_as<std::vector<std::byte>>(kAll); }
std::string InputFile::rest_as_text() { return read_as<std::string>(kAll); }

void InputFile::go_to(std::uint64_t byte) {
  if (::fseeko(file_.get(), static_cast<off_t>(byte), SEEK_SET) != 0)
    throw Error(path_.string(), "to go to byte " + std::to_string(byte), std::strerror(errno), "is it a file?");
}

std::string read_text_up_to(const std::filesystem::path& path, std::uint64_t most) {
  // Ask the size of a file, or read one byte more of a pipe than it may have
  InputFile file(path);
  const bool is_long = file.size() && *file.size() > most;
  const auto bytes = is_long ? std::vector<std::byte>() : file.read(most + 1);
  if (is_long || bytes.size() > most)
    throw Error(path.string(), "a text of at most " + std::to_string(most) + " bytes",
                is_long ? std::to_string(*file.size()) : "more", "is it the right file?");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace etalon
