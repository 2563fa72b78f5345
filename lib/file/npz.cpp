// SPDX-License-Identifier: Apache-2.0
// In this order: words of an archive; what a member's bytes pass (inflate, checksum); the directory; the functions of npz.h.
#include "file/npz.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "base/error.h"
#ifdef ETALON_ZLIB
#include <zlib.h>
#endif

namespace etalon::file {
namespace {

constexpr const char* kAgain = "write it again with numpy.savez(file, name=array)";
constexpr unsigned kStored = 0, kDeflated = 8, kEncrypted = 1;
constexpr std::uint32_t kLocalHeader = 0x04034b50, kEntry = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                        kEnd64Locator = 0x07064b50;
constexpr std::uint64_t kIn64 = 0xffffffff, kLongestDirectory = 1 << 26;

// --- words of an archive ---------------------------------------------------------------------------------------------------

using Bytes = std::vector<std::byte>;

// The little-endian word of n bytes at `at`. Error: it is not inside.
std::uint64_t word(std::span<const std::byte> bytes, std::size_t at, std::size_t n, const std::string& where) {
  if (at > bytes.size() || n > bytes.size() - at)
    throw Error(where, "a zip archive", "a record that ends before its fields do", kAgain);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < n; ++i) value |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

Bytes bytes_at(RandomBytes& file, std::uint64_t offset, std::uint64_t n, const std::string& where) {
  if (offset > file.size() || n > file.size() - offset)
    throw Error(where, "a whole zip archive", "a place beyond its end", "the file was cut off; copy or write it again");
  Bytes bytes(n);
  std::size_t came = 0;
  for (std::size_t more = 1; more > 0 && came < n; came += more) more = file.read_at(offset + came, std::span(bytes).subspan(came));
  bytes.resize(came);
  return bytes;
}

// --- what a member's bytes pass --------------------------------------------------------------------------------------------

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}
constexpr auto kCrcTable = crc_table();

// Lets bytes through and holds them, once they are all there, to the size and checksum of the directory.
class Checked : public ByteSource {
 public:
  Checked(std::unique_ptr<ByteSource> source, std::uint64_t size, std::uint32_t crc, std::string where)
      : source_(std::move(source)), left_(size), expected_(crc), where_(std::move(where)) {}

  std::size_t read(std::span<std::byte> out) override {
    // Read, and carry the checksum along
    const std::size_t n = source_->read(out);
    for (std::size_t i = 0; i < n; ++i) crc_ = kCrcTable[(crc_ ^ std::to_integer<std::uint32_t>(out[i])) & 0xff] ^ (crc_ >> 8);
    if (n > left_ || (n == 0 && left_ > 0 && !out.empty()))
      throw Error(where_, "as many bytes as the archive's directory says", n > left_ ? "more" : "fewer",
                  "the file is damaged; copy or write it again");
    left_ -= n;

    // Judge the whole when the last byte has come
    if (left_ == 0 && !judged_ && (crc_ ^ 0xffffffff) != expected_)
      throw Error(where_, "bytes with the checksum of the archive's directory", "other bytes",
                  "the file is damaged; copy or write it again");
    judged_ = judged_ || left_ == 0;
    return n;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::uint64_t left_;
  std::uint32_t expected_, crc_ = 0xffffffff;
  bool judged_ = false;
  std::string where_;
};

#ifdef ETALON_ZLIB
class Inflated : public ByteSource {
 public:
  Inflated(std::unique_ptr<ByteSource> packed, std::string where) : packed_(std::move(packed)), where_(std::move(where)) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw Error(where_, "memory to inflate it", "none", "close other programs");
  }
  ~Inflated() override { inflateEnd(&stream_); }
  Inflated(const Inflated&) = delete;
  Inflated& operator=(const Inflated&) = delete;

  std::size_t read(std::span<std::byte> out) override {
    // Inflate until something comes out or the end is reached
    const auto room = static_cast<uInt>(std::min<std::size_t>(out.size(), 1u << 30));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = room;
    while (room > 0 && stream_.avail_out == room && !ended_) {
      if (stream_.avail_in == 0) {
        stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
        stream_.avail_in = static_cast<uInt>(packed_->read(buffer_));
      }
      const int code = inflate(&stream_, Z_NO_FLUSH);
      ended_ = code == Z_STREAM_END;
      if (code != Z_OK && code != Z_STREAM_END)
        throw Error(where_, "deflated bytes", "bytes that are none", "the file is damaged; copy or write it again");
    }
    return room - stream_.avail_out;
  }

