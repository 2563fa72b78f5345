// bottleneck.h — the information bottleneck: forget X, remember Y.
//
//   minimise over encoders q(t|x)     L = I(X;T) - beta I(T;Y)
//
// At a minimum, with W_x = p(.|x) and the cluster centres r_t = p(.|t),
//
//   q(t|x) = q_t exp(-beta KL(W_x || r_t)) / Z_x      q_t = sum_x p_x q(t|x)      r_t = sum_x p_x q(t|x) W_x / q_t
//
// A sweep sets the left sides from the right ones, in that order. Each of the three is the minimum of
// F = sum p_x q(t|x) [ln(q(t|x)/q_t) + beta KL(W_x || r_t)] over what it sets, and L = F - beta I(X;Y) after the last, so
// L never rises in a sweep. It may stop at a local minimum; so each beta starts from several places and the least L wins:
//
//   columns    {p_Y} and all W_x: |X|+1 clusters; and the same pulled a quarter of the way to p_Y, because a centre that
//              has a 0 keeps it forever
//   annealed   the solution of the beta below, and of the beta above, filled up with columns
//   trivial    one cluster, L = 0: optimal for beta <= 1, where it is returned at once
//
// |X|+1 clusters, not |X|: at the first-order jump of the ternary Hamming channel the optimum uses 4 (Benger, Asoodeh & Chen 2023).
// Rows x with equal W_x are merged first: exact. Clusters whose weight dies are dropped; clusters with equal centres are
// merged, since q(t|x) is only unique up to splitting them.
//
// NOT YET    A certificate of global optimality: `kind` is therefore `estimate` for L*, though (I_X, I_Y) are exact for the
//            encoder that is returned, and any encoder's point lies on or below the true curve.
//
// SOURCE     Tishby, Pereira & Bialek 1999; Rose 1998 (annealing).
#pragma once

#include <vector>

#include "information/entropy.h"

namespace etalon::information {

struct BottleneckSetting {
  long max_sweeps = 20000;    // per start; near a bifurcation sweeps converge slowly
  double tolerance = 1e-15;   // stop when no weight and no entry of a centre moves by more
};

struct Clusters {
  std::vector<double> weight;  // q_t
  Tensor<double> centre;       // r_t [T, Y]
};

struct BottleneckPoint {
  double beta = 0;
  Nats i_x, i_y;           // I(X;T), I(T;Y) of `encoder`
  Nats lagrangian;         // i_x - beta i_y
  BoundKind kind = BoundKind::estimate;  // what `lagrangian` is for the minimum; the trivial solution at beta <= 1 is exact
  bool converged = false;  // the sweeps came to rest before max_sweeps
  long sweeps = 0;         // of the start that won
  Clusters clusters;
  Tensor<double> encoder;  // q(t|x) [X, T] for the joint law's own x
};

// (I(X;T), I(T;Y)) of any encoder. SHAPES  encoder [X, T]. Error: another shape; a row that is no law.
struct InformationPlane {
  Nats i_x, i_y;
};
InformationPlane information_plane(const Joint& joint, const Tensor<double>& encoder);

// The least L found from the columns and from `warm_starts`. Error: beta negative, NaN or infinite.
BottleneckPoint bottleneck(const Joint& joint, double beta, const BottleneckSetting& setting = {},
                           const std::vector<Clusters>& warm_starts = {});

// One point for each beta, annealed upwards and then downwards. Error: no betas; a beta as above.
std::vector<BottleneckPoint> bottleneck_curve(const Joint& joint, std::vector<double> betas, const BottleneckSetting& setting = {});

// One run of sweeps from one start, with L after every sweep: what the laws are tested on. Sweeps until rest.
// Error: beta not positive and finite; centres of another width; no clusters.
struct BottleneckRun {
  Clusters clusters;
  std::vector<double> lagrangian;  // after each sweep; empty unless `record`
  long sweeps = 0;
  bool converged = false;
};
BottleneckRun sweep_to_rest(const Joint& joint, double beta, Clusters start, const BottleneckSetting& setting, bool record = false);

// rho^2, the square of the second singular value of p_xy/sqrt(p_x p_y): the trivial solution is locally stable for
// beta < 1/rho^2 (the optimum may leave it earlier). By power iteration, to about 1e-6: a guide for choosing betas.
double second_singular_value_squared(const Joint& joint);

// `n` betas from where nothing can be kept to where nearly everything is: geometric between max(1, 1/(2 rho^2)) and 100/rho^2.
std::vector<double> default_betas(const Joint& joint, long n = 60);

}  // namespace etalon::information
