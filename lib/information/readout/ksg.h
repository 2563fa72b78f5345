// SPDX-License-Identifier: Apache-2.0
// ksg.h — mutual information from distances to the k-th neighbour, and the exact fraction that it is.
//
// N samples (x_i, y_i), |x_i - x_j| and |y_i - y_j| largest-coordinate distances, the distance of two samples the larger of both.
//
//   KSG-1   I = psi(k) + psi(N) - (1/N) sum_i [psi(n_x(i) + 1) + psi(n_y(i) + 1)],
//           n_x(i) = #{j != i : |x_i - x_j| < d_i},  d_i = the distance from i to its k-th neighbour
//   KSG-2   I = psi(k) - 1/k + psi(N) - (1/N) sum_i [psi(n_x(i)) + psi(n_y(i))],
//           n_x(i) = #{j != i : |x_i - x_j| <= the largest |x_i - x_j| among the k neighbours}
//
// A FRACTION   psi(n) = H_{n-1} - gamma, and gamma cancels: fixed samples give I = (1/N) sum_j c_j / j with integers c_j,
//
//                KSG-1   c_j = N [j < k] + N [j < N] - #{i : n_x(i) >= j} - #{i : n_y(i) >= j}
//                KSG-2   the same with > for >=, and - N at j = k
//
//              The double is that number rounded (summed in double-double), not the rounding of many digammas.
//
// STRICT       < in KSG-1, not <=: the k-th neighbour itself lies at d_i. Counting it takes about 1/n_x + 1/n_y off the
//              estimate. ksg1_inclusive counts it: a mistake with a name, so that who sees its value knows what was computed.
//
// TIES         The derivation asks for a density: no two rows of x or of y are equal, no two distances from a sample are equal
//              where it matters. Rounded or repeated data are refused with their places, and no jitter is added: it would be
//              another sample.
//
// COST         O(N^2 (d_x + d_y)) time, O(N) memory.
//
// SOURCE   Kraskov, Stögbauer & Grassberger 2004, "Estimating mutual information", equations 8 and 9.
#pragma once

#include <string>
#include <vector>

#include "information/law/quantity.h"
#include "tensor/tensor.h"

namespace etalon::information {

enum class KsgRule { ksg1, ksg2, ksg1_inclusive };
constexpr const char* to_string(KsgRule rule) {
  constexpr const char* kNames[] = {"KSG-1", "KSG-2", "KSG-1 inclusive"};
  return kNames[static_cast<int>(rule)];
}

struct Ksg {
  Estimate mutual;                     // may be negative; choices: rule, k, N, dimensions, metric, the fraction
  std::vector<long> c;                 // c[j - 1], j = 1 .. N-1: the value is (1/N) sum_j c_j / j exactly
  std::string numerator, denominator;  // in lowest terms; both empty where 127 bits do not hold them (N beyond some 80)
};

// SHAPES  x [N, d_x], y [N, d_y]. ERRORS  other shapes; k < 1 or k >= N; N > 2^31 - 1; a number that is not finite, two equal
// rows of x or of y, or a tie in distance, each with its places.
Ksg ksg(const Tensor<double>& x, const Tensor<double>& y, long k, KsgRule rule = KsgRule::ksg1);

}  // namespace etalon::information
