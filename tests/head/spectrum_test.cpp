// SPDX-License-Identifier: Apache-2.0
// The spectrum of G: closed forms, exact ranks, and bounds that random matrices try to break.
#include "head/spectrum.h"

#include <Eigen/SVD>
#include <catch2/catch.hpp>

#include "head/case.h"
#include "tensor/eigen_window.h"

using namespace etalon;
using namespace etalon::head;

namespace {

Spectrum spectrum(const SmallHead& c) {
  return spectrum_of(gradient_of<double>(c).g, orthonormal_basis<double>(c.w.rows().transposed()));
}

// SpamLang at a uniform P: every symbol once.
SmallHead spam(long v, long d) {
  std::vector<std::int64_t> all;
  for (long i = 0; i < v; ++i) all.push_back(i);
  return uniform_head(v, d, all);
}

// ||G - X|| / ||G||
double residual(const Tensor<double>& g, const Tensor<double>& x) {
  std::vector<double> rest(g.size());
  for (long i = 0; i < g.size(); ++i) rest[i] = g[i] - x[i];
  return norm(rest.data(), g.size()) / norm(g.data(), g.size());
}

// The best approximation of G of rank k.
Tensor<double> truncated(const Tensor<double>& g, long k) {
  const Eigen::JacobiSVD<EigenMatrix> svd(eigen_window(g.rows()), Eigen::ComputeThinU | Eigen::ComputeThinV);
  return from_eigen(svd.matrixU().leftCols(k) * svd.singularValues().head(k).asDiagonal() * svd.matrixV().leftCols(k).transpose());
}

}  // namespace

TEST_CASE("head: SpamLang's G has V - 1 equal singular values 1/V", "[head]") {
  for (const long v : {2L, 3L, 17L, 100L, 257L}) {
    const Spectrum s = spectrum(spam(v, 4));
    INFO("V " << v);
    REQUIRE(static_cast<long>(s.sigma.size()) == v);
    // The backward error of QR and SVD is at most a low power of V times u sigma_1; V itself is enough here
    double worst = s.sigma[v - 1] * static_cast<double>(v);
    for (long i = 0; i + 1 < v; ++i) worst = std::max(worst, std::fabs(s.sigma[i] * static_cast<double>(v) - 1));
    CHECK(worst / 0x1p-53 < std::max(32.0, static_cast<double>(v)));
    CHECK(numerical_rank(s.sigma, v, v) == v - 1);
    CHECK(std::fabs(effective_rank(s.sigma) - static_cast<double>(v - 1)) < 1e-12 * static_cast<double>(v));
    for (const long d : {1L, 5L, 20L})
      if (2 * d < v)
        CHECK(std::fabs(residual_bound(s.sigma, 2 * d) - std::sqrt(1 - 2.0 * static_cast<double>(d) / static_cast<double>(v - 1))) <
              1e-13);
  }
}

TEST_CASE("head: the published bounds for D = 576", "[head]") {
  const struct {
    long v;
    double bound;
  } table[] = {{4096, .848}, {8192, .927}, {16384, .964}, {32768, .982}, {65536, .991}, {131072, .9956}};
  for (const auto& row : table) {
    std::vector<double> sigma(row.v, 1 / static_cast<double>(row.v));
    sigma.back() = 0;
    const double exact = std::sqrt(static_cast<double>(row.v - 1 - 2 * 576) / static_cast<double>(row.v - 1));
    CHECK(std::fabs(residual_bound(sigma, 2 * 576) - exact) < 1e-10);  // sums of 1e5 terms, left to right
    CHECK(std::fabs(exact - row.bound) < (row.bound > .995 ? .00005 : .0005));
  }
}

TEST_CASE("head: the rank of G at a uniform P is the number of distinct targets, but V - 1 when all occur", "[head]") {
  for (long k = 1; k <= 6; ++k) {
    std::vector<std::int64_t> targets;
    for (long i = 0; i < 20; ++i) targets.push_back(i * i % k);  // repeats; not always all k
    for (long i = 0; i < k; ++i) targets.push_back(i);
    const Spectrum s = spectrum(uniform_head(6, 2, targets));
    INFO(k << " distinct targets of 6");
    CHECK(numerical_rank(s.sigma, static_cast<long>(targets.size()), 6) == (k < 6 ? k : 5));
  }
  // All targets equal: one direction
  CHECK(numerical_rank(spectrum(uniform_head(50, 2, {7, 7, 7})).sigma, 3, 50) == 1);
  // ... of a single token too
  CHECK(effective_rank(spectrum(small_head(1, 9, 2, 1)).sigma) == 1);
}

TEST_CASE("head: wide, tall and square G agree with Jacobi's singular values", "[head]") {
  for (const auto& [n, v] : {std::pair{5L, 40L}, {40L, 5L}, {40L, 12L}, {20L, 20L}, {70L, 90L}}) {
    const auto c = small_head(n * 100 + v, v, 3, n);
    const auto g = gradient_of<double>(c).g;
    const Spectrum s = spectrum(c);
    const Eigen::JacobiSVD<EigenMatrix> jacobi(eigen_window(g.rows()), Eigen::ComputeThinV);
    REQUIRE(static_cast<long>(s.sigma.size()) == std::min(n, v));
    double worst = 0;
    for (std::size_t i = 0; i < s.sigma.size(); ++i) worst = std::max(worst, std::fabs(s.sigma[i] - jacobi.singularValues()(i)));
    INFO(n << " x " << v);
    CHECK(worst < 128 * 0x1p-53 * s.sigma[0]);

    // The largest component's t_1 = ||P_W x_1||^2 against Jacobi's x_1
    const auto w = orthonormal_basis<double>(c.w.rows().transposed());
    Tensor<double> x1(Shape{1, v}), in_w(Shape{1, w.rank()});
    for (long j = 0; j < v; ++j) x1[j] = jacobi.matrixV()(j, 0);
    matmul<double>(x1.rows(), w.q.rows().transposed(), in_w.rows());
    const double t1 = norm(in_w.data(), w.rank()) * norm(in_w.data(), w.rank());
    CHECK(std::fabs(s.visible[0] - t1) < 1e-11);  // x_1 moves by u sigma_1 / gap; gaps above 1e-3 here
  }
}

