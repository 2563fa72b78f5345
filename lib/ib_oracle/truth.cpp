// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/truth.h"

#include "base/bits.h"
#include "base/error.h"
#include "ib_oracle/bounds.h"
#include "ib_oracle/wrong_solvers.h"
#include "information/bottleneck/optimum.h"
#include "information/law/entropy.h"
#include "information/limits/capacity.h"

namespace etalon::ib_oracle {
namespace {

using information::BoundKind;
using information::Record;

Record finite_sum(const std::string& name, Nats value) { return {name, BoundKind::exact, value, value, {}}; }

Record of_encoder(const ClaimedLaw& law, const Claim& claim) {
  const auto plane = information::information_plane(law.joint, *claim.encoder);
  if (claim.quantity() == Quantity::i_xt) return finite_sum(claim.name, plane.i_x);
  if (claim.quantity() == Quantity::i_ty) return finite_sum(claim.name, plane.i_y);
  return finite_sum(claim.name, plane.i_x - beta_of(claim) * plane.i_y);
}

Truth exactly(Record record) {
  const Nats value = record.upper;
  return {std::move(record), value, {}};
}

// I(X;T) or I(T;Y) of the optimum at beta.
Truth of_optimal_point(const ClaimedLaw& law, const Claim& claim) {
  const auto optimum = information::optimal_plane(law.joint, beta_of(claim));
  const bool x = claim.quantity() == Quantity::i_xt;
  Truth truth{record(claim.name, x ? optimum.i_x : optimum.i_y), x ? optimum.found.i_x : optimum.found.i_y, {}};
  if (const auto& range = optimum.range)
    truth.optimal = x ? std::pair(range->low.i_x, range->high.i_x) : std::pair(range->low.i_y, range->high.i_y);
  return truth;
}

Truth of_rate(const ClaimedLaw& law, const Claim& claim) {
  const auto at = information::bottleneck_at_rate(law.joint, from_unit(rate_of(claim), claim.unit));
  return {record(claim.name, at.i_y), at.i_y.lower.value, {}};
}

Truth of_minimum(const ClaimedLaw& law, const Claim& claim) {
  const auto point = information::bottleneck(law.joint, beta_of(claim));
  return {record(claim.name, point.minimum), point.minimum.upper.value, {}};
}

}  // namespace

std::string bound_of(const Claim& claim) { return claim.name.substr(6); }

std::optional<Truth> truth_of(const ClaimedLaw& law, const Claim& claim) {
  const auto e = information::entropies(law.joint);
  switch (claim.quantity()) {
    // Sum over the table
    case Quantity::h_x: return exactly(finite_sum(claim.name, e.x));
    case Quantity::h_y: return exactly(finite_sum(claim.name, e.y));
    case Quantity::h_xy: return exactly(finite_sum(claim.name, e.joint));
    case Quantity::h_y_given_x: return exactly(finite_sum(claim.name, e.y_given_x));
    case Quantity::h_x_given_y: return exactly(finite_sum(claim.name, e.x_given_y));
    case Quantity::i_xy: return exactly(finite_sum(claim.name, e.mutual));

    // Take the encoder, or without one the optimum
    case Quantity::i_xt:
    case Quantity::i_ty: return claim.encoder ? exactly(of_encoder(law, claim)) : of_optimal_point(law, claim);
    case Quantity::lagrangian: return claim.encoder ? exactly(of_encoder(law, claim)) : of_minimum(law, claim);

    // Solve for an optimum
    case Quantity::minimum: return of_minimum(law, claim);
    case Quantity::i_y_at_rate: return of_rate(law, claim);
    case Quantity::capacity: return exactly(record(claim.name, information::capacity(conditional_rows(law.joint)).value));

    // Look the bound up, or refuse the name
    case Quantity::bound: {
      auto bound = bound_named(bound_of(claim), law.joint, {claim.critic, claim.decoder, claim.prior, claim.samples});
      return bound ? std::optional(exactly(std::move(*bound))) : std::nullopt;
    }
    case Quantity::unknown: break;
  }
  throw Error("claim \"" + claim.name + "\"", "a name of the vocabulary", "another", kVocabularyHint);
}

}  // namespace etalon::ib_oracle
