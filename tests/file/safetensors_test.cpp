// SPDX-License-Identifier: Apache-2.0
// The file format: bit-exact both ways, and no bytes however damaged do more than raise an Error.
#include "file/safetensors.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "folder.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::file;

namespace {

using Bytes = std::vector<std::byte>;

// A file of this header and this much data, right or wrong.
Bytes file_of(const std::string& header, std::size_t n_data) {
  Bytes out;
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<std::byte>(header.size() >> (8 * i) & 0xff));
  for (const char c : header) out.push_back(static_cast<std::byte>(c));
  out.resize(out.size() + n_data);
  return out;
}

// What the refusal says; fails the test if there is none.
std::string refusal(const Bytes& bytes) {
  try {
    parse_safetensors(bytes, "some.safetensors");
  } catch (const Error& e) {
    return e.what();
  }
  FAIL("was accepted");
  return {};
}

TensorFile every_dtype() {
  // Add the floating types, with the ends of their ranges
  const double inf = std::numeric_limits<double>::infinity();
  TensorFile file;
  file.metadata = {{"format", "test"}, {"quote \" and \\", "line\nbreak \xce\xb1"}};
  add(file, "f64", Tensor<double>({2, 3}, {0.0, -0.0, 0x1p-1074, -0x1.fffffffffffffp1023, inf, from_bits(0xfff0000000000001)}));
  add(file, "h.0.w", Tensor<double>({2, 1, 2}, {1.5, 0x1p-149, -0x1.fffffep127, -inf}), Dtype::f32);
  add(file, "scalar", Tensor<double>(Shape{}, {7.0}), Dtype::f16);
  add(file, "none", Tensor<double>({3, 0}, {}), Dtype::bf16);

  // Add the integers and the flags, with the ends of theirs
  const std::int64_t least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  add_integers(file, "i64", {3}, {least, -100, most});
  const auto put = [&](const char* name, Dtype dtype, std::vector<std::int64_t> values) {
    file.tensors.push_back({name, dtype, Shape{static_cast<long>(values.size())}, {}, values});
  };
  put("i32", Dtype::i32, {-(1LL << 31), -1, (1LL << 31) - 1});
  put("i16", Dtype::i16, {-32768, 32767});
  put("i8", Dtype::i8, {-128, -1, 127});
  put("u32", Dtype::u32, {0, (1LL << 32) - 1});
  put("u16", Dtype::u16, {0, 65535});
  put("u8", Dtype::u8, {0, 128, 255});
  put("bool", Dtype::boolean, {0, 1, 1});
  return file;
}

bool same(const TensorFile& a, const TensorFile& b) {
  bool equal = a.metadata == b.metadata && a.tensors.size() == b.tensors.size();
  for (std::size_t k = 0; equal && k < a.tensors.size(); ++k) {
    const StoredTensor &s = a.tensors[k], &t = b.tensors[k];
    equal = s.name == t.name && s.dtype == t.dtype && s.shape == t.shape && s.integers == t.integers &&
            s.values.size() == t.values.size();
    for (std::size_t i = 0; equal && i < s.values.size(); ++i) equal = same_bits(s.values[i], t.values[i]);
  }
  return equal;
}

}  // namespace

TEST_CASE("safetensors: every dtype comes back as it went, bit for bit", "[safetensors]") {
  const TensorFile file = every_dtype();
  const Bytes bytes = serialise_safetensors(file);
  const TensorFile back = parse_safetensors(bytes, "memory");
  CHECK(same(file, back));
  CHECK(serialise_safetensors(back) == bytes);
  CHECK(std::to_integer<int>(bytes[0]) % 8 == 0);  // the header's length is padded, so the data is aligned

  // ... and `same` sees one flipped bit
  Bytes flipped = bytes;
  flipped[flipped.size() - 1] ^= std::byte{1};
  CHECK_FALSE(same(file, parse_safetensors(flipped, "memory")));
}

