// SPDX-License-Identifier: Apache-2.0
// quantity.h — a number of nats whose type says what it claims to be, with the record of how it came about.
//
//   Exact       the quantity itself, of the given doubles, up to rounding
//   Lower       never above the quantity
//   Upper       never below it
//   Estimate    near it, on either side: samples, grids, iterations without a certificate
//   NotABound   a number that looks like a bound and is none (vCLUB)
//
// What is exact is both a lower and an upper bound, and converts to either. Nothing else converts: a function that
// promises a Lower cannot return an Upper, and a NotABound goes nowhere.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"

namespace etalon::information {

// Said where it is true, with the reason (infinite_because).
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

enum class BoundKind { exact, lower, upper, estimate, not_a_bound };
constexpr const char* to_string(BoundKind kind) {
  constexpr const char* kNames[] = {"exact", "lower bound", "upper bound", "estimate", "not a bound"};
  return kNames[static_cast<int>(kind)];
}

// Why the claim may be believed.
enum class Certificate {
  finite_sum,   // a formula with finitely many terms, right up to its rounding
  enumeration,  // every case was tried
  dual,         // closed between a primal and a dual value, each right up to rounding
  proved,       // enclosed with outward rounding: a theorem about the given doubles
  grid,         // looked for on a grid, not proved
  none,
};
constexpr const char* to_string(Certificate certificate) {
  constexpr const char* kNames[] = {"finite sum", "enumeration", "dual", "proved", "grid", "none"};
  return kNames[static_cast<int>(certificate)];
}

// Where an optimum is not the isolated point that one expects.
enum class Degeneracy {
  none,
  continuum,         // at this beta a whole piece of the curve is optimal: erasure channels, Y = f(X) at beta = 1
  first_order_jump,  // at this beta two points of the curve, and every mixture of them, are optimal
  trivial,           // nothing is worth keeping
};
constexpr const char* to_string(Degeneracy degeneracy) {
  constexpr const char* kNames[] = {"none", "continuum of optima", "first-order jump", "trivial"};
  return kNames[static_cast<int>(degeneracy)];
}

// How a number came about.
struct Provenance {
  Certificate certificate = Certificate::finite_sum;
  long iterations = 0;  // sweeps, cells, samples enumerated: 0 for a formula
  long alphabet = 0;    // of the variable that was chosen or summed over; 0: does not apply
  Degeneracy degeneracy = Degeneracy::none;
  std::vector<std::pair<std::string, std::string>> choices = {};  // what the definition left open: {"sigma", "0.1"}, {"bins", "30"}
  std::string why_infinite = {};                                  // empty for a finite value
};

// The provenance of an infinite value.
inline Provenance infinite_because(std::string why) {
  Provenance how;
  how.why_infinite = std::move(why);
  return how;
}

template <BoundKind claimed, class S = double>
struct Claim {
  static constexpr BoundKind kind = claimed;
  NatsIn<S> value;
  Provenance how = {};

  operator Claim<BoundKind::lower, S>() const requires(claimed == BoundKind::exact) { return {value, how}; }
  operator Claim<BoundKind::upper, S>() const requires(claimed == BoundKind::exact) { return {value, how}; }
};
// One kind a line
// clang-format off
template <class S> using ExactIn = Claim<BoundKind::exact, S>;
template <class S> using LowerIn = Claim<BoundKind::lower, S>;
template <class S> using UpperIn = Claim<BoundKind::upper, S>;
template <class S> using EstimateIn = Claim<BoundKind::estimate, S>;
template <class S> using NotABoundIn = Claim<BoundKind::not_a_bound, S>;
// clang-format on
using Exact = ExactIn<double>;
using Lower = LowerIn<double>;
using Upper = UpperIn<double>;
using Estimate = EstimateIn<double>;
using NotABound = NotABoundIn<double>;

// A quantity between two bounds.
struct Bracket {
  Lower lower;
  Upper upper;
  Nats gap() const { return upper.value - lower.value; }
};

// Any claim, its kind no longer in the type: what is printed and written.
struct Record {
  std::string name;   // "I(X;Y)"
  BoundKind kind;     // of a bracket: exact, known between two numbers
  Nats lower, upper;  // equal unless it is a bracket
  Provenance how;
};
template <BoundKind kind>
Record record(std::string name, const Claim<kind>& claim) {
  return {std::move(name), kind, claim.value, claim.value, claim.how};
}
inline Record record(std::string name, const Bracket& between) {
  return {std::move(name), BoundKind::exact, between.lower.value, between.upper.value, between.upper.how};
}

}  // namespace etalon::information
