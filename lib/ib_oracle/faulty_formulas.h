// SPDX-License-Identifier: Apache-2.0
// faulty_formulas.h — the wrong formulas behind faults.h, one function for each kind of claim. Only faults*.cpp include this.
//
// Each function appends what its formulas give: values in nats go in, values in the claim's unit come out. A value that is not
// finite is left out, since nobody claims it.
#pragma once

#include <string>
#include <vector>

#include "ib_oracle/claims.h"
#include "ib_oracle/faults.h"
#include "ib_oracle/plain_formulas.h"

namespace etalon::ib_oracle {

class FaultyValues {
 public:
  explicit FaultyValues(Unit unit) : unit_(unit) {}
  void add_nats(Fault fault, std::string formula, double nats);
  void add(Fault fault, std::string formula, double in_the_unit_of_the_claim);
  std::vector<FaultyValue> taken() && { return std::move(values_); }

 private:
  Unit unit_;
  std::vector<FaultyValue> values_;
};

// --- faults_of_table.cpp: entropies and I(X;Y) of the table --------------------------------------------------------------------

bool is_of_table(Quantity quantity);

// Also where the table is no law: then the formula on it as it is, and on it divided by its total. Needs is_of_table.
void add_faults_of_table(FaultyValues& out, const ClaimedLaw& law, Quantity quantity);

// What a small number added inside the logarithm gives, in the places that people put it, from 1e-4 down to 2^-52.
void add_eps_inside_log(FaultyValues& out, const Tensor<double>& p, TableQuantity quantity);

// KL(p_a p_b || p_ab), taken for the mutual information.
void add_kl_reversed(FaultyValues& out, const Tensor<double>& p);

// p(y|x) / |X| over the x that happen [X, Y]: the table if p(x) is taken to be uniform.
Tensor<double> with_uniform_x(const Tensor<double>& p);

// --- faults_of_encoder.cpp: I(X;T), I(T;Y) and L of an encoder -----------------------------------------------------------------

// A point of the information plane, nats.
struct Plane {
  double i_x, i_y;
};

// The coordinate that a claim asks for: I(X;T), I(T;Y), else L = I(X;T) - beta I(T;Y).
double coordinate(Quantity quantity, Plane point, double beta);

// Other conventions for L at one point of the plane; `mutual` is I(X;Y).
void add_other_lagrangians(FaultyValues& out, Plane point, double beta, double mutual);

// Needs claim.encoder, whose rows may be no laws.
void add_faults_of_encoder(FaultyValues& out, const ClaimedLaw& law, const Claim& claim);

// --- faults_of_optimum.cpp: the best encoder at a beta, the curve at a rate, the capacity ----------------------------------------

void add_faults_of_optimum(FaultyValues& out, const ClaimedLaw& law, const Claim& claim);  // Error: no beta
void add_faults_of_rate(FaultyValues& out, const ClaimedLaw& law, const Claim& claim);     // Error: no rate
void add_faults_of_capacity(FaultyValues& out, const ClaimedLaw& law);

// --- faults_of_bound.cpp: bounds on I(X;Y) ------------------------------------------------------------------------------------

// `truth`: what the formula behind the name gives, nats, finite. The claim has the fields that this formula needs.
void add_faults_of_bound(FaultyValues& out, const information::Joint& joint, const Claim& claim, double truth);

}  // namespace etalon::ib_oracle