TEST_CASE("safetensors: all 65536 words of F16 and of BF16 survive, NaN payloads included", "[safetensors]") {
  for (const char* dtype : {"F16", "BF16"}) {
    Bytes bytes = file_of(std::string("{\"x\":{\"dtype\":\"") + dtype + "\",\"shape\":[65536],\"data_offsets\":[0,131072]}}", 0);
    for (int word = 0; word < 65536; ++word)
      for (const int byte : {word & 0xff, word >> 8}) bytes.push_back(static_cast<std::byte>(byte));
    const Bytes again = serialise_safetensors(parse_safetensors(bytes, "words"));
    INFO(dtype);
    CHECK(std::equal(bytes.end() - 131072, bytes.end(), again.end() - 131072, again.end()));
  }
}

TEST_CASE("safetensors: F16 and BF16 mean what IEEE 754 says", "[safetensors]") {
  CHECK(rounded_to(Dtype::f16, 65504.0) == 65504.0);
  CHECK(rounded_to(Dtype::f16, 65519.99) == 65504.0);        // below half-way to 2^16
  CHECK(std::isinf(rounded_to(Dtype::f16, 65520.0)));        // half-way: to even, which is infinity
  CHECK(rounded_to(Dtype::f16, 0x1p-24) == 0x1p-24);         // the smallest subnormal
  CHECK(same_bits(rounded_to(Dtype::f16, -0x1p-25), -0.0));  // half of it: to even, which is zero
  CHECK(rounded_to(Dtype::f16, 0x1.8p-25) == 0x1p-24);
  CHECK(rounded_to(Dtype::f16, 1 + 0x1p-11) == 1);            // a tie, to even
  CHECK(rounded_to(Dtype::f16, 1 + 0x3p-11) == 1 + 0x2p-10);  // the other tie
  CHECK(rounded_to(Dtype::f16, 0x1.ffffp-15) == 0x1p-14);     // subnormal up into normal
  CHECK(rounded_to(Dtype::bf16, 0x1p-133) == 0x1p-133);
  CHECK(rounded_to(Dtype::bf16, 1 + 0x1p-8) == 1);
  CHECK(std::isinf(rounded_to(Dtype::bf16, -0x1.ffp127)));
  CHECK(std::isinf(rounded_to(Dtype::bf16, 1e308)));
  CHECK(rounded_to(Dtype::bf16, 0x1p-1074) == 0);
  CHECK(std::isnan(rounded_to(Dtype::f16, from_bits(0x7ff0000000000001))));  // payload in the lost bits: still NaN
}

TEST_CASE("safetensors: F32 agrees with the machine's own conversion", "[safetensors]") {
  const Stream stream(1, "f32");
  long checked = 0;
  for (int i = 0; i < 200000; ++i) {
    const auto w = stream.words(i);
    const double x = from_bits(std::uint64_t{w[0]} << 32 | w[1]);
    // Most random doubles overflow a float; fold half of them to where floats live, subnormals included
    int exponent = 0;
    const double fraction = std::frexp(x, &exponent);
    const double folded = i % 2 ? x : std::ldexp(fraction, static_cast<int>(w[2] % 290) - 155);
    if (std::isnan(folded)) continue;
    checked += 1;
    if (!same_bits(rounded_to(Dtype::f32, folded), static_cast<double>(static_cast<float>(folded)))) FAIL(hex(folded));
  }
  CHECK(checked > 190000);
}

TEST_CASE("safetensors: a file that Python's struct and json wrote is read", "[safetensors]") {
  const TensorFile file = read_safetensors(ETALON_SOURCE_DIR "/tests/file/data/python.safetensors");
  CHECK(file.metadata.at("greek") == "\xce\xb1");
  CHECK(file.tensors.size() == 10);
  const Tensor<double> w = file.tensor("w");
  CHECK(w.shape() == Shape{2, 3});
  CHECK(same_bits(w[1], -0.0));
  CHECK(w[2] == 0x1p-1074);
  CHECK(std::isinf(w[4]));
  CHECK(file.at("half").values == std::vector<double>{1.5, -2, 0x1p-24, 65504});
  CHECK(file.at("brain").values[1] == 0x1p-133);
  CHECK(file.tensor("single")[0] == static_cast<double>(0.1f));
  CHECK(file.integers("targets") == std::vector<std::int64_t>{0, -100, 1LL << 62, 7});
  CHECK(file.integers("small") == std::vector<std::int64_t>{-5, (1LL << 31) - 1});
  CHECK(file.integers("mask") == std::vector<std::int64_t>{1, 0, 1});
  CHECK(file.integers("bytes") == std::vector<std::int64_t>{0, 255});
  CHECK(file.at("empty").shape == Shape{0, 7});
  CHECK(file.tensor("scalar")[0] == 2.5);
  CHECK_THROWS_WITH(file.tensor("targets"), Catch::Contains("I64"));
  CHECK_THROWS_WITH(file.integers("w"), Catch::Contains("F64"));
  CHECK_THROWS_WITH(file.at("lm_head.weight"), Catch::Contains("lm_head.weight") && Catch::Contains("targets"));
}

