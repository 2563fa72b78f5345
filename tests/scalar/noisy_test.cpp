#include "scalar/noisy.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/bits.h"

using namespace etalon;

TEST_CASE("noisy: every result is the rounded one or a neighbour, and all three come", "[scalar][noisy]") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Noise noise(seed);
    const double product = (Noisy<double>(0.1) * Noisy<double>(3)).value;
    CHECK(ulp_distance(product, 0.1 * 3) <= 1);
    seen.insert(to_bits(product));
  }
  CHECK(seen.size() == 3);
}

TEST_CASE("noisy: a seed is a sequence, and the one outside goes on where it was", "[scalar][noisy]") {
  const auto sequence = [](std::uint64_t seed) {
    const Noise noise(seed);
    std::vector<int> steps;
    for (int i = 0; i < 50; ++i) steps.push_back(Noise::next());
    return steps;
  };
  const Noise outside(7);
  const int first = Noise::next();
  CHECK(sequence(3) == sequence(3));
  CHECK(sequence(3) != sequence(4));
  const int second = Noise::next();
  const auto all = sequence(7);
  CHECK(all[0] == first);
  CHECK(all[1] == second);
}

TEST_CASE("noisy: 0 stays 0, what is not finite stays, and the largest double does not become infinite", "[scalar][noisy][edge]") {
  constexpr double kMost = std::numeric_limits<double>::max(), kInfinity = std::numeric_limits<double>::infinity();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Noise noise(seed);
    CHECK((Noisy<double>(0.5) - Noisy<double>(0.5)).value == 0);
    CHECK((Noisy<double>(kMost) * Noisy<double>(1)).value <= kMost);
    CHECK((Noisy<double>(kMost) * Noisy<double>(2)).value == kInfinity);
    CHECK(std::isnan((Noisy<float>(0) / Noisy<float>(0)).value));
  }
}
