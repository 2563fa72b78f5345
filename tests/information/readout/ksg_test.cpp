// SPDX-License-Identifier: Apache-2.0
// KSG: the fractions of the table, a second way to every count, what is refused, and mistakes that must show.
#include "information/readout/ksg.h"

#include <catch2/catch.hpp>
#include <limits>

#include "information/truth.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::information;

namespace {

Tensor<double> column(long n, double (*f)(double)) {
  Tensor<double> x(Shape{n, 1});
  for (long i = 1; i <= n; ++i) x[i - 1] = f(static_cast<double>(i));
  return x;
}
double f_x(double i) { return etalon::sin(i); }
double f_y(double i) { return etalon::sin(i) + 0.3 * etalon::cos(5 * i); }

double quotient(const std::string& fraction) {
  const auto slash = fraction.find('/');
  return std::stod(fraction.substr(0, slash)) / std::stod(fraction.substr(slash + 1));
}

// H_{n-1} = psi(n) + gamma in balls.
Ball psi(long n) {
  Ball sum(0.0);
  for (long j = 1; j < n; ++j) sum = sum + ratio<Ball>(1, j);
  return sum;
}

// N(0, 1) with all bits in use: entries of one normal_tensor are multiples of 2^-20 or so, and meet.
Tensor<double> normal(const std::string& name, const Shape& shape) {
  auto x = normal_tensor(Stream(3, name), shape, 0, 1);
  const auto fine = normal_tensor(Stream(3, name + ".fine"), shape, 0, 0x1p-20);
  for (long i = 0; i < x.size(); ++i) x[i] = x[i] + fine[i];
  return x;
}

enum class Slip { none, inclusive, no_psi_n, manhattan, self_counted };

// KSG-1 by its formula, sorting all distances; with a slip if asked.
Ball by_formula(const Tensor<double>& x, const Tensor<double>& y, long k, Slip slip = Slip::none) {
  const long n = x.n_rows();

  // Measure distances by the largest coordinate
  const auto distance = [](const Tensor<double>& rows, long i, long j) {
    double d = 0;
    const double *a = rows.data() + i * rows.n_cols(), *b = rows.data() + j * rows.n_cols();
    for (long c = 0; c < rows.n_cols(); ++c) d = std::max(d, etalon::abs(a[c] - b[c]));
    return d;
  };
  Ball sum(0.0);
  for (long i = 0; i < n; ++i) {
    // Find the k-th smallest distance d from sample i
    std::vector<double> all;
    for (long j = 0; j < n; ++j) {
      const double d_x = distance(x, i, j), d_y = distance(y, i, j);
      if (j != i) all.push_back(slip == Slip::manhattan ? d_x + d_y : std::max(d_x, d_y));
    }
    std::sort(all.begin(), all.end());
    const double d = all[k - 1];

    // Count what lies nearer than d in x, and in y
    for (const auto* rows : {&x, &y}) {
      long inside = 0;
      for (long j = 0; j < n; ++j) {
        if (j == i && slip != Slip::self_counted) continue;
        const double d_j = distance(*rows, i, j);
        inside += slip == Slip::inclusive ? d_j <= d : d_j < d;
      }
      sum = sum + psi(inside + 1);
    }
  }

  // I = psi(k) + psi(N) - mean of psi(n_x + 1) + psi(n_y + 1)
  const Ball samples(static_cast<double>(n));
  return psi(k) + (slip == Slip::no_psi_n ? Ball(0.0) : psi(n)) - sum / samples;
}

}  // namespace

