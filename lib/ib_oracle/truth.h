// truth.h — the right value of a claim, as a record.
#pragma once

#include <optional>
#include <string>

#include "ib_oracle/claims.h"
#include "ib_oracle/faults.h"

namespace etalon::ib_oracle {

// Nothing for a bound of which only name and side are known. Error: a name that is not in the vocabulary; a field that is missing;
// shapes that do not fit. Needs law.is_law, and an encoder whose rows are laws.
std::optional<information::Record> truth_of(const ClaimedLaw& law, const Claim& claim);

// True if the name starts with "bound:"; what comes after it, a name of bounds.h or of somebody's own.
bool is_bound(const Claim& claim);
std::string bound_of(const Claim& claim);

}  // namespace etalon::ib_oracle
