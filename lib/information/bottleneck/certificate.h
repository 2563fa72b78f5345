// SPDX-License-Identifier: Apache-2.0
// certificate.h — a proof that no encoder does better.
//
// The bottleneck is rate-distortion whose reproduction alphabet is the whole simplex over Y, with the distortion D(W_x || r):
// convex over measures on the simplex. For ANY positive numbers Z_x, with
//
//   c(r) = sum_x (p_x / Z_x) e^{-beta D(W_x || r)}
//
//   min L  >=  - sum_x p_x ln Z_x - beta I(X;Y) - max_r ln c(r)
//
// and where Z_x = sum_t q_t e^{-beta D(W_x || r_t)} comes from weights and centres that sum to 1, their encoder has
//
//   L  <=  - sum_x p_x ln Z_x - beta I(X;Y)
//
// So the gap between the two sides is max ln c, and all there is to prove is that c <= 1.
//
// PROOF     Branch and bound over simplices (certificate_body.h). ln of each term of c is concave in r, so it lies under its
//           tangent at any m (cell_bounds.h has this bound and three more):
//
//             c(r) <= sum_x g_x(m) exp(sum_y beta W_xy (r_y - m_y) / m_y)
//
//             g_x(m) = (p_x / Z_x) e^{-beta D(W_x || m)}
//
//           a convex function of r: its maximum over a cell is at one of the cell's vertices. The bound is off by O(h^2) in a
//           cell of size h. Where c has a maximum of 1, h would have to be 1e-6; there, once all of c'' is certainly <= 0 over
//           the cell, c lies under its own tangent at the centre r_t, which is flat. On a face of the simplex, where c is not
//           smooth, a vertex is dropped if c certainly does not fall towards the others. What is left is cut in two at its
//           longest edge: vertices are dyadic rationals, so the cells tile the simplex exactly.
//
// READINGS  E = Interval: the speed of doubles, trusting exp and log to 4 ulp. E = Ball (lib/certify): trusting nothing.
//
// SOURCE    The bound: Blahut 1972, theorem 5, for this distortion; in statistics c is the gradient function of a mixture's
//           likelihood (Lindsay 1983). The cell bounds are ours.
#pragma once

#include <functional>
#include <vector>

#include "information/bottleneck/problem.h"
#include "information/law/quantity.h"

namespace etalon::information {

struct CertificateSetting {
  double tolerance = 2e-13;         // nats: cells with ln c below it need no more work
  long max_cells = 100000;          // then the bound is what has been proved so far
  double stop_above = -1;           // > 0: stop as soon as some ln c(r) above it is found; the caller has a better centre then
  std::function<bool()> stop = {};  // asked now and then; once it says true, the bound is what has been proved so far
};

struct CertifiedMinimum {
  Bracket lagrangian;            // min L, in nats: rigorous whatever happens; certificate `proved`, iterations = cells
  double log_c = 0;              // ln c(r) <= log_c for all r
  double log_c_found = 0;        // and the largest value met, at
  std::vector<double> found_at;  // [Y']
};

// The largest |Y'| that is cut into cells; beyond it their number is hopeless.
inline constexpr long kMostCertifiedY = 4;

// SHAPES  clusters of the problem's own columns [T, Y'], beta > 0, Y' <= kMostCertifiedY. Weights and centres need not sum to 1
//         exactly: the upper side allows for what they are off.
template <class E>
CertifiedMinimum certify_minimum(const BottleneckProblem& problem, double beta, const Clusters& clusters,
                                 const CertificateSetting& setting);

// ln Z_x of the merged rows under weights and centres, in logarithms throughout.
std::vector<double> log_partition(const BottleneckProblem& problem, double beta, const Clusters& clusters);

}  // namespace etalon::information
