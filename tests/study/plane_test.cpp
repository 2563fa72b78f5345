// SPDX-License-Identifier: Apache-2.0
// plane: three readings of a layer, on laws whose answer is known.
#include "study/plane.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "information/bottleneck/certificate.h"
#include "information/bounds/pairwise.h"
#include "law/weave.h"
#include "study/experiment.h"
#include "study/run.h"

using namespace etalon;
using information::Joint;

namespace {

// Four contexts; two of them foresee 0, two foresee 1.
Joint two_by_two() { return Joint(Tensor<double>({4, 2}, {0.25, 0, 0, 0.25, 0.25, 0, 0, 0.25})); }

}  // namespace

TEST_CASE("plane: a deterministic layer is the entropy of its partition", "[study][plane]") {
  // Contexts 0 and 2 in one cell, 1 and 3 apart; -0 is 0
  const auto p = study::partition(two_by_two(), Tensor<double>({4, 2}, {0.0, 1, 3, 4, -0.0, 1, 5, 6}));
  CHECK(p.n_cells == 3);
  CHECK(std::abs(p.i_x.value.value - 1.5 * kLn2) <= 4e-16);
  CHECK(std::abs(p.i_y.value.value - kLn2) <= 4e-16);
  const auto all_one = study::partition(two_by_two(), Tensor<double>({4, 1}, {7, 7, 7, 7}));
  CHECK(all_one.n_cells == 1);
  CHECK(all_one.i_x.value.value == 0.0);
  CHECK(all_one.i_y.value.value == 0.0);
}

TEST_CASE("plane: vectors that all differ say ln N, whatever they are", "[study][plane]") {
  for (const std::uint64_t seed : {1u, 2u}) {
    const auto p = study::partition(two_by_two(), law::weave({4, 3}, "z", seed));
    CHECK(p.n_cells == 4);
    CHECK(p.i_x.value.value == 2 * kLn2);
  }
}

TEST_CASE("plane: a vector that is not a number lies in no cell", "[study][plane][error]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(study::partition(two_by_two(), Tensor<double>({4, 1}, {1, nan, 2, 3})), Catch::Contains("NaN"));
}

TEST_CASE("plane: a noisy readout has the bounds of pairwise.h, for I(X;T) and I(X;T|Y)", "[study][plane][noisy]") {
  const Joint joint(Tensor<double>({3, 2}, {0.25, 0.125, 0.0625, 0.1875, 0.25, 0.125}));
  const auto z = law::weave({3, 4}, "z");
  const auto r = study::noisy_readout(joint, z, 0.7);

  double mean_square = 0;
  for (long x = 0; x < 3; ++x)
    for (long d = 0; d < 4; ++d) mean_square += joint.p_x()[x] * z[x * 4 + d] * z[x * 4 + d] / 4;
  CHECK(std::abs(r.sigma - 0.7 * std::sqrt(mean_square)) <= 1e-15);

  Tensor<double> kl({3, 3}), bhattacharyya({3, 3});
  for (long a = 0; a < 3; ++a)
    for (long b = 0; b < 3; ++b) {
      double squared = 0;
      for (long d = 0; d < 4; ++d) squared += (z[a * 4 + d] - z[b * 4 + d]) * (z[a * 4 + d] - z[b * 4 + d]);
      kl[a * 3 + b] = squared / (2 * r.sigma * r.sigma);
      bhattacharyya[a * 3 + b] = squared / (8 * r.sigma * r.sigma);
    }
  const double upper = information::pairwise_kl_bound(joint.p_x(), kl).value.value;
  const double lower = information::pairwise_bhattacharyya_bound(joint.p_x(), bhattacharyya).value.value;
  CHECK(std::abs(r.i_x.upper.value.value - upper) <= 1e-14);
  CHECK(std::abs(r.i_x.lower.value.value - lower) <= 1e-14);

  double upper_given_y = 0, lower_given_y = 0;
  for (long y = 0; y < 2; ++y) {
    std::vector<double> p;
    for (long x = 0; x < 3; ++x) p.push_back(joint(x, y) / joint.p_y()[y]);
    upper_given_y += joint.p_y()[y] * information::pairwise_kl_bound(p, kl).value.value;
    lower_given_y += joint.p_y()[y] * information::pairwise_bhattacharyya_bound(p, bhattacharyya).value.value;
  }
  CHECK(std::abs(r.i_y.lower.value.value - std::max(0.0, lower - upper_given_y)) <= 1e-14);
  const double most = std::min(upper - lower_given_y, study::partition(joint, z).i_y.value.value);
  CHECK(std::abs(r.i_y.upper.value.value - most) <= 1e-14);
}

