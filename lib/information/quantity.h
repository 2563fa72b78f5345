// quantity.h — a number of nats that says what it claims to be.
//
// 0.33 may be the mutual information, something it cannot be below, or a guess. Only the first two may be put
// on one side of an inequality, so a result carries its kind, and an infinite one carries the reason.
#pragma once

#include <string>

#include "base/units.h"

namespace etalon::information {

enum class BoundKind {
  exact,     // the quantity itself, of the given doubles, up to rounding
  lower,     // never above the quantity, under exact expectations
  upper,     // never below it
  estimate,  // neither
};

constexpr const char* to_string(BoundKind kind) {
  constexpr const char* kNames[] = {"exact", "lower bound", "upper bound", "estimate"};
  return kNames[static_cast<int>(kind)];
}

template <class S>
struct QuantityIn {
  NatsIn<S> value;
  BoundKind kind = BoundKind::exact;
  std::string why_infinite = {};  // empty for a finite value
};
using Quantity = QuantityIn<double>;

}  // namespace etalon::information
