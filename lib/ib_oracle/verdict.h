// SPDX-License-Identifier: Apache-2.0
// verdict.h — is what somebody else's solver says about a joint law true?
//
// Each claim is held to the right value, or to the interval in which it is proved to lie, within the digits that the claim gives
// (claims.h). At full precision that is 1e-13 for a formula with finitely many terms and 1e-9 for what a solver iterates to. It is
// right only if every value of the interval is within these digits, and wrong only if none is. Between the two nothing is decided, and
// the best estimate is named.
//
// NAMED     A claim that is wrong is compared with what known defects would give (faults.h). A defect is named if its value
//           agrees with the claim within the claim's digits, and is at least four times nearer to it than to the truth. Several
//           may fit: all are listed. If none fits, none is named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ib_oracle/claims.h"
#include "ib_oracle/faults.h"

namespace etalon::ib_oracle {

enum class ClaimJudgement {
  right,
  wrong,
  wrong_side,   // said to bound I(X;Y) from below and is above it, or the reverse
  not_a_bound,  // said to be a bound, and is none whatever its value
  undecided,    // its digits say more than what is proved
};
const char* to_string(ClaimJudgement judgement);

struct ClaimVerdict {
  Claim claim;
  ClaimJudgement judgement = ClaimJudgement::undecided;
  std::optional<information::Record> truth;  // nothing where the table or the encoder is no law, or no formula is known
  std::optional<double> estimate;            // of an undecided claim: the best that was found, in the claim's unit
  double claimed = 0;                        // the claim's value, in its unit
  double difference = 0;                     // from the nearest end of the truth, in the claim's unit
  std::uint64_t ulps = 0;                    // the same in doubles
  double allowed = 0;                        // what the difference was held to
  std::vector<std::string> remarks;          // laws that the claim breaks, what could not be judged, and why
  std::vector<FaultyValue> faults;           // named defects, the nearest first, each once
};

struct CheckedClaims {
  std::vector<ClaimVerdict> verdicts;  // one for each claim, in their order
  bool right() const;                  // all of them
};

// Judges each claim by itself. Error: a table without a positive, finite total; a name that is not in the vocabulary; a claim
// without a field that it needs; shapes that do not fit.
CheckedClaims check_claims(const Claims& claims);

}  // namespace etalon::ib_oracle
