// SPDX-License-Identifier: Apache-2.0
// Symbols: every identity that they state is one of numbers, and they state the ones that a model's zeros need.
#include "scalar/symbol.h"

#include <catch2/catch.hpp>

#include "scalar/ball.h"
#include "tensor/random.h"

using namespace etalon;

namespace {

// A symbol, and the number that it stands for.
struct Both {
  Symbol symbol;
  Ball number;
};

// Two numbers that are not 0, made from all that are there by one operation chosen at random; nothing where it has no answer.
std::optional<Both> made(const Stream& stream, long at, const std::vector<Both>& from) {
  // Choose the operands
  const auto one = [&](long k) { return from[stream.below(from.size(), 8 * at + k)]; };
  const Both a = one(1), b = one(2), c = one(3);
  const bool divides = !b.number.contains_zero();

  // Choose the operation
  switch (stream.below(12, 8 * at)) {
    case 0: return Both{a.symbol + b.symbol, a.number + b.number};
    case 1: return Both{a.symbol - b.symbol, a.number - b.number};
    case 2: return Both{a.symbol * b.symbol, a.number * b.number};
    case 3: return divides ? std::optional(Both{a.symbol / b.symbol, a.number / b.number}) : std::nullopt;
    case 4: return Both{fma(a.symbol, b.symbol, c.symbol), fma(a.number, b.number, c.number)};
    case 5: return Both{-a.symbol, -a.number};
    case 6: return Both{exp(a.symbol), exp(a.number)};
    case 7: return Both{expm1(a.symbol), expm1(a.number)};
    case 8: return Both{tanh(a.symbol), tanh(a.number)};
    case 9: return Both{erf(a.symbol), erf(a.number)};
    case 10: return Both{sin(a.symbol), sin(a.number)};
    default: return Both{cos(a.symbol), cos(a.number)};
  }
}

}  // namespace

TEST_CASE("symbol: whatever is computed, a symbol 0 is the number 0, 1 is 1, and equal symbols are equal numbers",
          "[symbol][law]") {
  const Stream stream(1, "symbols");
  long n_zero = 0, n_one = 0, n_equal = 0;
  for (long trial = 0; trial < 200; ++trial) {
    // Begin with 0, 1 and three weights, and add what is made of them
    std::vector<Both> all = {{Symbol(0), Ball(0)},
                             {Symbol(1), Ball(1)},
                             {Symbol::fresh(), Ball(0.7)},
                             {Symbol::fresh(), Ball(-1.3)},
                             {Symbol::fresh(), Ball(0.2)}};
    const std::size_t n_given = all.size();
    for (long k = 0; k < 20; ++k)
      if (const auto next = made(stream, 20 * trial + k, all); next && next->number.certainly_within(1e6)) all.push_back(*next);

    // Hold each to what its symbol says
    for (std::size_t i = n_given; i < all.size(); ++i) {
      n_zero += all[i].symbol.is_zero(), n_one += all[i].symbol.is_one();
      if (all[i].symbol.is_zero()) REQUIRE(all[i].number.contains_zero());
      if (all[i].symbol.is_one()) REQUIRE(all[i].number.contains(1));
      for (std::size_t j = 0; j < i; ++j) {
        if (all[i].symbol != all[j].symbol) continue;
        ++n_equal;
        REQUIRE(all[i].number.overlaps(all[j].number));
      }
    }
  }
  CHECK(n_zero > 100);
  CHECK(n_one > 100);
  CHECK(n_equal > 1000);
}

TEST_CASE("symbol: it states what is known, and no more", "[symbol]") {
  const Symbol zero(0), one(1), x = Symbol::fresh(), y = Symbol::fresh();
  CHECK(x != y);
  CHECK(Symbol(-0.0).is_zero());
  CHECK(Symbol(2) != Symbol(2));
  for (const Symbol& same : {x + zero, zero + x, x - zero, x * one, one * x, x / one, fma(x, one, zero), fma(x, zero, x)})
    CHECK(same == x);
  for (const Symbol& none : {x - x, x * zero, zero * x, zero / x, fma(x, zero, zero), -zero, sqrt(zero), sqrt_nonnegative(zero),
                             expm1(zero), log(one), log1p(zero), tanh(zero), erf(zero), sin(zero)})
    CHECK(none.is_zero());
  for (const Symbol& unit : {x / x, exp(zero), cos(zero), sqrt(one)}) CHECK(unit.is_one());
  for (const Symbol& other : {x + y, x - y, x + x, x * y, x * x, x / y, -x, fma(x, y, zero), sqrt(x), exp(x), expm1(x), log(x),
                              log1p(x), tanh(x), erf(x), sin(x), cos(x)}) {
    CHECK_FALSE(other.is_zero());
    CHECK_FALSE(other.is_one());
    CHECK(other != x);
    CHECK(other != y);
  }
}

TEST_CASE("symbol: a choice that needs a number is refused, with the question", "[symbol]") {
  const Symbol x = Symbol::fresh();
  CHECK(decided_zero(Symbol(0), "probe"));
  CHECK_FALSE(decided_zero(Symbol(1), "probe"));
  CHECK_THROWS_WITH(decided_zero(x, "probe: is x = 0"), Catch::Contains("probe: is x = 0"));
  CHECK_THROWS_WITH(decided_less(x, Symbol(0), "probe: is x < 0"), Catch::Contains("probe: is x < 0"));
}
