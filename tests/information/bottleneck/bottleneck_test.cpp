// SPDX-License-Identifier: Apache-2.0
// The information bottleneck: closed forms, certified points, the laws of the curve and of each sweep.
#include "information/bottleneck/bottleneck.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "information/random_law.h"
#include "information/truth.h"
#include "source/source.h"
#include "tensor/sum.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

Joint markov() { return truth::joint(2, 2, {0.675, 0.075, 0.075, 0.175}); }
Joint embo2x2() { return truth::joint(2, 2, {0.1, 0.4, 0.35, 0.15}); }
Joint dit5() { return truth::joint(3, 3, {0.2, 0, 0.2, 0, 0, 0.2, 0, 0.2, 0.2}); }
Joint inverse_bec() { return truth::joint(3, 2, {0.375, 0, 0.125, 0.125, 0, 0.375}); }
Joint even(long length) { return Joint(source::make_source({.kind = "even"})->joint(length).joint); }
const std::vector<double> kUniform3 = {1.0 / 3, 1.0 / 3, 1.0 / 3};

double h(double a) { return -a * etalon::log(a) - (1 - a) * etalon::log1p(-a); }

}  // namespace

TEST_CASE("truth: certified points of the curve", "[bottleneck][truth]") {
  struct Row {
    const char* name;
    Joint joint;
    double beta;
    bool x, bits;
  };
  const std::vector<Row> table = {
      {"C2.IX.BSC(.1),beta=1.6", truth::bsc(0.1), 1.6, true, true},
      {"C2.IY.BSC(.1),beta=1.6", truth::bsc(0.1), 1.6, false, true},
      {"C2.IX.BSC(.1),beta=2", truth::bsc(0.1), 2, true, true},
      {"C2.IX.BSC(.1),beta=5", truth::bsc(0.1), 5, true, true},
      {"IBcert.dit5.beta=5.IY", dit5(), 5, false, false},
      {"IBcert.dit5.beta=10.IY", dit5(), 10, false, false},
      {"IBcert.invBEC(.25).beta=1.5.IY", inverse_bec(), 1.5, false, false},
      {"IBcert.invBEC(.25).beta=4.IX", inverse_bec(), 4, true, false},
      {"IBcert.embo2x2.beta=8.IX", embo2x2(), 8, true, false},
      {"IBcert.Ham3 p=(.5,.3,.2) eps=.2.beta=2.2.IY", truth::symmetric_channel({0.5, 0.3, 0.2}, 0.2), 2.2, false, false},
      {"IBcert.Ham3 p=(.5,.3,.2) eps=.2.beta=3.IX", truth::symmetric_channel({0.5, 0.3, 0.2}, 0.2), 3, true, false},
      {"IBcert.Ham3 p=(.5,.3,.2) eps=.2.beta=3.IY", truth::symmetric_channel({0.5, 0.3, 0.2}, 0.2), 3, false, false},
      {"IBcert.Ham3 uniform eps=.2.beta=2.5.IX", truth::symmetric_channel(kUniform3, 0.2), 2.5, true, false},
      {"IBcert.Ham3 uniform eps=.2.beta=2.5.IY", truth::symmetric_channel(kUniform3, 0.2), 2.5, false, false},
      {"IBcert.markov.beta=3.IX", markov(), 3, true, false},
      {"IBcert.markov.beta=5.IY", markov(), 5, false, false},
      {"IBcert.even L=3.beta=8.IX", even(3), 8, true, false},
      {"IBcert.even L=3.beta=8.IY", even(3), 8, false, false},
      {"IBcert.even L=3.beta=20.IX", even(3), 20, true, false},
  };
  for (const Row& row : table) {
    INFO(row.name);
    const auto point = bottleneck(row.joint, row.beta);
    const Nats found = row.x ? point.i_x : point.i_y;
    CHECK(point.converged);
    CHECK(off(row.bits ? in_bits(found).value : found.value, truth::value(row.name)) < 1e-14);
  }
}

// 1.01 % above its critical 3.96, a relative change of p or beta comes back a hundredfold. The table's 15 digits are off by
// 2.8e-14 there: the equations solved with 50 digits (mpmath) give the second number.
TEST_CASE("truth: a point just above a critical beta", "[bottleneck][truth]") {
  const auto point = bottleneck(embo2x2(), 4);
  CHECK(off(point.i_x.value, truth::value("IBcert.embo2x2.beta=4.IX")) < 1e-12);
  CHECK(off(point.i_x.value, 0.024366910226865089653) < 1e-14);
}

