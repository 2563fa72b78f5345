// SPDX-License-Identifier: Apache-2.0
// columns.h — the global minimum by columns: solve the self-consistent equations, look where c(r) > 1, add that r as a centre, and
// again until there is none.
//
//   F = - sum_x p_x ln sum_t q_t e^{-beta KL(W_x || r_t)}
//
// With the centres fixed, F is convex in q; over all measures on the simplex it is convex altogether, and a measure is a minimum
// exactly if c(r) <= 1 for every r (certificate.h). Where c(r) > 1, a little weight at r lowers F at the rate c(r) - 1.
//
// ASCENT   c rises under r <- sum_x w_x W_x, w_x prop. (p_x/Z_x) e^{-beta KL(W_x || r)}: a sweep with one cluster and the Z held.
//
// JUMPS    At the beta of a first-order jump two solutions are optimal, and so is every measure between them: the points of the
//          curve between the two have the clusters of both. The example is the ternary Hamming law, three x, each received as
//          y = x with probability .8 and as each other y with .1: one cluster below its jump, three beyond, four at the jump.
//          The two solutions are found by Solver::solve (columns.cpp) and proved by certificate_body.h; the beta of the jump is
//          found by critical_beta, and the optimum of four clusters by bottleneck_at_rate, both in rate.cpp. Tests: "the ternary
//          Hamming channel jumps", in tests/information/bottleneck/bottleneck_test.cpp and rate_test.cpp.
//
// SOURCE   Boehning 1995, "A review of reliable maximum likelihood algorithms for semiparametric mixture models".
#pragma once

#include <vector>

#include "information/bottleneck/certificate.h"

namespace etalon::information {

struct ColumnSetting {
  long max_sweeps = 3000;
  double tolerance = 1e-15;
  bool prove = true;
  long max_cells = 100000;
  std::function<bool()> stop = {};
};

struct Columns {
  Clusters clusters;
  Bracket minimum;
  Estimate lower_found;
  long sweeps = 0;
  bool converged = false;
};

// beta >= 0, warm starts in the problem's own columns.
Columns solve_by_columns(const BottleneckProblem& problem, double beta, const ColumnSetting& setting,
                         const std::vector<Clusters>& warm_starts);

// Where each of the laws r [S, Y'] arrives after n_steps ascents, and ln c there.
struct Ascent {
  Tensor<double> at;          // [S, Y']
  std::vector<double> log_c;  // [S]
};
Ascent ascend(const BottleneckProblem& problem, double beta, const std::vector<double>& log_z, Tensor<double> from, long n_steps);

}  // namespace etalon::information
