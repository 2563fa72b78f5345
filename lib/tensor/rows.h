// SPDX-License-Identifier: Apache-2.0
// rows.h — rows of unit length and rows of softmax, and the one definition of their bits.
//
//   unit row    u / |u|,  u = x 2^s,  s = -floor(log2 max_k |x_k|),  |u|^2 = fma(u_k, u_k, ...) from +0
//   softmax     A_j = e_j / Z,  e_j = exp(x_j / eps - max_i x_i / eps),  Z = sum_j e_j left to right;  H = sum_j -A_j ln A_j
//
// The power of two is exact: it keeps squares from overflowing and from vanishing. Any shift gives the same law.
//
// BITS     *_by_definition is the specification, for every scalar. For double the kernels of tensor/kernel/rows.h run the vector
//          unit along what is worked on alone and across rows where a sum runs along them: the same bits, whatever the CPU
//          (tests/tensor/rows_test.cpp).
#pragma once

#include <cmath>
#include <vector>

#include "scalar/entropy_terms.h"
#include "tensor/sum.h"
#include "tensor/tensor.h"

namespace etalon {
namespace kernel {
struct Kernel;
}

// x [n, d] to out [n, d], rows contiguous; largest [n]: max_k |x_k| of each row, finite and > 0. No errors.
template <class S>
void unit_rows_by_definition(const S* x, long n, long d, const double* largest, S* out) {
  using std::ldexp;
  for (long i = 0; i < n; ++i, x += d, out += d) {
    const int shift = -std::ilogb(largest[i]);
    for (long k = 0; k < d; ++k) out[k] = ldexp(x[k], shift);
    const S length = sqrt(product_sum<S>(
        d, [&](long k) { return out[k]; }, [&](long k) { return out[k]; }));
    for (long k = 0; k < d; ++k) out[k] = out[k] / length;
  }
}
template <class S>
void unit_rows(const S* x, long n, long d, const double* largest, S* out) {
  unit_rows_by_definition(x, n, d, largest, out);
}
template <>
void unit_rows<double>(const double* x, long n, long d, const double* largest, double* out);

// x [n, m], m >= 1, in place; the entropy of each row, in nats, to entropy [n]. eps > 0. No errors.
template <class S>
void softmax_rows_by_definition(Matrix<S> x, const S& eps, S* entropy) {
  for (long i = 0; i < x.rows; ++i) {
    for (long j = 0; j < x.cols; ++j) x(i, j) = x(i, j) / eps;
    double most = midpoint(x(i, 0));
    for (long j = 1; j < x.cols; ++j) most = midpoint(x(i, j)) > most ? midpoint(x(i, j)) : most;
    for (long j = 0; j < x.cols; ++j) x(i, j) = exp(x(i, j) - S(most));
    const S z = ordered_sum<S>(x.cols, [&](long j) { return x(i, j); });
    for (long j = 0; j < x.cols; ++j) x(i, j) = x(i, j) / z;
    entropy[i] = ordered_sum<S>(x.cols, [&](long j) { return surprise(x(i, j)); });
  }
}
template <class S>
void softmax_rows(Matrix<S> x, const S& eps, S* entropy) {
  softmax_rows_by_definition(x, eps, entropy);
}
template <>
void softmax_rows<double>(Matrix<double> x, const double& eps, double* entropy);

// How far apart rows of m scores should lie: for double a multiple of the vector unit's width, so that the kernels run. They
// overwrite what lies between the end of a row and the next.
template <class S>
constexpr long row_stride(long m) {
  return m;
}
template <>
constexpr long row_stride<double>(long m) {
  return (m + 7) / 8 * 8;
}

// The same on a kernel of the caller's choice: what the tests compare.
void unit_rows_with(const kernel::Kernel& kernel, const double* x, long n, long d, const double* largest, double* out);
void softmax_rows_with(const kernel::Kernel& kernel, Matrix<double> x, double eps, double* entropy);

}  // namespace etalon