TEST_CASE("safetensors: each way to be malformed has its own refusal", "[safetensors]") {
  struct Bad {
    const char* header;
    std::size_t n_data;
    const char* says;
  };
  const Bad table[] = {
      {"", 0, "one JSON object"},
      {"[]", 0, "one JSON object"},
      {" {}", 0, "one JSON object"},
      {"{", 0, "expected JSON, got "},
      {"{}}", 0, "expected JSON, got "},
      {"{\"a\"}", 0, "expected JSON, got "},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}", 8, "expected JSON, got "},
      {"{\"\xff\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "expected JSON, got "},
      {"{\"a\":3}", 0, "an object, got 3"},
      {"{\"a\":null}", 0, "an object, got null"},
      {"{\"a\":\"F64\"}", 0, "an object, got \"F64\""},
      {"{\"a\":[1]}", 0, "an object, got [1]"},
      {"{\"a\":{}}", 0, "dtype: expected a value"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1]}}", 8, "data_offsets: expected a value"},
      {"{\"a\":{\"dtype\":\"F64\",\"data_offsets\":[0,8]}}", 8, "shape: expected a value"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8],\"extra\":1}}", 8, "\"extra\""},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0]}}", 8, "two data_offsets"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8,8]}}", 8, "two data_offsets"},
      {"{\"a\":{\"dtype\":\"F63\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "\"F63\""},
      {"{\"a\":{\"dtype\":8,\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "dtype: expected text"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":\"1\",\"data_offsets\":[0,8]}}", 8, "shape: expected a list"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[-1],\"data_offsets\":[0,8]}}", 8, "-1"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1.0],\"data_offsets\":[0,8]}}", 8, "1.0"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[[1]],\"data_offsets\":[0,8]}}", 8, "shape[0]: expected an integer"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[\"1\"],\"data_offsets\":[0,8]}}", 8, "shape[0]: expected an integer"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[18446744073709551615],\"data_offsets\":[0,8]}}", 8, "18446744073709551615"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}", 8, "shape[0]: expected an integer"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}", 8, "2^63 bytes"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[2305843009213693952,8],\"data_offsets\":[0,8]}}", 8, "2^63 bytes"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[0,4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "2^63 bytes"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "16 bytes"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,16]}}", 8, "inside the 8 bytes"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[8,0]}}", 8, "[8, 0]"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 9, "1 bytes more"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[8,16]}}", 16, "a gap"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,"
       "8]}}",
       8, "an overlap"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[8,"
       "16]}}",
       16, "each key once"},
      {"{\"a\":{\"dtype\":\"F64\",\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "each key once"},
      {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "each key once"},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "each key once"},
      {"{\"__metadata__\":{\"k\":1}}", 0, "k: expected text"},
      {"{\"__metadata__\":{\"k\":{}}}", 0, "k: expected text"},
      {"{\"__metadata__\":{\"k\":[]}}", 0, "k: expected text"},
      {"{\"__metadata__\":\"k\"}", 0, "an object"},
      {"{\"a\":{\"b\":{\"c\":1}}}", 0, "\"b\""},
      {"{\"a\":{\"shape\":{\"c\":1},\"dtype\":\"F64\",\"data_offsets\":[0,0]}}", 0, "shape: expected a list"},
      {"{\"a\\u0000b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "without a zero byte"},
      {"{\"\\u001b[2Jx\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "\"\\u001b[2Jx\""},
  };
  for (const Bad& bad : table) {
    INFO(bad.header);
    const std::string message = refusal(file_of(bad.header, bad.n_data));
    CHECK_THAT(message, Catch::Contains(bad.says) && Catch::Contains("some.safetensors") && Catch::Contains("hint:"));
  }
  // A zero byte ends the text for many a JSON reader: what hides behind it must not pass
  CHECK_THAT(refusal(file_of(std::string("{}\0}garbage", 11), 0)), Catch::Contains("a zero byte"));
  // BOOL holds 0 and 1
  Bytes two = file_of("{\"a\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[0,1]}}", 0);
  two.push_back(std::byte{2});
  CHECK_THAT(refusal(two), Catch::Contains("BOOL"));
  // The table's own control: the well-formed file is accepted
  CHECK_NOTHROW(parse_safetensors(file_of("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}  ", 8), "good"));
  CHECK_NOTHROW(parse_safetensors(file_of("{}", 0), "good"));
}

