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

constexpr const char* kClaimNames = "docs/how-to/check-an-ib-solver.md lists the names and the fields that each needs";

Record finite_sum(const std::string& name, Nats value) { return {name, BoundKind::exact, value, value, {}}; }

std::optional<Nats> of_table(const information::Entropies& e, const std::string& name) {
  if (name == "H(X)") return e.x;
  if (name == "H(Y)") return e.y;
  if (name == "H(X,Y)") return e.joint;
  if (name == "H(Y|X)") return e.y_given_x;
  if (name == "H(X|Y)") return e.x_given_y;
  if (name == "I(X;Y)") return e.mutual;
  return std::nullopt;
}

double beta_of(const Claim& claim) {
  if (!claim.beta) throw Error("claim " + claim.name, "a beta", "none", kClaimNames);
  return *claim.beta;
}

Record of_encoder(const ClaimedLaw& law, const Claim& claim) {
  const auto plane = information::information_plane(law.joint, *claim.encoder);
  if (claim.name == "I(X;T)") return finite_sum(claim.name, plane.i_x);
  if (claim.name == "I(T;Y)") return finite_sum(claim.name, plane.i_y);
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
  if (claim.name == "I(T;Y)") return r;
  const Nats x_lower = v_lower + beta * i_lower;
  r.lower = x_lower > Nats(0) ? x_lower : Nats(0);
  r.upper = v_upper + beta * upper;
  return r;
}

Record of_rate(const ClaimedLaw& law, const Claim& claim) {
  if (!claim.rate) throw Error("claim " + claim.name, "a rate, I(X;T)", "none", kClaimNames);
  return record(claim.name, information::bottleneck_at_rate(law.joint, from_unit(*claim.rate, claim.unit)).i_y);
}

}  // namespace

std::string bound_of(const Claim& claim) { return claim.name.substr(6); }

bool is_bound(const Claim& claim) { return claim.name.starts_with("bound:"); }

std::optional<Record> truth_of(const ClaimedLaw& law, const Claim& claim) {
  if (const auto value = of_table(information::entropies(law.joint), claim.name)) return finite_sum(claim.name, *value);
  if (claim.name == "capacity") return record(claim.name, information::capacity(conditional_rows(law.joint)).value);
  if (claim.name == "min L" || (claim.name == "L" && !claim.encoder))
    return record(claim.name, information::bottleneck(law.joint, beta_of(claim)).minimum);
  if (claim.name == "I(X;T)" || claim.name == "I(T;Y)" || claim.name == "L")
    return claim.encoder ? of_encoder(law, claim) : of_optimal_point(law, claim);
  if (claim.name == "I_Y(R)") return of_rate(law, claim);
  if (is_bound(claim)) return bound_named(bound_of(claim), law.joint, {claim.critic, claim.decoder, claim.prior, claim.samples});
  throw Error("claim \"" + claim.name + "\"", "a name of the vocabulary", "another", kClaimNames);
}

}  // namespace etalon::ib_oracle
