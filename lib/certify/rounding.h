// SPDX-License-Identifier: Apache-2.0
// rounding.h — from enclosures to the doubles that are published.
//
//   entry                                    published           proved
//   ---------------------------------------- ------------------- --------------------------------------------------------
//   its ball rounds to one double            that double         it is the exact value, rounded once: off by <= 1/2 ulp
//   in a declared structural zero            the known value     the ball holds it, and reaches at most 2^N from it
//   anything else                            nothing yet         more precision is needed: `undecided`
//   undecided at the last precision, its     0                   |x| <= 2^N: `vanishing`
//   ball holds 0
//
// SIGN       The sign bit is set exactly where the exact value is negative. A ball without 0 whose ends both underflow gives -0 below 0
//            and +0 above; the ball {0} gives +0, for the number 0 has no sign. The ball that holds 0 and other numbers, however
//            small, has not said its sign: it is undecided like one that spans two doubles, and asks for more bits. So
//            only a vanishing entry has a sign that is not proved (+0), and the manifest names it.
//
// Rounding a ball around an exact 0 can never succeed: it holds numbers of either sign at every precision. So zeros are either
// declared, with the reason why they are zero (record/zero_rules.h), or their size is certified. None is published silently.
#pragma once

#include <optional>
#include <vector>

#include "record/trace.h"
#include "scalar/ball.h"

namespace etalon::certify {

// A region of one tensor whose exact value is known by a proof on paper.
struct Known {
  std::vector<char> inside;  // one flag for each entry
  Tensor<double> value;      // of the tensor's shape; read inside only
};

struct Rounded {
  Tensor<double> value;                         // NaN where undecided
  std::vector<long> undecided, vanishing;       // flat indices, increasing
  std::optional<long> vanishing_log2;           // every vanishing entry is at most 2^this
  std::vector<std::optional<long>> known_log2;  // for each Known: how far a ball reaches from the value; none if all are exact
  std::optional<long> widest_log2;  // every rounded entry's radius is at most 2^this ulp of its double; none: all are exact
};

// Error at `name`: a ball of a Known region that does not hold the value, so that the declared zero is none.
Rounded round_to_doubles(const std::string& name, const Tensor<Ball>& exact, const std::vector<Known>& known);

// The undecided entries that hold 0 become vanishing ones, with the bound that their balls prove. For when no precision will do.
void settle_as_vanishing(const Tensor<Ball>& exact, Rounded& rounded);

}  // namespace etalon::certify
