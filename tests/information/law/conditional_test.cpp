// SPDX-License-Identifier: Apache-2.0
// Three variables: chain rule, data processing, symmetry, the gradient of I against balls, planted mistakes.
#include "information/law/conditional.h"

#include <catch2/catch.hpp>
#include <limits>

#include "information/law/entropy.h"
#include "information/truth.h"
#include "scalar/dual.h"
#include "tensor/random.h"
#include "tensor/sum.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

Tensor<double> random_rows(std::uint64_t seed, long n_rows, long n_cols) {
  const Stream stream(seed, "rows");
  Tensor<double> w(Shape{n_rows, n_cols});
  for (long i = 0; i < n_rows; ++i) {
    double total = 0;
    for (long j = 0; j < n_cols; ++j) {
      const double u = stream.uniform(i * n_cols + j);
      w[i * n_cols + j] = u < 0.25 && j != i % n_cols ? 0 : u * u + 0x1p-30;
      total += w[i * n_cols + j];
    }
    for (long j = 0; j < n_cols; ++j) w[i * n_cols + j] = w[i * n_cols + j] / total;
  }
  return w;
}

Triple random_triple(std::uint64_t seed, long n_x, long n_y, long n_z) {
  return Triple(random_rows(seed, 1, n_x * n_y * n_z).reshaped(Shape{n_x, n_y, n_z}));
}
Joint random_joint(std::uint64_t seed, long n_x, long n_y) {
  return Joint(random_rows(seed, 1, n_x * n_y).reshaped(Shape{n_x, n_y}));
}

double conditional(const Triple& law) { return conditional_mutual_information(law).value.value; }
double mutual(const Joint& joint) { return mutual_information(joint).value; }

// I of the doubles of a table, normalised by their total, moved along v: value and derivative in balls.
Dual<Ball> moved_information(const Joint& joint, const Tensor<double>& v) {
  using D = Dual<Ball>;
  const long n_x = joint.n_x(), n_y = joint.n_y();
  std::vector<D> p, p_x(n_x, D(0.0)), p_y(n_y, D(0.0));
  for (long k = 0; k < v.size(); ++k) {
    p.push_back(D{Ball(joint.p()[k]), Ball(v[k])});
    p_x[k / n_y] = p_x[k / n_y] + p[k];
    p_y[k % n_y] = p_y[k % n_y] + p[k];
  }
  D total(0.0), i(0.0);
  for (long x = 0; x < n_x; ++x) total = total + p_x[x];
  for (long k = 0; k < v.size(); ++k)
    if (joint.p()[k] > 0) i = i + p[k] / total * log(p[k] * total / (p_x[k / n_y] * p_y[k % n_y]));
  return i;
}

}  // namespace

TEST_CASE("xor: nothing without Z, a bit with it", "[information][conditional]") {
  Tensor<double> p(Shape{2, 2, 2});
  for (long x = 0; x < 2; ++x)
    for (long y = 0; y < 2; ++y) p[(x * 2 + y) * 2 + (x ^ y)] = 0.25;
  const Triple law(p);
  CHECK(mutual(law.xy()) == 0);
  CHECK(off(conditional(law), kLn2) < 1e-15);
  CHECK(off(mutual(law.x_yz()), kLn2) < 1e-15);
}