TEST_CASE("BSC: the whole curve in closed form", "[bottleneck]") {
  // At flip a of the encoder: I_X = ln 2 - h(a), I_Y = ln 2 - h(a * e), beta = dI_X/dI_Y = (logit a)/((1 - 2e) logit(a * e))
  for (const double e : {0.05, 0.1, 0.25}) {
    const auto joint = truth::bsc(e);
    for (const double a : {0.02, 0.1, 0.2, 0.3}) {
      const double both = a * (1 - e) + e * (1 - a);
      const auto logit = [](double q) { return etalon::log((1 - q) / q); };
      const double beta = logit(a) / ((1 - 2 * e) * logit(both));
      CAPTURE(e, a, beta);
      const auto point = bottleneck(joint, beta);
      CHECK(etalon::abs(point.i_x.value - (kLn2 - h(a))) < 1e-14);
      CHECK(etalon::abs(point.i_y.value - (kLn2 - h(both))) < 1e-14);
      CHECK(point.clusters.weight.size() == 2);
    }
  }
  // The row of the table at a rate of half a bit
  const double a = truth::value("C1.alpha.BSC(.1),R=.5bit");
  const auto point = bottleneck(truth::bsc(0.1), truth::value("C1.beta"));
  CHECK(etalon::abs(in_bits(point.i_x).value - 0.5) < 1e-12);
  CHECK(etalon::abs(point.i_y.value - (kLn2 - h(a * 0.9 + 0.1 * (1 - a)))) < 1e-12);
}

TEST_CASE("L never rises in a sweep, from any start", "[bottleneck][law]") {
  long sweeps = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const long n_x = 2 + static_cast<long>(seed % 6), n_y = 2 + static_cast<long>(seed % 4);
    const auto joint = random_law(seed, n_x, n_y, 0.15);
    if (*std::min_element(joint.p_y().begin(), joint.p_y().end()) == 0) continue;
    Clusters start{std::vector<double>(n_x + 1, 1 / static_cast<double>(n_x + 1)), Tensor<double>(Shape{n_x + 1, n_y})};
    for (long t = 0; t <= n_x; ++t) {
      const auto row = random_law(100 * seed + static_cast<std::uint64_t>(t), 1, n_y, 0.15);
      for (long y = 0; y < n_y; ++y) start.centre[t * n_y + y] = 0.9 * row(0, y) + 0.1 / static_cast<double>(n_y);
    }
    for (const double beta : {1.5, 4.0, 30.0, 1000.0}) {
      BottleneckSetting setting;
      setting.max_sweeps = 400;
      const auto run = sweep_to_rest(joint, beta, start, setting, true);
      for (std::size_t k = 1; k < run.lagrangian.size(); ++k) {
        ++sweeps;
        // I_X and beta I_Y are each right to a few ulp
        if (!(run.lagrangian[k] <= run.lagrangian[k - 1] + 4e-16 * (2 + beta)))
          FAIL("seed " << seed << ", beta " << beta << ", sweep " << k);
      }
    }
  }
  CHECK(sweeps > 5000);  // the law was asked often
}

TEST_CASE("the solution is a fixed point of the three equations, and its encoder has the point's values", "[bottleneck][law]") {
  for (const Joint& joint : {markov(), dit5(), even(4), random_law(3, 6, 4, 0.15)}) {
    const auto point = bottleneck(joint, 12);
    const auto plane = information_plane(joint, point.encoder);
    CHECK(etalon::abs(plane.i_x.value - point.i_x.value) < 1e-14);
    CHECK(etalon::abs(plane.i_y.value - point.i_y.value) < 1e-14);
    CHECK(point.clusters.weight.size() <= static_cast<std::size_t>(joint.n_x()) + 1);

    const long n_t = point.encoder.n_cols(), n_y = joint.n_y();
    for (long t = 0; t < n_t; ++t) {
      double q = 0;
      std::vector<double> r(n_y, 0);
      for (long x = 0; x < joint.n_x(); ++x) {
        q += joint.p_x()[x] * point.encoder[x * n_t + t];
        for (long y = 0; y < n_y; ++y) r[y] += joint(x, y) * point.encoder[x * n_t + t];
      }
      CHECK(etalon::abs(q - point.clusters.weight[t]) < 1e-12);
      for (long y = 0; y < n_y; ++y) CHECK(etalon::abs(r[y] / q - point.clusters.centre[t * n_y + y]) < 1e-11);
    }
  }
}

