// information_truth.h — the right value of a claim, as a record.
#pragma once

#include <optional>
#include <string>

#include "oracle/information_claims.h"
#include "oracle/information_faults.h"

namespace etalon::oracle {

// Nothing for a bound of which only name and side are known. Error: a name that is not in the vocabulary; a field that is missing;
// shapes that do not fit. Needs law.is_law, and an encoder whose rows are laws.
std::optional<information::Record> truth_of(const ClaimedLaw& law, const InformationClaim& claim);

// True if the name starts with "bound:"; what comes after it, a name of information_bounds.h or of somebody's own.
bool is_bound(const InformationClaim& claim);
std::string bound_of(const InformationClaim& claim);

}  // namespace etalon::oracle
