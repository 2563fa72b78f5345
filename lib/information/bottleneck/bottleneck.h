// SPDX-License-Identifier: Apache-2.0
// bottleneck.h — the information bottleneck: forget X, remember Y.
//
//   minimise over encoders q(t|x)     L = I(X;T) - beta I(T;Y)
//
// METHOD    The problem is convex over measures on the simplex of laws r over Y (certificate.h). So it is solved by
//           columns: begin with one centre, p_Y; find the weights and centres where the self-consistent equations hold
//           (sweeps.h, then newton.h to the last bit); look for the r where c(r) is largest; if that is
//           more than 1, r joins the centres, and again. What is at rest with c <= 1 everywhere is the global minimum,
//           first-order jumps included.
//
// PROOF     `minimum` is [L, U] with outward rounding: no encoder whatever is below L, and `encoder` is not above U. For |Y| <= 4
//           branch and bound proves max ln c <= U - L, usually 2e-13. Beyond, c is maximised by ascents from all W_x: `certificate`
//           then is `grid`, `minimum.lower` is the weak (1 - beta) I(X;Y), and `lower_found` the bound that the ascents suggest.
//
// CLUSTERS  As many as the optimum needs: for the ternary Hamming channel at its jump that is 4 for three x, so |X| would be too
//           few (Benger, Asoodeh & Chen 2023). q(t|x) is unique only up to splitting a cluster; equal centres are merged.
//
// BITS      Symbols are put into an order of their own first (problem.h): permuting x or y permutes the result and
//           nothing else.
//
// SOURCE    Tishby, Pereira & Bialek 1999; Lindsay 1983 and Boehning 1995 (columns, for mixtures).
#pragma once

#include <functional>
#include <vector>

#include "information/bottleneck/problem.h"
#include "information/law/entropy.h"

namespace etalon::information {

enum class Prove { nothing, minimum };

struct BottleneckSetting {
  long max_sweeps = 3000;    // for each set of centres
  double tolerance = 1e-15;  // at rest: no weight and no entry of a centre moves by more in a sweep
  Prove prove = Prove::minimum;
  long max_cells = 100000;          // of the proof
  std::function<bool()> stop = {};  // asked now and then in a proof: once it says true, the proof ends with what it has
};

struct BottleneckPoint {
  double beta = 0;
  Nats i_x, i_y;         // I(X;T), I(T;Y) of `encoder`
  Nats lagrangian;       // i_x - beta i_y
  Bracket minimum;       // of L over all encoders; `how` holds certificate, cells, |T|, degeneracy
  Estimate lower_found;  // what `minimum.lower` would be if the largest c that was met were the largest there is
  bool converged = false;
  long sweeps = 0;         // and Newton steps
  Clusters clusters;       // centres [T, Y]: of the joint law's own y, 0 for a y that never happens
  Tensor<double> encoder;  // q(t|x) [X, T], of its own x

  Degeneracy degeneracy() const { return minimum.upper.how.degeneracy; }
  Certificate certificate() const { return minimum.upper.how.certificate; }
};

// (I(X;T), I(T;Y)) of any encoder. SHAPES  encoder [X, T]. Error: another shape; a row that is no law.
struct InformationPlane {
  Nats i_x, i_y;
};
InformationPlane information_plane(const Joint& joint, const Tensor<double>& encoder);

// Error: beta negative, NaN or infinite.
BottleneckPoint bottleneck(const Joint& joint, double beta, const BottleneckSetting& setting = {},
                           const std::vector<Clusters>& warm_starts = {});

// The same for a law that is asked many times: what does not depend on beta is done once.
BottleneckPoint bottleneck(const BottleneckProblem& problem, double beta, const BottleneckSetting& setting = {},
                           const std::vector<Clusters>& warm_starts = {});

// One point for each beta, each from the one below. Error: no betas; a beta as above.
std::vector<BottleneckPoint> bottleneck_curve(const Joint& joint, std::vector<double> betas, const BottleneckSetting& setting = {});

// One run of plain sweeps from one start, with L after every sweep: what the laws are tested on. Sweeps until rest.
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