 private:
  std::unique_ptr<ByteSource> packed_;
  std::string where_;
  z_stream stream_{};
  std::vector<std::byte> buffer_ = std::vector<std::byte>(1 << 16);
  bool ended_ = false;
};

std::unique_ptr<ByteSource> inflated(std::unique_ptr<ByteSource> packed, const std::string& where) {
  return std::make_unique<Inflated>(std::move(packed), where);
}
#else
std::unique_ptr<ByteSource> inflated(std::unique_ptr<ByteSource>, const std::string& where) {
  throw Error(where, "a member that is stored", "a deflated one, and a build without zlib",
              "write it with numpy.savez (not savez_compressed), or build with zlib (zlib1g-dev)");
}
#endif

}  // namespace

// --- the directory ---------------------------------------------------------------------------------------------------------

// Reads the entries of the archive's directory, which lies at its end.
class Directory {
 public:
  Directory(RandomBytes& file, const std::string& where) : file_(file), where_(where) {}

  std::vector<Npz::Member> members() {
    // Find the directory, and read it
    find();
    if (size_ > kLongestDirectory || n_ > size_ / 46)
      throw Error(where_, "a zip directory of at most 64 MB with an entry for each member",
                  std::to_string(n_) + " members in " + std::to_string(size_) + " bytes", kAgain);
    const Bytes bytes = bytes_at(file_, at_, size_, where_);

    // Read its entries one after the other
    std::vector<Npz::Member> members;
    std::set<std::string> names;
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < n_; ++i) {
      members.push_back(entry(bytes, at));
      if (!names.insert(members.back().name).second)
        throw Error(where_, "each name once", "'" + members.back().name + "' twice", kAgain);
    }
    return members;
  }

 private:
  std::uint64_t at(std::span<const std::byte> bytes, std::size_t place, std::size_t n) const {
    return word(bytes, place, n, where_);
  }

  // Where the directory begins, its size and the number of its entries.
  void find() {
    // Look for the last record of the file, behind which there is a comment of at most 65535 bytes
    const std::uint64_t tail_size = std::min<std::uint64_t>(file_.size(), 22 + 65535), tail_at = file_.size() - tail_size;
    const Bytes tail = bytes_at(file_, tail_at, tail_size, where_);
    std::size_t end = tail.size() < 22 ? 0 : tail.size() - 22 + 1;
    while (end > 0 && at(tail, end - 1, 4) != kEnd) --end;
    if (end == 0)
      throw Error(where_, "a zip archive with a directory at its end", "none", "the file was cut off; copy or write it again");
    end -= 1;

    // Read what it says; where a field is full, the zip64 record before it says more
    n_ = at(tail, end + 10, 2), size_ = at(tail, end + 12, 4), at_ = at(tail, end + 16, 4);
    const bool several = at(tail, end + 4, 2) != 0 && at(tail, end + 4, 2) != 0xffff;
    if (several) throw Error(where_, "an archive in one file", "a part of one in several", kAgain);
    if (n_ != 0xffff && size_ != kIn64 && at_ != kIn64) return;
    if (end < 20 || at(tail, end - 20, 4) != kEnd64Locator) return;
    const Bytes record = bytes_at(file_, at(tail, end - 20 + 8, 8), 56, where_);
    if (at(record, 0, 4) != kEnd64) throw Error(where_, "a zip64 record", "something else", kAgain);
    n_ = at(record, 32, 8), size_ = at(record, 40, 8), at_ = at(record, 48, 8);
  }

  // The entry at `place`, which moves behind it.
  Npz::Member entry(const Bytes& bytes, std::size_t& place) const {
    // Read the fixed fields
    if (at(bytes, place, 4) != kEntry) throw Error(where_, "an entry of a zip directory", "something else", kAgain);
    Npz::Member m;
    m.flags = static_cast<unsigned>(at(bytes, place + 8, 2)), m.method = static_cast<unsigned>(at(bytes, place + 10, 2));
    m.crc = static_cast<std::uint32_t>(at(bytes, place + 16, 4));
    m.packed = at(bytes, place + 20, 4), m.size = at(bytes, place + 24, 4), m.header_at = at(bytes, place + 42, 4);

    // Read the name and what follows it
    const std::size_t n_name = at(bytes, place + 28, 2), n_extra = at(bytes, place + 30, 2), n_comment = at(bytes, place + 32, 2);
    const std::size_t name_at = place + 46, extra_at = name_at + n_name, end = extra_at + n_extra;
    at(bytes, end + n_comment, 0);
    m.name.assign(reinterpret_cast<const char*>(bytes.data()) + name_at, n_name);
    if (m.name.ends_with(".npy")) m.name.resize(n_name - 4);

    // Where a size or the place is full, take it from the zip64 field, in this order
    for (std::size_t field = extra_at; field + 4 <= end;) {
      const std::size_t id = at(bytes, field, 2), next = field + 4 + at(bytes, field + 2, 2);
      if (id == 1) {
        std::size_t from = field + 4;
        for (std::uint64_t* const part : {&m.size, &m.packed, &m.header_at})
          if (*part == kIn64 && from + 8 <= std::min(next, end)) *part = at(bytes, from, 8), from += 8;
      }
      field = next;
    }
    place = end + n_comment;
    return m;
  }

  RandomBytes& file_;
  const std::string& where_;
  std::uint64_t at_ = 0, size_ = 0, n_ = 0;
};

