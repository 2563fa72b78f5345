// SPDX-License-Identifier: Apache-2.0
#include "file/npy.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace etalon::file {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr long kMostNumbers = 1L << 40;
constexpr const char* kRewrite = "write it again with numpy.save(file, array.astype('f8'))";

// At most 40 characters of untrusted text, safe to stand in a message.
std::string shown(const std::string& text) {
  std::string safe = text.substr(0, 40);
  for (char& c : safe)
    if (c < ' ' || c > '~') c = '?';
  return "'" + safe + "'";
}

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<long> shape;
};

// A cursor over the dictionary. Only what numpy.save writes is a dictionary here.
class DictionaryReader {
 public:
  DictionaryReader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  Header read() {
    // Read  'key': value  pairs between braces, in any order, each key once
    Header header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !has_descr) header.descr = quoted(), has_descr = true;
      else if (key == "fortran_order" && !has_order) header.fortran_order = boolean(), has_order = true;
      else if (key == "shape" && !has_shape) header.shape = tuple(), has_shape = true;
      else refuse("the keys descr, fortran_order and shape, once each", shown(key));
      if (!accept(',')) {
        expect('}');
        break;
      }
    }

    // Refuse text behind the dictionary, and a key that is missing
    skip_spaces();
    if (at_ != text_.size()) refuse("nothing after the dictionary", "more");
    if (!has_descr || !has_order || !has_shape) refuse("the keys descr, fortran_order and shape", "fewer");
    return header;
  }

 private:
  [[noreturn]] void refuse(const std::string& expected, const std::string& got) const {
    throw Error(where_, "a .npy header with " + expected, got + " at byte " + std::to_string(at_) + " of the header", kRewrite);
  }
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool accept(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse(std::string("'") + c + "'", at_ < text_.size() ? "something else" : "its end");
  }
  std::string quoted() {
    skip_spaces();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"'))
      refuse("a quoted string (structured dtypes are not read)", "something else");
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) refuse("closed quotes", "its end");
    const std::string s(text_.substr(at_, end - at_));
    at_ = end + 1;
    return s;
  }
  bool boolean() {
    skip_spaces();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    refuse("True or False", "something else");
  }
  std::vector<long> tuple() {
    std::vector<long> extents;
    expect('(');
    while (!accept(')')) {
      extents.push_back(extent());
      if (extents.size() > 32) refuse("at most 32 axes", "more");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return extents;
  }
  long extent() {
    skip_spaces();
    long n = 0;
    const std::size_t first = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      n = 10 * n + (text_[at_] - '0');
      if (n > kMostNumbers) refuse("extents up to 2^40", "a larger one");
    }
    if (at_ == first) refuse("an extent >= 0", "something else");
    return n;
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
};

// How many numbers a shape holds, without overflow on the way: a shape with a 0 holds none whatever the other extents.
long numbers_in(const std::vector<long>& shape, const std::string& where) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  long n = 1;
  for (const long extent : shape) {
    if (n > kMostNumbers / extent) throw Error(where, "at most 2^40 numbers", "a larger shape", kRewrite);
    n *= extent;
  }
  return n;
}

template <class Word>
Word word_at(const std::byte* p, bool little) {
  Word word = 0;
  for (std::size_t i = 0; i < sizeof(Word); ++i) {
    const auto byte = static_cast<Word>(std::to_integer<std::uint8_t>(p[i]));
    word = static_cast<Word>(word | byte << (8 * (little ? i : sizeof(Word) - 1 - i)));
  }
  return word;
}

// What '<f8' says: byte order ('|' where there is only one byte), kind (f, i, u, b), bytes of a number.
struct NpyDtype {
  bool little;
  char kind;
  long width;
};
NpyDtype npy_dtype_of(const std::string& descr, NpyNumbers read, const std::string& where) {
  const bool spelt = descr.size() == 3 && (descr[0] == '<' || descr[0] == '>' || (descr[0] == '|' && descr[2] == '1'));
  const NpyDtype dtype{spelt && descr[0] != '>', spelt ? descr[1] : '?', spelt ? descr[2] - '0' : 0};
  const bool two_powers = dtype.width == 1 || dtype.width == 2 || dtype.width == 4 || dtype.width == 8;
  if (dtype.kind == 'f' && (dtype.width == 4 || dtype.width == 8)) return dtype;
  const bool integer = ((dtype.kind == 'i' || dtype.kind == 'u') && two_powers) || (dtype.kind == 'b' && dtype.width == 1);
  if (integer && read == NpyNumbers::integers_too) return dtype;
  throw Error(where, read == NpyNumbers::floating ? "dtype <f8, <f4, >f8 or >f4" : "a dtype of integers or floats", shown(descr),
              kRewrite);
}

