// SPDX-License-Identifier: Apache-2.0
// truth.h — the right value of a claim: what is proved of it, and the best estimate where that says little.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "ib_oracle/claims.h"

namespace etalon::ib_oracle {

struct Truth {
  information::Record proved;                    // nats, exact or between two proved ends
  Nats best;                                     // the best estimate: what the best encoder that was found has
  std::optional<std::pair<Nats, Nats>> optimal;  // at a degenerate beta: every value between the two is that of an optimum
};

// Nothing for a bound of which only name and side are known. Error: a name that is not in the vocabulary; a field that is missing;
// shapes that do not fit. ib_oracle::NoNumber: a bound without a value. Needs law.is_law, and an encoder whose rows are laws.
std::optional<Truth> truth_of(const ClaimedLaw& law, const Claim& claim);

// What comes after "bound:", a name of bounds.h or of somebody's own. Needs a claim about a bound.
std::string bound_of(const Claim& claim);

}  // namespace etalon::ib_oracle
