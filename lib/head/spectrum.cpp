// SPDX-License-Identifier: Apache-2.0
#include "head/spectrum.h"

#include <Eigen/SVD>

#include "scalar/exact.h"
#include "tensor/eigen_window.h"

namespace etalon::head {
namespace {

// t_i = ||Q y_i||^2 for the columns y_i of `y` [m, k], of which the first n count; Q [r, m].
std::vector<double> squared_lengths(Matrix<const double> q, const Tensor<double>& y, long n) {
  Tensor<double> qy = Tensor<double>::to_fill(Shape{q.rows, n});
  Matrix<const double> first = y.rows();
  first.cols = n;
  matmul<double>(q, first, qy.rows());
  std::vector<double> t(n);
  for (long i = 0; i < n; ++i) {
    const auto entry = [&](long k) { return qy.rows()(k, i); };
    // A projection never lengthens; rounding may, by a few ulp
    t[i] = std::min(product_sum<double>(q.rows, entry, entry), double{1});
  }
  return t;
}

}  // namespace

Spectrum spectrum_of(const Tensor<double>& of_any_size, const Basis<double>& w) {
  // Bring G to a size at which nothing underflows
  Tensor<double> room(Shape{0, 0});
  const Tensor<double>& g = safe_to_square(of_any_size, room);
  const int scale = square_scale(of_any_size.data(), of_any_size.size());
  const long n = g.n_rows(), v = g.n_cols();
  const bool wide = n <= v;

  // Take the singular values of r:  G = r B (wide: B [k, V]) or G^T = r B (tall: B [k, N]), B's rows orthonormal
  const Basis<double> side = orthonormal_basis<double>(wide ? g.rows() : g.rows().transposed());
  Spectrum s;
  s.sigma.assign(std::min(n, v), 0);
  if (side.rank() == 0) return s;
  const Eigen::BDCSVD<EigenMatrix> svd(eigen_window(side.r.rows()), wide ? Eigen::ComputeThinV : Eigen::ComputeThinU);
  for (long i = 0; i < svd.singularValues().size(); ++i) s.sigma[i] = svd.singularValues()(i);

  // Find how much of each right singular vector is visible:  x_i = B^T y_i with y_i from r (wide), or y_i themselves (tall)
  const long rank = numerical_rank(s.sigma, n, v);
  if (wide) {
    Tensor<double> w_in_b = Tensor<double>::to_fill(Shape{w.rank(), side.rank()});
    matmul<double>(w.q.rows(), side.q.rows().transposed(), w_in_b.rows());
    s.visible = squared_lengths(w_in_b.rows(), from_eigen(svd.matrixV()), rank);
  } else {
    s.visible = squared_lengths(w.q.rows(), from_eigen(svd.matrixU()), rank);
  }

  // Give the singular values the size of G again
  for (double& sigma : s.sigma) sigma = sigma * std::ldexp(1, scale);
  return s;
}

std::vector<double> singular_values(const Tensor<double>& of_any_size) {
  Tensor<double> room(Shape{0, 0});
  const Tensor<double>& x = safe_to_square(of_any_size, room);
  const int scale = square_scale(of_any_size.data(), of_any_size.size());
  const Eigen::BDCSVD<EigenMatrix> svd(eigen_window(x.rows()));
  std::vector<double> sigma;
  for (long i = 0; i < svd.singularValues().size(); ++i) sigma.push_back(svd.singularValues()(i) * std::ldexp(1, scale));
  return sigma;
}

std::vector<double> kept_on_diagonal(const Spectrum& s) {
  std::vector<double> kept;
  for (std::size_t i = 0; i < s.visible.size(); ++i) kept.push_back(s.sigma[i] * s.visible[i]);
  return kept;
}

std::vector<double> scattered(const Spectrum& s) {
  std::vector<double> all;
  for (std::size_t i = 0; i < s.visible.size(); ++i) all.push_back(s.sigma[i] * s.sigma[i] * (s.visible[i] * (1 - s.visible[i])));
  return all;
}

}  // namespace etalon::head
