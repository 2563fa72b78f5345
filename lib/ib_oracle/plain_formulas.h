// SPDX-License-Identifier: Apache-2.0
// plain_formulas.h — entropies as textbooks write them, applied to any table with entries >= 0, a law or not.
//
// lib/information refuses what is no law and sums so that the result is exact. A solver that is judged may have done neither, so
// the wrong formulas of faults.h, and the judge, take the formula at its word. Everything is in nats. A table p [A, B] has one
// row for each a; tables come from claims.h, which has refused entries that are negative or not finite.
#pragma once

#include <functional>
#include <vector>

#include "scalar/exact.h"
#include "tensor/tensor.h"

namespace etalon::ib_oracle {

enum class TableQuantity { h_a, h_b, h_ab, h_b_given_a, h_a_given_b, mutual };

// -sum w ln(num/den) for an entropy, +sum w ln(num/den) for I(A;B), over the terms with w > 0:
//
//   H(A)      w = num = p_a          den = 1            H(A,B)    w = num = p_ab      den = 1
//   H(B|A)    w = num = p_ab         den = p_a          I(A;B)    w = num = p_ab      den = p_a p_b
//
// `ln_ratio` stands where ln(num/den) does: a caller puts a mistake there.
using LnRatio = std::function<double(double num, double den)>;
double plain_value(
    const Tensor<double>& p, TableQuantity quantity,
    const LnRatio& ln_ratio = [](double num, double den) { return log(num / den); });

// p_a [A].
std::vector<double> row_sums(const Tensor<double>& p);

Tensor<double> transposed(const Tensor<double>& p);

// p(x, t) [X, T] and p(t, y) [T, Y] of a table p(x, y) [X, Y] and an encoder q(t|x) [X, T], whatever its rows sum to.
Tensor<double> table_xt(const Tensor<double>& p_xy, const Tensor<double>& encoder);
Tensor<double> table_ty(const Tensor<double>& p_xy, const Tensor<double>& encoder);

// True if every row has entries >= 0 and sums to 1 within Joint::kTolerance.
bool rows_are_laws(const Tensor<double>& q);

}  // namespace etalon::ib_oracle
