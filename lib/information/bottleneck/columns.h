// columns.h — the global minimum by columns: at rest, look where c(r) > 1, add that r, come to rest again.
//
// With the centres fixed, F = - sum p_x ln sum_t q_t e^{-beta KL(W_x || r_t)} is convex in q; over all measures on the simplex it
// is convex altogether, and a measure is a minimum exactly if c(r) <= 1 for every r (certificate.h). Where c(r) > 1, a
// little weight at r lowers F at the rate c(r) - 1.
//
// ASCENT   c rises under r <- sum_x w_x W_x, w_x prop. (p_x/Z_x) e^{-beta KL(W_x || r)}: a sweep with one cluster and the Z held.
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

// Where each of the laws r [S, Y'] arrives after some ascents, and ln c there.
struct Ascent {
  Tensor<double> at;          // [S, Y']
  std::vector<double> log_c;  // [S]
};
Ascent ascend(const BottleneckProblem& problem, double beta, const std::vector<double>& log_z, Tensor<double> from, long n_steps);

}  // namespace etalon::information
