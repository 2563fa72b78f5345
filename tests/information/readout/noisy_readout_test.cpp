// SPDX-License-Identifier: Apache-2.0
// Noisy readouts: the quadrature against balls and closed forms, brackets that hold, what is refused, and mistakes that must show.
#include "information/readout/noisy_readout.h"

#include <catch2/catch.hpp>
#include <limits>

#include "information/law/entropy.h"
#include "information/truth.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

NoisyReadout on_a_line(std::vector<double> centres, double sigma) {
  const long n = static_cast<long>(centres.size());
  return NoisyReadout(Tensor<double>(Shape{n, 1}, std::move(centres)), sigma);
}

// I(Y;T) in 200-bit balls by the plain formula, sum of p(t|y) ln(p(t|y)/p(t)), with a step and ends far finer than needed. The
// table is scaled to sum to 1: 1e-6 and 1 - 1e-6 as doubles do not, by 3e-17, which is 1.4e-11 of their I.
double by_balls(const Tensor<double>& p_xy, const std::vector<double>& centres, double sigma, double step, double ends) {
  const Ball::AtPrecision enough(200);
  const long n_x = p_xy.n_rows(), n_y = p_xy.n_cols();

  // Lay a grid over all centres and beyond
  const auto [low, high] = std::minmax_element(centres.begin(), centres.end());
  const long n = static_cast<long>((*high - *low) / sigma / step + 2 * ends / step);
  Ball total(0.0), s(0.0);
  for (long i = 0; i < p_xy.size(); ++i) s = s + Ball(p_xy[i]);
  for (long k = 0; k <= n; ++k) {
    // Take the density at t around each centre
    const Ball t = Ball(*low) + Ball(sigma) * (Ball(step) * Ball(static_cast<double>(k)) - Ball(ends));
    std::vector<Ball> density(n_x);
    for (long x = 0; x < n_x; ++x) {
      const Ball u = (t - Ball(centres[x])) / Ball(sigma);
      density[x] = exp(-(u * u / Ball(2.0)));
    }

    // Take p(y, t) and p(t), and add  p(y, t) ln p(y, t) / (p(y) p(t))
    Ball p_t(0.0);
    std::vector<Ball> joint(n_y, Ball(0.0)), p_y(n_y, Ball(0.0));
    for (long y = 0; y < n_y; ++y) {
      for (long x = 0; x < n_x; ++x) {
        joint[y] = joint[y] + Ball(p_xy[x * n_y + y]) / s * density[x];
        p_y[y] = p_y[y] + Ball(p_xy[x * n_y + y]) / s;
      }
      p_t = p_t + joint[y];
    }
    for (long y = 0; y < n_y; ++y) total = total + joint[y] * log(joint[y] / (p_y[y] * p_t));
  }
  return midpoint(total * Ball(step) / sqrt(Ball(2.0) * Ball::pi()));
}
double about_x_by_balls(const std::vector<double>& p, const std::vector<double>& centres, double sigma, double step = 0x1p-5) {
  const long n = static_cast<long>(p.size());
  Tensor<double> diagonal(Shape{n, n});
  for (long x = 0; x < n; ++x) diagonal[x * n + x] = p[x];
  return by_balls(diagonal, centres, sigma, step, 14);
}

std::vector<double> random_law(const Stream& stream, long n, long from) {
  std::vector<double> p;
  double total = 0;
  for (long i = 0; i < n; ++i) p.push_back(stream.uniform(from + i) + 0.01), total += p.back();
  for (double& v : p) v /= total;
  return p;
}

std::string choice(const Provenance& how, const std::string& name) {
  for (const auto& [key, value] : how.choices)
    if (key == name) return value;
  return "";
}

}  // namespace

TEST_CASE("truth E: a bit read through normal noise", "[noisy][truth]") {
  const auto readout = on_a_line({-1, 1}, 1);
  const auto value = readout.about_x({0.5, 0.5});
  CHECK(off(value.value.value, truth::value("E1.I(X;T) bit+N(0,1), T=+-1+N")) < 2e-15);
  CHECK(off(readout.bracket_about_x({0.5, 0.5}).lower.value.value, truth::value("E1.KT-Bhatt lower")) < 1e-15);
  STATIC_REQUIRE(decltype(value)::kind == BoundKind::exact);
  CHECK(choice(value.how, "sigma") == "1");
  CHECK(value.how.iterations > 10);
  // Scaled by a power of two, moved: the same readout
  CHECK(on_a_line({-4, 4}, 4).about_x({0.5, 0.5}).value == value.value);
  CHECK(on_a_line({1e6 - 1, 1e6 + 1}, 1).about_x({0.5, 0.5}).value == value.value);
}