double number_at(const std::byte* p, NpyDtype dtype) {
  const long width = dtype.width;
  const std::uint64_t word = width == 1   ? std::to_integer<std::uint8_t>(*p)
                             : width == 2 ? word_at<std::uint16_t>(p, dtype.little)
                             : width == 4 ? word_at<std::uint32_t>(p, dtype.little)
                                          : word_at<std::uint64_t>(p, dtype.little);
  if (dtype.kind == 'f') return width == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(word)) : std::bit_cast<double>(word);
  if (dtype.kind != 'i') return static_cast<double>(word);
  const auto unused = static_cast<int>(64 - 8 * width);  // the sign bit comes to the top and is spread from there
  return static_cast<double>(static_cast<std::int64_t>(word << unused) >> unused);
}

// The place in C order of number k of a Fortran-ordered array, where the first axis is fastest.
long c_order(long k, const std::vector<long>& shape) {
  long place = 0, stride = 1;
  std::vector<long> strides(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    place += k % shape[axis] * strides[axis];
    k /= shape[axis];
  }
  return place;
}

}  // namespace

bool looks_like_npy(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() && std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

Tensor<double> parse_npy(std::span<const std::byte> bytes, const std::string& where, NpyNumbers read) {
  // Read the version, and behind it how long the header is
  if (!looks_like_npy(bytes)) throw Error(where, "a file that starts with \\x93NUMPY", "something else", kRewrite);
  if (bytes.size() < 8) throw Error(where, "a .npy version", "the end of the file", kRewrite);
  const int major = std::to_integer<int>(bytes[6]);
  if (major < 1 || major > 3) throw Error(where, ".npy version 1, 2 or 3", std::to_string(major), kRewrite);
  const std::size_t length_size = major == 1 ? 2 : 4, start = 8 + length_size;
  if (bytes.size() < start) throw Error(where, "the length of the header", "the end of the file", kRewrite);
  const std::size_t header_size =
      major == 1 ? word_at<std::uint16_t>(bytes.data() + 8, true) : word_at<std::uint32_t>(bytes.data() + 8, true);
  if (header_size > bytes.size() - start)
    throw Error(where, "a header of " + std::to_string(header_size) + " bytes",
                std::to_string(bytes.size() - start) + " bytes left", kRewrite);

  // Parse the header: the dictionary of dtype, order and shape
  const auto header_bytes = bytes.subspan(start, header_size);
  const Header header = DictionaryReader({reinterpret_cast<const char*>(header_bytes.data()), header_bytes.size()}, where).read();
  const NpyDtype dtype = npy_dtype_of(header.descr, read, where);
  const long width = dtype.width;

  // Hold the data to the size of its shape
  const auto data = bytes.subspan(start + header_size);
  const long n = numbers_in(header.shape, where);
  if (static_cast<std::size_t>(n) != data.size() / width || data.size() % width != 0)
    throw Error(where, std::to_string(n) + " numbers of " + std::to_string(width) + " bytes",
                std::to_string(data.size()) + " bytes", "the file is cut off or has something behind its end");

  // Read each number to its place in C order
  std::vector<double> values(n);
  for (long k = 0; k < n; ++k)
    values[header.fortran_order ? c_order(k, header.shape) : k] = number_at(data.data() + k * width, dtype);
  if (n == 0) return Tensor<double>(Shape{0});
  return Tensor<double>(Shape(header.shape), std::move(values));
}

Tensor<double> read_npy(const std::filesystem::path& path) { return parse_npy(read_file(path), path.string()); }

}  // namespace etalon::file
