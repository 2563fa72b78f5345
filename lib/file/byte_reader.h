// SPDX-License-Identifier: Apache-2.0
// byte_reader.h — bytes of a file, a pipe or memory: looked at from the front, and read once.
//
// A header is judged before what follows is read, so a wrong file of ten gigabytes is refused after its first bytes; and a pipe,
// which cannot be read twice, is as good as a file.
//
//   RandomBytes    bytes at any place: of a file, or of memory
//   ByteSource     bytes in order: a range of RandomBytes, a pipe, a member of an archive (npz.h)
//   ByteReader     a source with a name, with its size where that is known, and with a peek
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace etalon::file {

class RandomBytes {
 public:
  virtual ~RandomBytes() = default;
  virtual std::uint64_t size() const = 0;
  // As many bytes as there are at `offset`, at most out.size().
  virtual std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) = 0;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next bytes, at least one of them unless there is none or `out` is empty.
  virtual std::size_t read(std::span<std::byte> out) = 0;
};

// The bytes from `begin` on, at most `size` of them.
std::unique_ptr<ByteSource> range_of(std::shared_ptr<RandomBytes> bytes, std::uint64_t begin, std::uint64_t size);

class ByteReader {
 public:
  // A file, a pipe, or standard input where the path is "-". Error: missing, a folder, a device, unreadable.
  explicit ByteReader(const std::string& path);

  // Bytes that outlive the reader; any source, with its size if that is known. `where` names them in errors.
  ByteReader(std::span<const std::byte> bytes, std::string where);
  ByteReader(std::unique_ptr<ByteSource> source, std::string where, std::optional<std::uint64_t> size);

  const std::string& where() const { return where_; }
  std::optional<std::uint64_t> size() const { return size_; }  // of all bytes, read or not; a pipe does not say

  // The next bytes, n of them unless the end comes first. What was only looked at is still there to be read.
  std::span<const std::byte> peek(std::size_t n);
  std::size_t read(std::span<std::byte> out);
  // All that is left. Error: more than `most` bytes, before they are read where their number is known.
  std::vector<std::byte> rest(std::uint64_t most = UINT64_MAX);

  // The same bytes at any place, from the first one on; what a pipe holds is read for it. Only before anything is read.
  std::shared_ptr<RandomBytes> random();

 private:
  std::shared_ptr<RandomBytes> random_;  // nullptr: a pipe, an archive's member
  std::unique_ptr<ByteSource> source_;
  std::string where_;
  std::optional<std::uint64_t> size_;
  std::vector<std::byte> ahead_;  // looked at and not read
};

}  // namespace etalon::file
