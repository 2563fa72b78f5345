// SPDX-License-Identifier: Apache-2.0
// dependence.h — one cell of a table against what independence would put there: r = s p_xy / (p_x p_y), s the table's total.
//
//   dependence_term     (p_x p_y / s) phi(r) >= 0       summed over a table: s I           (entropy.h says why phi)
//   log_dependence      ln r                            the slope of I in p_xy
//
// Both form r - 1 = (s p_xy - p_x p_y) / (p_x p_y) with one Kahan difference of products (fma), so that nothing cancels near r = 1.
#pragma once

#include "scalar/entropy_terms.h"

namespace etalon::information {

// a b - c d, right to 1.5 ulp even where the products cancel.
template <class S>
S difference_of_products(const S& a, const S& b, const S& c, const S& d) {
  const S cd = c * d;
  const S error = fma(-c, d, cd);
  return fma(a, b, -cd) + error;
}

// 0 where p_x or p_y is 0: then p_xy is.
inline double dependence_term(double s, double p_xy, double p_x, double p_y) {
  const double product = p_x * p_y;
  if (p_x == 0 || p_y == 0) return 0;
  if (product < 0x1p-900)  // r would be formed from subnormal numbers: p_xy ln r - p_xy + product / s
    return p_xy == 0 ? product / s : p_xy * (log(p_xy) + log(s) - log(p_x) - log(p_y)) - p_xy + product / s;
  return product / s * phi(difference_of_products(s, p_xy, p_x, p_y) / product);
}

// p_xy, p_x, p_y > 0.
inline double log_dependence(double s, double p_xy, double p_x, double p_y) {
  const double product = p_x * p_y, e = difference_of_products(s, p_xy, p_x, p_y) / product;
  if (product >= 0x1p-900 && e > -0.5 && e < 1) return log1p(e);
  return log(p_xy) + log(s) - log(p_x) - log(p_y);
}

}  // namespace etalon::information
