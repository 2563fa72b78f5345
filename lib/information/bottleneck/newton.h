// SPDX-License-Identifier: Apache-2.0
// newton.h — from near a solution of the self-consistent equations to the last bit of it.
//
// In kappa_t = ln q_t and rho_ty = ln r_ty, with D extended to vectors that do not sum to 1 by D + sum r - 1, the solutions are the
// stationary points of one function without constraints:
//
//   F = - sum_x p_x ln sum_t e^{u_xt} + sum_t e^{kappa_t}
//
//   u_xt = kappa_t - beta sum_y [W_xy ln W_xy - W_xy rho_ty + e^{rho_ty}] + beta
//
// With q(t|x) = e^{u_xt} / sum_s e^{u_xs},
//
//   dF/dkappa_t  = q_t - sum_x p_x q(t|x)
//   dF/drho_ty   = - beta sum_x p_x q(t|x) (W_xy - r_ty)
//
//   d2F          = sum_x p_x [ m m^T - sum_t q(t|x) J_t J_t^T ] + diag(q_t, beta r_ty sum_x p_x q(t|x))
//
//   J_t = du_xt: 1 at kappa_t, beta (W_xy - r_ty) at rho_ty, 0 at all other t;     m = sum_t q(t|x) J_t
//
// Steps are damped (Levenberg 1944) until F falls, so where sweeps need thousands of turns, near a bifurcation, these need ten.
#pragma once

#include <optional>

#include "information/bottleneck/sweeps.h"
#include "scalar/twofold.h"

namespace etalon::information {

struct Polished {
  Clusters clusters;
  long steps = 0;
  bool converged = false;  // the last step moved no ln q and no ln r that counts by more than a few ulp
};

// The best weights for these centres, to about 1e-12: the minimum over q >= 0 of
//
//   F = - sum_x p_x ln sum_t q_t K_xt + sum_t q_t,     K_xt = e^{-beta KL(W_x || r_t)}
//
// which is convex in q. Newton on the weights that are not 0, up to the first that becomes 0 (an active set). Centres whose weight
// is 0 are left out. At a jump, where F hardly depends on how weight is divided between two solutions, this takes at once the step
// for which ln q would need thousands.
Clusters reweighed(const BottleneckProblem& problem, double beta, const Clusters& clusters);

// The solution near `clusters` in 32 digits, of rows p(x, y) [X, Y'] that need not be merged nor sum to 1; q sums to what they sum to.
// Nothing where no digits are gained: too far from a solution, a singular Hessian. An r_ty of 0 stays.
struct FineClusters {
  long n_t, n_y;
  std::vector<Twofold> q, r;  // [T], [T, Y']
};
std::optional<FineClusters> solved_finely(const BottleneckProblem& problem, const Tensor<double>& p, double beta,
                                          const Clusters& clusters);

// T (1 + Y') unknowns; worth its price up to a few hundred.
inline constexpr long kMostUnknowns = 160;
Polished polish(const BottleneckProblem& problem, double beta, const Clusters& start, long max_steps = 60);

}  // namespace etalon::information
