// SPDX-License-Identifier: Apache-2.0
// matmul.h — the matrix product, and the one definition of its bits.
//
//   c_ij = fma(a_i,n-1, b_n-1,j, ... fma(a_i1, b_1j, fma(a_i0, b_0j, +0)))
//
// SHAPES   a [m, n], b [n, p] -> c [m, p]; any strides, so a.transposed() is a product from the left
//          and b.transposed() one from the right. n = 0 gives +0 everywhere.
//
// BITS     matmul_by_definition is the specification. matmul<double> and matmul<float> call a packed,
//          vectorised kernel which runs the vector unit across j and never reorders k, so its result
//          is the same bits; tests/tensor/matmul_test.cpp holds it to that over odd shapes and strides.
//
//          The payload of a NaN is not part of the promise; that it is a NaN is.
//
// SPEED    The kernel (tensor/kernel/) is the widest that the CPU has; ETALON_ISA=sse2|avx2|avx512 takes another,
//          ETALON_THREADS=n splits the rows. Neither changes a bit; `etalon bench` prints time and bits.
//
// ERRORS   refuses extents that do not fit. c must not overlap a or b.
#pragma once

#include <string>

#include "base/error.h"
#include "scalar/scalar.h"
#include "tensor/tensor.h"

namespace etalon {

template <class S>
void require_product_shapes(const Matrix<const S>& a, const Matrix<const S>& b, const Matrix<S>& c) {
  if (a.cols == b.rows && c.rows == a.rows && c.cols == b.cols) return;
  const auto shape = [](long rows, long cols) { return to_string(Shape{rows, cols}); };
  throw Error("tensor.matmul", "a [m, n], b [n, p], c [m, p]",
              shape(a.rows, a.cols) + ", " + shape(b.rows, b.cols) + ", " + shape(c.rows, c.cols),
              "is one of the factors missing a transposed()?");
}

template <Scalar S>
void matmul_by_definition(Matrix<const S> a, Matrix<const S> b, Matrix<S> c) {
  require_product_shapes(a, b, c);
  for (long i = 0; i < c.rows; ++i)
    for (long j = 0; j < c.cols; ++j) {
      S acc(0.0);
      for (long k = 0; k < a.cols; ++k) acc = fma(a(i, k), b(k, j), acc);
      c(i, j) = acc;
    }
}

template <Scalar S>
void matmul(Matrix<const S> a, Matrix<const S> b, Matrix<S> c) {
  matmul_by_definition<S>(a, b, c);
}
template <>
void matmul<double>(Matrix<const double> a, Matrix<const double> b, Matrix<double> c);
template <>
void matmul<float>(Matrix<const float> a, Matrix<const float> b, Matrix<float> c);

// The same product on a kernel of the caller's choice, the rows of c split among n_threads >= 1 threads: what the tests and the
// benches compare.
namespace kernel {
struct Kernel;
}
void matmul_with(const kernel::Kernel& kernel, int n_threads, Matrix<const double> a, Matrix<const double> b, Matrix<double> c);
void matmul_with(const kernel::Kernel& kernel, int n_threads, Matrix<const float> a, Matrix<const float> b, Matrix<float> c);

}  // namespace etalon