TEST_CASE("any centres, weights and sigma on a line: the quadrature against balls", "[noisy]") {
  struct Line {
    std::vector<double> p, centres;
    double sigma;
  };
  const Line lines[] = {{{0.5, 0.5}, {-1, 1}, 0.25},           {{0.5, 0.5}, {-1, 1}, 3},
                        {{0.9, 0.1}, {0, 1.5}, 0.5},           {{0.5, 0.3, 0.2}, {0, 1, 5}, 1},
                        {{1e-6, 1 - 1e-6}, {0, 2}, 1},         {{0.25, 0.25, 0.25, 0.25}, {-3, -1, 1, 3}, 0.7},
                        {{0.2, 0.3, 0.5, 0}, {2, -1, 2, 9}, 1}};
  for (const auto& [p, centres, sigma] : lines) {
    CAPTURE(p, centres, sigma);
    const double exact = about_x_by_balls({p.begin(), p.end() - (p.back() == 0)}, centres, sigma);
    CHECK(off(on_a_line(centres, sigma).about_x(p).value.value, exact) < 5e-15);
  }
  // Close centres: I = D^2/8 - ..., every digit kept
  for (const double d : {1e-3, 1e-6, 1e-9}) {
    const double value = on_a_line({0, d}, 1).about_x({0.5, 0.5}).value.value;
    CHECK(off(value, d * d / 8 - d * d * d * d / 64) < (d == 1e-3 ? 1e-12 : 5e-15));
  }
}

TEST_CASE("far centres are told apart: H(X); groups are put together", "[noisy]") {
  CHECK(on_a_line({0, 1e9}, 1).about_x({0.5, 0.5}).value.value == kLn2);
  CHECK(on_a_line({0, 40, -50}, 1).about_x({0.5, 0.25, 0.25}).value.value == entropy(std::vector<double>{0.5, 0.25, 0.25}).value);
  const double pair = on_a_line({-1, 1}, 1).about_x({0.5, 0.5}).value.value;
  const auto two_pairs = on_a_line({-1, 100, 1, 102}, 1).about_x({0.25, 0.25, 0.25, 0.25});
  CHECK(off(two_pairs.value.value, kLn2 + pair) < 1e-15);
  // 29 sigmas: one group, the same answer as two
  CHECK(off(on_a_line({0, 29}, 1).about_x({0.3, 0.7}).value.value, on_a_line({0, 31}, 1).about_x({0.3, 0.7}).value.value) < 3e-15);
  CHECK(on_a_line({7}, 1).about_x({1}).value.value == 0);
  CHECK(on_a_line({7, 7, 7}, 1).about_x({0.2, 0.3, 0.5}).value.value == 0);
}

TEST_CASE("a label behind X: the quadrature against balls, data processing, independence", "[noisy]") {
  const auto joint = truth::joint(3, 2, {0.3, 0.1, 0.1, 0.2, 0.05, 0.25});
  const std::vector<double> centres = {-1, 0.5, 2};
  for (const double sigma : {0.4, 1.0, 5.0}) {
    const auto readout = on_a_line(centres, sigma);
    const auto value = readout.about_y(joint);
    CAPTURE(sigma);
    CHECK(off(value.value.value, by_balls(joint.p(), centres, sigma, 0x1p-5, 14)) < 1e-14);
    CHECK(value.value < mutual_information(joint));
    CHECK(value.value < readout.about_x(joint.p_x()).value);
  }
  CHECK(on_a_line(centres, 1).about_y(truth::joint(3, 2, {0.25, 0.25, 0.125, 0.125, 0.125, 0.125})).value.value == 0);
  // Groups: two far pairs, the label in part which pair
  const auto far = truth::joint(4, 2, {0.2, 0.05, 0.05, 0.2, 0.15, 0.1, 0.1, 0.15});
  const double far_apart = on_a_line({0, 100, 1, 101}, 1).about_y(far).value.value;
  CHECK(off(far_apart, on_a_line({0, 200, 1, 201}, 1).about_y(far).value.value) < 1e-15);
  CHECK(off(on_a_line({0, 28, 1, 27}, 1).about_y(far).value.value, by_balls(far.p(), {0, 28, 1, 27}, 1, 0x1p-7, 14)) < 1e-14);
}

