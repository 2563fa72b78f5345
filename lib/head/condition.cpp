// SPDX-License-Identifier: Apache-2.0
#include "head/condition.h"

#include <limits>

#include "head/spectrum.h"
#include "scalar/exact.h"

namespace etalon::head {
namespace {

double ratio_of_ends(const std::vector<double>& sigma) {
  return sigma.back() > 0 ? sigma.front() / sigma.back() : std::numeric_limits<double>::infinity();
}

}  // namespace

Condition condition_of(const Basis<double>& basis) {
  // Column j of X is the sum of r_jk q_k: row j of r has its length, and r the singular values of X
  if (basis.rank() == 0) return {};
  Condition c;
  c.of_matrix = ratio_of_ends(singular_values(basis.r));

  // Scale the columns of X to length 1
  Tensor<double> unit = basis.r;
  for (long j = 0; j < unit.n_rows(); ++j) {
    double* const row = unit.data() + j * unit.n_cols();
    const int e = binary_scale(row, unit.n_cols());
    for (long k = 0; k < unit.n_cols(); ++k) row[k] = row[k] * std::ldexp(1, -e);
    const double length = norm(row, unit.n_cols());
    for (long k = 0; k < unit.n_cols() && length > 0; ++k) row[k] = row[k] / length;
  }

  // Bound the error of the projector:  4 sqrt(r) u / sigma_r
  const std::vector<double> sigma = singular_values(unit);
  c.of_columns = ratio_of_ends(sigma);
  const double off = 4 * sqrt(static_cast<double>(basis.rank())) * 0x1p-53;
  c.projection_error = sigma.back() > off ? off / sigma.back() : 1;
  return c;
}

int good_decimals(double projection_error) {
  const double error = projection_error + 1000 * 0x1p-53;
  int k = 0;
  for (double unit = 0.1; k < 12 && error < unit; unit = unit / 10) ++k;
  return k;
}

}  // namespace etalon::head