TEST_CASE("plane: noise closes on the partition as it vanishes, and on nothing as it grows", "[study][plane][noisy]") {
  const auto z = law::weave({4, 3}, "z");
  const auto little = study::noisy_readout(two_by_two(), z, 1e-3), much = study::noisy_readout(two_by_two(), z, 1e6);
  CHECK(std::abs(little.i_x.lower.value.value - 2 * kLn2) <= 1e-15);
  CHECK(std::abs(little.i_x.upper.value.value - 2 * kLn2) <= 1e-15);
  CHECK(std::abs(little.i_y.lower.value.value - kLn2) <= 1e-15);
  CHECK(much.i_x.upper.value.value <= 1e-11);
  CHECK(much.i_y.upper.value.value <= 1e-11);
  double last = 2 * kLn2;
  for (const double share : {0.1, 0.3, 1.0, 3.0, 10.0}) {
    const auto r = study::noisy_readout(two_by_two(), z, share);
    CHECK(r.i_x.lower.value.value <= r.i_x.upper.value.value);
    CHECK(r.i_y.lower.value.value <= r.i_y.upper.value.value);
    CHECK(r.i_x.upper.value.value <= last);
    last = r.i_x.upper.value.value;
  }
}

TEST_CASE("plane: the true information of a noisy readout lies in the bracket", "[study][plane][noisy]") {
  // Two equally likely points +-1 in one dimension: I = ln 2 - E ln(1 + e^{-2 t/sigma^2}), t = 1 + sigma N(0, 1); midpoint rule
  const Joint joint(Tensor<double>({2, 2}, {0.45, 0.05, 0.05, 0.45}));
  const Tensor<double> z({2, 1}, {1, -1});
  for (const double sigma : {0.5, 1.0, 2.0}) {
    double expected = 0, given_y = 0;
    for (long i = -80000; i < 80000; ++i) {
      const double u = (static_cast<double>(i) + 0.5) * 1e-4, t = 1 + sigma * u;
      const double weight = std::exp(-u * u / 2) / std::sqrt(2 * std::acos(-1.0)) * 1e-4;
      const double odds = std::exp(-2 * t / (sigma * sigma));
      expected -= weight * std::log((1 + odds) / 2);
      given_y -= weight * (0.9 * std::log(0.9 + 0.1 * odds) + 0.1 * std::log(0.1 + 0.9 * odds));
    }
    const auto r = study::noisy_readout(joint, z, sigma);
    CHECK(r.sigma == sigma);
    CHECK(r.i_x.lower.value.value < expected);
    CHECK(expected < r.i_x.upper.value.value);
    CHECK(r.i_y.lower.value.value < expected - given_y);
    CHECK(expected - given_y < r.i_y.upper.value.value);
  }
}

TEST_CASE("plane: a readout without noise or without vectors is refused", "[study][plane][error]") {
  const auto z = law::weave({4, 2}, "z");
  for (const double share : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_WITH(study::noisy_readout(two_by_two(), z, share), Catch::Contains("sigma > 0") && Catch::Contains("partition"));
  CHECK_THROWS_WITH(study::noisy_readout(two_by_two(), Tensor<double>({4, 2}), 1), Catch::Contains("some finite size"));
}

TEST_CASE("plane: on every kind of source, every layer stays under the curve in every reading", "[study][plane][sources]") {
  for (auto e : study::parse_experiments(study::built_in_experiments("every-source"), "built-in")) {
    INFO(e.name);
    e.n_steps = 20, e.measure_every = 10, e.batch_sequences = 4, e.probe_sequences = 4, e.n_anchors = 16;
    const auto r = study::run(e);
    REQUIRE(r.measurements.size() == 3);
    const double i_xy = r.plane.mutual.value, slack = 1e-12;  // rounding
    for (const auto& m : r.measurements)
      for (const auto& p : m.plane) {
        INFO(p.layer << " at step " << m.step);
        CHECK(p.i_y.value <= study::allowed_by_curve(r.curve, p.i_x).value + slack);
        // How far below is an interval, proved up to |Y| = 4, and narrow where training begins and ends
        const bool proved = e.model.vocab_size <= information::kMostCertifiedY, is_end = m.step == 0 || m.step == e.n_steps;
        const auto& d = p.distance;
        CHECK((d.upper.how.certificate == information::Certificate::proved) == proved);
        CHECK(0 <= d.lower.value.value);
        CHECK(d.lower.value <= d.upper.value);
        CHECK(d.lower.value.value <= study::allowed_by_curve(r.curve, p.i_x).value - p.i_y.value + 2 * slack);
        CHECK(d.gap().value < (proved && is_end ? 4e-12 : 0.05));
        CHECK(p.partition.i_y.value.value <= study::allowed_by_curve(r.curve, p.partition.i_x.value).value + slack);
        REQUIRE(p.noisy);
        CHECK(p.noisy->i_y.lower.value.value <= study::allowed_by_curve(r.curve, p.noisy->i_x.upper.value).value + slack);
        CHECK(p.noisy->i_x.upper.value.value <= p.partition.i_x.value.value + 1e-12);
        CHECK(p.partition.i_y.value.value <= i_xy + 1e-12);
      }
  }
}
