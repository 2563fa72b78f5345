// SPDX-License-Identifier: Apache-2.0
// truth.h — the right value of a claim, as a record.
#pragma once

#include <optional>
#include <string>

#include "ib_oracle/claims.h"

namespace etalon::ib_oracle {

// Nats, exact or between two proved ends; nothing for a bound of which only name and side are known. Error: a name that is not in
// the vocabulary; a field that is missing; shapes that do not fit. Needs law.is_law, and an encoder whose rows are laws.
std::optional<information::Record> truth_of(const ClaimedLaw& law, const Claim& claim);

// What comes after "bound:", a name of bounds.h or of somebody's own. Needs a claim about a bound.
std::string bound_of(const Claim& claim);

}  // namespace etalon::ib_oracle
