// SPDX-License-Identifier: Apache-2.0
#include "tensor/random.h"

#include <Random123/philox.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "base/bits.h"
#include "scalar/ball.h"

using namespace etalon;

// Random123's own file of known answers (tests/kat_vectors): zeros, all ones, and the digits of pi.
TEST_CASE("random: Philox4x32-10 gives the published answers", "[tensor][random]") {
  const auto philox = [](r123::Philox4x32::ctr_type counter, r123::Philox4x32::key_type key) {
    return r123::Philox4x32()(counter, key);
  };
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({{0, 0, 0, 0}}, {{0, 0}}) == r123::Philox4x32::ctr_type{{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
  CHECK(philox({{ones, ones, ones, ones}}, {{ones, ones}}) ==
        r123::Philox4x32::ctr_type{{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
  CHECK(philox({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, {{0xa4093822, 0x299f31d0}}) ==
        r123::Philox4x32::ctr_type{{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

TEST_CASE("random: seed, name, index and block sit in the counter where the recipe says", "[tensor][random]") {
  const std::uint64_t hash_of_a = 0xaf63dc4c8601ec8c;  // FNV-1a of "a", from the authors' page
  const auto words = Stream(0x1122334455667788, "a").words(0x00aabbccddeeff01, 3);
  const auto expected = r123::Philox4x32()(
      {{0xddeeff01, 0x00aabbcc + (3u << 24), static_cast<std::uint32_t>(hash_of_a), static_cast<std::uint32_t>(hash_of_a >> 32)}},
      {{0x55667788, 0x11223344}});
  for (int i = 0; i < 4; ++i) CHECK(words[i] == expected[i]);
  CHECK(Stream(1, "a").words(0) != Stream(2, "a").words(0));
  CHECK(Stream(1, "a").words(0) != Stream(1, "b").words(0));
  CHECK(Stream(1, "a").words(0) != Stream(1, "a").words(1));
}

TEST_CASE("random: entries have the recorded bits, which regenerate.py has too", "[tensor][random]") {
  std::ifstream file(ETALON_SOURCE_DIR "/tests/tensor/data/normal.txt");
  long n_rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    std::istringstream row(line);
    std::uint64_t seed = 0, index = 0;
    std::string name, sigma, recorded;
    REQUIRE(row >> seed >> name >> index >> sigma >> recorded);
    const double value =
        static_cast<double>(Stream(seed, name).normal_integer(index)) * normal_scale(std::strtod(sigma.c_str(), nullptr));
    INFO(name << "[" << index << "]: " << hex(value));
    CHECK(same_bits(value, std::strtod(recorded.c_str(), nullptr)));
    ++n_rows;
  }
  CHECK(n_rows == 11);

  const auto table = normal_tensor(Stream(1, "transformer.wte.weight"), Shape{2, 2}, 0, 0.02);
  CHECK(same_bits(table[0], -0x1.fd86aafa61ap-7));
  CHECK(same_bits(table[3], -0x1.77349c0efc6p-7));
  // One rounding with a mean: the product is exact
  CHECK(same_bits(normal_tensor(Stream(1, "transformer.wte.weight"), Shape{1}, 1, 0.02)[0], 1 + -0x1.fd86aafa61ap-7));
}

TEST_CASE("random: the product z * scale is exact for every z there is", "[tensor][random]") {
  for (const double sigma : {0.02, 1.0, 0.3, 1.6 / 3.0, 1e-300, 7e200}) {
    const double scale = normal_scale(sigma);
    INFO("sigma " << sigma);
    CHECK((Ball(scale) / Ball(sigma) * sqrt(Ball(16) * Ball(4294967295.0) / Ball(12)) - Ball(1)).certainly_within(0x1p-32));
    for (std::int64_t z = -524280; z <= 524280; z += 9973)
      CHECK((Ball(static_cast<double>(z)) * Ball(scale) - Ball(static_cast<double>(z) * scale)).is_exactly_zero());
  }
  // and would not be with a scale of 53 bits
  const double unrounded = 0.02 / std::sqrt(16.0 * 4294967295.0 / 12.0);
  CHECK_FALSE((Ball(524279) * Ball(unrounded) - Ball(524279 * unrounded)).is_exactly_zero());
  CHECK(normal_scale(0) == 0);
}

// Deterministic, so a bound of five standard errors is either kept for ever or never.
TEST_CASE("random: the moments are those of the law it claims", "[tensor][random]") {
  constexpr long kN = 1 << 18;
  const auto x = normal_tensor(Stream(1, "moments"), Shape{kN}, 0, 1);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, neighbours = 0;
  for (long i = 0; i < kN; ++i) {
    m1 += x[i] / kN;
    m2 += x[i] * x[i] / kN;
    m3 += x[i] * x[i] * x[i] / kN;
    m4 += x[i] * x[i] * x[i] * x[i] / kN;
    neighbours += x[i] * x[(i + 1) % kN] / kN;
  }
  const double standard_error = 1 / std::sqrt(static_cast<double>(kN));
  CHECK(std::fabs(m1) < 5 * standard_error);
  CHECK(std::fabs(m2 - 1) < 5 * std::sqrt(2.0) * standard_error);
  CHECK(std::fabs(m3) < 5 * std::sqrt(15.0) * standard_error);
  CHECK(std::fabs(m4 - (3 - 6.0 / (5 * 16))) < 5 * std::sqrt(96.0) * standard_error);  // Irwin-Hall of 16: kurtosis 3 - 6/(5n)
  CHECK(std::fabs(neighbours) < 5 * standard_error);
}

TEST_CASE("random: uniform and below keep to their ranges and fill them evenly", "[tensor][random]") {
  const Stream stream(9, "uniform");
  double mean = 0;
  std::vector<long> counts(37, 0);
  constexpr long kN = 37 * 4096;
  for (long i = 0; i < kN; ++i) {
    const double u = stream.uniform(i);
    if (!(u >= 0 && u < 1) || std::ldexp(u, 53) != std::floor(std::ldexp(u, 53))) FAIL("uniform left its grid at " << i);
    mean += u / kN;
    const auto n = stream.below(37, i);
    if (n >= 37) FAIL("below left its range at " << i);
    ++counts[n];
  }
  CHECK(std::fabs(mean - 0.5) < 5 * std::sqrt(1 / 12.0 / kN));
  double chi_squared = 0;
  for (const long count : counts) chi_squared += static_cast<double>((count - 4096) * (count - 4096)) / 4096;
  CHECK(std::fabs(chi_squared - 36) < 5 * std::sqrt(2 * 36.0));
  CHECK(stream.below(1, 5) == 0);
}
