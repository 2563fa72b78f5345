// SPDX-License-Identifier: Apache-2.0
// condition.h — how well the column space of a matrix is known, and how many decimals of a projection that leaves.
//
//   condition number     sigma_1 / sigma_r of X, r its rank (head/basis.h)
//   of its columns       the same after every column was scaled to length 1
//
// WHY      A ratio such as ||G - G P|| / ||G|| asks for the column space of X alone. Gram-Schmidt finds the space of columns that
//          are off by a few u = 2^-53 of their own lengths. Let X have columns of length 1, E be what they are off by, and P' the
//          projector that is found; then the two projectors, and with them the ratio, differ by at most
//
//            ||P - P'||  <=  ||E|| / sigma_r                                          (Stewart & Sun 1990, theorem III.3.9)
//
//          so at a condition number of 1e15 nearly all digits are gone, whatever the ratio looks like. Scaling a column changes
//          neither the space nor Gram-Schmidt's share of error, which is why the second number is the one that counts.
//
// BOUND    ||E|| is taken as 4 sqrt(r) u. Columns are projected twice, so that one is off by about u times the root of the number
//          of terms; tests/head/condition_test.cpp holds the bound to errors that balls prove, from condition 1 to 1e15.
#pragma once

#include "head/basis.h"

namespace etalon::head {

struct Condition {
  double of_matrix =
      1;  // sigma_1 / sigma_r, at least 1; infinite if sigma_r is 0 in doubles. Beyond about 2^52 only its size is known
  double of_columns = 1;        // with every column of X scaled to length 1
  double projection_error = 0;  // BOUND / sigma_r: how far the projector is off at most, as rounding goes; at most 1
};

// `basis`: of the columns of X, that is orthonormal_basis(X transposed). X = 0: 1, 1, 0. No errors.
Condition condition_of(const Basis<double>& basis);

// The decimals of a ratio in [0, 1] that are right: the largest k <= 12 for which its error is below 10^-k. Besides the error of the
// projector it counts 1000 u for the sums of the ratio itself.
int good_decimals(double projection_error);

}  // namespace etalon::head