TEST_CASE("random laws: chain rule both ways, symmetry, bounds; I(X;Y|Z) against balls", "[information][conditional][law]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const long n = static_cast<long>(seed);
    const Triple law = random_triple(seed, 2 + n % 5, 2 + n % 4, 1 + n % 6);
    CAPTURE(seed);
    const double whole = mutual(law.x_yz());
    CHECK(etalon::abs(whole - (mutual(law.xz()) + conditional(law))) < 1e-14);
    CHECK(etalon::abs(whole - (mutual(law.xy()) + conditional(law.reordered(0, 2, 1)))) < 1e-14);
    CHECK(etalon::abs(conditional(law) - conditional(law.reordered(1, 0, 2))) < 4e-15);
    CHECK(conditional(law) >= 0);
    // H(X|Z) - H(X|Y,Z)
    const double difference = conditional_entropy(law.xz().transposed()).value - conditional_entropy(law.x_yz().transposed()).value;
    CHECK(etalon::abs(conditional(law) - difference) < 1e-14);

    const Ball::AtPrecision enough(200);
    Ball exact(0), total(0);
    const auto sum = [&](auto keep) {
      Ball s(0);
      for (long x = 0; x < law.n_x(); ++x)
        for (long y = 0; y < law.n_y(); ++y)
          for (long z = 0; z < law.n_z(); ++z)
            if (keep(x, y, z)) s = s + Ball(law(x, y, z));
      return s;
    };
    for (long x = 0; x < law.n_x(); ++x)
      for (long y = 0; y < law.n_y(); ++y)
        for (long z = 0; z < law.n_z(); ++z) {
          if (law(x, y, z) == 0) continue;
          const Ball p_z = sum([&](long, long, long c) { return c == z; });
          const Ball p_xz = sum([&](long a, long, long c) { return a == x && c == z; });
          const Ball p_yz = sum([&](long, long b, long c) { return b == y && c == z; });
          exact = exact + Ball(law(x, y, z)) * log(p_z * Ball(law(x, y, z)) / (p_xz * p_yz));
        }
    if (conditional(law) > 1e-12) CHECK(off(conditional(law), midpoint(exact)) < 1e-14);
    CHECK(radius(exact) < 1e-40);
  }
}

TEST_CASE("Markov chains: the middle tells all, and no channel adds", "[information][conditional][law]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Joint joint = random_joint(seed, 2 + static_cast<long>(seed % 6), 2 + static_cast<long>(seed % 5));
    const auto channel = random_rows(seed + 1000, joint.n_y(), 2 + static_cast<long>(seed % 7));
    const Triple law = markov_chain(joint, channel);
    CAPTURE(seed);
    CHECK(conditional(law.reordered(0, 2, 1)) < 1e-30);  // I(X;Z|Y): rounding squared, never negative
    CHECK(conditional(law.reordered(0, 2, 1)) >= 0);
    const double i_xy = mutual(joint), i_xz = mutual(composed(joint, channel));
    CHECK(i_xz <= i_xy + 1e-15);
    CHECK(i_xz <= mutual(law.yz()) + 1e-15);
    CHECK(etalon::abs(mutual(law.xz()) - i_xz) < 1e-15);
    CHECK(etalon::abs(conditional(law) - (i_xy - i_xz)) < 1e-14);  // what the channel lost
  }
}

TEST_CASE("the gradient of I is ln r on the tangent space: against Dual<Ball>", "[information][conditional][gradient]") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Joint joint = random_joint(seed, 2 + static_cast<long>(seed % 4), 2 + static_cast<long>(seed % 5));
    const auto g = mutual_information_gradient(joint);
    // A direction that sums to 0, on the cells that have mass
    const Stream stream(seed, "direction");
    Tensor<double> v(joint.p().shape());
    long first = -1;
    for (long k = 0; k < v.size(); ++k) {
      if (joint.p()[k] == 0) continue;
      if (first < 0) first = k;
      const double step = static_cast<double>(stream.below(2001, k)) - 1000;  // whole numbers: the sum is exactly 0
      v[k] = v[k] + step, v[first] = v[first] - step;
    }
    const Ball::AtPrecision enough(200);
    const Dual<Ball> exact = moved_information(joint, v);
    const double along = product_sum<double>(
        v.size(), [&](long k) { return v[k]; }, [&](long k) { return v[k] == 0 ? 0 : g.slope[k]; });
    const double size = ordered_sum<double>(v.size(), [&](long k) { return etalon::abs(v[k] == 0 ? 0 : v[k] * g.slope[k]); });
    CAPTURE(seed);
    CHECK(radius(exact.dot) < 1e-40);
    CHECK(etalon::abs(along - midpoint(exact.dot)) <= 1e-14 * size);
    // Planted: the slope of H(X,Y) alone, -ln p, is another number
    const double wrong = product_sum<double>(
        v.size(), [&](long k) { return v[k]; }, [&](long k) { return v[k] == 0 ? 0 : -etalon::log(joint.p()[k]); });
    CHECK(etalon::abs(wrong - midpoint(exact.dot)) > 1e-6 * size);
  }
}

