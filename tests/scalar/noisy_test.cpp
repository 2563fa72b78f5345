// SPDX-License-Identifier: Apache-2.0
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

TEST_CASE("noisy: the steps of a run do not depend on the order of its operations", "[scalar][noisy]") {
  const auto steps = [](std::uint64_t seed, bool backwards) {
    const Noise noise(seed);
    std::vector<int> out(60);
    for (int i = 0; i < 60; ++i) {
      const int at = backwards ? 59 - i : i;
      const int quarters = at / 4;
      out[at] = Noise::step("+-*/" [at % 4], { 0.25 * quarters, 3.0 });
    }
    return out;
  };
  CHECK(steps(3, false) == steps(3, true));
  CHECK(steps(3, false) != steps(4, false));
  const auto all = steps(3, false);
  CHECK(std::set<int>(all.begin(), all.end()) == std::set<int>{-1, 0, 1});
}

TEST_CASE("noisy: the operation, each operand and their order matter; the seed outside comes back", "[scalar][noisy]") {
  const auto n_equal = [](auto f, auto g) {
    long n = 0;
    for (int i = 1; i <= 300; ++i) n += f(i) == g(i);
    return n;
  };
  const Noise outside(7);
  const auto step = [](char op, double a, double b) { return Noise::step(op, {a, b}); };
  // Two independent draws of three agree in about one case of three; 300 draws in 60 to 140 but for one time in 10^6
  const auto independent = [](long n) { return n > 60 && n < 140; };
  CHECK(independent(n_equal([&](int i) { return step('+', i, 2); }, [&](int i) { return step('-', i, 2); })));
  CHECK(independent(n_equal([&](int i) { return step('+', i, 2); }, [&](int i) { return step('+', 2, i + 1); })));
  CHECK(independent(n_equal([&](int i) { return step('+', i, 2); }, [&](int i) { return step('+', i, -2); })));
  const int before = step('*', 5, 5);
  {
    const Noise inside(8);
    step('*', 5, 5);
  }
  CHECK(step('*', 5, 5) == before);
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
