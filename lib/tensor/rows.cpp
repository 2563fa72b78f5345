// SPDX-License-Identifier: Apache-2.0
#include "tensor/rows.h"

#include "tensor/kernel/choose.h"

namespace etalon {
namespace {

constexpr int kLargestPower = 1023;  // 2^1024 is no double

}  // namespace

void unit_rows_with(const kernel::Kernel& k, const double* x, long n, long d, const double* largest, double* out) {
  // x 2^s is one rounded product, as ldexp is, wherever 2^s is a double
  std::vector<double> scale;
  for (long i = 0; i < n; ++i) {
    const int shift = -std::ilogb(largest[i]);
    if (shift > kLargestPower) return unit_rows_by_definition(x, n, d, largest, out);
    scale.push_back(std::ldexp(1.0, shift));
  }
  k.unit_rows(x, n, d, scale.data(), out);
}

void softmax_rows_with(const kernel::Kernel& k, Matrix<double> x, double eps, double* entropy) {
  const bool spaced = x.col_stride == 1 && x.row_stride >= x.cols && x.row_stride % kernel::kRowStep == 0;
  if (!spaced) return softmax_rows_by_definition(x, eps, entropy);
  k.softmax_rows({x.data, x.rows, x.cols, x.row_stride, eps, entropy});
}

template <>
void unit_rows<double>(const double* x, long n, long d, const double* largest, double* out) {
  unit_rows_with(kernel::chosen(), x, n, d, largest, out);
}

template <>
void softmax_rows<double>(Matrix<double> x, const double& eps, double* entropy) {
  softmax_rows_with(kernel::chosen(), x, eps, entropy);
}

}  // namespace etalon
