// SPDX-License-Identifier: Apache-2.0
// .npz: what NumPy writes is read, stored or deflated; everything else is refused, and a bomb never goes off.
// tests/file/data/write_numpy.py wrote the two archives with NumPy 1.24; the values below stand in it.
#include "file/npz.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "file/arrays.h"
#include "file/matrix_file.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::file;

namespace {

using Bytes = std::vector<std::byte>;

const std::string kData = ETALON_SOURCE_DIR "/tests/file/data/";

Tensor<double> array(const std::string& file, const std::string& name) { return Npz(ByteReader(kData + file)).open(name).all(); }

// Every array of an archive in exactly as many bytes as it has; or an Error with a hint.
bool read_or_refused(const Bytes& bytes) {
  const std::unique_ptr<std::byte[]> exact(new std::byte[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  try {
    const Npz archive(ByteReader({exact.get(), bytes.size()}, "test.npz"));
    for (const auto& name : archive.names()) archive.open(name).all();
    return true;
  } catch (const Error& e) {
    REQUIRE_THAT(e.what(), Catch::StartsWith("test.npz") && Catch::Contains("hint:"));
    return false;
  }
}

// Where `word` stands last.
std::size_t last(const Bytes& bytes, const std::string& word) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  return std::string_view(text, bytes.size()).rfind(word);
}

}  // namespace

TEST_CASE("npz: stored and deflated members, every dtype, in the archive's order", "[npz]") {
  for (const char* file : {"stored.npz", "deflated.npz"}) {
    INFO(file);
    const auto names = Npz(ByteReader(kData + file)).names();
    REQUIRE(names.size() == 21);
    CHECK(std::vector<std::string>(names.begin(), names.begin() + 6) ==
          std::vector<std::string>{"h.0", "h.10", "h.2", "counts", "flags", "zeros"});
    CHECK(array(file, "h.0").values() == std::vector<double>{0.5, -2, 65504, 0x1p-24, 0x1.554p-2, 0});
    CHECK(array(file, "h.10").values() == std::vector<double>{0, 0.125, 0.25, 0.375, 0.5, 0.625});
    CHECK(array(file, "h.2").shape() == Shape{2, 2, 3});
    CHECK(array(file, "h.2").values() == std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    CHECK(array(file, "counts").values() == std::vector<double>{27, 3, 3, 7});
    CHECK(array(file, "flags").values() == std::vector<double>{1, 0, 1});
    CHECK(array(file, "zeros").values() == std::vector<double>(1200, 0));
    for (std::size_t k = 6; k < names.size(); ++k) {
      INFO(names[k]);
      CHECK(array(file, names[k]).values() == std::vector<double>{1, 0, 0, 1});
    }

    // Through the doors that commands use
    CHECK(read_matrix(kData + file + ":counts").values() == std::vector<double>{27, 3, 3, 7});
    CHECK(read_matrix(kData + file + ":h.2").shape() == Shape{4, 3});
    CHECK(layers_in(kData + file)[1] == kData + file + ":h.10");
    CHECK(layers_in(kData + file).size() == 9);  // floats of rank 2 or more, and no integers
    CHECK_THROWS_WITH(read_matrix(kData + file), Catch::Contains("21 arrays") && Catch::Contains(std::string(file) + ":h.0"));
    CHECK_THROWS_WITH(read_matrix(kData + file + ":h.1"), Catch::Contains("the archive holds h.0, h.10, h.2"));
    CHECK_THROWS_WITH(read_matrix(kData + file + ":flags"), Catch::Contains("rank 2 or more"));
  }
}

TEST_CASE("npz: damage is refused by what it is", "[npz][errors]") {
  const auto refuses = [](const Bytes& bytes, const char* because) {
    CHECK_THROWS_WITH(
        [&] {
          const Npz archive(ByteReader(bytes, "test.npz"));
          for (const auto& name : archive.names()) archive.open(name).all();
        }(),
        Catch::Contains(because) && Catch::Contains("hint:"));
  };
  const Bytes stored = read_file(kData + "stored.npz"), deflated = read_file(kData + "deflated.npz");
  refuses({}, "a directory at its end");
  refuses(Bytes(stored.begin(), stored.end() - 40), "a directory at its end");

  // A bit of a number: the checksum knows
  auto flipped = stored;
  flipped[190] ^= std::byte{1};
  refuses(flipped, "checksum");

  // An entry of the directory: method at 10 and flags at 8 of the entry, its name at 46
  const std::size_t entry = last(stored, "eye.?") - 46;
  auto method = stored;
  method[entry + 10] = std::byte{12};
  refuses(method, "compression method 12");
  auto encrypted = stored;
  encrypted[entry + 8] |= std::byte{1};
  refuses(encrypted, "encrypted");
  auto place = stored;
  place[entry + 45] = std::byte{0x7f};
  refuses(place, "beyond its end");
  auto size = stored;
  size[entry + 24] ^= std::byte{1};
  refuses(size, "two sizes");
  auto twice = stored;
  twice[last(stored, "eye.f4.npy") + 5] = std::byte{'2'};
  refuses(twice, "'eye.f2' twice");
  CHECK(read_or_refused(stored));

  // A bomb: a member that says it is a gigabyte larger than its array is refused by the array's header, before it is inflated
  auto bomb = deflated;
  bomb[last(deflated, "zeros.npy") - 46 + 27] = std::byte{0x40};
  refuses(bomb, "numbers of 4 bytes");
}

TEST_CASE("npz: every truncation and thirty thousand mutations end in arrays or an Error", "[npz][fuzz]") {
  const Bytes whole = read_file(kData + "deflated.npz");
  REQUIRE(read_or_refused(whole));
  for (std::size_t n = 0; n < whole.size(); n += 7)
    CHECK_FALSE(read_or_refused(Bytes(whole.begin(), whole.begin() + static_cast<long>(n))));
  const Stream stream(1, "npz.fuzz");
  std::uint64_t index = 0;
  long read = 0, refused = 0;
  for (int trial = 0; trial < 30000; ++trial) {
    auto bytes = whole;
    for (std::uint64_t left = 1 + stream.below(3, index++); left > 0; --left) {
      const auto at = stream.below(bytes.size(), index++), what = stream.below(256, index++);
      bytes[at] = static_cast<std::byte>(what);
    }
    ++(read_or_refused(bytes) ? read : refused);
  }
  CHECK(read > 100);  // dates, versions and comments may change
  CHECK(refused > 1000);
}
