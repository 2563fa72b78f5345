// SPDX-License-Identifier: Apache-2.0
// units.h — an amount of information knows its unit: nats (natural logarithm) or bits (base 2).
//
// Inside the library everything is nats. A conversion is written out, once, where a number is
// printed: in_bits(x). Mixing the two does not compile.
#pragma once

namespace etalon {

// A tag keeps Nats and Bits apart; arithmetic stays inside one unit. The number is a double, or a ball or dual in its place.
template <class Unit, class Number = double>
struct Amount {
  Number value{};

  constexpr Amount() = default;
  constexpr explicit Amount(Number v) : value(v) {}
  friend constexpr Amount operator+(Amount a, Amount b) { return Amount(a.value + b.value); }
  friend constexpr Amount operator-(Amount a, Amount b) { return Amount(a.value - b.value); }
  friend constexpr Amount operator*(Number factor, Amount a) { return Amount(factor * a.value); }
  friend constexpr auto operator<=>(Amount, Amount) = default;
};

using Nats = Amount<struct NatsUnit>;
template <class S>
using NatsIn = Amount<NatsUnit, S>;
using Bits = Amount<struct BitsUnit>;

inline constexpr double kLn2 = 0x1.62e42fefa39efp-1;  // the double nearest to ln 2

// 1 bit = ln 2 nats. One rounding each.
constexpr Bits in_bits(Nats x) { return Bits(x.value / kLn2); }
constexpr Nats in_nats(Bits x) { return Nats(x.value * kLn2); }

}  // namespace etalon
