// SPDX-License-Identifier: Apache-2.0
// wrong_solvers.h — what common solvers do, run on purpose: where they stop, and what they call an optimum.
//
// SOURCE   Tishby, Pereira & Bialek 1999 (the self-consistent equations); Blahut 1972 (the capacity).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "information/bottleneck/bottleneck.h"

namespace etalon::ib_oracle {

// The setting of information::bottleneck with as much of a proof as finds better centres, and no more: a right answer, soon.
information::BottleneckSetting searching();

// Where the self-consistent equations hold with at most |X| clusters, as solvers that are capped there find them: from all W_x,
// from their first few, pulled towards p_Y or not, and from random encoders. None for beta <= 0.
struct RestPoint {
  double i_x, i_y, lagrangian;  // nats
  std::size_t clusters;
};
std::vector<RestPoint> rest_points(const information::Joint& given, double beta);

// The most I(T;Y) that an encoder with I(X;T) = rate reaches with at most |X| clusters, as far as sweeps at that rate find it from
// the starts above: beta is chosen anew in every sweep, so that the rate stays. Nats; nothing for a rate that no start can be
// brought to.
std::optional<double> capped_at_rate(const information::Joint& given, double rate);

// Blahut's iteration for the capacity from the uniform input, with the values at which solvers stop it: when I_L moves by less than
// 10^-k, or after a round number of sweeps.
struct EarlyStop {
  std::string rule;
  double value;  // nats
};
std::vector<EarlyStop> early_stops(const information::Joint& joint);

// W_x = p(.|x) of the x that happen [X', Y].
Tensor<double> conditional_rows(const information::Joint& joint);

}  // namespace etalon::ib_oracle
