// SPDX-License-Identifier: Apache-2.0
// Gram-Schmidt: orthonormal, complete, honest about the rank, and the same space that Eigen's pivoted QR finds.
#include "head/basis.h"

#include <Eigen/QR>
#include <catch2/catch.hpp>

#include "head/case.h"
#include "tensor/eigen_window.h"

using namespace etalon;
using namespace etalon::head;

namespace {

// max |q q^T - I|
double departure_from_orthonormal(const Tensor<double>& q) {
  const long r = q.shape()[0];
  Tensor<double> gram(Shape{r, r});
  matmul<double>(q.rows(), q.rows().transposed(), gram.rows());
  double worst = 0;
  for (long i = 0; i < r; ++i)
    for (long j = 0; j < r; ++j) worst = std::max(worst, std::fabs(gram.rows()(i, j) - (i == j)));
  return worst;
}

// max over rows of ||x - r q|| / ||x||
double departure_from_product(const Tensor<double>& x, const Basis<double>& b) {
  const Tensor<double> back = product(b.r, b.q);
  double worst = 0;
  for (long i = 0; i < x.n_rows(); ++i) {
    std::vector<double> rest(x.n_cols());
    for (long j = 0; j < x.n_cols(); ++j) rest[j] = x.rows()(i, j) - back.rows()(i, j);
    const double length = norm(x.data() + i * x.n_cols(), x.n_cols());
    if (length > 0) worst = std::max(worst, norm(rest.data(), x.n_cols()) / length);
  }
  return worst;
}

// max |P - P'| of two projectors
double departure_from_projector(const Tensor<double>& q, const EigenMatrix& other) {
  Tensor<double> p(Shape{q.shape()[1], q.shape()[1]});
  matmul<double>(q.rows().transposed(), q.rows(), p.rows());
  const EigenMatrix p_other = other * other.transpose();
  double worst = 0;
  for (long i = 0; i < p.n_rows(); ++i)
    for (long j = 0; j < p.n_cols(); ++j) worst = std::max(worst, std::fabs(p.rows()(i, j) - p_other(i, j)));
  return worst;
}

}  // namespace

TEST_CASE("basis: orthonormal and complete, over panels and shapes", "[head]") {
  for (const auto& [m, n] :
       {std::pair{1L, 1L}, {1L, 9L}, {9L, 1L}, {31L, 200L}, {33L, 200L}, {100L, 130L}, {130L, 100L}, {64L, 64L}}) {
    const Tensor<double> x = normal_tensor(Stream(m * 1000 + n, "x"), {m, n}, 0, 1);
    const auto b = orthonormal_basis<double>(x.rows());
    INFO(m << " x " << n);
    CHECK(b.rank() == std::min(m, n));
    CHECK(departure_from_orthonormal(b.q) < 64 * 0x1p-53);
    CHECK(departure_from_product(x, b) < 64 * 0x1p-53 * static_cast<double>(std::min(m, n)));
  }
}

TEST_CASE("basis: nearly dependent vectors stay orthogonal (once would not be enough)", "[head]") {
  // Hilbert's matrix: condition number 1e16 and beyond. Rows 0..39 of 1/(i + j + 1), 60 columns
  Tensor<double> x(Shape{40, 60});
  for (long i = 0; i < 40; ++i)
    for (long j = 0; j < 60; ++j) x.rows()(i, j) = 1 / static_cast<double>(i + j + 1);
  const auto b = orthonormal_basis<double>(x.rows());
  CHECK(b.rank() < 40);
  CHECK(b.rank() > 8);
  CHECK(departure_from_orthonormal(b.q) < 64 * 0x1p-53);
  CHECK(departure_from_product(x, b) < 60 * 0x1p-50);

  // Planted: one pass of the classical method on the same matrix is far from orthogonal
  Tensor<double> once(Shape{10, 60});
  for (long i = 0; i < 10; ++i) {
    Tensor<double> row(Shape{1, 60}, std::vector<double>(x.data() + i * 60, x.data() + i * 60 + 60)), unused(Shape{1, i});
    project_out<double>(Matrix<double>{once.data(), i, 60, 60, 1}, row.rows(), unused.rows());
    const double rest = norm(row.data(), 60);
    for (long j = 0; j < 60; ++j) once[i * 60 + j] = row[j] / rest;
  }
  CHECK(departure_from_orthonormal(once) > 1e-3);
}