TEST_CASE("slopes near independence keep their digits; at zeros they are infinite and counted", "[information][conditional]") {
  const double little = 0x1p-40;
  const auto g = mutual_information_gradient(truth::joint(2, 2, {0.25 + little, 0.25 - little, 0.25 - little, 0.25 + little}));
  CHECK(off(g.slope[0], etalon::log1p(4 * little)) < 1e-15);
  CHECK(g.n_infinite == 0);
  const auto z = mutual_information_gradient(truth::joint(3, 3, {0.5, 0, 0, 0.25, 0.25, 0, 0, 0, 0}));
  CHECK(z.slope[1] == -kInfinity);                    // row and column have mass
  CHECK(off(z.slope[2], -etalon::log(0.5)) < 1e-15);  // the first mass of column 2, in row 0
  CHECK(z.slope[8] == kInfinity);
  CHECK(z.n_infinite == 2);
  CHECK(z.why_infinite.find("p[0, 1]") == 0);
  // One-sided, at a cell in an empty column: I rises by eps ln(1/p_x)
  const double eps = 0x1p-30;
  const double moved = mutual(truth::joint(2, 3, {0.5 - eps, 0, eps, 0.25, 0.25, 0}));
  const double before = mutual(truth::joint(2, 2, {0.5, 0, 0.25, 0.25}));
  const auto slope = mutual_information_gradient(truth::joint(2, 3, {0.5, 0, 0, 0.25, 0.25, 0})).slope;
  CHECK(etalon::abs((moved - before) / eps - (slope[2] - slope[0])) < 1e-6);
}

TEST_CASE("planted: conditioning on the wrong variable, a chain rule with a term twice", "[information][conditional][planted]") {
  const Triple law = random_triple(4, 3, 4, 2);
  const double whole = mutual(law.x_yz());
  CHECK(etalon::abs(whole - (mutual(law.xz()) + conditional(law.reordered(0, 2, 1)))) > 1e-3);
  CHECK(etalon::abs(whole - (mutual(law.xz()) + mutual(law.xy()))) > 1e-3);
}

TEST_CASE("triples and channels that are none are refused", "[information][conditional][errors]") {
  CHECK_THROWS_WITH(Triple(Tensor<double>(Shape{2, 2})), Catch::Contains("[X, Y, Z]"));
  CHECK_THROWS_WITH(Triple(Tensor<double>(Shape{1, 1, 2}, {0.5, 0.6})), Catch::Contains("sum of 1"));
  CHECK_THROWS_WITH(Triple(Tensor<double>(Shape{1, 1, 2}, {-0.5, 1.5})), Catch::Contains("probabilities"));
  CHECK_THROWS_WITH(Triple(Tensor<double>(Shape{2, 0, 2})), Catch::Contains("hint:"));
  CHECK_THROWS_WITH(random_triple(1, 2, 2, 2).reordered(0, 1, 1), Catch::Contains("order"));
  CHECK_THROWS_WITH(random_triple(1, 2, 2, 2).reordered(0, 1, 3), Catch::Contains("order"));
  CHECK_THROWS_WITH(markov_chain(truth::bsc(0.1), Tensor<double>(Shape{3, 2})), Catch::Contains("[2, Z]"));
  CHECK_THROWS_WITH(composed(truth::bsc(0.1), Tensor<double>(Shape{2, 2}, {1, 0, 0.5, 0.6})), Catch::Contains("sum of 1"));
}
