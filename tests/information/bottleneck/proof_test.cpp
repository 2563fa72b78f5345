// SPDX-License-Identifier: Apache-2.0
// The certificate of global optimality: sound on anything, tight on optima, the same in intervals and in balls.
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "information/bottleneck/bottleneck.h"
#include "information/bottleneck/certificate_body.h"
#include "information/bottleneck/columns.h"
#include "information/bottleneck/sweeps.h"
#include "information/random_law.h"
#include "information/truth.h"
#include "scalar/ball.h"
#include "scalar/interval.h"

using namespace etalon;
using namespace etalon::information;

namespace {

// A law over n symbols, some of them 0.
std::vector<double> some_law(const Stream& stream, std::uint64_t k, long n) {
  std::vector<double> r(n);
  for (long y = 0; y < n; ++y)
    r[y] = stream.uniform(16 * k + static_cast<std::uint64_t>(y)) < 0.1
               ? 0
               : -etalon::log(stream.uniform(16 * k + 8 + static_cast<std::uint64_t>(y)));
  const double total = std::accumulate(r.begin(), r.end(), 0.0);
  if (!(total > 0)) return std::vector<double>(n, 1 / static_cast<double>(n));
  for (double& x : r) x /= total;
  return r;
}

Clusters random_clusters(std::uint64_t seed, long n_t, long n_y) {
  const Stream stream(seed, "clusters");
  Clusters c{std::vector<double>(n_t, 1 / static_cast<double>(n_t)), Tensor<double>(Shape{n_t, n_y})};
  for (long t = 0; t < n_t; ++t) {
    const auto r = some_law(stream, static_cast<std::uint64_t>(t), n_y);
    for (long y = 0; y < n_y; ++y) c.centre[t * n_y + y] = 0.99 * r[y] + 0.01 / static_cast<double>(n_y);
  }
  return c;
}

// Without cluster k: what a solver with too few clusters ends with.
Clusters without(const BottleneckProblem& problem, double beta, const Clusters& c, std::size_t k) {
  std::vector<char> kept(c.weight.size(), 1);
  kept[k] = 0;
  return sweep(problem, beta, keep(c, kept), 2000, 1e-14).clusters;
}

}  // namespace

// ln c(r) of random r, of random and of optimal clusters, may not exceed what was proved of all r.
TEST_CASE("the bound holds wherever c is looked at", "[bottleneck][proof][law]") {
  long looked = 0, above_zero = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const long n_y = 2 + static_cast<long>(seed % 3), n_x = 2 + static_cast<long>(seed % 5);
    const BottleneckProblem problem(random_law(seed, n_x, n_y, 0.15));
    for (const double beta : {0.7, 3.0, 25.0}) {
      const Clusters clusters =
          seed % 2 ? random_clusters(seed, 3, problem.n_y()) : solve_by_columns(problem, beta, {}, {}).clusters;
      const auto proof = certify_minimum<Interval>(problem, beta, clusters, {2e-13, 3000, -1});
      CAPTURE(seed, beta, n_x, n_y);
      const Stream stream(seed, "points");
      Tensor<double> points(Shape{300, problem.n_y()});
      for (long s = 0; s < 300; ++s) {
        // Half of them inside the hull of the W_x, where the maxima are
        const auto r = s % 2 ? some_law(stream, static_cast<std::uint64_t>(s), problem.n_y())
                             : std::vector<double>(problem.w.data() + (s / 2 % problem.n_x()) * problem.n_y(),
                                                   problem.w.data() + (s / 2 % problem.n_x() + 1) * problem.n_y());
        const double pull = stream.uniform(100000 + static_cast<std::uint64_t>(s));
        for (long y = 0; y < problem.n_y(); ++y) points[s * problem.n_y() + y] = r[y] + pull * (problem.p_y[y] - r[y]);
      }
      const auto found = ascend(problem, beta, log_partition(problem, beta, clusters), points, 3);
      for (const double log_c : found.log_c) {
        ++looked;
        above_zero += log_c > 0;
        if (!(log_c <= proof.log_c + 1e-12 * (1 + beta))) FAIL("ln c = " << log_c << " above the proved " << proof.log_c);
      }
    }
  }
  CHECK(looked > 30000);
  CHECK(above_zero > 1000);
}

TEST_CASE("two symbols: 200 random laws, every minimum proved to 1e-12", "[bottleneck][proof]") {
  long unproved = 0, cells = 0;
  double widest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Stream stream(seed, "two symbols");
    const double beta = 1 + 39 * stream.uniform(0) * stream.uniform(1);
    const auto point = bottleneck(random_law(1000 + seed, 2 + static_cast<long>(seed % 15), 2, 0.15), beta);
    widest = std::max(widest, point.minimum.gap().value);
    cells += point.minimum.upper.how.iterations;
    unproved += !(point.minimum.gap().value <= 1e-12 && point.certificate() == Certificate::proved);
  }
  INFO("widest gap " << widest << ", " << cells << " cells");
  CHECK(unproved == 0);
}

TEST_CASE("three symbols: 50 random laws, every minimum proved to 1e-9", "[bottleneck][proof]") {
  long unproved = 0, to_1e_12 = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Stream stream(seed, "three symbols");
    const double beta = 1 + 19 * stream.uniform(0) * stream.uniform(1);
    const auto point = bottleneck(random_law(2000 + seed, 3 + static_cast<long>(seed % 10), 3, 0.15), beta);
    unproved += !(point.minimum.gap().value <= 1e-9 && point.certificate() == Certificate::proved);
    to_1e_12 += point.minimum.gap().value <= 1e-12;
  }
  CHECK(unproved == 0);
  CHECK(to_1e_12 == 50);
}