TEST_CASE("brackets hold, on a line where the value is known, and in space where they meet at both ends", "[noisy]") {
  for (long trial = 0; trial < 60; ++trial) {
    const Stream stream(static_cast<std::uint64_t>(trial), "noisy");
    const long n = 2 + trial % 5;
    std::vector<double> centres;
    for (long x = 0; x < n; ++x) centres.push_back(6 * stream.uniform(x));
    const double sigma = 0.1 + 2 * stream.uniform(100);
    const Joint joint(Tensor<double>(Shape{n, 2}, random_law(stream, 2 * n, 200)));
    const auto readout = on_a_line(centres, sigma);
    CAPTURE(trial, n, sigma);
    const auto x = readout.bracket_about_x(joint.p_x()), y = readout.bracket_about_y(joint);
    const Nats i_x = readout.about_x(joint.p_x()).value, i_y = readout.about_y(joint).value;
    CHECK(x.lower.value.value <= i_x.value + 1e-15);
    CHECK(i_x.value <= x.upper.value.value + 1e-15);
    CHECK(y.lower.value.value <= i_y.value + 1e-15);
    CHECK(i_y.value <= y.upper.value.value + 1e-15);
  }
  const auto joint = truth::joint(4, 2, {0.2, 0.05, 0.05, 0.2, 0.15, 0.1, 0.1, 0.15});
  const auto z = normal_tensor(Stream(2, "centres"), Shape{4, 16}, 0, 1);
  const NoisyReadout sharp(z, 0.05), dull(z, 1e4);
  CHECK(sharp.bracket_about_x(joint.p_x()).gap().value < 1e-14);
  CHECK(sharp.bracket_about_y(joint).gap().value < 1e-14);
  CHECK(off(sharp.bracket_about_y(joint).lower.value.value, mutual_information(joint).value) < 1e-12);
  CHECK(dull.bracket_about_x(joint.p_x()).upper.value.value < 1e-6);
  CHECK(dull.bracket_about_y(joint).lower.value.value == 0);
  CHECK(choice(dull.bracket_about_y(joint).upper.how, "sigma") == "10000");
  CHECK(choice(dull.bracket_about_x(joint.p_x()).lower.how, "dimension") == "16");
}

TEST_CASE("noisy readouts refuse", "[noisy][errors]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(on_a_line({0, 1}, 0), Catch::Contains("sigma > 0"));
  CHECK_THROWS_WITH(on_a_line({0, 1}, nan), Catch::Contains("sigma > 0"));
  CHECK_THROWS_WITH(on_a_line({0, nan}, 1), Catch::Contains("nan at [1, 0]"));
  CHECK_THROWS_WITH(on_a_line({0, 1e200}, 1), Catch::Contains("centres 0 and 1 too far apart"));
  CHECK_THROWS_WITH(NoisyReadout(Tensor<double>(Shape{3}), 1), Catch::Contains("[X, d]"));
  const NoisyReadout plane(Tensor<double>(Shape{2, 2}, {0, 0, 1, 1}), 1);
  CHECK_THROWS_WITH(plane.about_x({0.5, 0.5}), Catch::Contains("d = 2"));
  CHECK_THROWS_WITH(plane.about_y(truth::bsc(0.1)), Catch::Contains("bracket_about_y"));
  CHECK_THROWS_WITH(plane.bracket_about_x({1}), Catch::Contains("2 weights"));
  CHECK_THROWS_WITH(plane.bracket_about_x({0.5, 0.6}), Catch::Contains("got 1.1"));
  std::vector<double> chain(2000);
  for (std::size_t i = 0; i < chain.size(); ++i) chain[i] = 25.0 * static_cast<double>(i);
  CHECK_THROWS_WITH(on_a_line(chain, 1).about_x(std::vector<double>(2000, 1.0 / 2000)), Catch::Contains("2^31 terms"));
}

TEST_CASE("planted: the variance for sigma, unequal weights forgotten, KL and Bhattacharyya exchanged", "[noisy][planted]") {
  const std::vector<double> p = {0.7, 0.3};
  const auto right = on_a_line({-1, 1}, 0.5);
  const double value = right.about_x(p).value.value, exact = about_x_by_balls(p, {-1, 1}, 0.5);
  CHECK(off(value, exact) < 5e-15);
  CHECK(off(on_a_line({-1, 1}, 0.25).about_x(p).value.value, exact) > 0.01);  // sigma^2 where sigma belongs
  CHECK(off(right.about_x({0.5, 0.5}).value.value, exact) > 0.01);
  const auto bracket = right.bracket_about_x(p);
  CHECK(bracket.lower.value.value < value);  // exchanged, neither would hold
  CHECK(value < bracket.upper.value.value);
  CHECK(bracket.lower.value < bracket.upper.value);
}
