// SPDX-License-Identifier: Apache-2.0
// faults.h — what a claimed number would be if its solver had a known defect.
//
// A defect is a wrong formula, and a wrong formula has a value: it is computed here, from the claim's own table, encoder and beta.
// Whoever judges (verdict.h) names the defect if that value is what was claimed. A name says what the number looks like; it is
// evidence, not a confession. The formulas are in faults_of_*.cpp, a file for each kind of claim.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ib_oracle/claims.h"

namespace etalon::ib_oracle {

// Every defect there is a name for.
enum class Fault {
  nats_as_bits,
  bits_as_nats,
  sign,
  another_quantity,
  conditional_swapped,
  joint_for_conditional,
  plane_swapped,
  eps_inside_log,
  kl_reversed,
  uniform_px,
  not_normalised,
  renormalised_silently,
  encoder_not_stochastic,
  encoder_transposed,
  beta_off_by_ln2,
  other_lagrangian,
  alphabet_capped,
  data_processing_line,
  rate_in_other_unit,
  trivial_solution,
  local_optimum,
  stopped_early,
  uniform_input,
  input_not_optimised,
  log_of_alphabet,
  log_alphabet_for_entropy,
  entropy_left_out,
  diagonal_kept,
  diagonal_dropped,
  log_samples_left_out,
  minus_one_left_out,
};

struct DescribedFault {
  Fault fault;
  const char* name;  // "beta-off-by-ln2", as users read it
  bool by_solver;    // what an iteration comes to, of which two right solvers agree on fewer digits than of a formula
  const char* what;  // one sentence
};
std::span<const DescribedFault> every_fault();  // in the order of the enum
const DescribedFault& described(Fault fault);
const char* to_string(Fault fault);  // its name

// The value of one wrong formula, in the claim's unit.
struct FaultyValue {
  Fault fault;
  std::string formula;  // what was computed, with its constants
  double value;
};

// The value of every wrong formula that there is for the claim, those apart that are not finite. `truth` is the right value in the
// claim's unit, NaN where there is none. Error: a claim without the beta or the rate that it needs; shapes that do not fit.
std::vector<FaultyValue> faulty_values(const ClaimedLaw& law, const Claim& claim, double truth);

}  // namespace etalon::ib_oracle
