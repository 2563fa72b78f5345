// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/verdict.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/bits.h"
#include "base/error.h"
#include "ib_oracle/bounds.h"
#include "ib_oracle/plain_formulas.h"
#include "ib_oracle/truth.h"
#include "information/law/entropy.h"
#include "scalar/exact.h"

namespace etalon::ib_oracle {
namespace {

using information::BoundKind;
using information::Record;

constexpr double kFormula = 1e-13;      // what summing in another order may move, relative to max(1, |truth|)
constexpr double kIterated = 1e-9;      // what solvers that come to rest agree on
constexpr double kNearer = 4;           // a defect is named if it is this much nearer to the claim than to the truth
constexpr double kSameFormula = 1e-12;  // what two programs of one wrong formula agree on, relative to max(1, |value|)

bool from_formula(const Record& truth) {
  return truth.how.certificate == information::Certificate::finite_sum ||
         truth.how.certificate == information::Certificate::enumeration;
}

double scale_of(double x) { return std::max(1.0, abs(x)); }

// One unit of the claim's last digit, but no less than the truth's own rounding; of a whole double what its kind of program agrees on.
// An infinite truth is nothing that a digit may be off from.
double allowed_for(const Claim& claim, const Record& truth, long n_terms) {
  if (claim.has_tolerance) return claim.allowed;
  const double upper = in_unit(truth.upper, claim.unit), size = std::isfinite(upper) ? scale_of(upper) : 1;
  const double rounding = (kFormula + 0x1p-53 * static_cast<double>(n_terms)) * size;
  if (claim.allowed > 0) return std::max(claim.allowed, rounding);
  return from_formula(truth) ? rounding : kIterated * size;
}

// --- named defects ----------------------------------------------------------------------------------------------------------

void name_faults(ClaimVerdict& v, const ClaimedLaw& law, double truth) {
  // Ask of a value that it agree with the claim, and be much nearer to it than to the truth
  const bool solved = !v.truth || !from_formula(*v.truth);
  auto values = faulty_values(law, v.claim, truth);
  const auto fits = [&](const FaultyValue& f) {
    const double off = abs(v.claimed - f.value);
    const double agreement = solved && described(f.fault).by_solver ? kIterated : kSameFormula;
    return off <= std::max(v.claim.allowed, agreement * scale_of(f.value)) &&
           (std::isnan(truth) || kNearer * off <= abs(f.value - truth));
  };

  // Keep what fits, the nearest first, and of each fault one value
  values.erase(std::remove_if(values.begin(), values.end(), [&](const FaultyValue& f) { return !fits(f); }), values.end());
  std::stable_sort(values.begin(), values.end(),
                   [&](const FaultyValue& a, const FaultyValue& b) { return abs(v.claimed - a.value) < abs(v.claimed - b.value); });
  for (const auto& f : values) {
    const auto same = [&](const FaultyValue& other) { return other.fault == f.fault; };
    if (std::none_of(v.faults.begin(), v.faults.end(), same)) v.faults.push_back(f);
  }
}

// --- laws that a number may break on its own -----------------------------------------------------------------------------------

void note_broken_laws(ClaimVerdict& v, const ClaimedLaw& law) {
  const auto e = information::entropies(law.joint);
  const double x = from_unit(v.claimed, v.claim.unit).value, slack = from_unit(v.allowed, v.claim.unit).value, i = e.mutual.value;
  const Quantity quantity = v.claim.quantity();
  const auto says = [&](bool broken, const char* remark) {
    if (broken) v.remarks.emplace_back(remark);
  };

  // Refuse what is negative, unless it is a Lagrangian or a bound
  const bool may_be_negative = quantity == Quantity::lagrangian || quantity == Quantity::minimum || quantity == Quantity::bound;
  says(!may_be_negative && x < -slack, "impossible: no entropy and no information of a finite law is negative");

  // Refuse I(T;Y) above I(X;Y) or I(X;T)
  const bool at_rate = quantity == Quantity::i_y_at_rate;
  says((quantity == Quantity::i_ty || at_rate) && x > i + slack, "impossible: T knows Y only through X, and I(X;Y) is less");
  says(at_rate && v.claim.rate && v.claimed > *v.claim.rate + v.allowed,
       "impossible: T knows Y only through X, and I(X;T) is less");

  // Refuse optima beyond what is certified, or worse than a choice that anybody has
  says(at_rate && v.truth && v.difference > 0, "impossible: above the certified curve");
  says(quantity == Quantity::minimum && v.truth && v.difference < 0, "impossible: below the certified minimum");
  says(quantity == Quantity::i_xt && x > e.x.value + slack, "impossible: nobody can keep more of X than H(X)");
  says(quantity == Quantity::capacity && x < i - slack, "impossible: the given p(x) already carries more");
  says(quantity == Quantity::minimum && x > slack, "impossible for a minimum: keeping nothing has L = 0");
}

// --- one claim -----------------------------------------------------------------------------------------------------------------

// Right if all that the truth may be is within what the claim's digits allow, wrong if nothing of it is; undecided between the two. At
// a degenerate beta, where every value of a range is optimal, the claim is right within that range.
void compare(ClaimVerdict& v, const Truth& truth) {
  const auto in_claims_unit = [&](Nats x) { return in_unit(x, v.claim.unit); };
  const double lower = in_claims_unit(v.truth->lower), upper = in_claims_unit(v.truth->upper);

  // Measure how far the claim lies outside of what is proved
  const double nearest = std::clamp(v.claimed, lower, upper);
  v.difference = same_bits(v.claimed, nearest) ? 0 : v.claimed - nearest;
  v.ulps = ulp_distance(v.claimed, nearest);

  // Compare it with both ends, and with the range of the optima if there are several
  const bool possible = abs(v.difference) <= v.allowed;
  const bool certain = abs(v.claimed - lower) <= v.allowed && abs(v.claimed - upper) <= v.allowed;
  const bool optimal = truth.optimal && v.claimed >= in_claims_unit(truth.optimal->first) - v.allowed &&
                       v.claimed <= in_claims_unit(truth.optimal->second) + v.allowed;
  v.judgement = !possible ? ClaimJudgement::wrong : certain || optimal ? ClaimJudgement::right : ClaimJudgement::undecided;

  // Say what is not certain
  if (v.judgement == ClaimJudgement::right && !certain)
    v.remarks.push_back("beta is degenerate: every value from " + shortest(in_claims_unit(truth.optimal->first)) + " to " +
                        shortest(in_claims_unit(truth.optimal->second)) + " is optimal");
  if (v.judgement != ClaimJudgement::undecided) return;
  v.estimate = in_claims_unit(truth.best);
  v.remarks.push_back("the truth is proved to lie in this interval and not known any closer; the best estimate is " +
                      shortest(*v.estimate));
}

// A bound must stand on its side of I(X;Y), whatever its formula.
void compare_with_mutual(ClaimVerdict& v, const ClaimedLaw& law) {
  // Say where the claim stands, and what kind of bound its formula is
  const double i = in_unit(information::mutual_information(law.joint), v.claim.unit);
  const double slack = v.claim.has_tolerance ? v.claim.allowed : std::max(v.claim.allowed, kFormula * scale_of(i));
  const bool below = v.claimed<i - slack, above = v.claimed> i + slack;
  const std::string& side = v.claim.side;
  const BoundKind kind = v.truth ? v.truth->kind : BoundKind::exact;

  // Judge its side; without a known formula, that is all there is to judge
  if (!side.empty() && kind == BoundKind::not_a_bound) {
    v.judgement = ClaimJudgement::not_a_bound;
    v.remarks.emplace_back("with a learned q it may stand on either side of I(X;Y)");
  } else if ((side == "lower" && (above || kind == BoundKind::upper)) || (side == "upper" && (below || kind == BoundKind::lower))) {
    v.judgement = ClaimJudgement::wrong_side;
    v.remarks.emplace_back("I(X;Y) is " + shortest(i) + " " + to_string(v.claim.unit) +
                           (above || below ? "" : std::string(", and this formula is the other kind of bound")));
  } else if (!v.truth) {
    v.judgement = ClaimJudgement::undecided;
    v.remarks.emplace_back("it stands on its side of I(X;Y), " + shortest(i) + "; the formula behind the name is not known");
  }
}

// No law, no truth: only what the formula would give on numbers that are none.
ClaimVerdict judged_without_truth(ClaimVerdict v, const ClaimedLaw& law, std::string remark) {
  v.judgement = ClaimJudgement::wrong;
  v.remarks.emplace_back(std::move(remark));
  v.allowed = v.claim.allowed;
  name_faults(v, law, std::numeric_limits<double>::quiet_NaN());
  note_broken_laws(v, law);
  return v;
}

ClaimVerdict judge(const ClaimedLaw& law, Claim claim) {
  ClaimVerdict v;
  v.claim = claim;
  v.claimed = claim.value.value_or(0);

  // Turn away what nothing is true of: a table that is no law, an encoder whose rows are none
  if (!law.is_law)
    return judged_without_truth(v, law, "the table sums to " + shortest(law.total) + ", so it is no law and nothing is true of it");
  if (claim.encoder && !rows_are_laws(*claim.encoder)) {
    const auto turned = transposed(*claim.encoder);
    if (turned.n_rows() != law.joint.n_x() || !rows_are_laws(turned))
      return judged_without_truth(v, law, "the rows of the encoder are no laws q(.|x): they must be >= 0 and sum to 1");
    v.remarks.emplace_back("the encoder is given as [T, X]; its columns were read as q(.|x)");
    v.claim.encoder = claim.encoder = turned;
  }

  // Read a minimum without a value as the claim that the encoder attains it
  if (claim.quantity() == Quantity::minimum && !claim.value) {
    if (!claim.encoder) throw Error("claim min L", "a value, or an encoder that attains it", "neither", "give one of them");
    auto of_encoder = claim;
    of_encoder.name = to_string(Quantity::lagrangian);
    v.claimed = in_unit(truth_of(law, of_encoder)->best, claim.unit);
    v.remarks.emplace_back("the value is L of the given encoder");
  }

  // Hold the claim to the truth, if it has one, and a bound to its side of I(X;Y)
  try {
    if (const auto truth = truth_of(law, claim)) {
      v.truth = truth->proved;
      v.allowed = allowed_for(claim, *v.truth, law.table.size());
      compare(v, *truth);
    }
  } catch (const NoNumber& e) {
    return judged_without_truth(v, law, std::string("no number is right: ") + e.what());
  }
  if (claim.quantity() == Quantity::bound) compare_with_mutual(v, law);
  if (v.judgement == ClaimJudgement::right || v.judgement == ClaimJudgement::undecided) return v;

  // Explain a wrong number: laws that it breaks, faults that would give it, a precision that is too low
  note_broken_laws(v, law);
  const double nearest =
      v.truth ? in_unit(v.difference > 0 ? v.truth->upper : v.truth->lower, claim.unit) : std::numeric_limits<double>::quiet_NaN();
  name_faults(v, law, nearest);
  const bool single = static_cast<double>(static_cast<float>(v.claimed)) == v.claimed && !claim.has_tolerance;
  if (v.faults.empty() && single && abs(v.difference) < 1e-5 * scale_of(v.claimed))
    v.remarks.emplace_back("the value is a float32: was it computed in single precision? Give a \"tolerance\"");
  return v;
}

}  // namespace

const char* to_string(ClaimJudgement judgement) {
  constexpr const char* kNames[] = {"right", "WRONG", "WRONG SIDE", "NOT A BOUND", "undecided"};
  return kNames[static_cast<int>(judgement)];
}

bool CheckedClaims::right() const {
  return std::all_of(verdicts.begin(), verdicts.end(), [](const auto& v) { return v.judgement == ClaimJudgement::right; });
}

CheckedClaims check_claims(const Claims& claims) {
  const ClaimedLaw law = claimed_law(claims);
  CheckedClaims check;
  for (const auto& claim : claims.claims) check.verdicts.push_back(judge(law, claim));
  return check;
}

}  // namespace etalon::ib_oracle
