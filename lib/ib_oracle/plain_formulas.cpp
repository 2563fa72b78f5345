// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/plain_formulas.h"

#include "information/law/joint.h"
#include "tensor/sum.h"

namespace etalon::ib_oracle {

namespace {

// Of the term of a pair (a, b).
double denominator(TableQuantity quantity, double p_a, double p_b) {
  switch (quantity) {
    case TableQuantity::h_b_given_a: return p_a;
    case TableQuantity::h_a_given_b: return p_b;
    case TableQuantity::mutual: return p_a * p_b;
    default: return 1;
  }
}

}  // namespace

double plain_value(const Tensor<double>& p, TableQuantity quantity, const LnRatio& ln_ratio) {
  const auto p_a = row_sums(p), p_b = row_sums(transposed(p));
  double total = 0;
  const auto add = [&](double w, double num, double den) { total = w > 0 ? fma(w, ln_ratio(num, den), total) : total; };

  // Add a term for each a, for each b, or for each pair
  if (quantity == TableQuantity::h_a)
    for (const double x : p_a) add(x, x, 1);
  else if (quantity == TableQuantity::h_b)
    for (const double x : p_b) add(x, x, 1);
  else
    for (long a = 0; a < p.n_rows(); ++a)
      for (long b = 0; b < p.n_cols(); ++b) {
        const double x = p[a * p.n_cols() + b];
        add(x, x, denominator(quantity, p_a[a], p_b[b]));
      }

  // Give it the sign of the quantity
  return quantity == TableQuantity::mutual ? total : -total;
}

std::vector<double> row_sums(const Tensor<double>& p) {
  std::vector<double> sums;
  for (long a = 0; a < p.n_rows(); ++a)
    sums.push_back(ordered_sum<double>(p.n_cols(), [&](long b) { return p[a * p.n_cols() + b]; }));
  return sums;
}

Tensor<double> transposed(const Tensor<double>& p) {
  Tensor<double> t(Shape{p.n_cols(), p.n_rows()});
  for (long i = 0; i < p.size(); ++i) t[i % p.n_cols() * p.n_rows() + i / p.n_cols()] = p[i];
  return t;
}

Tensor<double> table_xt(const Tensor<double>& p_xy, const Tensor<double>& encoder) {
  const auto p_x = row_sums(p_xy);
  auto p = encoder;
  for (long i = 0; i < p.size(); ++i) p[i] = p_x[i / p.n_cols()] * encoder[i];
  return p;
}

Tensor<double> table_ty(const Tensor<double>& p_xy, const Tensor<double>& encoder) {
  const long n_t = encoder.n_cols(), n_y = p_xy.n_cols();
  Tensor<double> p(Shape{n_t, n_y});
  for (long x = 0; x < p_xy.n_rows(); ++x)
    for (long t = 0; t < n_t; ++t)
      for (long y = 0; y < n_y; ++y) p[t * n_y + y] = fma(encoder[x * n_t + t], p_xy[x * n_y + y], p[t * n_y + y]);
  return p;
}

bool rows_are_laws(const Tensor<double>& q) {
  for (long i = 0; i < q.size(); ++i)
    if (!(q[i] >= 0)) return false;
  for (const double total : row_sums(q))
    if (!(abs(total - 1) <= information::Joint::kTolerance)) return false;
  return true;
}

}  // namespace etalon::ib_oracle
