// SPDX-License-Identifier: Apache-2.0
#include "file/npy.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "file/json.h"
#include "file/safetensors.h"

namespace etalon::file {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr long kMostNumbers = 1L << 40;
constexpr long kPieceOfNumbers = 1L << 20;
constexpr std::size_t kLongestNpyHeader = 1 << 20;  // NumPy itself refuses beyond 10,000 bytes
constexpr const char* kRewrite = "write it again with numpy.save(file, array.astype('f8'))";

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
      else refuse("the keys descr, fortran_order and shape, once each", in_quotes(key));
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

NpyDtype npy_dtype_of(const std::string& descr, const std::string& where) {
  const bool spelt = descr.size() == 3 && (descr[0] == '<' || descr[0] == '>' || (descr[0] == '|' && descr[2] == '1'));
  const NpyDtype dtype{spelt && descr[0] != '>', spelt ? descr[1] : '?', spelt ? descr[2] - '0' : 0};
  const bool two_powers = dtype.width == 1 || dtype.width == 2 || dtype.width == 4 || dtype.width == 8;
  if (dtype.kind == 'f' && two_powers && dtype.width > 1) return dtype;
  if ((dtype.kind == 'i' || dtype.kind == 'u') && two_powers) return dtype;
  if (dtype.kind == 'b' && dtype.width == 1) return dtype;
  throw Error(where, "a dtype of floats (f2, f4, f8), integers or booleans", in_quotes(descr), kRewrite);
}

double number_at(const std::byte* p, NpyDtype dtype) {
  const long width = dtype.width;
  const std::uint64_t word = width == 1   ? std::to_integer<std::uint8_t>(*p)
                             : width == 2 ? word_at<std::uint16_t>(p, dtype.little)
                             : width == 4 ? word_at<std::uint32_t>(p, dtype.little)
                                          : word_at<std::uint64_t>(p, dtype.little);
  if (dtype.kind == 'f') return decoded(width == 8 ? Dtype::f64 : width == 4 ? Dtype::f32 : Dtype::f16, word);
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

NpyReader::NpyReader(ByteReader bytes) : bytes_(std::move(bytes)) {
  // Read the version, and behind it how long the header is
  std::byte first[12];
  const std::size_t came = bytes_.read(std::span(first, 8));
  if (!looks_like_npy({first, came})) throw Error(where(), "a file that starts with \\x93NUMPY", "something else", kRewrite);
  if (came < 8) throw Error(where(), "a .npy version", "the end of the file", kRewrite);
  const int major = std::to_integer<int>(first[6]);
  if (major < 1 || major > 3) throw Error(where(), ".npy version 1, 2 or 3", std::to_string(major), kRewrite);
  const std::size_t length_size = major == 1 ? 2 : 4, start = 8 + length_size;
  if (bytes_.read(std::span(first + 8, length_size)) < length_size)
    throw Error(where(), "the length of the header", "the end of the file", kRewrite);
  const std::size_t header_size = major == 1 ? word_at<std::uint16_t>(first + 8, true) : word_at<std::uint32_t>(first + 8, true);

  // Read the header itself, of a length that NumPy writes
  if (header_size > kLongestNpyHeader || (bytes_.size() && header_size > *bytes_.size() - start))
    throw Error(where(), "a header inside the file, of at most " + std::to_string(kLongestNpyHeader) + " bytes",
                std::to_string(header_size) + " bytes", kRewrite);
  std::string text(header_size, '\0');
  if (bytes_.read(std::as_writable_bytes(std::span(text))) < header_size)
    throw Error(where(), "a header of " + std::to_string(header_size) + " bytes", "the end of the file", kRewrite);

  // Parse it: the dictionary of dtype, order and shape
  const Header header = DictionaryReader(text, where()).read();
  dtype_ = npy_dtype_of(header.descr, where());
  fortran_order_ = header.fortran_order;
  left_ = numbers_in(header.shape, where());
  shape_ = left_ == 0 ? Shape{0} : Shape(header.shape);

  // Hold the data to the size of its shape
  const std::uint64_t n_data = bytes_.size() ? *bytes_.size() - start - header_size : 0;
  if (bytes_.size() && n_data != static_cast<std::uint64_t>(left_) * dtype_.width)
    throw Error(where(), std::to_string(left_) + " numbers of " + std::to_string(dtype_.width) + " bytes",
                std::to_string(n_data) + " bytes", "the file is cut off or has something behind its end");
  if (left_ == 0) read({});
}

void NpyReader::read(std::span<double> out) {
  // Read as many bytes as a buffer holds, and each number of them
  std::byte buffer[8 * 4096];
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t n = std::min<std::size_t>({out.size() - at, 4096, static_cast<std::size_t>(left_)});
    if (n == 0 || bytes_.read(std::span(buffer, n * dtype_.width)) < n * dtype_.width)
      throw Error(where(), std::to_string(shape_.size()) + " numbers of " + std::to_string(dtype_.width) + " bytes",
                  "the end of the file before", "the file is cut off");
    for (std::size_t i = 0; i < n; ++i) out[at + i] = number_at(buffer + i * dtype_.width, dtype_);
    at += n, left_ -= static_cast<long>(n);
  }

  // Refuse what follows the last number
  if (left_ == 0 && !bytes_.peek(1).empty())
    throw Error(where(), std::to_string(shape_.size()) + " numbers and nothing behind", "more bytes",
                "the file has something behind its end");
}

Tensor<double> NpyReader::all() {
  // Make room as numbers come: what a header claims may not be there
  const long n = left_;
  std::vector<double> values;
  values.reserve(std::min(n, 64 * kPieceOfNumbers));
  while (left_ > 0) {
    const std::size_t before = values.size();
    values.resize(before + std::min(left_, kPieceOfNumbers));
    read(std::span(values).subspan(before));
  }
  if (!fortran_order_ || n == 0) return Tensor<double>(shape_, std::move(values));

  // Put each number of a Fortran array in its place in C order
  auto array = Tensor<double>::to_fill(shape_);
  for (long k = 0; k < n; ++k) array[c_order(k, shape_.extents())] = values[k];
  return array;
}

Tensor<double> parse_npy(std::span<const std::byte> bytes, const std::string& where) {
  return NpyReader(ByteReader(bytes, where)).all();
}

Tensor<double> read_npy(const std::filesystem::path& path) { return NpyReader(ByteReader(path.string())).all(); }

}  // namespace etalon::file
