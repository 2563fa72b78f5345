// SPDX-License-Identifier: Apache-2.0
// input_file.h — a file that is read piece by piece, so that what stands at its head can be refused before the rest is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace etalon {

class InputFile {
 public:
  // Error: missing, a folder, a device, unreadable.
  explicit InputFile(const std::filesystem::path& path);

  // How many bytes it has; none of a pipe, which ends when it ends.
  std::optional<std::uint64_t> size() const { return size_; }

  // The next n bytes, fewer only at the end; all that is left, bytes or text. Error: a read error; more than fits into memory.
  std::vector<std::byte> read(std::uint64_t n);
  std::vector<std::byte> rest();
  std::string rest_as_text();

  // Stands at this byte, counted from the beginning. Only of a file, not of a pipe. Error: it cannot.
  void go_to(std::uint64_t byte);

 private:
  struct Close {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  template <class Buffer>
  Buffer read_as(std::uint64_t n);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::optional<std::uint64_t> size_;
};

// All of a file of at most `most` bytes. A longer one is refused: a file before it is read, a pipe after so many bytes. Error: that;
// as InputFile.
std::string read_text_up_to(const std::filesystem::path& path, std::uint64_t most);

}  // namespace etalon
