// SPDX-License-Identifier: Apache-2.0
#include "tensor/matmul.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "tensor/kernel/choose.h"

namespace etalon {
namespace {

using kernel::Kernel;
using kernel::Product;

long workspace_size(const Kernel& k, const Product<double>& x) { return k.workspace_double(x.m, x.n, x.p); }
long workspace_size(const Kernel& k, const Product<float>& x) { return k.workspace_float(x.m, x.n, x.p); }
void multiply(const Kernel& k, const Product<double>& x, double* workspace) { k.multiply_double(x, workspace); }
void multiply(const Kernel& k, const Product<float>& x, float* workspace) { k.multiply_float(x, workspace); }

// Memory for packed panels, kept from one product to the next: small products come by the thousand.
template <class Real>
Real* workspace_of(long size) {
  struct Free {
    void operator()(Real* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  thread_local std::unique_ptr<Real, Free> memory;
  thread_local long capacity = 0;
  if (capacity < size) {
    capacity = 0;
    memory.reset();
    memory.reset(static_cast<Real*>(::operator new (size * sizeof(Real), std::align_val_t{64})));
    capacity = size;
  }
  return memory.get();  // NOLINT(clang-analyzer-cplusplus.NewDelete): it takes the null of the first reset for the freed pointer
}

template <class Real>
void multiply_here(const Kernel& k, const Product<Real>& x) {
  multiply(k, x, workspace_of<Real>(workspace_size(k, x)));
}

// c^T = b^T a^T: the same outputs, each with the same sum (a product of two numbers commutes).
template <class Real>
Product<Real> transposed(const Product<Real>& x) {
  return {x.b, x.b_col, x.b_row, x.a, x.a_col, x.a_row, x.c, x.c_col, x.c_row, x.p, x.n, x.m};
}

// Bands of rows, one for each thread: every output belongs to one thread, so the bits do not see the number. A thread that the
// system does not give is replaced by this one; what a thread throws (no memory for its workspace) is thrown here.
template <class Real>
void multiply_in_bands(const Kernel& k, const Product<Real>& x, int n_threads) {
  // Give each band but the first to a thread
  const long band = (x.m + n_threads - 1) / n_threads;
  std::vector<std::exception_ptr> failures(n_threads);
  std::vector<std::jthread> others;
  others.reserve(n_threads);
  const auto band_from = [&](long i) {
    Product<Real> part = x;
    part.m = std::min(band, x.m - i);
    part.a += i * x.a_row;
    part.c += i * x.c_row;
    return part;
  };

  // Start them; do here what the system gives no thread for
  for (long i = band; i < x.m; i += band) {
    std::exception_ptr& failure = failures[i / band];
    const Product<Real> part = band_from(i);
    try {
      others.emplace_back([&k, part, &failure] {
        try {
          multiply_here(k, part);
        } catch (...) {
          failure = std::current_exception();
        }
      });
    } catch (const std::system_error&) {
      multiply_here(k, part);
    }
  }

  // Do the first here, wait, and hand on a failure
  multiply_here(k, band_from(0));
  others.clear();
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

template <class Real>
void fast_product(const Kernel& k, int n_threads, Matrix<const Real> a, Matrix<const Real> b, Matrix<Real> c) {
  require_product_shapes(a, b, c);
  Product<Real> x = {a.data, a.row_stride, a.col_stride, b.data, b.row_stride, b.col_stride,
                     c.data, c.row_stride, c.col_stride, a.rows, a.cols,       b.cols};
  if (x.m == 0 || x.p == 0) return;

  // Put the vector unit across the axis of c that lies contiguous, and that is not just a few long
  const bool wide_enough = x.p >= 4 || x.p >= x.m;
  if ((x.c_col != 1 && x.c_row == 1) || !wide_enough) x = transposed(x);

  const double n_terms = static_cast<double>(x.m) * static_cast<double>(x.n) * static_cast<double>(x.p);
  if (n_threads == 1 || n_terms < static_cast<double>(kernel::threads_from())) return multiply_here(k, x);
  multiply_in_bands(k, x, n_threads);
}

}  // namespace

template <>
void matmul<double>(Matrix<const double> a, Matrix<const double> b, Matrix<double> c) {
  fast_product(kernel::chosen(), kernel::n_threads(), a, b, c);
}

template <>
void matmul<float>(Matrix<const float> a, Matrix<const float> b, Matrix<float> c) {
  fast_product(kernel::chosen(), kernel::n_threads(), a, b, c);
}

void matmul_with(const kernel::Kernel& k, int n_threads, Matrix<const double> a, Matrix<const double> b, Matrix<double> c) {
  fast_product(k, n_threads, a, b, c);
}

void matmul_with(const kernel::Kernel& k, int n_threads, Matrix<const float> a, Matrix<const float> b, Matrix<float> c) {
  fast_product(k, n_threads, a, b, c);
}

}  // namespace etalon