TEST_CASE("truth KSG: the exact fractions", "[ksg][truth]") {
  const auto x = column(16, f_x), y = column(16, f_y);
  const auto one = ksg(x, y, 3), two = ksg(x, y, 3, KsgRule::ksg2);
  CHECK(one.numerator + "/" + one.denominator == truth::digits("KSG1.strict.k3.N16"));
  CHECK(two.numerator + "/" + two.denominator == truth::digits("KSG2.k3.N16"));
  CHECK(one.mutual.value.value == quotient(truth::digits("KSG1.strict.k3.N16")));
  CHECK(two.mutual.value.value == quotient(truth::digits("KSG2.k3.N16")));
  STATIC_REQUIRE(decltype(one.mutual)::kind == BoundKind::estimate);
  CHECK(one.mutual.how.choices.back() == std::pair<std::string, std::string>{"fraction", "1242491/1441440"});
  CHECK(one.mutual.how.choices[1] == std::pair<std::string, std::string>{"k", "3"});
}

TEST_CASE("KSG-1 is its formula, for one coordinate and for several", "[ksg]") {
  for (const long n : {2L, 5L, 40L, 150L})
    for (const long k : {1L, 3L, n - 1}) {
      if (k >= n) continue;
      CAPTURE(n, k);
      const auto x = normal("x", Shape{n, 2}), noise = normal("y", Shape{n, 3});
      Tensor<double> y(Shape{n, 3});
      for (long i = 0; i < n; ++i)
        for (long c = 0; c < 3; ++c) y[3 * i + c] = x[2 * i + c % 2] + 0.5 * noise[3 * i + c];
      const auto estimate = ksg(x, y, k);
      const Ball formula = by_formula(x, y, k);
      CHECK(etalon::abs(estimate.mutual.value.value - midpoint(formula)) <= 1e-15 * etalon::abs(midpoint(formula)) + 1e-40);
      if (k == n - 1) CHECK(estimate.mutual.value.value >= 0);  // every count is n - 2 or n - 1: small, sometimes 0
      CHECK(estimate.denominator.empty() == (n == 150 && k < n - 1));
      if (!estimate.denominator.empty()) {
        const double fraction = quotient(estimate.numerator + "/" + estimate.denominator);
        CHECK(etalon::abs(fraction - midpoint(formula)) <= 1e-15 * etalon::abs(fraction) + 1e-40);
      }
    }
}

TEST_CASE("KSG sees the correlation of a normal pair, and none where there is none", "[ksg]") {
  const long n = 1000;
  const auto u = normal("u", Shape{n, 1}), v = normal("v", Shape{n, 1});
  Tensor<double> y(Shape{n, 1});
  for (long i = 0; i < n; ++i) y[i] = 0.75 * u[i] + etalon::sqrt(1 - 0.75 * 0.75) * v[i];
  for (const auto rule : {KsgRule::ksg1, KsgRule::ksg2}) {
    CHECK(etalon::abs(ksg(u, y, 3, rule).mutual.value.value - truth::value("A8.I.normal(0.75)")) < 0.06);
    CHECK(etalon::abs(ksg(u, v, 3, rule).mutual.value.value) < 0.06);
  }
}

TEST_CASE("KSG: exchanged columns, permuted samples and powers of two as units change no bit", "[ksg]") {
  const auto x = column(60, f_x), y = column(60, f_y);
  auto reversed_x = x, reversed_y = y, scaled = x;
  for (long i = 0; i < 60; ++i) reversed_x[i] = x[59 - i], reversed_y[i] = y[59 - i], scaled[i] = 4 * x[i];
  Tensor<double> scaled_y = y;
  for (long i = 0; i < 60; ++i) scaled_y[i] = 4 * y[i];
  for (const auto rule : {KsgRule::ksg1, KsgRule::ksg2}) {
    const double value = ksg(x, y, 4, rule).mutual.value.value;
    CHECK(ksg(y, x, 4, rule).mutual.value.value == value);
    CHECK(ksg(reversed_x, reversed_y, 4, rule).mutual.value.value == value);
    CHECK(ksg(scaled, scaled_y, 4, rule).mutual.value.value == value);
  }
}