TEST_CASE("safetensors: a header's length that lies, and a header nested a million deep", "[safetensors]") {
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{100'000'001}, std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{7}}) {
    Bytes bytes = file_of("{}", 0);
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(length >> (8 * i) & 0xff);
    CHECK_THAT(refusal(bytes), Catch::Contains("header"));
  }
  std::string deep = "{\"a\":{\"shape\":";
  for (int i = 0; i < 1000000; ++i) deep += i % 2 ? "[" : "{\"a\":";
  CHECK_THAT(refusal(file_of(deep, 0)), Catch::Contains("hint:"));
  CHECK_THAT(refusal(file_of("{\"a\":{\"shape\":" + std::string(1000000, '['), 0)), Catch::Contains("brackets inside each other"));
  CHECK_THAT(refusal(file_of("{\"" + std::string(5000, 'n') + "\":{}}", 0)), Catch::Contains("keys of at most 4096 bytes"));
  CHECK_THROWS_WITH(read_safetensors("/nowhere/x.safetensors"), Catch::Contains("/nowhere/x.safetensors"));
  CHECK_THROWS_AS(read_safetensors("/"), Error);
}

TEST_CASE("safetensors: thousands of damaged files are read or refused, never worse", "[safetensors]") {
  const Bytes good = serialise_safetensors(every_dtype());
  long refused = 0, accepted = 0;
  const auto read = [&](const Bytes& bytes) {
    try {
      const TensorFile file = parse_safetensors(bytes, "damaged");
      ++accepted;
      for (const StoredTensor& t : file.tensors) REQUIRE(t.shape.size() == static_cast<long>(t.values.size() + t.integers.size()));
    } catch (const Error&) {
      ++refused;
    }
  };
  // Every prefix
  for (std::size_t n = 0; n < good.size(); ++n) read(Bytes(good.begin(), good.begin() + n));
  CHECK(accepted == 0);

  // Random bytes overwritten, flipped, removed, doubled; most of them in the header, where the structure is
  const Stream stream(7, "mutations");
  const char tempting[] = "\"{}[],:0123456789-.eE\\ \0\xff";
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = good;
    const int n_changes = 1 + i % 3;
    for (int k = 0; k < n_changes; ++k) {
      const auto w = stream.words(8 * i + k);
      const std::size_t at = w[0] % (w[1] % 8 ? good.size() * 3 / 4 : bytes.size());
      const std::size_t place = at % bytes.size();
      switch (w[2] % 5) {
        case 0: bytes[place] = static_cast<std::byte>(w[3]); break;
        case 1: bytes[place] ^= static_cast<std::byte>(1u << w[3] % 8); break;
        case 2: bytes[place] = static_cast<std::byte>(tempting[w[3] % (sizeof tempting - 1)]); break;
        case 3: bytes.erase(bytes.begin() + place); break;
        default: bytes.insert(bytes.begin() + place, bytes[place]); break;
      }
    }
    read(bytes);
  }
  CHECK(refused > 10000);
  CHECK(accepted > 100);  // damage to the numbers alone is no damage to the format
}