TEST_CASE("curves: monotone, concave, under both limits, with slope 1/beta", "[bottleneck][law]") {
  for (const Joint& joint : {markov(), embo2x2(), dit5(), even(4), random_law(8, 5, 4, 0.15)}) {
    const auto e = entropies(joint);
    const auto points = bottleneck_curve(joint, default_betas(joint, 25));
    for (std::size_t k = 0; k < points.size(); ++k) {
      const auto& p = points[k];
      CAPTURE(p.beta);
      CHECK(p.i_y.value <= p.i_x.value + 1e-15);
      CHECK(p.i_y.value <= e.mutual.value + 1e-15);
      CHECK(p.lagrangian.value <= 1e-14);
      if (k == 0) continue;
      CHECK(p.i_x.value >= points[k - 1].i_x.value - 1e-9);
      CHECK(p.i_y.value >= points[k - 1].i_y.value - 1e-9);
      CHECK(p.lagrangian.value <= points[k - 1].lagrangian.value + 1e-14);  // the envelope: dL*/dbeta = -I(T;Y)
    }
    CHECK(points.back().i_y.value > 0.99 * e.mutual.value);

    // dI(X;T) = beta dI(T;Y), by central differences of second order
    const double beta = points[18].beta, step = 1e-4 * beta;
    const auto low = bottleneck(joint, beta - step), high = bottleneck(joint, beta + step);
    if (low.clusters.weight.size() != high.clusters.weight.size()) continue;
    const double di_x = (high.i_x - low.i_x).value, di_y = (high.i_y - low.i_y).value;
    if (di_y > 1e-9) CHECK(off(di_x / di_y, beta) < 1e-4);
    CHECK(etalon::abs((high.lagrangian - low.lagrangian).value / (2 * step) + bottleneck(joint, beta).i_y.value) < 1e-6);
  }
}

TEST_CASE("nothing is worth keeping at beta <= 1, or of independent variables", "[bottleneck]") {
  for (const double beta : {0.0, 0.5, 1.0}) {
    const auto point = bottleneck(markov(), beta);
    CHECK(point.i_x.value == 0);
    CHECK(point.certificate() == Certificate::proved);
    CHECK(point.degeneracy() == Degeneracy::trivial);
    CHECK(point.clusters.weight.size() == 1);
  }
  CHECK(bottleneck(truth::joint(2, 2, {0.25, 0.25, 0.25, 0.25}), 100).i_x.value == 0);
  CHECK(bottleneck(truth::joint(1, 3, {0.25, 0.25, 0.5}), 100).clusters.weight.size() == 1);
  // beta_c of a binary symmetric pair is 1/rho^2
  CHECK(off(second_singular_value_squared(truth::bsc(0.1)), 0.64) < 1e-6);
  CHECK(bottleneck(truth::bsc(0.1), 1 / 0.64 - 0.01).i_x.value == 0);
  CHECK(bottleneck(truth::bsc(0.1), 1 / 0.64 + 0.01).i_x.value > 0.01);
}

TEST_CASE("the ternary Hamming channel jumps before its trivial solution loses stability, and needs four clusters there",
          "[bottleneck][truth]") {
  const auto joint = truth::symmetric_channel(kUniform3, 0.2);
  const double beta_c = truth::value("C6.beta_c.Hamming(3,.2)"), rate = truth::value("C6.R*");
  CHECK(off(1 / second_singular_value_squared(joint), 2.04081632653) < 1e-6);
  CHECK(bottleneck(joint, beta_c - 1e-3).i_x.value == 0);
  const auto jumped = bottleneck(joint, beta_c + 1e-3);
  CHECK(jumped.i_x.value > rate);
  CHECK(jumped.clusters.weight.size() == 3);

  // At beta_c itself: half the weight on p_Y, half on the three centres at a*. A fixed point with L = 0 and half the rate
  const auto three = sweep_to_rest(joint, beta_c, jumped.clusters, {});
  Clusters four = three.clusters;
  std::vector<double> centres = four.centre.values();
  for (double& q : four.weight) q = q / 2;
  four.weight.push_back(0.5);
  centres.insert(centres.end(), 3, 1.0 / 3);
  four.centre = Tensor<double>(Shape{4, 3}, centres);
  BottleneckSetting one_sweep;
  one_sweep.max_sweeps = 1;
  const auto run = sweep_to_rest(joint, beta_c, four, one_sweep, true);
  REQUIRE(run.clusters.weight.size() == 4);
  for (int t = 0; t < 4; ++t) CHECK(etalon::abs(run.clusters.weight[t] - four.weight[t]) < 1e-12);
  CHECK(etalon::abs(run.lagrangian[0]) < 1e-13);

  Tensor<double> encoder(Shape{3, 4});
  for (long x = 0; x < 3; ++x) {
    for (long t = 0; t < 4; ++t) {
      double divergence = 0;
      for (long y = 0; y < 3; ++y) divergence += 3 * joint(x, y) * etalon::log(3 * joint(x, y) / four.centre[t * 3 + y]);
      encoder[x * 4 + t] = four.weight[t] * etalon::exp(-beta_c * divergence);
    }
    const double z = ordered_sum<double>(4, [&](long t) { return encoder[x * 4 + t]; });
    for (long t = 0; t < 4; ++t) encoder[x * 4 + t] = encoder[x * 4 + t] / z;
  }
  const auto plane = information_plane(joint, encoder);
  CHECK(etalon::abs(plane.i_x.value - rate / 2) < 1e-11);
  CHECK(etalon::abs(plane.i_y.value - truth::value("C6.IY at R*/2 (needs |T|=4)")) < 1e-11);
}