TEST_CASE("planted: clusters that are not optimal are not proved to be", "[bottleneck][proof][planted]") {
  long tried = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const BottleneckProblem problem(random_law(3000 + seed, 5, 2 + static_cast<long>(seed % 2), 0.15));
    const double beta = 12;
    const auto best = solve_by_columns(problem, beta, {}, {});
    if (best.clusters.weight.size() < 3) continue;
    ++tried;
    for (std::size_t k = 0; k < best.clusters.weight.size(); ++k) {
      const auto proof = certify_minimum<Interval>(problem, beta, without(problem, beta, best.clusters, k), {2e-13, 3000, -1});
      const double worse = (proof.lagrangian.upper.value - best.minimum.upper.value).value;
      INFO("seed " << seed << ", without cluster " << k << ", L higher by " << worse);
      CHECK(proof.log_c > 1e-9);
      CHECK(proof.log_c_found > 1e-9);                                  // and it shows where
      CHECK(proof.lagrangian.lower.value <= best.minimum.upper.value);  // yet what it proves is true
      CHECK(proof.lagrangian.gap().value >= worse);
    }
  }
  CHECK(tried > 10);
}

TEST_CASE("intervals and balls prove the same", "[bottleneck][proof]") {
  const Ball::AtPrecision precision(128);
  const auto mine = [](double e) { return truth::bsc(e); };
  for (const auto& [joint, beta] :
       std::vector<std::pair<Joint, double>>{{mine(0.1), 2},
                                             {mine(0.25), 30},
                                             {truth::joint(3, 2, {0.375, 0, 0.125, 0.125, 0, 0.375}), 4},
                                             {random_law(7, 6, 2, 0.15), 9},
                                             {truth::symmetric_channel({0.5, 0.3, 0.2}, 0.2), 3}}) {
    const BottleneckProblem problem(joint);
    const auto solved = solve_by_columns(problem, beta, {}, {});
    const auto balls = certify_minimum<Ball>(problem, beta, solved.clusters, {});
    CAPTURE(beta);
    CHECK(balls.log_c <= 2e-13);
    CHECK(balls.lagrangian.lower.value <= solved.minimum.upper.value);
    CHECK(solved.minimum.lower.value <= balls.lagrangian.upper.value);
    CHECK(balls.lagrangian.upper.value <= solved.minimum.upper.value);  // narrower: nothing is lost to rounding
    CHECK(balls.lagrangian.gap().value <= 2.1e-13 + 1e-15 * beta);
  }
}

TEST_CASE("permuting x or y permutes the result, bit for bit, and nothing else", "[bottleneck][law]") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const long n_x = 4 + static_cast<long>(seed % 4), n_y = 2 + static_cast<long>(seed % 3);
    const Joint joint =
        seed == 11 ? truth::symmetric_channel({0.25, 0.25, 0.25, 0.25}, 0.2) : random_law(4000 + seed, n_x, n_y, 0.15);
    const Stream stream(seed, "order");
    std::vector<long> xs(joint.n_x()), ys(joint.n_y());
    std::iota(xs.begin(), xs.end(), 0);
    std::iota(ys.begin(), ys.end(), 0);
    for (std::uint64_t i = xs.size(); i > 1; --i) std::swap(xs[i - 1], xs[stream.below(i, i)]);
    for (std::uint64_t i = ys.size(); i > 1; --i) std::swap(ys[i - 1], ys[stream.below(i, 100 + i)]);
    Tensor<double> p(Shape{joint.n_x(), joint.n_y()});
    for (long x = 0; x < joint.n_x(); ++x)
      for (long y = 0; y < joint.n_y(); ++y) p[x * joint.n_y() + y] = joint(xs[x], ys[y]);
    const auto a = bottleneck(joint, 6), b = bottleneck(Joint(std::move(p)), 6);
    CAPTURE(seed);
    CHECK(a.i_x == b.i_x);
    CHECK(a.i_y == b.i_y);
    CHECK(a.minimum.lower.value == b.minimum.lower.value);
    REQUIRE(a.clusters.weight == b.clusters.weight);
    if (seed == 11) continue;  // a law with symmetries: the same encoder up to one of them
    for (long x = 0; x < joint.n_x(); ++x)
      for (long t = 0; t < a.encoder.n_cols(); ++t)
        CHECK(a.encoder[xs[x] * a.encoder.n_cols() + t] == b.encoder[x * a.encoder.n_cols() + t]);
  }
}

TEST_CASE("a row split into equal laws changes nothing", "[bottleneck][law]") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Joint joint = random_law(5000 + seed, 5, 3, 0.15);
    Tensor<double> p(Shape{6, 3});
    for (long y = 0; y < 3; ++y) {
      for (long x = 0; x < 5; ++x) p[x * 3 + y] = joint(x, y);
      p[y] = p[15 + y] = joint(0, y) / 2;  // exact
    }
    const auto a = bottleneck(joint, 8), b = bottleneck(Joint(std::move(p)), 8);
    CAPTURE(seed);
    CHECK(a.i_x == b.i_x);
    CHECK(a.i_y == b.i_y);
    REQUIRE(a.clusters.weight == b.clusters.weight);
    for (long x = 0; x < 6; ++x)
      for (long t = 0; t < a.encoder.n_cols(); ++t)
        CHECK(b.encoder[x * a.encoder.n_cols() + t] == a.encoder[(x % 5) * a.encoder.n_cols() + t]);
  }
}
