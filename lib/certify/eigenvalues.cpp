// SPDX-License-Identifier: Apache-2.0
#include "certify/eigenvalues.h"

#include <algorithm>
#include <limits>

#include "tensor/matmul.h"
#include "tensor/sum.h"

namespace etalon::certify {
namespace {

Tensor<Ball> identity(long n) {
  Tensor<Ball> one(Shape{n, n});
  for (long i = 0; i < n; ++i) one[i * n + i] = Ball(1.0);
  return one;
}

Ball frobenius(const Tensor<Ball>& a) {
  const auto entry = [&](long i) { return a[i]; };
  return sqrt_nonnegative(product_sum<Ball>(a.size(), entry, entry));
}

// Rows p and q of x become c x_p - s x_q and s x_p + c x_q.
void rotate(Matrix<Ball> x, long p, long q, const Ball& c, const Ball& s) {
  for (long k = 0; k < x.cols; ++k) {
    const Ball a = x(p, k), b = x(q, k);
    x(p, k) = centre(c * a - s * b);
    x(q, k) = centre(s * a + c * b);
  }
}

// The rotation that makes t_pq zero: tan theta is the smaller root of t^2 + 2 tau t - 1 (Golub & Van Loan, section 8.5.2).
// Which root is taken cannot matter to the proof, so midpoint() chooses.
void annihilate(Tensor<Ball>& t, Tensor<Ball>& v, long p, long q) {
  const Matrix<Ball> m = t.rows();
  const Ball tau = centre((m(q, q) - m(p, p)) / ldexp(m(p, q), 1));
  const Ball root = sqrt(Ball(1.0) + tau * tau);
  const Ball tangent = centre(Ball(1.0) / (midpoint(tau) >= 0 ? tau + root : tau - root));
  const Ball c = centre(Ball(1.0) / sqrt(Ball(1.0) + tangent * tangent)), s = centre(tangent * c);
  rotate(m, p, q, c, s);
  rotate(m.transposed(), p, q, c, s);
  rotate(v.rows().transposed(), p, q, c, s);
  m(p, q) = m(q, p) = Ball(0.0);
}

// Approximate eigenvectors as columns. Nothing that follows relies on how good they are.
Tensor<Ball> jacobi(const Tensor<Ball>& a) {
  const long n = a.n_rows(), kMostSweeps = 60;
  Tensor<Ball> t = a, v = identity(n);
  for (long i = 0; i < t.size(); ++i) t[i] = centre(t[i]);
  const Ball negligible = centre(ldexp(frobenius(t), 12 - Ball::precision()));
  bool moved = true;
  for (long sweep = 0; moved && sweep < kMostSweeps; ++sweep) {
    moved = false;
    for (long p = 0; p < n; ++p)
      for (long q = p + 1; q < n; ++q)
        if (certainly_less(negligible, abs(t.rows()(p, q)))) annihilate(t, v, p, q), moved = true;
  }
  return v;
}

}  // namespace

std::vector<Ball> eigenvalues_by(const Tensor<Ball>& a, const Tensor<Ball>& v) {
  // Form both products, and stop where M is not finite:  M = V^T A V,  E = V^T V
  const long n = a.n_rows();
  const Shape square{n, n};
  Tensor<Ball> av(square), m(square), e(square);
  matmul<Ball>(a.rows(), v.rows(), av.rows());
  matmul<Ball>(v.rows().transposed(), av.rows(), m.rows());
  matmul<Ball>(v.rows().transposed(), v.rows(), e.rows());

  const std::vector<Ball> unknown(n, Ball(std::numeric_limits<double>::quiet_NaN()));
  if (!std::all_of(m.values().begin(), m.values().end(), [](const Ball& x) { return x.is_finite(); })) return unknown;

  // Take the diagonals off both: E = V^T V - I, and d from M, sorted and as wide as the widest
  std::vector<Ball> d;
  Ball widest(0.0);
  for (long i = 0; i < n; ++i) {
    e[i * n + i] = e[i * n + i] - Ball(1.0);
    d.push_back(centre(m[i * n + i]));
    widest = widened(widest, m[i * n + i] - d.back());
    m[i * n + i] = Ball(0.0);
  }
  std::sort(d.begin(), d.end(), [](const Ball& x, const Ball& y) { return certainly_less(y, x); });

  // Widen each by the theorem:  (d_i + e_i) / (1 + f_i),  |e_i| <= omega,  |f_i| <= delta < 1
  const Ball delta = frobenius(e), omega = frobenius(m);
  if (!certainly_less(delta, Ball(1.0))) return unknown;
  const Ball theta = widened(Ball(1.0), delta);
  for (Ball& x : d) x = widened(widened(x, widest), omega) / theta;
  return d;
}

std::vector<Ball> symmetric_eigenvalues(const Tensor<Ball>& a) { return eigenvalues_by(a, jacobi(a)); }

std::vector<Ball> singular_values(const Tensor<Ball>& a) {
  const bool wide = a.n_rows() <= a.n_cols();
  const Matrix<const Ball> side = wide ? a.rows() : a.rows().transposed();
  Tensor<Ball> gram(Shape{side.rows, side.rows});
  matmul<Ball>(side, side.transposed(), gram.rows());
  std::vector<Ball> sigma = symmetric_eigenvalues(gram);
  for (Ball& s : sigma) s = sqrt_nonnegative(s);
  return sigma;
}

}  // namespace etalon::certify
