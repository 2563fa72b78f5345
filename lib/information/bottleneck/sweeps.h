// SPDX-License-Identifier: Apache-2.0
// sweeps.h — the self-consistent equations of the bottleneck, and the way down to where they hold.
//
//   q(t|x) = q_t exp(-beta KL(W_x || r_t)) / Z_x      q_t = sum_x p_x q(t|x)      r_t = sum_x p_x q(t|x) W_x / q_t
//
// A sweep sets the left sides from the right ones, in that order. Each is the minimum of
// F = sum p_x q(t|x) [ln(q(t|x)/q_t) + beta KL(W_x || r_t)] over what it sets, and L = F - beta I(X;Y) after the last, so L never
// rises in a sweep. Everything is in logarithms: beta KL may be 1e5.
//
// SPEED     Near a bifurcation a sweep gains nothing. Three sweeps tell where the next hundred would go (Varadhan & Roland 2008,
//           SQUAREM, in ln q and ln r); a jump is kept only if it lowers F.
//
// SOURCE    Tishby, Pereira & Bialek 1999.
#pragma once

#include <vector>

#include "information/bottleneck/certificate.h"

namespace etalon::information {

inline constexpr double kLogZero = -1e300;  // ln 0: times a W of 0 it is 0, times any other it is out of reach

// q(t|x) [X', T]. An x that no centre can stand for is spread over all of them, as if it had never been seen.
Tensor<double> encode(const BottleneckProblem& problem, double beta, const Clusters& clusters);

// q_t and r_t from q(t|x). A cluster that nobody uses keeps its centre and has weight 0.
Clusters decode(const BottleneckProblem& problem, const Tensor<double>& q, const Clusters& before);

// - sum_x p_x ln Z_x: L + beta I(X;Y) of the encoder at these weights and centres, or above it.
double free_energy(const BottleneckProblem& problem, double beta, const Clusters& clusters);

Clusters keep(const Clusters& clusters, const std::vector<char>& kept);

struct Sweeping {
  Clusters clusters;
  long sweeps = 0;
  bool converged = false;  // no weight and no entry of a living centre moved by more than the tolerance
};
Sweeping sweep(const BottleneckProblem& problem, double beta, Clusters start, long max_sweeps, double tolerance);

}  // namespace etalon::information
