// SPDX-License-Identifier: Apache-2.0
#include "base/bits.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/units.h"

using namespace etalon;

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kTiny = 0x1p-1074;
}  // namespace

TEST_CASE("bits: neighbours are one ulp apart, everywhere", "[base][bits]") {
  for (const double x :
       {0.0, kTiny, 0x1p-1022, 0x1.fffffffffffffp-1023, 1.0, 0x1.fffffffffffffp0, 1e300, -1.0, -0x1p-1022, -1e300}) {
    INFO(hex(x));
    CHECK(ulp_distance(x, std::nextafter(x, kInfinity)) == 1);
    CHECK(ulp_distance(std::nextafter(x, kInfinity), x) == 1);
    CHECK(ulp_distance(x, x) == 0);
  }
}

TEST_CASE("bits: the distance crosses zero, counts binades and ends at NaN", "[base][bits]") {
  CHECK(ulp_distance(0.0, -0.0) == 0);
  CHECK(ulp_distance(kTiny, -kTiny) == 2);
  CHECK(ulp_distance(1.0, 2.0) == std::uint64_t{1} << 52);
  CHECK(ulp_distance(0x1.fffffffffffffp1023, kInfinity) == 1);
  CHECK(ulp_distance(-kInfinity, kInfinity) == 2 * (std::uint64_t{0x7ff} << 52));
  CHECK(ulp_distance(kNan, 1.0) == std::numeric_limits<std::uint64_t>::max());
  CHECK(ulp_distance(kNan, kNan) == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("bits: the same bits is stricter than ==, and kinder to NaN", "[base][bits]") {
  CHECK(same_bits(kNan, kNan));
  CHECK_FALSE(same_bits(0.0, -0.0));
  CHECK(to_bits(1.0) == 0x3ff0000000000000u);
  CHECK(same_bits(from_bits(0x8000000000000001u), -kTiny));
}

TEST_CASE("bits: both spellings read back as the same double", "[base][bits]") {
  CHECK(hex(1.5) == "0x1.8p+0");
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(1e23) == "1e+23");
  std::uint64_t word = 0x9e3779b97f4a7c15u;
  for (int i = 0; i < 20000; ++i) {
    word = word * 6364136223846793005u + 1442695040888963407u;
    const double x = from_bits(word);
    if (std::isnan(x)) continue;
    CHECK(same_bits(std::strtod(shortest(x).c_str(), nullptr), x));
    CHECK(same_bits(std::strtod(hex(x).c_str(), nullptr), x));
  }
}

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};

TEST_CASE("units: one bit is ln 2 nats, and the two do not mix", "[base][units]") {
  CHECK(in_bits(Nats(kLn2)) == Bits(1));
  CHECK(in_nats(Bits(1)) == Nats(0x1.62e42fefa39efp-1));
  CHECK((Nats(1) + 2 * Nats(0.5) - Nats(0.25)) == Nats(1.75));
  CHECK(Nats(1) < Nats(2));
  STATIC_REQUIRE(Addable<Nats, Nats>);
  STATIC_REQUIRE_FALSE(Addable<Nats, Bits>);
  STATIC_REQUIRE_FALSE(Addable<Nats, double>);
  STATIC_REQUIRE(Comparable<Bits, Bits>);
  STATIC_REQUIRE_FALSE(Comparable<Nats, Bits>);
}
