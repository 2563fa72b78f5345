// SPDX-License-Identifier: Apache-2.0
// openblas.cpp — a BLAS chooses its kernel by the CPU, restarts its sums every few hundred k, and splits them between threads.
//
// usage: openblas dgemm|ddot openblas|etalon
//
// OPENBLAS_CORETYPE chooses the kernel, OPENBLAS_NUM_THREADS the threads; ETALON_ISA and ETALON_THREADS do so for Etalon, whose
// kernels give the bits of the definition (lib/tensor/matmul.h).
#include <cblas.h>

#include <cstring>

#include "points.h"
#include "tensor/matmul.h"
#include "tensor/sum.h"

namespace {

using etalon::Shape;
using etalon::Tensor;

Tensor<double> matrix(long n_rows, long n_cols, std::uint64_t from) {
  Tensor<double> t = Tensor<double>::to_fill(Shape{n_rows, n_cols});
  for (long i = 0; i < n_rows * n_cols; ++i) t[i] = point(from + i);
  return t;
}

// C = A B, [128, 700] x [700, 128]
void products(bool ours) {
  constexpr long m = 128, k = 700, n = 128;
  const auto a = matrix(m, k, 0), b = matrix(k, n, 1 << 20);
  Tensor<double> c = Tensor<double>::to_fill(Shape{m, n});
  if (ours) etalon::matmul<double>(a.rows(), b.rows(), c.rows());
  else cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, &a[0], k, &b[0], n, 0, &c[0], n);
  for (long i = 0; i < m * n; ++i) print(c[i]);
}

// 256 dots of 20,000 terms
void dots(bool ours) {
  constexpr long n = 20000;
  for (long s = 0; s < 256; ++s) {
    const auto x = points(n, s * n), y = points(n, ~s * n);
    print(ours ? etalon::product_sum<double>(
                     n, [&](long i) { return x[i]; }, [&](long i) { return y[i]; })
               : cblas_ddot(n, x.data(), 1, y.data(), 1));
  }
}

}  // namespace

int main(int n_arguments, char** arguments) {
  if (n_arguments != 3) return 2;
  const bool ours = std::strcmp(arguments[2], "etalon") == 0;
  std::fprintf(stderr, "%s\n", openblas_get_corename());
  if (std::strcmp(arguments[1], "dgemm") == 0) return products(ours), 0;
  if (std::strcmp(arguments[1], "ddot") == 0) return dots(ours), 0;
  return 2;
}