TEST_CASE("safetensors: the writer refuses what no reader could take", "[safetensors]") {
  TensorFile file;
  add(file, "a", Tensor<double>({2}, {1, 2}));
  CHECK_THROWS_AS(add(file, "a", Tensor<double>({2}, {1, 2})), Error);
  CHECK_THROWS_AS(add_integers(file, "a", {1}, {1}), Error);
  CHECK_THROWS_AS(add(file, "b", Tensor<double>({1}, {1}), Dtype::i64), Error);

  const auto refused = [](StoredTensor t) {
    TensorFile one;
    one.tensors.push_back(std::move(t));
    CHECK_THROWS_WITH(serialise_safetensors(one), Catch::Contains("hint:"));
  };
  refused({"a", Dtype::f64, {3}, {1, 2}, {}});
  refused({"a", Dtype::f64, {-1, -1}, {1}, {}});
  refused({"a", Dtype::f64, {1}, {1}, {1}});
  refused({"a", Dtype::i64, {1}, {1.0}, {}});
  refused({"a", Dtype::u8, {1}, {}, {256}});
  refused({"a", Dtype::i32, {1}, {}, {1LL << 31}});
  refused({"a", Dtype::boolean, {1}, {}, {2}});
  refused({"__metadata__", Dtype::f64, {1}, {1}, {}});
  refused({"\xff", Dtype::f64, {1}, {1}, {}});
  refused({std::string("a\0b", 3), Dtype::f64, {1}, {1}, {}});
  refused({std::string(5000, 'n'), Dtype::f64, {1}, {1}, {}});
  file.tensors.push_back(file.tensors[0]);
  CHECK_THROWS_AS(serialise_safetensors(file), Error);
}

TEST_CASE("safetensors: a file on disk is what was written, whole or tensor by tensor", "[safetensors]") {
  const Folder folder;
  const std::string path = folder / "inside/x.safetensors";
  const TensorFile file = every_dtype();
  write_safetensors(path, file);
  CHECK(same(read_safetensors(path), file));
  OpenTensors open(path);
  REQUIRE(open.names().size() == file.tensors.size());
  for (std::size_t i = file.tensors.size(); i-- > 0;) {  // backwards: each is found where it lies
    TensorFile one = file;
    one.tensors = {file.tensors[i]};
    CHECK(open.names()[i] == one.tensors[0].name);
    CHECK(same(open.only(one.tensors[0].name), one));
  }
  CHECK_THROWS_WITH(open.only("lm_head.weight"), Catch::Contains("tensors without it") && Catch::Contains(file.tensors[0].name));
}

TEST_CASE("safetensors: a pipe is read as a file is", "[safetensors]") {
  const Folder folder;
  const std::string path = folder / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { write_safetensors(path, every_dtype()); });
  CHECK(same(read_safetensors(path), every_dtype()));
  writer.join();
}

TEST_CASE("safetensors: what the head of a file shows is refused before the rest is read", "[safetensors][errors]") {
  // The files are 2^40 bytes long and hold next to nothing: none could be read
  const Folder folder;
  const std::string path = folder / "huge.safetensors";
  const auto with_head = [&](const Bytes& head) {
    write_file(path, head);
    std::filesystem::resize_file(path, std::uintmax_t{1} << 40);
    return path;
  };
  CHECK_THROWS_WITH(read_safetensors(with_head({})), Catch::Contains("one JSON object"));
  CHECK_THROWS_WITH(read_safetensors(with_head(Bytes(8, std::byte{1}))), Catch::Contains("a header of at most 100 MB"));
  CHECK_THROWS_WITH(read_safetensors(with_head(file_of("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8))),
                    Catch::Contains("bytes more"));

  // One tensor of a large file costs that tensor
  const std::string n = std::to_string((std::uint64_t{1} << 40) - 128);
  const std::string header = "{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"U8\",\"shape\":[" +
                             n + "],\"data_offsets\":[8," + std::to_string((std::uint64_t{1} << 40) - 120) + "]}}";
  const std::size_t n_header = header.size();
  write_file(path, file_of(header, 0));
  std::filesystem::resize_file(path, 8 + n_header + (std::uintmax_t{1} << 40) - 120);
  CHECK(OpenTensors(path).only("a").tensor("a")[0] == 0);
}
