// SPDX-License-Identifier: Apache-2.0
// The bottleneck of normal vectors: formulas against balls, against determinants, against other channels; planted mistakes.
#include "information/bottleneck/gaussian.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "information/limits/continuous.h"
#include "information/limits/decomposition.h"
#include "information/truth.h"
#include "tensor/random.h"
#include "tensor/sum.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

double distance(double x, const Ball& y) {
  const Ball relative = (Ball(x) - y) / y;
  return etalon::abs(midpoint(relative)) + radius(relative);
}

// A B^T for A [n, k], B [m, k].
Tensor<double> times_transposed(const Tensor<double>& a, const Tensor<double>& b) {
  Tensor<double> c(Shape{a.n_rows(), b.n_rows()});
  for (long i = 0; i < a.n_rows(); ++i)
    for (long j = 0; j < b.n_rows(); ++j)
      c[i * b.n_rows() + j] = product_sum<double>(
          a.n_cols(), [&](long k) { return a.rows()(i, k); }, [&](long k) { return b.rows()(j, k); });
  return c;
}

double log_determinant(const Tensor<double>& s) {
  const auto l = cholesky(s);
  REQUIRE(l);
  return 2 * ordered_sum<double>(s.n_rows(), [&](long i) { return etalon::log((*l)[i * s.n_rows() + i]); });
}

// S_x, S_xy, S_y of X = A g, Y = B g, g standard normal in more dimensions than X and Y have together.
struct Blocks {
  Tensor<double> x, xy, y;
};
Blocks random_blocks(std::uint64_t seed, long n, long m) {
  const Stream a(seed, "a"), b(seed, "b");
  const auto rows_x = normal_tensor(a, Shape{n, n + m + 2}, 0, 1), rows_y = normal_tensor(b, Shape{m, n + m + 2}, 0, 1);
  return {times_transposed(rows_x, rows_x), times_transposed(rows_x, rows_y), times_transposed(rows_y, rows_y)};
}

// I(T;Y) and I(X;T) of T = A X + noise with covariance 1, from determinants alone.
struct Plane {
  double i_x, i_y;
};
Plane plane_of(const Blocks& s, const Tensor<double>& a) {
  const long k = a.n_rows(), m = s.y.n_rows();
  Tensor<double> t = times_transposed(times_transposed(a, s.x), a), joint(Shape{k + m, k + m});
  for (long i = 0; i < k; ++i) t[i * k + i] += 1;
  Tensor<double> transposed_xy(Shape{m, s.x.n_rows()});
  for (long i = 0; i < s.xy.size(); ++i) transposed_xy[i % m * s.x.n_rows() + i / m] = s.xy[i];
  const Tensor<double> ty = times_transposed(a, transposed_xy);
  for (long i = 0; i < k + m; ++i)
    for (long j = 0; j < k + m; ++j)
      joint[i * (k + m) + j] =
          i < k ? (j < k ? t[i * k + j] : ty[i * m + j - k]) : (j < k ? ty[j * m + i - k] : s.y[(i - k) * m + j - k]);
  return {log_determinant(t) / 2, (log_determinant(t) + log_determinant(s.y) - log_determinant(joint)) / 2};
}

}  // namespace

TEST_CASE("one pair: the curve and the price against balls, to 1e-14", "[information][gaussian]") {
  const Ball::AtPrecision enough(300);
  for (const double rho : {1e-6, 0.1, 0.5, 0.75, -0.9, 0.999, 1 - 0x1p-40}) {
    const Ball r2 = Ball(rho) * Ball(rho);
    for (const double rate : {1e-9, 0.01, 0.3, 1.0, 3.0, 10.0}) {
      CAPTURE(rho, rate);
      const auto at = gaussian_bottleneck_at_rate(std::vector{rho}, Nats(rate));
      const Ball exact = -(log(Ball(1) - r2 * (Ball(1) - exp(Ball(-2 * rate)))) / Ball(2));
      CHECK(distance(at.i_y.value.value, exact) < 1e-14);
      CHECK(off(at.i_x.value.value, rate) < 1e-15);
      // beta - 1 = e^{2R} (1 - rho^2) / rho^2
      CHECK(distance(at.beta, Ball(1) + exp(Ball(2 * rate)) * (Ball(1) - r2) / r2) < 1e-14 * (1 + rate));
    }
    for (const double times : {1.5, 2.0, 10.0, 1e4}) {  // beta = times / rho^2
      CAPTURE(rho, times);
      const double beta = times / (rho * rho);
      const auto at = gaussian_bottleneck(std::vector{rho}, beta);
      const Ball b(beta), i_x = log((b - Ball(1)) * r2 / (Ball(1) - r2)) / Ball(2), i_y = i_x - log(b * r2) / Ball(2);
      CHECK(distance(at.i_x.value.value, i_x) < 1e-14);
      CHECK(distance(at.i_y.value.value, i_y) < 1e-14);
      CHECK(distance(at.lagrangian.value.value, i_x - b * i_y) < 1e-13);
    }
    // Just above its critical beta a component says little, and that little to all its digits that beta rho^2 - 1 has
    const double beta = 1 / (rho * rho) * (1 + 1e-6);
    const Ball i_x = log((Ball(beta) - Ball(1)) * r2 / (Ball(1) - r2)) / Ball(2);
    CHECK(distance(gaussian_bottleneck(std::vector{rho}, beta).i_x.value.value, i_x) < 1e-14);
  }
  CHECK(gaussian_information(std::vector{0.75}).value == normal_information(0.75).value);
}