TEST_CASE("KSG: Y = X, where the k-th neighbour is at d_i in both", "[ksg]") {
  // n_x = n_y = k - 1 (strict): I = psi(N) - psi(k); KSG-2 counts k: psi(N) - psi(k) - 1/k
  const auto x = column(16, f_x);
  CHECK(ksg(x, x, 3).mutual.value.value == midpoint(psi(16) - psi(3)));
  CHECK(ksg(x, x, 3, KsgRule::ksg2).mutual.value.value == midpoint(psi(16) - psi(3) - ratio<Ball>(1, 3)));
}

TEST_CASE("KSG refuses ties with their places, and adds no jitter", "[ksg][errors]") {
  auto x = column(16, f_x), y = column(16, f_y);
  x[11] = x[4];
  CHECK_THROWS_WITH(ksg(x, y, 3), Catch::Contains("rows 4 and 11 of x equal"));
  CHECK_THROWS_WITH(ksg(y, x, 3), Catch::Contains("rows 4 and 11 of y equal"));
  // Distinct numbers, equal distances: 0 is as far from 1 as 2 is
  const Tensor<double> grid(Shape{4, 1}, {0, 1, 2, 3.5}), other(Shape{4, 1}, {0, 0.25, 0.75, 0.1});
  CHECK_THROWS_WITH(ksg(grid, other, 1), Catch::Contains("samples 0 and 2 equally far from sample 1"));
  // A third sample at the very distance of the k-th neighbour, in x alone
  const Tensor<double> edge(Shape{4, 1}, {0, 1, -1, 7}), far(Shape{4, 1}, {0, 0.5, 9, 20});
  CHECK_THROWS_WITH(ksg(edge, far, 1), Catch::Contains("samples 1 and 2 equally far from sample 0"));
  // Two samples equally far, one in x and one in y: which of them is the neighbour decides KSG-2
  const Tensor<double> across(Shape{4, 1}, {0, 1, 0.25, 9}), along(Shape{4, 1}, {0, 0.375, 1, 20});
  for (const auto rule : {KsgRule::ksg1, KsgRule::ksg2})
    CHECK_THROWS_WITH(ksg(across, along, 1, rule), Catch::Contains("samples 1 and 2 equally far from sample 0"));
}

TEST_CASE("KSG refuses", "[ksg][errors]") {
  const auto x = column(16, f_x);
  auto y = column(16, f_y);
  CHECK_THROWS_WITH(ksg(x, y, 0), Catch::Contains("k = 0"));
  CHECK_THROWS_WITH(ksg(x, y, 16), Catch::Contains("k = 16, N = 16"));
  CHECK_THROWS_WITH(ksg(x, column(15, f_y), 3), Catch::Contains("[16, 1] and [15, 1]"));
  CHECK_THROWS_WITH(ksg(Tensor<double>(Shape{0, 1}), Tensor<double>(Shape{0, 1}), 1), Catch::Contains("N = 0"));
  CHECK_THROWS_WITH(ksg(x, Tensor<double>(Shape{16, 0}), 1), Catch::Contains("d_y"));
  y[5] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(ksg(x, y, 3), Catch::Contains("nan at y[5, 0]"));
}

TEST_CASE("planted: <= for <, psi(N) dropped, another metric, the sample its own neighbour", "[ksg][planted]") {
  const auto x = column(16, f_x), y = column(16, f_y);
  const double ours = ksg(x, y, 3).mutual.value.value;
  CHECK(ours == midpoint(by_formula(x, y, 3)));
  CHECK(midpoint(by_formula(x, y, 3, Slip::inclusive)) == quotient(truth::digits("KSG1.inclusive(wrong)")));
  const auto inclusive = ksg(x, y, 3, KsgRule::ksg1_inclusive);
  CHECK(inclusive.numerator + "/" + inclusive.denominator == truth::digits("KSG1.inclusive(wrong)"));
  CHECK(inclusive.mutual.how.choices[0].second == "KSG-1 inclusive");
  for (const auto slip : {Slip::inclusive, Slip::no_psi_n, Slip::manhattan, Slip::self_counted})
    CHECK(etalon::abs(midpoint(by_formula(x, y, 3, slip)) - ours) > 0.01);
}
