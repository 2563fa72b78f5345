// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/faults.h"

#include <cmath>

#include "ib_oracle/faulty_formulas.h"

namespace etalon::ib_oracle {
namespace {

constexpr bool kByFormula = false, kBySolver = true;

// The one place that spells a name or a sentence, in the order of the enum.
constexpr DescribedFault kFaults[] = {
    {Fault::nats_as_bits, "nats-as-bits", kByFormula, "the natural logarithm was taken for bits"},
    {Fault::bits_as_nats, "bits-as-nats", kByFormula, "bits were taken for nats"},
    {Fault::sign, "sign", kByFormula, "the sign is reversed"},
    {Fault::another_quantity, "another-quantity", kByFormula, "it is another quantity of the same table"},
    {Fault::conditional_swapped, "conditional-swapped", kByFormula, "H(X|Y) and H(Y|X) are exchanged"},
    {Fault::joint_for_conditional, "joint-for-conditional", kByFormula, "H(X,Y) stands where a conditional entropy was asked"},
    {Fault::plane_swapped, "plane-swapped", kBySolver, "I(X;T) and I(T;Y) are exchanged"},
    {Fault::eps_inside_log, "eps-inside-log", kByFormula, "a small number was added inside the logarithm"},
    {Fault::kl_reversed, "kl-reversed", kByFormula, "the divergence was taken from the product law to the joint law"},
    {Fault::uniform_px, "uniform-px", kBySolver, "p(x) was taken to be uniform"},
    {Fault::not_normalised, "not-normalised", kByFormula, "the table was used as it is, though it does not sum to 1"},
    {Fault::renormalised_silently, "renormalised-silently", kByFormula, "the table was divided by its total, and nobody said so"},
    {Fault::encoder_not_stochastic, "encoder-not-stochastic", kByFormula,
     "the rows of the encoder do not sum to 1, and were used as they are"},
    {Fault::encoder_transposed, "encoder-transposed", kByFormula, "the encoder was read as [T, X]"},
    {Fault::beta_off_by_ln2, "beta-off-by-ln2", kBySolver, "beta is off by ln 2: bits were mixed with the natural exponential"},
    {Fault::other_lagrangian, "other-lagrangian", kByFormula, "it is the Lagrangian of another convention"},
    {Fault::alphabet_capped, "alphabet-capped", kBySolver, "it is the best with at most |X| clusters, which are too few here"},
    {Fault::data_processing_line, "data-processing-line", kByFormula,
     "it is the bound that data processing gives, not the curve below it"},
    {Fault::rate_in_other_unit, "rate-in-other-unit", kBySolver, "it is the curve at the rate read in the other unit"},
    {Fault::trivial_solution, "trivial-solution", kByFormula,
     "it is the solution that keeps nothing, above the beta where something is worth keeping"},
    {Fault::local_optimum, "local-optimum", kBySolver, "the equations hold there, but a lower L exists"},
    {Fault::stopped_early, "stopped-early", kBySolver,
     "the iteration stopped when successive values agreed, before the bounds closed"},
    {Fault::uniform_input, "uniform-input", kByFormula, "the uniform input was used, not the best one"},
    {Fault::input_not_optimised, "input-not-optimised", kByFormula, "it is I(X;Y) of the given p(x), not the maximum over p(x)"},
    {Fault::log_of_alphabet, "log-of-alphabet", kByFormula, "it is the logarithm of an alphabet's size"},
    {Fault::log_alphabet_for_entropy, "log-alphabet-for-entropy", kByFormula, "ln |Y| stands for the entropy H(Y)"},
    {Fault::entropy_left_out, "entropy-left-out", kByFormula, "the entropy H(Y) was left out"},
    {Fault::diagonal_kept, "diagonal-kept", kByFormula, "the sample's own partner was kept among its negatives"},
    {Fault::diagonal_dropped, "diagonal-dropped", kByFormula,
     "the sample's own partner was left out of the mean that InfoNCE takes"},
    {Fault::log_samples_left_out, "log-samples-left-out", kByFormula, "ln K was left out"},
    {Fault::minus_one_left_out, "minus-one-left-out", kByFormula, "e^f stands where NWJ has e^(f-1)"},
};

constexpr bool in_order_of_the_enum() {
  for (std::size_t k = 0; k < std::size(kFaults); ++k)
    if (kFaults[k].fault != static_cast<Fault>(k)) return false;
  return std::size(kFaults) == static_cast<std::size_t>(Fault::minus_one_left_out) + 1;
}
static_assert(in_order_of_the_enum());

}  // namespace

std::span<const DescribedFault> every_fault() { return kFaults; }

const DescribedFault& described(Fault fault) { return kFaults[static_cast<int>(fault)]; }

const char* to_string(Fault fault) { return described(fault).name; }

void FaultyValues::add_nats(Fault fault, std::string formula, double nats) {
  add(fault, std::move(formula), in_unit(Nats(nats), unit_));
}

void FaultyValues::add(Fault fault, std::string formula, double in_the_unit_of_the_claim) {
  if (std::isfinite(in_the_unit_of_the_claim)) values_.push_back({fault, std::move(formula), in_the_unit_of_the_claim});
}

std::vector<FaultyValue> faulty_values(const ClaimedLaw& law, const Claim& claim, double truth) {
  FaultyValues out(claim.unit);

  // Try another unit and another sign
  if (claim.unit == Unit::bits) out.add(Fault::nats_as_bits, "the value in nats", kLn2 * truth);
  else out.add(Fault::bits_as_nats, "the value in bits", 1 / kLn2 * truth);
  out.add(Fault::sign, "minus the value", -truth);

  // Try the wrong formulas of the quantity; where the table is no law, only those of the table itself have values
  const Quantity quantity = claim.quantity();
  if (is_of_table(quantity)) add_faults_of_table(out, law, quantity);
  else if (!law.is_law) return std::move(out).taken();
  else if (quantity == Quantity::bound) {
    if (std::isfinite(truth)) add_faults_of_bound(out, law.joint, claim, from_unit(truth, claim.unit).value);
  } else if (quantity == Quantity::capacity) add_faults_of_capacity(out, law);
  else if (quantity == Quantity::i_y_at_rate) add_faults_of_rate(out, law, claim);
  else if (claim.encoder && quantity != Quantity::minimum) add_faults_of_encoder(out, law, claim);
  else if (claim.beta || quantity == Quantity::minimum) add_faults_of_optimum(out, law, claim);
  return std::move(out).taken();
}

}  // namespace etalon::ib_oracle