// --- the functions of npz.h ------------------------------------------------------------------------------------------------

Npz::Npz(ByteReader bytes) : where_(bytes.where()), bytes_(bytes.random()) {
  members_ = Directory(*bytes_, where_).members();
  if (members_.empty()) throw Error(where_, "an archive with an array in it", "an empty one", kAgain);
}

std::vector<std::string> Npz::names() const {
  std::vector<std::string> names;
  for (const Member& m : members_) names.push_back(m.name);
  return names;
}

NpyReader Npz::open(const std::string& name) const {
  // Find the member
  const auto m = std::find_if(members_.begin(), members_.end(), [&](const Member& each) { return each.name == name; });
  const std::string where = where_ + ":" + name;
  if (m == members_.end()) {
    std::string known;
    for (std::size_t i = 0; i < members_.size() && i < 8; ++i) known += (i ? ", " : "") + members_[i].name;
    throw Error(where, "an array of this name", std::to_string(members_.size()) + " arrays without it",
                "the archive holds " + known);
  }

  // Refuse what is not stored or deflated
  if (m->flags & kEncrypted) throw Error(where, "an array", "an encrypted member", kAgain);
  if (m->method != kStored && m->method != kDeflated)
    throw Error(where, "a member that is stored or deflated", "compression method " + std::to_string(m->method), kAgain);
  if (m->method == kStored && m->packed != m->size) throw Error(where, "a stored member of one size", "two sizes", kAgain);

  // Find its bytes behind its own header, whose name and extra fields have lengths of their own
  const Bytes header = bytes_at(*bytes_, m->header_at, 30, where);
  if (word(header, 0, 4, where) != kLocalHeader) throw Error(where, "the header of a member", "something else", kAgain);
  const std::uint64_t begin = m->header_at + 30 + word(header, 26, 2, where) + word(header, 28, 2, where);
  if (begin > bytes_->size() || m->packed > bytes_->size() - begin)
    throw Error(where, std::to_string(m->packed) + " bytes", "the end of the file before",
                "the file was cut off; copy or write it again");
  auto source = range_of(bytes_, begin, m->packed);
  if (m->method == kDeflated) source = inflated(std::move(source), where);
  return NpyReader(ByteReader(std::make_unique<Checked>(std::move(source), m->size, m->crc, where), where, m->size));
}

bool looks_like_zip(std::span<const std::byte> bytes) {
  constexpr char kLocal[] = "PK\x03\x04", kNone[] = "PK\x05\x06";  // a member first, or an archive without one
  return bytes.size() >= 4 && (std::memcmp(bytes.data(), kLocal, 4) == 0 || std::memcmp(bytes.data(), kNone, 4) == 0);
}

}  // namespace etalon::file