TEST_CASE("covariances: canonical pairs are correlated with each other and nothing else", "[information][gaussian]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const long n = 1 + static_cast<long>(seed % 5), m = 1 + static_cast<long>(seed % 4), k = std::min(n, m);
    const Blocks s = random_blocks(seed, n, m);
    const auto pairs = canonical_pairs(s.x, s.xy, s.y);
    CAPTURE(seed);
    const auto cov_x = times_transposed(times_transposed(pairs.x_weights, s.x), pairs.x_weights);
    const auto cov_y = times_transposed(times_transposed(pairs.y_weights, s.y), pairs.y_weights);
    Tensor<double> transposed_xy(Shape{m, n});
    for (long i = 0; i < s.xy.size(); ++i) transposed_xy[i % m * n + i / m] = s.xy[i];
    const auto cov_xy = times_transposed(times_transposed(pairs.x_weights, transposed_xy), pairs.y_weights);
    for (long i = 0; i < k; ++i)
      for (long j = 0; j < k; ++j) {
        CHECK(etalon::abs(cov_x[i * k + j] - (i == j)) < 1e-12);
        CHECK(etalon::abs(cov_y[i * k + j] - (i == j)) < 1e-12);
        CHECK(etalon::abs(cov_xy[i * k + j] - (i == j ? pairs.rho[i] : 0)) < 1e-12);
      }
    // Any invertible A of as many rows as X has components, with little noise, tells all: I(T;Y) -> I(X;Y)
    const double whole = gaussian_information(pairs.rho).value.value;
    const auto far = gaussian_bottleneck(pairs.rho, 1e8);
    CHECK(off(far.i_y.value.value, whole) < 1e-5);
    CHECK(far.i_y.value.value < whole);
    CHECK(far.n_active == k);
  }
}

TEST_CASE("the optimum: its channel gives its numbers, and no other channel a lower L", "[information][gaussian][law]") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const long n = 2 + static_cast<long>(seed % 3), m = 2 + static_cast<long>(seed % 2);
    const Blocks s = random_blocks(seed, n, m);
    const auto pairs = canonical_pairs(s.x, s.xy, s.y);
    const auto critical = gaussian_critical_betas(pairs.rho);
    for (const double beta : {0.5, 1.0, 1.2 * critical[0], (critical[0] + critical[1]) / 2, 3 * critical.back()}) {
      const auto best = gaussian_bottleneck(pairs.rho, beta);
      CAPTURE(seed, beta);
      CHECK(best.n_active == std::count_if(critical.begin(), critical.end(), [&](double c) { return c < beta; }));
      const auto a = gaussian_projection(pairs, best);
      const auto plane = plane_of(s, a);
      CHECK(etalon::abs(plane.i_x - best.i_x.value.value) < 1e-11);
      CHECK(etalon::abs(plane.i_y - best.i_y.value.value) < 1e-11);
      CHECK(best.lagrangian.value.value <= 0);
      for (std::uint64_t trial = 0; trial < 10; ++trial) {
        Tensor<double> other = normal_tensor(Stream(100 * seed + trial, "other"), a.shape(), 0, trial < 5 ? 0.05 : 1);
        if (trial < 5)
          for (long i = 0; i < a.size(); ++i) other[i] += a[i];
        const auto p = plane_of(s, other);
        CHECK(p.i_x - beta * p.i_y >= best.lagrangian.value.value - 1e-11);
      }
    }
  }
}

TEST_CASE("at a given rate: water-filling meets the priced points; slope 1/beta, concave", "[information][gaussian][law]") {
  const std::vector<double> rho = {0.3, 0.9, -0.6, 0};
  for (const double beta : {1.3, 2.0, 2.9, 5.0, 11.2, 50.0}) {
    const auto priced = gaussian_bottleneck(rho, beta);
    const auto at = gaussian_bottleneck_at_rate(rho, priced.i_x.value);
    CAPTURE(beta);
    CHECK(off(at.i_x.value.value, priced.i_x.value.value) < 1e-14);
    CHECK(off(at.i_y.value.value, priced.i_y.value.value) < 1e-14);
    CHECK(off(at.beta, beta) < 1e-13);
    CHECK(at.n_active == priced.n_active);
    // I(T;Y) = I(X;T) - sum 1/2 ln(beta rho^2) over those in use
    double taken = 0;
    for (const double r : rho)
      if (beta * r * r > 1) taken += etalon::log(beta * r * r) / 2;
    CHECK(etalon::abs(priced.i_y.value.value - (priced.i_x.value.value - taken)) < 1e-14);
  }
  const double step = 1e-4;
  for (double rate = 0.05; rate < 4; rate += 0.1) {
    const auto low = gaussian_bottleneck_at_rate(rho, Nats(rate - step)), mid = gaussian_bottleneck_at_rate(rho, Nats(rate)),
               high = gaussian_bottleneck_at_rate(rho, Nats(rate + step));
    CAPTURE(rate);
    CHECK(off((high.i_y.value - low.i_y.value).value / (2 * step), 1 / mid.beta) < 1e-4);  // less near a kink of its slope
    CHECK((high.i_y.value + low.i_y.value).value <= 2 * mid.i_y.value.value);
  }
}

