// SPDX-License-Identifier: Apache-2.0
// The deterministic bottleneck by enumeration: table of truth, count of partitions, soft encoders, merging, planted mistakes.
#include "information/bottleneck/deterministic.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <limits>

#include "information/law/entropy.h"
#include "information/truth.h"
#include "tensor/random.h"
#include "tensor/sum.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

Joint dit5() { return truth::joint(3, 3, {0.2, 0, 0.2, 0, 0, 0.2, 0, 0.2, 0.2}); }

Joint random_joint(std::uint64_t seed, long n_x, long n_y) {
  const Stream stream(seed, "joint");
  Tensor<double> p(Shape{n_x, n_y});
  for (long k = 0; k < p.size(); ++k) p[k] = stream.uniform(k) * stream.uniform(k + 10000);
  const double total = ordered_sum<double>(p.size(), [&](long k) { return p[k]; });
  for (long k = 0; k < p.size(); ++k) p[k] = p[k] / total;
  return Joint(std::move(p));
}

// H(T) - beta I(T;Y) of any encoder q(t|x) [X, T], the slow way.
double lagrangian(const Joint& joint, const Tensor<double>& q, double beta) {
  Tensor<double> p(Shape{q.n_cols(), joint.n_y()});
  for (long t = 0; t < q.n_cols(); ++t)
    for (long y = 0; y < joint.n_y(); ++y)
      p[t * joint.n_y() + y] = product_sum<double>(
          joint.n_x(), [&](long x) { return q[x * q.n_cols() + t]; }, [&](long x) { return joint(x, y); });
  const auto e = entropies(Joint(std::move(p)));
  return e.x.value - beta * e.mutual.value;
}

Tensor<double> encoder_of(const Partition& partition) {
  const long n = static_cast<long>(partition.cluster_of.size());
  Tensor<double> q(Shape{n, partition.n_clusters});
  for (long x = 0; x < n; ++x) q[x * partition.n_clusters + partition.cluster_of[x]] = 1;
  return q;
}

}  // namespace

TEST_CASE("truth C9: the deterministic bottleneck of dit5 to 1e-14", "[information][deterministic][truth]") {
  const auto family = deterministic_family(dit5());
  CHECK(family.n_partitions == 5);
  REQUIRE(family.betas.size() == 2);
  CHECK(off(family.betas[0], truth::value("C9.DIB.beta 1->2 clusters")) < 1e-14);
  CHECK(off(family.betas[1], truth::value("C9.DIB.beta 2->3 clusters")) < 1e-14);
  CHECK(off(in_bits(family.best[1].relevant.value).value, truth::value("C9.DIB.IY(2)")) < 1e-14);
  CHECK(family.optimal[1].n_clusters == 2);
  CHECK(off(family.best[2].relevant.value.value, mutual_information(dit5()).value) < 1e-15);
  CHECK(off(family.best[1].names.value.value / family.best[1].relevant.value.value, family.betas[0]) < 1e-15);
  CHECK(family.best[1].relevant.how.certificate == Certificate::enumeration);
}

TEST_CASE("as many partitions as Bell says, each tried, in well under a second", "[information][deterministic]") {
  const long bell[] = {1, 2, 5, 15, 52, 203, 877, 4140, 21147, 115975};
  for (long n = 1; n <= 10; ++n) CHECK(deterministic_family(random_joint(7, n, 4)).n_partitions == bell[n - 1]);
  const auto start = std::chrono::steady_clock::now();
  deterministic_family(random_joint(8, 10, 16));
  CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 1);
}

TEST_CASE("no encoder does better, hard or soft; best and optimal are what they say", "[information][deterministic][law]") {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    const auto joint = random_joint(seed, 2 + static_cast<long>(seed % 6), 2 + static_cast<long>(seed % 4));
    const auto family = deterministic_family(joint);
    const long n_x = joint.n_x();
    CAPTURE(seed);
    for (std::size_t k = 1; k < family.best.size(); ++k) CHECK(family.best[k].relevant.value >= family.best[k - 1].relevant.value);
    for (std::size_t i = 1; i < family.betas.size(); ++i) CHECK(family.betas[i] > family.betas[i - 1]);
    CHECK(family.betas.front() >= 1);
    for (const double beta : {0.5, 1.0, 2.0, 5.0, 20.0, 200.0, 1.01 * family.betas.back()}) {
      const auto point = deterministic_bottleneck(family, beta);
      CHECK(etalon::abs(point.lagrangian.value.value - lagrangian(joint, encoder_of(point.partition), beta)) < 1e-14 * (1 + beta));
      for (const auto& other : family.best)
        CHECK(other.names.value.value - beta * other.relevant.value.value >= point.lagrangian.value.value - 1e-14 * (1 + beta));
      for (std::uint64_t trial = 0; trial < 10; ++trial) {
        Tensor<double> q(Shape{n_x, n_x});
        const Stream stream(100 * seed + trial, "encoder");
        for (long x = 0; x < n_x; ++x) {  // soft, more or less near the optimum
          for (long t = 0; t < n_x; ++t) q[x * n_x + t] = stream.uniform(x * n_x + t);
          q[x * n_x + point.partition.cluster_of[x]] += static_cast<double>(trial * trial);
          const double total = ordered_sum<double>(n_x, [&](long t) { return q[x * n_x + t]; });
          for (long t = 0; t < n_x; ++t) q[x * n_x + t] = q[x * n_x + t] / total;
        }
        CHECK(lagrangian(joint, q, beta) >= point.lagrangian.value.value - 1e-14 * (1 + beta));
      }
    }
  }
}

