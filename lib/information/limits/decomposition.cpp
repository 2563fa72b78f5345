// SPDX-License-Identifier: Apache-2.0
#include "information/limits/decomposition.h"

#include <Eigen/Cholesky>
#include <Eigen/SVD>
#include <algorithm>

#include "scalar/exact.h"
#include "tensor/eigen_window.h"
#include "tensor/sum.h"

namespace etalon::information {

std::optional<Tensor<double>> cholesky(const Tensor<double>& a) {
  const Eigen::LLT<EigenMatrix> llt(eigen_window(a.rows()));
  const long n = a.n_rows();
  Tensor<double> l(Shape{n, n});
  for (long i = 0; i < n; ++i)
    for (long j = 0; j <= i; ++j) l[i * n + j] = llt.matrixLLT()(i, j);
  // Eigen stops at the first pivot <= 0; a NaN must not pass either
  for (long i = 0; i < n; ++i)
    if (llt.info() != Eigen::Success || !(l[i * n + i] > 0)) return std::nullopt;
  return l;
}

Tensor<double> solve_lower(const Tensor<double>& l, Tensor<double> b) {
  const long n = l.n_rows(), k = b.n_cols();
  for (long c = 0; c < k; ++c)
    for (long i = 0; i < n; ++i) {
      const double known = product_sum<double>(
          i, [&](long j) { return l[i * n + j]; }, [&](long j) { return b[j * k + c]; });
      b[i * k + c] = (b[i * k + c] - known) / l[i * n + i];
    }
  return b;
}

Tensor<double> solve_lower_transposed(const Tensor<double>& l, Tensor<double> b) {
  const long n = l.n_rows(), k = b.n_cols();
  for (long c = 0; c < k; ++c)
    for (long i = n - 1; i >= 0; --i) {
      const double known = product_sum<double>(
          n - 1 - i, [&](long j) { return l[(i + 1 + j) * n + i]; }, [&](long j) { return b[(i + 1 + j) * k + c]; });
      b[i * k + c] = (b[i * k + c] - known) / l[i * n + i];
    }
  return b;
}

Svd svd(const Tensor<double>& a) {
  const Eigen::JacobiSVD<EigenMatrix> factors(eigen_window(a.rows()), Eigen::ComputeThinU | Eigen::ComputeThinV);
  Svd result{from_eigen(factors.matrixU()), {}, from_eigen(factors.matrixV())};
  for (long i = 0; i < factors.singularValues().size(); ++i) result.sigma.push_back(factors.singularValues()(i));
  return result;
}

namespace {

// Where the minimum over the weights f in `free` lies, seen from q, when the others n stay at z; nothing if H_ff has no Cholesky
// factor:
//
//   H_ff s_f = -(g_f + H_fn (z - q)_n)
std::optional<std::vector<double>> free_step(const Tensor<double>& h, const std::vector<double>& g,
                                             const std::vector<double>& moved, const std::vector<long>& free) {
  const long n = h.n_rows(), k = static_cast<long>(free.size());
  std::vector<double> held(moved);
  for (const long i : free) held[i] = 0;
  auto part = Tensor<double>::to_fill(Shape{k, k}), right = Tensor<double>::to_fill(Shape{k, 1});
  for (long i = 0; i < k; ++i) {
    const double* row = h.data() + free[i] * n;
    right[i] = -(g[free[i]] + product_sum<double>(
                                  n, [&](long j) { return row[j]; }, [&](long j) { return held[j]; }));
    for (long j = 0; j < k; ++j) part[i * k + j] = row[free[j]];
  }
  const auto factor = cholesky(part);
  if (!factor) return std::nullopt;
  return solve_lower_transposed(*factor, solve_lower(*factor, std::move(right))).values();
}

}  // namespace

std::vector<double> nonnegative_newton(Tensor<double> h, const std::vector<double>& g, const std::vector<double>& q) {
  constexpr double kRaise = 0x1p-44;
  const long n = h.n_rows();

  // Raise the diagonal a little: then the solution is unique
  for (long i = 0; i < n; ++i) h[i * n + i] = h[i * n + i] + kRaise * h[i * n + i];

  // Begin at q, its positive weights free
  std::vector<double> z(q), moved(n, 0.0);  // z = q + moved
  std::vector<long> free;
  for (long i = 0; i < n; ++i)
    if (z[i] > 0) free.push_back(i);
  long released = -1;  // the weight let go last
  for (long step = 0; step < 6 * n + 20; ++step) {
    // Solve for the minimum over the free weights
    const auto s = free_step(h, g, moved, free);
    if (!s) return z;

    // Go there as far as no weight falls below 0
    double length = 1;
    const auto until_zero = [&](std::size_t k) { return z[free[k]] / (z[free[k]] - (q[free[k]] + (*s)[k])); };
    const auto falls = [&](std::size_t k) { return !(q[free[k]] + (*s)[k] > 0); };
    for (std::size_t k = 0; k < free.size(); ++k)
      if (falls(k)) length = std::min(length, until_zero(k));

    // Hold those that arrive at 0
    std::vector<long> still_free;
    for (std::size_t k = 0; k < free.size(); ++k) {
      const long i = free[k];
      const bool stays = !falls(k) || until_zero(k) > length;
      moved[i] = !stays ? -q[i] : length == 1 ? (*s)[k] : fma(length, (*s)[k] - moved[i], moved[i]);
      z[i] = stays ? q[i] + moved[i] : 0;
      if (z[i] > 0) still_free.push_back(i);
      else z[i] = 0, moved[i] = -q[i];
    }
    const bool whole = length == 1 && still_free.size() == free.size();

    // Stop if the weight that was let go is pushed back at once: its slope was rounding
    if (released >= 0 && z[released] == 0) return z;
    free = std::move(still_free);
    if (!whole) continue;

    // Let go the weight at 0 whose slope is most negative
    released = -1;
    double steepest = 0;
    for (long i = 0; i < n; ++i) {
      if (z[i] > 0) continue;
      const double slope = g[i] + product_sum<double>(
                                      n, [&](long j) { return h[i * n + j]; }, [&](long j) { return moved[j]; });
      if (slope < steepest) steepest = slope, released = i;
    }
    if (released < 0) return z;
    free.insert(std::lower_bound(free.begin(), free.end(), released), released);
  }
  return z;
}

std::vector<double> nonnegative_newton_by_blocks(Tensor<double> h, const std::vector<double>& g, const std::vector<double>& q,
                                                 long most) {
  constexpr double kRaise = 0x1p-30;
  constexpr int kPatience = 3;  // exchanges of all without fewer wrong weights, before one at a time
  const long n = h.n_rows();
  for (long i = 0; i < n; ++i) h[i * n + i] = h[i * n + i] + kRaise * h[i * n + i];

  // Begin with the positive weights free
  std::vector<char> is_free(n);
  for (long i = 0; i < n; ++i) is_free[i] = q[i] > 0;
  std::vector<double> z(q);
  long fewest = n + 1;
  for (long turn = 0, patience = kPatience; turn < most; ++turn) {
    // Solve for the minimum over the free weights, the others at 0
    std::vector<long> free;
    std::vector<double> moved(n);
    for (long i = 0; i < n; ++i) {
      moved[i] = is_free[i] ? 0 : -q[i];
      if (is_free[i]) free.push_back(i);
    }
    const auto s = free_step(h, g, moved, free);
    if (!s) break;
    for (std::size_t k = 0; k < free.size(); ++k) moved[free[k]] = (*s)[k];

    // Find what is wrong: free weights below 0, weights at 0 with a negative slope
    std::vector<long> wrong;
    for (long i = 0; i < n; ++i) {
      z[i] = is_free[i] ? q[i] + moved[i] : 0;
      const auto slope = [&] {
        return g[i] + product_sum<double>(
                          n, [&](long j) { return h[i * n + j]; }, [&](long j) { return moved[j]; });
      };
      if (is_free[i] ? z[i] < 0 : slope() < -0x1p-50 * (1 + abs(g[i]))) wrong.push_back(i);
    }
    if (wrong.empty()) break;

    // Exchange all of it, or the last alone where that no longer helps
    const long n_wrong = static_cast<long>(wrong.size());
    if (n_wrong < fewest) fewest = n_wrong, patience = kPatience;
    else if (patience > 0) --patience;
    if (patience == 0 && n_wrong >= fewest) wrong = {wrong.back()};
    for (const long i : wrong) is_free[i] = !is_free[i];
  }
  for (double& weight : z) weight = weight > 0 ? weight : 0;
  return z;
}

}  // namespace etalon::information