TEST_CASE("ends: beta <= 1, independent vectors, rate 0", "[information][gaussian][edge]") {
  for (const double beta : {0.0, 1.0, 1 / 0.81}) {
    const auto at = gaussian_bottleneck(std::vector{0.9}, beta);
    CHECK(at.i_x.value.value < 1e-15);  // at the critical beta itself: the rounding of 1/.81
    CHECK(at.lagrangian.value.value <= 1e-16);
  }
  CHECK(gaussian_bottleneck(std::vector{0.9}, 1).i_x.how.degeneracy == Degeneracy::trivial);
  CHECK(gaussian_bottleneck(std::vector{0.0, 0.0}, 1e300).i_x.value.value == 0);
  CHECK(gaussian_bottleneck_at_rate(std::vector{0.9, 0.2}, Nats(0)).i_y.value.value == 0);
  CHECK(gaussian_bottleneck_at_rate(std::vector{0.0}, Nats(1)).beta == kInfinity);
  // Rates and prices beyond all measure
  CHECK(off(gaussian_bottleneck_at_rate(std::vector{0.9, 0.5}, Nats(1e5)).i_x.value.value, 1e5) < 1e-15);
  const double i_x = gaussian_bottleneck(std::vector{1 - 0x1p-50}, 1e300).i_x.value.value;
  CHECK(off(i_x, (300 * etalon::log(10.0) + 49 * kLn2) / 2) < 1e-13);
  CHECK(gaussian_critical_betas(std::vector{0.0, 0.5}) == std::vector{4.0, kInfinity});
}

TEST_CASE("planted: the critical beta without its square, the curve in bits", "[information][gaussian][planted]") {
  const auto blind = gaussian_bottleneck(std::vector{0.5}, 1 / 0.5 + 0.1);  // 1/rho, not 1/rho^2
  CHECK(blind.n_active == 0);
  const double rate = 0.5, right = gaussian_bottleneck_at_rate(std::vector{0.75}, Nats(rate)).i_y.value.value;
  const double bits = -etalon::log1p(0.75 * 0.75 * etalon::expm1(-2 * kLn2 * rate)) / 2;
  CHECK(etalon::abs(right - bits) > 0.01);
}

TEST_CASE("covariances that are none are refused", "[information][gaussian][errors]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor<double> one(Shape{1, 1}, {1}), half(Shape{1, 1}, {0.5});
  CHECK(canonical_pairs(one, half, one).rho[0] == 0.5);
  const Tensor<double> singular(Shape{2, 2}, {1, 1, 1, 1}), askew(Shape{2, 2}, {1, 0.5, 0.4, 1}), none(Shape{2, 1});
  CHECK_THROWS_WITH(canonical_pairs(singular, none, one), Catch::Contains("S_x positive definite"));
  CHECK_THROWS_WITH(canonical_pairs(one, half, Tensor<double>(Shape{1, 1}, {-1})), Catch::Contains("S_y positive definite"));
  CHECK_THROWS_WITH(canonical_pairs(one, half, Tensor<double>(Shape{1, 1})), Catch::Contains("S_y positive definite"));
  CHECK_THROWS_WITH(canonical_pairs(one, one, one), Catch::Contains("joint covariance"));
  CHECK_THROWS_WITH(canonical_pairs(askew, none, one), Catch::Contains("symmetric"));
  CHECK_THROWS_WITH(canonical_pairs(one, Tensor<double>(Shape{2, 1}), one), Catch::Contains("S_xy [1, 1]"));
  CHECK_THROWS_WITH(canonical_pairs(one, Tensor<double>(Shape{1, 1}, {nan}), one), Catch::Contains("nan"));
  CHECK_THROWS_WITH(canonical_pairs(Tensor<double>(Shape{1, 1}, {kInfinity}), half, one), Catch::Contains("inf"));
  CHECK_THROWS_WITH(canonical_pairs(Tensor<double>(Shape{4}), half, one), Catch::Contains("square"));
  CHECK_THROWS_WITH(gaussian_information(std::vector{1.0}), Catch::Contains("(-1, 1)"));
  CHECK_THROWS_WITH(gaussian_information({}), Catch::Contains("at least one"));
  CHECK_THROWS_WITH(gaussian_bottleneck(std::vector{0.5}, nan), Catch::Contains("beta"));
  CHECK_THROWS_WITH(gaussian_bottleneck(std::vector{nan}, 2), Catch::Contains("nan"));
  CHECK_THROWS_WITH(gaussian_bottleneck_at_rate(std::vector{0.5}, Nats(-1)), Catch::Contains("rate"));
}
