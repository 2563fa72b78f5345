// SPDX-License-Identifier: Apache-2.0
// eigen_window.h — our numbers seen by Eigen, for decompositions only.
//
// Eigen may factor a matrix; it may not add one up. Its sums and products follow no order of ours, so everything that is not a
// singular value, a QR or an eigenvalue goes through tensor/sum.h and tensor/matmul.h.
//
// BITS     Eigen cuts its work into blocks that fit the caches it finds, and so would round differently on another CPU. A window
//          tells it sizes first, always the same. Vectorisation is off for the whole project (CMakeLists.txt).
#pragma once

#include <Eigen/Core>

#include "tensor/tensor.h"

namespace etalon {

// Call before any decomposition; eigen_window does.
inline void fix_eigen_blocking() { Eigen::setCpuCacheSizes(32L * 1024, 512L * 1024, 4096L * 1024); }

using EigenMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;
using EigenWindow = Eigen::Map<const EigenMatrix, Eigen::Unaligned, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;

// Copies nothing; lives as long as the numbers do.
inline EigenWindow eigen_window(Matrix<const double> m) {
  fix_eigen_blocking();
  return EigenWindow(m.data, m.rows, m.cols, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(m.col_stride, m.row_stride));
}

// Eigen's answer as a tensor of ours.
inline Tensor<double> from_eigen(const EigenMatrix& m) {
  Tensor<double> t = Tensor<double>::to_fill(Shape{m.rows(), m.cols()});
  for (long i = 0; i < m.rows(); ++i)
    for (long j = 0; j < m.cols(); ++j) t.rows()(i, j) = m(i, j);
  return t;
}

}  // namespace etalon