TEST_CASE("head: tail transfer accounts for everything that is visible", "[head]") {
  for (const auto& c : {small_head(1, 30, 4, 12), small_head(2, 8, 3, 40)}) {
    const Spectrum s = spectrum(c);
    const auto kept = kept_on_diagonal(s), spread = scattered(s);
    const auto visible_energy = [&](const std::vector<double>& diagonal) {
      double total = 0;
      for (std::size_t i = 0; i < kept.size(); ++i) total += diagonal[i] * diagonal[i] + spread[i];
      return std::sqrt(total);
    };
    const double expected = projection_of<double>(c).visible_norm;
    CHECK(std::fabs(visible_energy(kept) - expected) < 1e-14);
    // Planted: sigma_i ||P x_i|| in place of sigma_i ||P x_i||^2
    std::vector<double> unsquared;
    for (std::size_t i = 0; i < kept.size(); ++i) unsquared.push_back(s.sigma[i] * std::sqrt(s.visible[i]));
    CHECK(std::fabs(visible_energy(unsquared) - expected) > 1e-3 * expected);
  }
}

TEST_CASE("head: no matrix of rank k beats the Eckart-Young bounds, and one attains them", "[head]") {
  const auto g = gradient_of<double>(small_head(3, 25, 3, 14)).g;
  const Spectrum s = spectrum(small_head(3, 25, 3, 14));
  const long k = 6;  // 2 D
  const double bound = residual_bound(s.sigma, k);
  CHECK(std::fabs(residual(g, truncated(g, k)) - bound) < 1e-13);
  CHECK(residual(g, truncated(g, k + 1)) < bound - 1e-3);  // planted: one rank too many does beat it

  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    // From pure noise to a small disturbance of the best: trial's power of two
    const Tensor<double> best = truncated(g, k);
    Tensor<double> x =
        product(normal_tensor(Stream(trial, "a"), {14, k}, 0, 0.02), normal_tensor(Stream(trial, "b"), {k, 25}, 0, 0.02));
    if (trial % 2) {
      const Tensor<double> turn = normal_tensor(Stream(trial, "c"), {25, 25}, 0, std::ldexp(1, -static_cast<int>(trial % 20)));
      x = product(best, turn);
      for (long i = 0; i < x.size(); ++i) x[i] = x[i] + best[i];
    }
    CHECK(residual(g, x) > bound - 1e-13);
    CHECK(realised_update(g, x).residual > bound - 1e-13);
    CHECK(std::fabs(realised_update(g, x).cosine) < cosine_bound(s.sigma, k) + 1e-13);
  }
}

TEST_CASE("head: k_q counts components by norm and by energy", "[head]") {
  const std::vector<double> sigma = {4, 2, 2, 1, 0};                                // squares 16, 4, 4, 1: total 25
  CHECK(components_for(sigma, 0.79, Share::norm) == 1);                             // sqrt(16/25) = 0.8
  CHECK(components_for(sigma, 0.79, Share::energy) == 2);                           // 20/25
  CHECK(components_for(std::vector<double>{1, 1, 1, 1}, 0.5, Share::norm) == 1);    // reached exactly: sqrt(1/4)
  CHECK(components_for(std::vector<double>{1, 1, 1, 1}, 0.5, Share::energy) == 2);  // 2/4
  CHECK(components_for(sigma, 0.81, Share::norm) == 2);
  CHECK(components_for(sigma, 0.999, Share::energy) == 4);
  CHECK(components_for(sigma, 0.97, Share::norm) == 3);  // sqrt(24/25) = 0.9798
  CHECK(residual_bound(sigma, 0) == 1);
  CHECK(residual_bound(sigma, 1) == 0.6);
  CHECK(cosine_bound(sigma, 1) == 0.8);
  CHECK(residual_bound(sigma, 4) == 0);
  CHECK(residual_bound(sigma, 99) == 0);
  CHECK(cosine_bound(sigma, 99) == 1);
  CHECK(effective_rank(std::vector<double>{3, 3, 0}) == 2);
}

TEST_CASE("head: tiny singular values are resolved far below 1e-8 of the largest", "[head]") {
  // G = a graded diagonal seen through two orthonormal bases; the eigenvalues of G G^T would lose all below 1e-8
  const long n = 12, v = 40;
  const auto u = orthonormal_basis<double>(normal_tensor(Stream(1, "u"), {n, n}, 0, 1).rows()).q;
  const auto x = orthonormal_basis<double>(normal_tensor(Stream(1, "x"), {n, v}, 0, 1).rows()).q;
  Tensor<double> scaled = x;
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < v; ++j) scaled.rows()(i, j) = std::ldexp(x.rows()(i, j), -4 * static_cast<int>(i));
  const Spectrum s = spectrum_of(product(u, scaled), orthonormal_basis<double>(x.rows()));
  for (long i = 0; i < n; ++i) CHECK(std::fabs(s.sigma[i] - std::ldexp(1, -4 * static_cast<int>(i))) < 64 * 0x1p-53);
  CHECK(numerical_rank(s.sigma, n, v) == 12);  // 2^-44 is above 40 * 2^-52
}
