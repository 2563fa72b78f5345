// SPDX-License-Identifier: Apache-2.0
// Enclosed eigenvalues: closed forms contained and tight, repeated and zero ones too; a bad witness widens and never lies.
#include "certify/eigenvalues.h"

#include <catch2/catch.hpp>

#include "head/spectrum.h"
#include "tensor/matmul.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::certify;

namespace {

// 2 on the diagonal, -1 beside it: 2 - 2 cos(k pi / (n+1)), k = n, ..., 1 falling.
Tensor<Ball> path(long n) {
  Tensor<Ball> a(Shape{n, n});
  for (long i = 0; i < n; ++i) {
    a[i * n + i] = Ball(2.0);
    if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = Ball(-1.0);
  }
  return a;
}
std::vector<Ball> of_path(long n) {
  std::vector<Ball> all;
  for (long k = n; k >= 1; --k) all.push_back(Ball(2.0) - Ball(2.0) * cos(ratio<Ball>(k, n + 1) * Ball::pi()));
  return all;
}

// The truth is known to 1000 bits: an enclosure of fewer holds it if it meets its ball.
bool hold(const std::vector<Ball>& enclosures, const std::vector<Ball>& truth) {
  bool all = enclosures.size() == truth.size();
  for (std::size_t i = 0; all && i < truth.size(); ++i) all = enclosures[i].overlaps(truth[i]);
  return all;
}
double widest(const std::vector<Ball>& enclosures) {
  double most = 0;
  for (const Ball& x : enclosures) most = std::max(most, radius(x));
  return most;
}
template <class F>
auto precisely(F f) {
  const Ball::AtPrecision more(1000);
  return f();
}

Tensor<Ball> noise(std::uint64_t seed, long m, long n) { return as<Ball>(normal_tensor(Stream(seed, "a"), Shape{m, n}, 0, 1)); }

// I plus a perturbation of the given size: approximate eigenvectors of nothing in particular.
Tensor<Ball> near_identity(long n, double size) {
  Tensor<Ball> v = noise(7, n, n);
  for (long i = 0; i < v.size(); ++i) v[i] = v[i] * Ball(size) + Ball(i % (n + 1) == 0 ? 1.0 : 0.0);
  return v;
}

}  // namespace

TEST_CASE("eigenvalues of a path, 1 to 37 nodes, at three precisions", "[certify][eigenvalues]") {
  for (const long bits : {64, 256, 500})
    for (const long n : {1, 2, 3, 12, 37}) {
      CAPTURE(bits, n);
      const Ball::AtPrecision enough(bits);
      const auto lambda = symmetric_eigenvalues(path(n));
      CHECK(hold(lambda, precisely([&] { return of_path(n); })));
      CHECK(widest(lambda) < std::ldexp(4, static_cast<int>(20 - bits)));
    }
}

TEST_CASE("eigenvalues: repeated, zero, negative, not finite", "[certify][eigenvalues]") {
  const Ball::AtPrecision enough(256);
  // 5 I - 11^T, n = 9: eight times 5, once -4
  Tensor<Ball> a(Shape{9, 9});
  for (long i = 0; i < 81; ++i) a[i] = Ball(i % 10 == 0 ? 4.0 : -1.0);
  auto lambda = symmetric_eigenvalues(a);
  std::vector<Ball> truth(8, Ball(5.0));
  truth.push_back(Ball(-4.0));
  CHECK(hold(lambda, truth));
  CHECK(widest(lambda) < 0x1p-230);

  lambda = symmetric_eigenvalues(Tensor<Ball>(Shape{4, 4}));
  for (const Ball& x : lambda) CHECK(x.is_exactly_zero());

  a[1] = a[9] = Ball(std::numeric_limits<double>::quiet_NaN());
  for (const Ball& x : symmetric_eigenvalues(a)) CHECK_FALSE(x.is_finite());
}

TEST_CASE("planted: bad eigenvectors widen the balls; without ||V^T V - I|| they would lie", "[certify][eigenvalues][planted]") {
  const Ball::AtPrecision enough(256);
  const long n = 12;
  const auto truth = precisely([&] { return of_path(n); });
  Tensor<Ball> v = near_identity(n, 0);
  CHECK(hold(eigenvalues_by(path(n), v), truth));  // V = I: Weyl alone, radius ||off-diagonal||
  CHECK(widest(eigenvalues_by(path(n), v)) > 4);
  CHECK(hold(eigenvalues_by(path(n), near_identity(n, 0.01)), truth));
  for (const Ball& x : eigenvalues_by(path(n), near_identity(n, 1))) CHECK_FALSE(x.is_finite());

  // V = 1.0625 I on a diagonal matrix: M's diagonal is 1.129 lambda, and omega is 0
  Tensor<Ball> diagonal(Shape{2, 2});
  diagonal[0] = Ball(3.0), diagonal[3] = Ball(1.0);
  Tensor<Ball> longer(Shape{2, 2});
  longer[0] = longer[3] = Ball(1.0625);
  const auto lambda = eigenvalues_by(diagonal, longer);
  CHECK(hold(lambda, {Ball(3.0), Ball(1.0)}));
  const Ball claimed = Ball(3.0) * Ball(1.0625) * Ball(1.0625);  // the diagonal of M alone
  CHECK(lambda[0].contains(3.0));
  CHECK(certainly_less(Ball(3.0), claimed));
  CHECK(widest(lambda) > 0.1);
}

TEST_CASE("singular values: sums of squares, either shape, and Eigen's within 64 u sigma_1", "[certify][eigenvalues]") {
  const Ball::AtPrecision enough(256);
  for (const auto& [m, n] : {std::pair{1L, 5L}, {5L, 1L}, {9L, 14L}, {14L, 9L}}) {
    CAPTURE(m, n);
    const auto a = normal_tensor(Stream(3, "a"), Shape{m, n}, 0, 1);
    const auto sigma = singular_values(as<Ball>(a));
    REQUIRE(static_cast<long>(sigma.size()) == std::min(m, n));
    CHECK(widest(sigma) < 0x1p-200);
    const auto squares = [](const auto& x, long count) {
      return product_sum<Ball>(
          count, [&](long i) { return Ball(x[i]); }, [&](long i) { return Ball(x[i]); });
    };
    CHECK(squares(a, a.size()).overlaps(squares(sigma, std::min(m, n))));
    const auto engine = head::spectrum_of(a, head::orthonormal_basis<double>(a.rows())).sigma;
    for (std::size_t i = 0; i < sigma.size(); ++i) CHECK((Ball(engine[i]) - sigma[i]).certainly_within(64 * 0x1p-53 * engine[0]));
  }

  // Two equal rows: the last singular value is 0, and half the bits are all that the Gram matrix leaves of it
  Tensor<Ball> a = noise(4, 3, 6);
  for (long j = 0; j < 6; ++j) a[12 + j] = a[6 + j];
  const auto sigma = singular_values(a);
  CHECK(sigma[2].contains(0.0));
  CHECK(radius(sigma[2]) < 0x1p-110);
  CHECK(certainly_less(Ball(0x1p-4), sigma[1]));
}
