// SPDX-License-Identifier: Apache-2.0
// entropy_terms.h — the functions of which every entropy, and every bound on information, is a sum.
//
//   surprise(p) = -p ln p,  0 at p = 0            H = sum of surprises
//   phi(r) = r ln r - r + 1 >= 0, 0 at r = 1      I = sum p_x p_y phi(p_xy / p_x p_y)
//   exp_excess(h) = e^h - 1 - h >= 0, 0 at h = 0  what Jensen's inequality loses on e^h
//
// phi has a double zero at r = 1, where r ln r and r - 1 cancel: it takes e = r - 1, which the caller can
// form without cancellation, and sums its series near 0. So does exp_excess.
#pragma once

#include "scalar/exact.h"

namespace etalon {

// In nats; p >= 0. Relative error 2 ulp away from p = 1.
inline double surprise(double p) { return p == 0 ? 0 : -(p * log(p)); }

// phi(1 + e), e >= -1. At e = -1 it is 1: an event that never happens though it could.
//   |e| < 1/4:  phi = e^2 sum_{k>=0} (-e)^k / ((k+1)(k+2)), 24 terms leave 2^-54 of the first.
inline double phi(double e) {
  if (e <= -1) return 1;
  if (e > -0.25 && e < 0.25) {
    double sum = 0;
    for (int k = 24; k >= 0; --k) sum = fma(-e, sum, 1.0 / ((k + 1.0) * (k + 2.0)));
    return e * e * sum;
  }
  return fma(1 + e, log1p(e), -e);
}

// e^h - 1 - h; relative error 8 ulp.
//   |h| < 1/2:  h^2 sum_{k>=0} h^k / (k+2)!, 14 terms leave 2^-54 of the first.
inline double exp_excess(double h) {
  if (h > -0.5 && h < 0.5) {
    double sum = 1;  // 1/2 + h/6 + ... = (1 + h/3 (1 + h/4 (1 + ...))) / 2
    for (int k = 16; k >= 3; --k) sum = fma(h / k, sum, 1.0);
    return h * h * (sum / 2);
  }
  return expm1(h) - h;
}

}  // namespace etalon
