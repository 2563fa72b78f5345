// SPDX-License-Identifier: Apache-2.0
// .npy: what NumPy writes is read, everything else is refused, nothing outside the bytes is touched.
#include "file/npy.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <memory>

#include "base/bits.h"
#include "base/error.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::file;

namespace {

using Bytes = std::vector<std::byte>;

// A file as numpy.save writes it; the header is padded so that the numbers start at a multiple of 64.
Bytes npy(const std::string& dictionary, const Bytes& data, int major = 1) {
  const std::size_t prefix = major == 1 ? 10 : 12;
  std::string header = dictionary;
  while ((prefix + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string file = "\x93NUMPY";
  file += static_cast<char>(major);
  file += '\0';
  for (std::size_t i = 0; i < (major == 1 ? 2u : 4u); ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xff);
  file += header;
  Bytes bytes(file.size());
  std::memcpy(bytes.data(), file.data(), file.size());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::string dictionary(const std::string& descr, bool fortran, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
}

template <class Float, class Word>
Bytes numbers(const std::vector<double>& x, bool little) {
  Bytes bytes;
  for (const double v : x) {
    const auto word = std::bit_cast<Word>(static_cast<Float>(v));
    for (std::size_t i = 0; i < sizeof(Word); ++i)
      bytes.push_back(static_cast<std::byte>(word >> (8 * (little ? i : sizeof(Word) - 1 - i)) & 0xff));
  }
  return bytes;
}
Bytes f8(const std::vector<double>& x, bool little = true) { return numbers<double, std::uint64_t>(x, little); }
Bytes f4(const std::vector<double>& x, bool little = true) { return numbers<float, std::uint32_t>(x, little); }

const std::vector<double> kSix = {0.5, -2, 3.25, 1e-30, 5, 6};

// Reads a copy that lies in exactly as many bytes as it has, so that a sanitizer sees one byte too far.
Tensor<double> parse(const Bytes& bytes) {
  const std::unique_ptr<std::byte[]> exact(new std::byte[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  return parse_npy({exact.get(), bytes.size()}, "test.npy");
}

// Either a tensor or an Error; anything else fails the test. True if it was read.
bool read_or_refused(const Bytes& bytes) {
  try {
    const auto t = parse(bytes);
    return t.size() >= 0;
  } catch (const Error& e) {
    REQUIRE_THAT(e.what(), Catch::StartsWith("test.npy") && Catch::Contains("hint:"));
    return false;
  }
}

}  // namespace

TEST_CASE("npy: both widths, both byte orders, both storage orders, three versions", "[npy]") {
  for (const int major : {1, 2, 3}) {
    CHECK(parse(npy(dictionary("<f8", false, "(2, 3)"), f8(kSix), major)).values() == kSix);
    CHECK(parse(npy(dictionary(">f8", false, "(2, 3)"), f8(kSix, false), major)).values() == kSix);
  }
  const auto single = parse(npy(dictionary("<f4", false, "(2, 3)"), f4(kSix)));
  for (long i = 0; i < 6; ++i) CHECK(single[i] == static_cast<double>(static_cast<float>(kSix[i])));
  CHECK(parse(npy(dictionary(">f4", false, "(2, 3)"), f4(kSix, false))).values() == single.values());

  // Fortran: the first axis is fastest in the file
  const auto fortran = parse(npy(dictionary("<f8", true, "(2, 3)"), f8(kSix)));
  CHECK(fortran.shape() == Shape{2, 3});
  CHECK(fortran.values() == std::vector<double>{kSix[0], kSix[2], kSix[4], kSix[1], kSix[3], kSix[5]});
  std::vector<double> cube(24);
  for (int i = 0; i < 24; ++i) cube[i] = i;
  const auto three = parse(npy(dictionary("<f8", true, "(2, 3, 4)"), f8(cube)));
  for (long i = 0; i < 2; ++i)
    for (long j = 0; j < 3; ++j)
      for (long k = 0; k < 4; ++k) CHECK(three[(i * 3 + j) * 4 + k] == static_cast<double>(i + 2 * j + 6 * k));

  CHECK(parse(npy(dictionary("<f8", false, "()"), f8({7}))).shape() == Shape{});
  CHECK(parse(npy(dictionary("<f8", false, "(1,)"), f8({7}))).shape() == Shape{1});
  CHECK(parse(npy(dictionary("<f8", false, "(0, 3)"), {})).size() == 0);
  CHECK(parse(npy(dictionary("<f8", false, "(1048576, 0, 1099511627776, 1099511627776)"), {})).size() == 0);
  CHECK(parse(npy("{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"<f8\"}", f8({7})))[0] == 7);
  const auto special =
      parse(npy(dictionary("<f8", false, "(3,)"), f8({std::numeric_limits<double>::quiet_NaN(), -0.0, 0x1p-1074})));
  CHECK(special[0] != special[0]);
  CHECK(same_bits(special[1], -0.0));
  CHECK(special[2] == 0x1p-1074);
}

TEST_CASE("npy: integers of every width, exact up to 2^53, and half precision", "[npy]") {
  const auto read = [](const Bytes& bytes) { return parse_npy(bytes, "test.npy").values(); };
  const auto bytes = [](std::initializer_list<int> b) {
    Bytes out;
    for (const int x : b) out.push_back(static_cast<std::byte>(x));
    return out;
  };
  CHECK(read(npy(dictionary("<i8", false, "(2,)"), bytes({1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 255, 255, 255, 255, 255, 255, 255}))) ==
        std::vector<double>{1, -2});
  CHECK(read(npy(dictionary(">i4", false, "(2,)"), bytes({0, 0, 1, 2, 255, 255, 255, 255}))) == std::vector<double>{258, -1});
  CHECK(read(npy(dictionary("<u2", false, "(2,)"), bytes({1, 2, 255, 255}))) == std::vector<double>{513, 65535});
  CHECK(read(npy(dictionary("|i1", false, "(2,)"), bytes({127, 128}))) == std::vector<double>{127, -128});
  CHECK(read(npy(dictionary("|u1", false, "(2,)"), bytes({0, 255}))) == std::vector<double>{0, 255});
  CHECK(read(npy(dictionary("|b1", false, "(2,)"), bytes({0, 1}))) == std::vector<double>{0, 1});
  CHECK(read(npy(dictionary("<f8", false, "(1,)"), f8({0.5}))) == std::vector<double>{0.5});
  CHECK(read(npy(dictionary("<u8", false, "(1,)"), bytes({255, 255, 255, 255, 255, 255, 255, 255}))) ==
        std::vector<double>{0x1p64});
  // One and a half, the smallest subnormal, the largest number, minus infinity
  CHECK(read(npy(dictionary("<f2", false, "(4,)"), bytes({0x00, 0x3e, 0x01, 0x00, 0xff, 0x7b, 0x00, 0xfc}))) ==
        std::vector<double>{1.5, 0x1p-24, 65504, -std::numeric_limits<double>::infinity()});
  CHECK(read(npy(dictionary(">f2", false, "(1,)"), bytes({0x3e, 0x00}))) == std::vector<double>{1.5});
  for (const char* descr : {"<c8", "|V2", "|f1", "<i3", "|i2", "<U4", "f8", "<f16", "", "<", "|O"})
    CHECK_THROWS_WITH(read(npy(dictionary(descr, false, "(1,)"), f8({0.5}))),
                      Catch::Contains("a dtype of floats (f2, f4, f8), integers or booleans"));
}

TEST_CASE("npy: refused by name", "[npy][errors]") {
  const auto refuses = [](const Bytes& bytes, const char* because) { CHECK_THROWS_WITH(parse(bytes), Catch::Contains(because)); };
  refuses(npy(dictionary("<c16", false, "(2, 3)"), f8(kSix)), "a dtype of floats");
  refuses(npy(dictionary("|O", false, "(2, 3)"), f8(kSix)), "a dtype of floats");
  refuses(npy("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (6,), }", f8(kSix)), "structured");
  refuses(npy(dictionary("<f8", false, "(2, 4)"), f8(kSix)), "8 numbers of 8 bytes");
  refuses(npy(dictionary("<f8", false, "(2, 2)"), f8(kSix)), "cut off or has something behind");
  refuses(npy(dictionary("<f8", false, "(-2, -3)"), f8(kSix)), "extent >= 0");
  refuses(npy(dictionary("<f8", false, "(99999999999999999999, 3)"), f8(kSix)), "2^40");
  refuses(npy(dictionary("<f8", false, "(1099511627776, 1099511627776)"), f8(kSix)), "2^40");
  refuses(npy("{'descr': '<f8', 'fortran_order': False}", f8(kSix)), "descr, fortran_order and shape");
  refuses(npy("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (6,)}", f8(kSix)), "once each");
  refuses(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (6,)} ; import os", f8(kSix)), "nothing after");
  refuses(npy("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (6,)}", f8(kSix)), "True or False");
  refuses(npy("{'descr': '<f8", f8(kSix)), "closed quotes");
  auto version = npy(dictionary("<f8", false, "(6,)"), f8(kSix));
  version[6] = std::byte{9};
  refuses(version, "version 1, 2 or 3");
  auto long_header = npy(dictionary("<f8", false, "(6,)"), f8(kSix));
  long_header[8] = long_header[9] = std::byte{0xff};
  refuses(long_header, "65535 bytes");
  refuses({}, "NUMPY");
  CHECK_THROWS_WITH(read_npy("/nowhere/at/all.npy"), Catch::Contains("nothing there"));
}

TEST_CASE("npy: a pipe is read as it comes, a header that claims more is refused without room being made for it", "[npy][errors]") {
  // A source without a size, as a pipe is: three bytes at a time
  class Drops : public ByteSource {
   public:
    explicit Drops(Bytes bytes) : bytes_(std::move(bytes)) {}
    std::size_t read(std::span<std::byte> out) override {
      const std::size_t n = std::min<std::size_t>({3, out.size(), bytes_.size() - at_});
      std::copy_n(bytes_.begin() + static_cast<long>(at_), n, out.begin());
      at_ += n;
      return n;
    }

   private:
    Bytes bytes_;
    std::size_t at_ = 0;
  };
  const auto piped = [](const Bytes& bytes) { return NpyReader(ByteReader(std::make_unique<Drops>(bytes), "pipe", {})).all(); };
  CHECK(piped(npy(dictionary("<f8", true, "(2, 3)"), f8(kSix))).values() ==
        std::vector<double>{kSix[0], kSix[2], kSix[4], kSix[1], kSix[3], kSix[5]});
  CHECK_THROWS_WITH(piped(npy(dictionary("<f8", false, "(1099511627776,)"), f8(kSix))),
                    Catch::Contains("the end of the file before"));
  CHECK_THROWS_WITH(piped(npy(dictionary("<f8", false, "(2, 2)"), f8(kSix))), Catch::Contains("more bytes"));
}

TEST_CASE("npy: every truncation is refused", "[npy][fuzz]") {
  for (const int major : {1, 2}) {
    const auto whole = npy(dictionary("<f8", true, "(2, 3)"), f8(kSix), major);
    REQUIRE(read_or_refused(whole));
    for (std::size_t n = 0; n < whole.size(); ++n)
      CHECK_FALSE(read_or_refused(Bytes(whole.begin(), whole.begin() + static_cast<long>(n))));
    auto longer = whole;
    longer.push_back(std::byte{0});
    CHECK_FALSE(read_or_refused(longer));
  }
}

TEST_CASE("npy: a hundred thousand mutated headers end in a tensor or an Error", "[npy][fuzz]") {
  const auto whole = npy(dictionary("<f8", false, "(2, 3)"), f8(kSix));
  const std::size_t header_end = whole.size() - 48;
  const std::string interesting = "'\"(){}[],: 0123456789<>|f48TFx\n" + std::string(1, '\0');
  const Stream stream(1, "npy.fuzz");
  long read = 0, refused = 0;
  std::uint64_t index = 0;
  for (int trial = 0; trial < 100000; ++trial) {
    auto bytes = whole;
    const auto edits = 1 + stream.below(4, index++);
    for (std::uint64_t e = 0; e < edits; ++e) {
      const auto kind = stream.below(4, index++), at = stream.below(header_end, index++),
                 what = stream.below(interesting.size(), index++);
      const auto place = bytes.begin() + static_cast<long>(std::min<std::uint64_t>(at, bytes.size() - 1));
      if (kind == 0) *place = static_cast<std::byte>(stream.below(256, index++));
      if (kind == 1) *place = static_cast<std::byte>(interesting[what]);
      if (kind == 2) bytes.insert(place, static_cast<std::byte>(interesting[what]));
      if (kind == 3) bytes.erase(place);
    }
    ++(read_or_refused(bytes) ? read : refused);
  }
  CHECK(read > 100);  // the fuzz is not all noise: edits of spaces and signs still parse
  CHECK(refused > 1000);
}
