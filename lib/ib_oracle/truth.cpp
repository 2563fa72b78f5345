// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/truth.h"

#include "base/bits.h"
#include "base/error.h"
#include "ib_oracle/bounds.h"
#include "ib_oracle/wrong_solvers.h"
#include "information/bottleneck/rate.h"
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

// I(X;T) and I(T;Y) of the optimum at beta. V(beta) = min L is concave with slope -I(T;Y), so secants of its certified bounds
// enclose it:
//
//   (V(beta - h) - V(beta)) / h  <=  I(T;Y)  <=  (V(beta) - V(beta + h)) / h        I(X;T) = V + beta I(T;Y)
//
// Where beta is degenerate the two ends stay apart: every value between them is optimal.
Record of_optimal_point(const ClaimedLaw& law, const Claim& claim) {
  const double beta = beta_of(claim), h = 0x1p-20 * (beta > 0 ? beta : 1);
  const auto below = information::bottleneck(law.joint, beta > h ? beta - h : 0), here = information::bottleneck(law.joint, beta),
             above = information::bottleneck(law.joint, beta + h);
  const double step_down = beta > h ? h : beta;
  const Nats v_lower = here.minimum.lower.value, v_upper = here.minimum.upper.value;
  const Nats lower = step_down > 0 ? 1 / step_down * (below.minimum.lower.value - v_upper) : Nats(0),
             upper = 1 / h * (v_upper - above.minimum.lower.value);
  const Nats i_lower = lower > Nats(0) ? lower : Nats(0);
  Record r{claim.name, BoundKind::exact, i_lower, upper, here.minimum.upper.how};
  if (claim.quantity() == Quantity::i_ty) return r;
  const Nats x_lower = v_lower + beta * i_lower;
  r.lower = x_lower > Nats(0) ? x_lower : Nats(0);
  r.upper = v_upper + beta * upper;
  return r;
}

Record of_rate(const ClaimedLaw& law, const Claim& claim) {
  return record(claim.name, information::bottleneck_at_rate(law.joint, from_unit(rate_of(claim), claim.unit)).i_y);
}

Record of_minimum(const ClaimedLaw& law, const Claim& claim) {
  return record(claim.name, information::bottleneck(law.joint, beta_of(claim)).minimum);
}

}  // namespace

std::string bound_of(const Claim& claim) { return claim.name.substr(6); }

std::optional<Record> truth_of(const ClaimedLaw& law, const Claim& claim) {
  const auto e = information::entropies(law.joint);
  switch (claim.quantity()) {
    // Sum over the table
    case Quantity::h_x: return finite_sum(claim.name, e.x);
    case Quantity::h_y: return finite_sum(claim.name, e.y);
    case Quantity::h_xy: return finite_sum(claim.name, e.joint);
    case Quantity::h_y_given_x: return finite_sum(claim.name, e.y_given_x);
    case Quantity::h_x_given_y: return finite_sum(claim.name, e.x_given_y);
    case Quantity::i_xy: return finite_sum(claim.name, e.mutual);

    // Take the encoder, or without one the optimum
    case Quantity::i_xt:
    case Quantity::i_ty: return claim.encoder ? of_encoder(law, claim) : of_optimal_point(law, claim);
    case Quantity::lagrangian: return claim.encoder ? of_encoder(law, claim) : of_minimum(law, claim);

    // Solve for an optimum
    case Quantity::minimum: return of_minimum(law, claim);
    case Quantity::i_y_at_rate: return of_rate(law, claim);
    case Quantity::capacity: return record(claim.name, information::capacity(conditional_rows(law.joint)).value);

    // Look the bound up, or refuse the name
    case Quantity::bound: return bound_named(bound_of(claim), law.joint, {claim.critic, claim.decoder, claim.prior, claim.samples});
    case Quantity::unknown: break;
  }
  throw Error("claim \"" + claim.name + "\"", "a name of the vocabulary", "another", kVocabularyHint);
}

}  // namespace etalon::ib_oracle