TEST_CASE("rows that happen never, symbols that happen never, equal rows", "[bottleneck]") {
  // markov() with an impossible x, an impossible y, and its first row split in two
  const auto padded = truth::joint(4, 3, {0.3375, 0, 0.0375, 0, 0, 0, 0.3375, 0, 0.0375, 0.075, 0, 0.175});
  const auto a = bottleneck(padded, 5), b = bottleneck(markov(), 5);
  CHECK(etalon::abs(a.i_x.value - b.i_x.value) < 1e-13);
  CHECK(etalon::abs(a.i_y.value - b.i_y.value) < 1e-13);
  CHECK(a.encoder.n_rows() == 4);
  CHECK(a.encoder[0] == a.encoder[2 * a.encoder.n_cols()]);
  // Words and merged words have one curve
  const auto source = source::make_source({.kind = "even"});
  CHECK(etalon::abs(bottleneck(Joint(source->words(3).joint), 20).i_x.value - bottleneck(even(3), 20).i_x.value) < 1e-12);
}

TEST_CASE("Y = f(X): at any beta > 1 everything about Y is kept and nothing else", "[bottleneck]") {
  const auto point = bottleneck(truth::joint(4, 2, {0.25, 0, 0.25, 0, 0.25, 0, 0, 0.25}), 3);
  CHECK(off(point.i_y.value, h(0.25)) < 1e-12);
  CHECK(off(point.i_x.value, h(0.25)) < 1e-12);
}

TEST_CASE("rows that hardly ever happen, and prices beyond all measure, end in numbers", "[bottleneck]") {
  for (const double rare : {1e-13, 1e-20, 1e-300}) {
    const auto joint = truth::joint(3, 3, {0.5, 0, 0, 0, 0.5, 0, 0, 0, rare});
    for (const double beta : {1.001, 3.0, 1e6, 1e308}) {
      CAPTURE(rare, beta);
      const auto point = bottleneck(joint, beta);
      CHECK(etalon::abs(point.i_x.value - kLn2) < 1e-11);
      CHECK(etalon::abs(point.i_y.value - kLn2) < 1e-11);
    }
  }
  for (const double beta : {1e100, 1e308})
    CHECK(off(bottleneck(random_law(3, 6, 4, 0.15), beta).i_y.value, mutual_information(random_law(3, 6, 4, 0.15)).value) < 1e-12);
}

TEST_CASE("bottleneck refuses", "[bottleneck][errors]") {
  CHECK_THROWS_WITH(bottleneck(markov(), -1), Catch::Contains("beta >= 0"));
  CHECK_THROWS_WITH(bottleneck(markov(), std::numeric_limits<double>::quiet_NaN()), Catch::Contains("nan"));
  CHECK_THROWS_WITH(bottleneck_curve(markov(), {}), Catch::Contains("at least one beta"));
  CHECK_THROWS_WITH(bottleneck_curve(markov(), {2, std::numeric_limits<double>::infinity()}), Catch::Contains("inf"));
  CHECK_THROWS_WITH(information_plane(markov(), Tensor<double>(Shape{3, 2})), Catch::Contains("[2, T]"));
  CHECK_THROWS_WITH(information_plane(markov(), Tensor<double>(Shape{2, 2}, {0.5, 0.5, 0.5, 0.4})), Catch::Contains("row 1"));
  CHECK_THROWS_WITH(sweep_to_rest(markov(), 0, {{1}, Tensor<double>(Shape{1, 2})}, {}), Catch::Contains("beta > 0"));
  CHECK_THROWS_WITH(sweep_to_rest(markov(), 2, {{1}, Tensor<double>(Shape{1, 3})}, {}), Catch::Contains("[T, 2]"));
}

// The mistake of a widely used solver: the divergence in bits with the natural exponential.
TEST_CASE("planted: bits in the exponent", "[bottleneck][planted]") {
  const auto right = bottleneck(truth::bsc(0.1), 2), wrong = bottleneck(truth::bsc(0.1), 2 / kLn2);
  const double truth = truth::value("C2.IX.BSC(.1),beta=2");
  CHECK(etalon::abs(in_bits(right.i_x).value - truth) < 3e-12);
  CHECK(etalon::abs(in_bits(wrong.i_x).value - truth) > 0.1);
}