TEST_CASE("basis: the rank of dependent, repeated and zero vectors", "[head]") {
  const Tensor<double> a = coarse(Stream(1, "a"), {50, 6}), b = coarse(Stream(1, "b"), {6, 70});
  const Tensor<double> x = product(a, b);  // exact: entries are multiples of 1/256
  CHECK(orthonormal_basis<double>(x.rows()).rank() == 6);
  CHECK(orthonormal_basis<double>(x.rows().transposed()).rank() == 6);
  CHECK(orthonormal_basis<double>(Tensor<double>(Shape{5, 7}).rows()).rank() == 0);
  Tensor<double> repeated(Shape{3, 4}, {0, 0, 0, 0, 1, 2, 3, 4, -2, -4, -6, -8});
  CHECK(orthonormal_basis<double>(repeated.rows()).rank() == 1);
}

TEST_CASE("basis: vectors of size 1e300 and 1e-300 count like any other", "[head]") {
  Tensor<double> x = coarse(Stream(2, "x"), {4, 9});
  const auto plain = orthonormal_basis<double>(x.rows());
  for (long j = 0; j < 9; ++j) {
    x.rows()(1, j) = std::ldexp(x.rows()(1, j), 1000);
    x.rows()(2, j) = std::ldexp(x.rows()(2, j), -1000);
  }
  const auto scaled = orthonormal_basis<double>(x.rows());
  CHECK(scaled.q.values() == plain.q.values());
  CHECK(scaled.r.rows()(1, 1) == std::ldexp(plain.r.rows()(1, 1), 1000));
}

TEST_CASE("basis: the same space as Eigen's pivoted QR", "[head]") {
  for (const auto& [v, d] : {std::pair{40L, 7L}, {90L, 50L}}) {
    const Tensor<double> w = normal_tensor(Stream(v, "w"), {v, d}, 0, 1);
    const Eigen::ColPivHouseholderQR<EigenMatrix> qr(eigen_window(w.rows()));
    const EigenMatrix q = EigenMatrix(qr.householderQ()).leftCols(qr.rank());
    const auto b = orthonormal_basis<double>(w.rows().transposed());
    CHECK(qr.rank() == b.rank());
    // Two projectors, each within c u cond(W) of the true one; cond < 20 here
    CHECK(departure_from_projector(b.q, q) < 1e-12);
    // ... and the check sees a space with one direction exchanged
    EigenMatrix wrong = q;
    wrong.col(0) = EigenMatrix(qr.householderQ()).col(d);
    CHECK(departure_from_projector(b.q, wrong) > 1e-3);
  }
}

namespace {

// Two vectors of which `share` of the second's own length is new: (1, 0) and (sqrt(1 - share^2), share).
Tensor<Ball> two_vectors(const Ball& share) {
  return Tensor<Ball>(Shape{2, 2}, {Ball(1), Ball(0), sqrt(Ball(1) - share * share), share});
}

}  // namespace

TEST_CASE("basis: in balls the rank is certain, or refused", "[head][ball]") {
  const Ball::AtPrecision enough(256);
  const Tensor<double> a = coarse(Stream(1, "a"), {50, 6}), b = coarse(Stream(1, "b"), {6, 70});
  const auto x = as<Ball>(product(a, b));  // of rank 6: 44 remainders are 0, which no ball says
  CHECK(orthonormal_basis<Ball>(x.rows()).rank() == 6);
  CHECK(orthonormal_basis<Ball>(Tensor<Ball>(Shape{5, 7}).rows()).rank() == 0);

  const double threshold = 2 * 0x1p-52;
  CHECK(orthonormal_basis<Ball>(two_vectors(Ball(threshold * 1.001)).rows()).rank() == 2);
  CHECK(orthonormal_basis<Ball>(two_vectors(Ball(threshold * 0.999)).rows()).rank() == 1);
  // Planted: a remainder as large as the threshold, and one that too few bits do not tell from it
  CHECK_THROWS_AS(orthonormal_basis<Ball>(two_vectors(Ball(threshold)).rows()), Undecided);
  CHECK_THROWS_WITH(orthonormal_basis<Ball>(two_vectors(Ball(threshold)).rows()), Catch::Contains("head.basis: is the remainder"));
  const Ball::AtPrecision too_few(53);
  CHECK_THROWS_AS(orthonormal_basis<Ball>(two_vectors(Ball(threshold * 1.001)).rows()), Undecided);
}
