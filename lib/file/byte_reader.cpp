// SPDX-License-Identifier: Apache-2.0
#include "file/byte_reader.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace etalon::file {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

struct Close {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using Handle = std::unique_ptr<std::FILE, Close>;

class FileBytes : public RandomBytes {
 public:
  FileBytes(Handle file, std::uint64_t size, std::string where) : file_(std::move(file)), size_(size), where_(std::move(where)) {}
  std::uint64_t size() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= size_) return 0;
    const bool there = std::fseek(file_.get(), static_cast<long>(offset), SEEK_SET) == 0;
    const std::size_t n = there ? std::fread(out.data(), 1, out.size(), file_.get()) : 0;
    if (!there || std::ferror(file_.get()) != 0) throw Error(where_, "to read to the end", "a read error", "is the disk well?");
    return n;
  }

 private:
  Handle file_;
  std::uint64_t size_;
  std::string where_;
};

class MemoryBytes : public RandomBytes {
 public:
  explicit MemoryBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  explicit MemoryBytes(std::vector<std::byte> owned) : owned_(std::move(owned)), bytes_(owned_) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= bytes_.size()) return 0;
    const std::size_t n = std::min<std::size_t>(out.size(), bytes_.size() - offset);
    std::copy_n(bytes_.begin() + static_cast<long>(offset), n, out.begin());
    return n;
  }

 private:
  std::vector<std::byte> owned_;
  std::span<const std::byte> bytes_;
};

class Range : public ByteSource {
 public:
  Range(std::shared_ptr<RandomBytes> bytes, std::uint64_t begin, std::uint64_t size)
      : bytes_(std::move(bytes)), at_(begin), left_(size) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t n = bytes_->read_at(at_, out.first(std::min<std::uint64_t>(out.size(), left_)));
    at_ += n, left_ -= n;
    return n;
  }

 private:
  std::shared_ptr<RandomBytes> bytes_;
  std::uint64_t at_, left_;
};

class Pipe : public ByteSource {
 public:
  Pipe(Handle file, std::string where) : file_(std::move(file)), where_(std::move(where)) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t n = std::fread(out.data(), 1, out.size(), file_.get());
    if (std::ferror(file_.get()) != 0) throw Error(where_, "to read to the end", "a read error", "did its writer stop early?");
    return n;
  }

 private:
  Handle file_;
  std::string where_;
};

}  // namespace

std::unique_ptr<ByteSource> range_of(std::shared_ptr<RandomBytes> bytes, std::uint64_t begin, std::uint64_t size) {
  return std::make_unique<Range>(std::move(bytes), begin, size);
}

ByteReader::ByteReader(const std::string& path) : where_(path == "-" ? "/dev/stdin" : path) {
  // Leave the refusal of what is missing, a folder or a device to read_file, which knows the words
  namespace fs = std::filesystem;
  std::error_code failed;
  const auto status = fs::status(where_, failed);
  const bool regular = fs::is_regular_file(status);
  Handle file(regular || fs::is_fifo(status) || fs::is_socket(status) ? std::fopen(where_.c_str(), "rb") : nullptr);
  if (!file) {
    source_ = range_of(random_ = std::make_shared<MemoryBytes>(read_file(where_)), 0, SIZE_MAX);
    size_ = random_->size();
    return;
  }

  // Read a file at any place, a pipe in order. A file of size 0 may be one of /proc, which is read as a pipe is
  const auto size = regular ? fs::file_size(where_, failed) : 0;
  if (regular && !failed && size > 0) {
    random_ = std::make_shared<FileBytes>(std::move(file), size, where_);
    source_ = range_of(random_, 0, size);
    size_ = size;
  } else {
    source_ = std::make_unique<Pipe>(std::move(file), where_);
  }
}

ByteReader::ByteReader(std::span<const std::byte> bytes, std::string where)
    : random_(std::make_shared<MemoryBytes>(bytes)), where_(std::move(where)), size_(bytes.size()) {
  source_ = range_of(random_, 0, bytes.size());
}

ByteReader::ByteReader(std::unique_ptr<ByteSource> source, std::string where, std::optional<std::uint64_t> size)
    : source_(std::move(source)), where_(std::move(where)), size_(size) {}

std::span<const std::byte> ByteReader::peek(std::size_t n) {
  while (ahead_.size() < n) {
    const std::size_t before = ahead_.size();
    ahead_.resize(n);
    const std::size_t came = source_->read(std::span(ahead_).subspan(before));
    ahead_.resize(before + came);
    if (came == 0) break;
  }
  return std::span(ahead_).first(std::min(n, ahead_.size()));
}

std::size_t ByteReader::read(std::span<std::byte> out) {
  // Take what was looked at first
  std::size_t n = std::min(out.size(), ahead_.size());
  std::copy_n(ahead_.begin(), n, out.begin());
  ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<long>(n));

  // Then go on until there is no more
  while (n < out.size()) {
    const std::size_t came = source_->read(out.subspan(n));
    if (came == 0) break;
    n += came;
  }
  return n;
}

std::vector<std::byte> ByteReader::rest(std::uint64_t most) {
  // Refuse what is too much, if that is known
  const auto refuse = [&] {
    throw Error(where_, "at most " + std::to_string(most) + " bytes of text", size_ ? std::to_string(*size_) : "more",
                "write numbers as .npy: numpy.save(file, array)");
  };
  if (size_ && *size_ > most) refuse();

  // Make room at once where the size is a fact, and one byte more, with which the end is noticed
  std::vector<std::byte> bytes;
  const std::size_t known = random_ ? random_->size() + 1 : 0;
  bytes.reserve(known);

  // Read piece after piece until there is no more
  for (std::size_t came = 1; came > 0;) {
    const std::size_t before = bytes.size();
    bytes.resize(before < known ? std::min(known, before + kPiece) : before + kPiece);
    came = read(std::span(bytes).subspan(before));
    bytes.resize(before + came);
    if (bytes.size() > most) refuse();
  }
  return bytes;
}

std::shared_ptr<RandomBytes> ByteReader::random() {
  if (!random_) random_ = std::make_shared<MemoryBytes>(rest());
  return random_;
}

}  // namespace etalon::file