TEST_CASE("equal rows are one; an x that never happens is nowhere; other names change nothing", "[information][deterministic]") {
  // dit5 with its first row split in three, and an impossible x
  const auto split = truth::joint(6, 3, {0.1, 0, 0.1, 0, 0, 0.2, 0.05, 0, 0.05, 0, 0, 0, 0, 0.2, 0.2, 0.05, 0, 0.05});
  const auto a = deterministic_family(split), b = deterministic_family(dit5());
  CHECK(a.n_partitions == 5);
  REQUIRE(a.betas.size() == b.betas.size());
  for (std::size_t i = 0; i < a.betas.size(); ++i) CHECK(off(a.betas[i], b.betas[i]) < 1e-14);
  for (const auto& partition : a.optimal) {
    CHECK(partition.cluster_of[0] == partition.cluster_of[2]);
    CHECK(partition.cluster_of[0] == partition.cluster_of[5]);
    CHECK(partition.cluster_of[3] == 0);
  }
  // Merging is exact: eleven symbols, six different rows
  Tensor<double> p(Shape{11, 2});
  const double rows[6] = {0.1, 0.9, 0.3, 0.6, 0.5, 0.8};
  for (long x = 0; x < 11; ++x) p[2 * x] = rows[x % 6] / 11, p[2 * x + 1] = (1 - rows[x % 6]) / 11;
  CHECK(deterministic_family(Joint(p)).n_partitions == 203);
}

TEST_CASE("Y = f(X): at beta = 1 from nothing to everything, and nothing in between is needed", "[information][deterministic]") {
  const auto family = deterministic_family(truth::joint(4, 3, {0.5, 0, 0, 0, 0.125, 0, 0, 0.125, 0, 0, 0, 0.25}));
  REQUIRE(family.betas.size() == 1);
  CHECK(off(family.betas[0], 1) < 1e-14);
  CHECK(family.optimal.back().n_clusters == 3);
  CHECK(family.optimal.back().cluster_of == std::vector<long>{0, 1, 1, 2});
  // However rare the other thing is: p = 1 - 1e-20 is 1 as a double, and -p ln p would be 0
  for (const double rare : {1e-9, 1e-20, 1e-300}) {
    const auto pair = deterministic_family(truth::joint(2, 2, {1 - rare, 0, 0, rare}));
    REQUIRE(pair.betas.size() == 1);
    CHECK(off(pair.betas[0], 1) < 1e-14);
  }
  // Independent: nothing is ever worth a name
  const auto none = deterministic_family(truth::joint(2, 2, {0.25, 0.25, 0.25, 0.25}));
  CHECK(none.betas.empty());
  CHECK(deterministic_bottleneck(none, 1e9).lagrangian.how.degeneracy == Degeneracy::trivial);
  const auto jump = deterministic_bottleneck(family, family.betas[0]);
  CHECK(jump.lagrangian.how.degeneracy == Degeneracy::first_order_jump);
  CHECK(etalon::abs(jump.lagrangian.value.value) < 1e-15);
}

TEST_CASE("planted: clusters merged two by two, as agglomeration does, miss the best", "[information][deterministic][planted]") {
  // Of random laws, some have a best pair of clusters that is no coarsening of the best three
  long missed = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto family = deterministic_family(random_joint(seed, 6, 3));
    const auto &two = family.best[1].cluster_of, &three = family.best[2].cluster_of;
    bool coarsens = true;
    for (std::size_t i = 0; i < three.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) coarsens &= three[i] != three[j] || two[i] == two[j];
    missed += !coarsens;
  }
  CHECK(missed > 0);
  // H(T) for I(X;T) is the same only for partitions: the soft bottleneck's L is lower
  CHECK(lagrangian(dit5(), Tensor<double>(Shape{3, 2}, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}), 1) > 0.6);
}

TEST_CASE("the deterministic bottleneck refuses", "[information][deterministic][errors]") {
  CHECK_THROWS_WITH(deterministic_family(random_joint(1, 11, 3)), Catch::Contains("at most 10"));
  const auto family = deterministic_family(dit5());
  CHECK_THROWS_WITH(deterministic_bottleneck(family, -1), Catch::Contains("beta >= 0"));
  CHECK_THROWS_WITH(deterministic_bottleneck(family, std::numeric_limits<double>::quiet_NaN()), Catch::Contains("nan"));
}
