// SPDX-License-Identifier: Apache-2.0
#include "certify/rounding.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/bits.h"
#include "base/error.h"
#include "golden/region.h"

namespace etalon::certify {
namespace {

void widen(std::optional<long>& most, std::optional<long> log2) {
  if (log2) most = most ? std::max(*most, *log2) : *log2;
}

// The unit in the last place of a double, as a power of two: the distance to the next larger magnitude.
long ulp_log2(double x) {
  constexpr int kSmallestLog2 = -1074;
  return x == 0 ? kSmallestLog2 : std::max(std::ilogb(x) - 52, kSmallestLog2);
}

// Which Known holds each entry, -1 for none; the first where several do.
std::vector<int> known_of(const std::vector<Known>& known, long n) {
  std::vector<int> which(n, -1);
  for (std::size_t k = known.size(); k-- > 0;)
    for (long i = 0; i < n; ++i)
      if (known[k].inside[i]) which[i] = static_cast<int>(k);
  return which;
}

}  // namespace

Rounded round_to_doubles(const std::string& name, const Tensor<Ball>& exact, const std::vector<Known>& known) {
  // Find for each entry the proof on paper that says its value, if there is one
  Rounded out;
  out.value = Tensor<double>(exact.shape());
  out.known_log2.resize(known.size());
  const auto which = known_of(known, exact.size());
  for (long i = 0; i < exact.size(); ++i) {
    // Hold the ball to that value, and note how far it reaches from it
    const Ball& x = exact[i];
    if (which[i] >= 0) {
      const double value = known[which[i]].value[i];
      if (!x.contains(value))
        throw Error(name + golden::index_text(i, exact.shape()), "an enclosure of " + shortest(value) + ", its structural value",
                    "one around " + shortest(midpoint(x)), "the rule in record/zero_rules.h that declares it is wrong here");
      out.value[i] = value == 0 ? 0 : value;  // a weight of -0 is the number 0
      widen(out.known_log2[which[i]], reach_log2(x - Ball(value)));

      // Take the one double that the ball rounds to, where there is no such proof
    } else if (const auto nearest = nearest_double(x)) {
      out.value[i] = *nearest;
      if (const auto radius = radius_log2(x)) widen(out.widest_log2, *radius - ulp_log2(*nearest));

      // Leave any other entry open: it needs more bits
    } else {
      out.value[i] = std::numeric_limits<double>::quiet_NaN();
      out.undecided.push_back(i);
    }
  }
  return out;
}

void settle_as_vanishing(const Tensor<Ball>& exact, Rounded& rounded) {
  std::vector<long> left;
  for (const long i : rounded.undecided) {
    if (!exact[i].is_finite() || !exact[i].contains_zero()) {
      left.push_back(i);
      continue;
    }
    rounded.value[i] = 0;
    rounded.vanishing.push_back(i);
    widen(rounded.vanishing_log2, reach_log2(exact[i]));
  }
  std::sort(rounded.vanishing.begin(), rounded.vanishing.end());
  rounded.undecided = std::move(left);
}

}  // namespace etalon::certify
