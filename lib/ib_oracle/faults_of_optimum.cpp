// SPDX-License-Identifier: Apache-2.0
// What wrong solvers come to: the best encoder at a beta, the curve at a rate, the capacity.
#include "ib_oracle/faulty_formulas.h"
#include "ib_oracle/wrong_solvers.h"
#include "information/bottleneck/bottleneck.h"
#include "information/law/entropy.h"

namespace etalon::ib_oracle {
namespace {

Plane best_point(const information::Joint& joint, double beta) {
  const auto point = information::bottleneck(joint, beta, searching());
  return {point.i_x.value, point.i_y.value};
}

}  // namespace

void add_faults_of_optimum(FaultyValues& out, const ClaimedLaw& law, const Claim& claim) {
  const double beta = beta_of(claim);
  const Quantity quantity = claim.quantity() == Quantity::minimum ? Quantity::lagrangian : claim.quantity();

  // Solve the right problem at a beta that is off by ln 2
  for (const double factor : {kLn2, 1 / kLn2}) {
    const Plane off = best_point(law.joint, factor * beta);
    const std::string formula = factor < 1 ? "solved at beta ln 2" : "solved at beta / ln 2";
    out.add_nats(Fault::beta_off_by_ln2, formula, coordinate(quantity, off, beta));
    if (quantity == Quantity::lagrangian)
      out.add_nats(Fault::beta_off_by_ln2, formula + ", and that beta in L", coordinate(quantity, off, factor * beta));
  }

  // Solve it at the right beta, and report another Lagrangian or the other coordinate
  const Plane best = best_point(law.joint, beta);
  if (quantity == Quantity::lagrangian) add_other_lagrangians(out, best, beta, information::mutual_information(law.joint).value);
  if (quantity == Quantity::i_xt) out.add_nats(Fault::plane_swapped, "it is I(T;Y)", best.i_y);
  if (quantity == Quantity::i_ty) out.add_nats(Fault::plane_swapped, "it is I(X;T)", best.i_x);

  // Stop where the equations hold and nothing is optimal
  out.add_nats(Fault::trivial_solution, "T constant", 0);
  for (const auto& point : rest_points(law.joint, beta))
    out.add_nats(Fault::local_optimum, "the equations hold with " + std::to_string(point.clusters) + " clusters",
                 coordinate(quantity, {point.i_x, point.i_y}, beta));

  // Solve the problem of another law
  const information::Joint uniform(with_uniform_x(law.joint.p()));
  out.add_nats(Fault::uniform_px, "solved for p(x) = 1/|X|", coordinate(quantity, best_point(uniform, beta), beta));
}

// A solver with |X| clusters is right at every beta, and wrong between the two ends of a jump of the curve.
void add_faults_of_rate(FaultyValues& out, const ClaimedLaw& law, const Claim& claim) {
  const double rate = from_unit(rate_of(claim), claim.unit).value, mutual = information::mutual_information(law.joint).value;
  if (const auto capped = capped_at_rate(law.joint, rate))
    out.add_nats(Fault::alphabet_capped, "the best found with |T| <= |X|", *capped);
  out.add_nats(Fault::data_processing_line, "I(T;Y) = I(X;T)", rate);
  out.add_nats(Fault::data_processing_line, "I(X;Y)", mutual);
  for (const double factor : {kLn2, 1 / kLn2}) {
    if (const auto capped = capped_at_rate(law.joint, factor * rate))
      out.add_nats(Fault::rate_in_other_unit, factor < 1 ? "at R ln 2" : "at R / ln 2", *capped);
  }
}

void add_faults_of_capacity(FaultyValues& out, const ClaimedLaw& law) {
  out.add_nats(Fault::uniform_input, "I(X;Y) with p(x) = 1/|X|", plain_value(with_uniform_x(law.joint.p()), TableQuantity::mutual));
  out.add_nats(Fault::input_not_optimised, "I(X;Y)", information::mutual_information(law.joint).value);
  out.add_nats(Fault::log_of_alphabet, "ln |X|", log(static_cast<double>(law.joint.n_x())));
  out.add_nats(Fault::log_of_alphabet, "ln |Y|", log(static_cast<double>(law.joint.n_y())));
  for (const auto& stop : early_stops(law.joint)) out.add_nats(Fault::stopped_early, stop.rule, stop.value);
}

}  // namespace etalon::ib_oracle
