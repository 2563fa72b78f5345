// SPDX-License-Identifier: Apache-2.0
// Rate-distortion: the table of truth, closed forms against balls, lines and chords on random sources, the ends, planted mistakes.
#include "information/limits/rate_distortion.h"

#include <catch2/catch.hpp>
#include <limits>

#include "information/law/entropy.h"
#include "information/limits/rate_closed_forms.h"
#include "information/truth.h"
#include "missing.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

Tensor<double> hamming(long n) {
  Tensor<double> d(Shape{n, n});
  for (long x = 0; x < n; ++x)
    for (long t = 0; t < n; ++t) d[x * n + t] = x == t ? 0 : 1;
  return d;
}

std::vector<double> random_law(std::uint64_t seed, long n) {
  const Stream stream(seed, "law");
  std::vector<double> p;
  double total = 0;
  for (long x = 0; x < n; ++x) p.push_back(0.02 + stream.uniform(x)), total += p.back();
  for (double& p_x : p) p_x = p_x / total;
  return p;
}

Tensor<double> random_distortions(std::uint64_t seed, long n_x, long n_t) {
  const Stream stream(seed, "distortions");
  Tensor<double> d(Shape{n_x, n_t});
  for (long k = 0; k < d.size(); ++k) d[k] = 4 * stream.uniform(k) * stream.uniform(k + 1000000);
  return d;
}

double distance(double x, const Ball& y) {
  const Ball relative = (Ball(x) - y) / y;
  return etalon::abs(midpoint(relative)) + radius(relative);
}

void check_both_sides(const RateAtDistortion& r, double truth, double tolerance) {
  CHECK(r.converged);
  CHECK(off(r.rate.lower.value.value, truth) < tolerance);
  CHECK(off(r.rate.upper.value.value, truth) < tolerance);
}

}  // namespace

TEST_CASE("truth B: rate at a given distortion, solved and in closed form, to 1e-14", "[information][rate][truth]") {
  struct Row {
    const char* name;
    std::vector<double> p;
    double distortion, unit;
  };
  for (const Row& row :
       {Row{"B2.R.Bern(.3)(D=.1)", {0.7, 0.3}, 0.1, kLn2}, Row{"B3.R.unif3(D=.2)", {1. / 3, 1. / 3, 1. / 3}, 0.2, 1},
        Row{"B4.R.(.5,.3,.2)(D=.25)", {0.5, 0.3, 0.2}, 0.25, 1}}) {
    INFO(row.name);
    const double truth = truth::value(row.name) * row.unit;
    const auto solved = rate_at_distortion(row.p, hamming(static_cast<long>(row.p.size())), row.distortion);
    check_both_sides(solved, truth, 1e-14);
    CHECK(off(hamming_rate(row.p, row.distortion).value.value, truth) < 1e-14);
    CHECK(solved.rate.upper.how.certificate == Certificate::dual);
  }
  CHECK(off(rate_at_distortion(std::vector{0.5, 0.3, 0.2}, hamming(3), 0.25).beta, etalon::log(6.0)) < 1e-7);  // the table's note
  CHECK(off(in_bits(gaussian_rate(1, 0.25).value).value, truth::value("B5.R.Gauss(1,D=.25)")) < 1e-14);
}

TEST_CASE("closed forms against balls", "[information][rate]") {
  const Ball::AtPrecision enough(200);
  for (const double variance : {1e-3, 1.0, 7.5})
    for (const double part : {1e-9, 0.01, 0.25, 0.9, 0.999}) {
      const double d = part * variance;
      const Ball laplace = log(Ball(variance) / Ball(d));
      CHECK(distance(gaussian_rate(variance, d).value.value, laplace / Ball(2)) < 1e-14);
      CHECK(distance(laplace_rate(variance, d).value.value, laplace) < 1e-14);
    }
  // H(p) - h(D) - D ln(n-1) while all letters are in use
  for (const double d : {1e-6, 0.05, 0.11, 0.25, 0.39}) {
    const Ball b(d), h = -(b * log(b) + (Ball(1) - b) * log(Ball(1) - b));
    Ball entropy(0);
    for (const double p : {0.5, 0.3, 0.2}) entropy = entropy - Ball(p) * log(Ball(p));
    CHECK(distance(hamming_rate(std::vector{0.5, 0.3, 0.2}, d).value.value, entropy - h - b * log(Ball(2))) < 1e-14);
  }
  for (const double d : {0.001, 0.11, 0.25, 0.4, 0.45}) {  // the binary symmetric source: ln 2 - h(D)
    const Ball b(d), h = -(b * log(b) + (Ball(1) - b) * log(Ball(1) - b));
    CHECK(distance(hamming_rate(std::vector{0.5, 0.5}, d).value.value, log(Ball(2)) - h) < 4e-15);
  }
  const Ball d(0.4999), h = -(d * log(d) + (Ball(1) - d) * log(Ball(1) - d));  // R = 2e-8: no entropies are subtracted
  CHECK(distance(hamming_rate(std::vector{0.5, 0.5}, 0.4999).value.value, log(Ball(2)) - h) < 4e-12);
}

TEST_CASE("Hamming: the closed form is between the solver's bounds, however many letters are left", "[information][rate]") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto p = random_law(seed, 2 + static_cast<long>(seed % 7));
    const auto d = hamming(static_cast<long>(p.size()));
    const double most = distortion_range(p, d).most;
    for (const double part : {0.01, 0.2, 0.5, 0.8, 0.95, 0.999}) {
      CAPTURE(seed, part);
      const auto solved = rate_at_distortion(p, d, part * most);
      const double closed = hamming_rate(p, part * most).value.value;
      CHECK(solved.converged);
      CHECK(etalon::abs(solved.rate.lower.value.value - closed) < 3e-15);
      CHECK(etalon::abs(solved.rate.upper.value.value - closed) < 3e-15);
    }
  }
}

TEST_CASE("the price of distortion is the slope of the closed form, and the solver's beta", "[information][rate]") {
  const auto slope = [](const auto& rate, double d) { return (rate(d * (1 - 1e-6)) - rate(d * (1 + 1e-6))) / (2e-6 * d); };
  const std::vector<double> p = {0.5, 0.3, 0.2}, variances = {4, 1, 0.25};
  CHECK(off(hamming_price(p, 0.25), etalon::log(6.0)) < 1e-15);  // the note of B4
  for (const double d : {0.1, 0.25, 0.39, 0.45}) {
    CHECK(off(hamming_price(p, d), slope([&](double at) { return hamming_rate(p, at).value.value; }, d)) < 1e-8);
    CHECK(off(hamming_price(p, d), rate_at_distortion(p, hamming(3), d).beta) < 1e-6);
  }
  for (const double d : {0.6, 1.25, 3.0})
    CHECK(off(gaussian_price(variances, d), slope([&](double at) { return gaussian_rate(variances, at).value.value; }, d)) < 1e-8);
  CHECK(off(laplace_price(2, 0.5), slope([](double at) { return laplace_rate(2, at).value.value; }, 0.5)) < 1e-8);

  // Nothing is worth anything where R = 0, and no price is enough for D = 0
  CHECK(hamming_price(p, 0.5) == 0);
  CHECK(laplace_price(2, 2) == 0);
  CHECK(gaussian_price(variances, 5.25) == 0);
  CHECK(hamming_price(p, 0) == std::numeric_limits<double>::infinity());
  CHECK(laplace_price(2, 0) == std::numeric_limits<double>::infinity());
  CHECK(gaussian_price(variances, 0) == std::numeric_limits<double>::infinity());
  CHECK_THROWS_WITH(hamming_price(std::vector{0.5, 0.6}, 0.1), Catch::Contains("a sum of 1"));
  CHECK_THROWS_WITH(laplace_price(0, 0.1), Catch::Contains("a positive, finite scale"));
}

TEST_CASE("several Gaussians: water fills the small ones first", "[information][rate]") {
  const std::vector<double> variances = {4, 1, 0.25};
  // All above the water at D = .6: theta = .2. At D = 1.25 theta = .5: the third drowns. At 5.25 nothing is left
  CHECK(off(gaussian_rate(variances, 0.6).value.value, (etalon::log(20.0) + etalon::log(5.0) + etalon::log(1.25)) / 2) < 1e-15);
  CHECK(off(gaussian_rate(variances, 1.25).value.value, (etalon::log(8.0) + etalon::log(2.0)) / 2) < 1e-15);
  CHECK(gaussian_rate(variances, 1.25).how.alphabet == 2);
  CHECK(gaussian_rate(variances, 5.25).value.value == 0);
  CHECK(gaussian_rate(std::vector{2.0}, 0.3).value == gaussian_rate(2, 0.3).value);
  // No other division of D does better
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto share = random_law(seed, 3);
    double rate = 0;
    for (int i = 0; i < 3; ++i) rate += gaussian_rate(variances[i], 1.25 * share[i]).value.value;
    CHECK(rate >= gaussian_rate(variances, 1.25).value.value - 1e-15);
  }
}

TEST_CASE("random sources: each price closes its gap; lines stay below chords", "[information][rate][law]") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const long n_x = 2 + static_cast<long>(3 * seed % 17), n_t = 2 + static_cast<long>(5 * seed % 13);
    const auto p = random_law(seed, n_x);
    const auto d = random_distortions(seed, n_x, n_t);
    const std::vector<double> betas = {0, 0.3, 1, 2, 3, 5, 10, 30, 300, kInfinity};
    const auto points = rate_distortion_curve(p, d, betas);
    for (std::size_t k = 0; k < points.size(); ++k) {
      const auto& at = points[k];
      CAPTURE(seed, at.beta);
      CHECK(at.converged);
      CHECK(at.minimum.gap().value <= 1e-15 * (1 + at.minimum.upper.value.value));
      if (at.beta < kInfinity)  // the channel reaches the minimum
        CHECK(etalon::abs(at.rate.value + at.beta * at.distortion - at.minimum.upper.value.value) <
              4e-15 * (1 + at.minimum.upper.value.value));
      for (const auto& other : points)  // no line goes above any point that is reached
        if (at.beta < kInfinity)
          CHECK(at.minimum.lower.value.value - at.beta * other.distortion <= other.rate.value + 1e-14 * (1 + at.beta));
      if (k == 0) continue;
      CHECK(at.distortion <= points[k - 1].distortion + 1e-15);
      CHECK(at.rate.value >= points[k - 1].rate.value - 1e-15);
    }
    const auto range = distortion_range(p, d);
    for (const double part : {0.1, 0.4, 0.7, 0.9}) {
      const double distortion = range.least + part * (range.most - range.least);
      const auto rough = rate_between(points, distortion);
      const auto solved = rate_at_distortion(p, d, distortion);
      CAPTURE(seed, part);
      CHECK(solved.rate.gap().value <= 2e-15);
      CHECK(rough.lower.value.value <= solved.rate.upper.value.value + 1e-15);
      CHECK(solved.rate.lower.value.value <= rough.upper.value.value + 1e-15);
    }
  }
}

TEST_CASE("more letters than symbols, and letters that nobody needs, get weight 0", "[information][rate]") {
  // Letters 2 and 3 are dominated: always dearer than letter 0. Letter 4 doubles letter 1
  const std::vector<double> p = {0.6, 0.4};
  const Tensor<double> d(Shape{2, 5}, {0, 1, 0.1, 0.3, 1, 1, 0, 1.2, 1.01, 0});
  const auto point = rate_distortion(p, d, 2);
  CHECK(point.converged);
  CHECK(point.weight[2] == 0);
  CHECK(point.weight[3] == 0);
  const auto plain = rate_distortion(p, hamming(2), 2);
  CHECK(etalon::abs(point.minimum.upper.value.value - plain.minimum.upper.value.value) < 1e-15);
  CHECK(etalon::abs(point.weight[1] + point.weight[4] - plain.weight[1]) < 1e-12);
}

TEST_CASE("a straight piece of the curve is found as one", "[information][rate]") {
  // Saying "unknown" costs .1 for either symbol: from D = .1 (all unknown, R = 0) the curve is straight until it meets ln 2 - h(D)
  const std::vector<double> p = {0.5, 0.5};
  const Tensor<double> d(Shape{2, 3}, {0, 1, 0.1, 1, 0, 0.1});
  CHECK(distortion_range(p, d).most == 0.1);
  const auto a = rate_at_distortion(p, d, 0.04), b = rate_at_distortion(p, d, 0.06), c = rate_at_distortion(p, d, 0.08);
  for (const auto* r : {&a, &b, &c}) CHECK(r->converged);
  CHECK(etalon::abs((a.rate.upper.value + c.rate.upper.value).value - 2 * b.rate.upper.value.value) < 4e-15);
  CHECK(off(a.beta, c.beta) < 1e-7);
  CHECK(b.rate.upper.value < hamming_rate(p, 0.06).value - Nats(0.05));
  const auto steep = rate_at_distortion(p, d, 1e-4);  // and before it, nobody says "unknown"
  CHECK(off(steep.rate.upper.value.value, hamming_rate(p, 1e-4).value.value) < 1e-14);
}

TEST_CASE("the ends: nothing to say, nothing to lose, and less than nothing", "[information][rate][edge]") {
  const std::vector<double> p = {0.5, 0.3, 0.2};
  CHECK(rate_distortion(p, hamming(3), 0).minimum.upper.value.value == 0);
  for (const double d : {0.5, 0.7, 1e9, kInfinity}) {
    const auto r = rate_at_distortion(p, hamming(3), d);
    CHECK(r.rate.upper.value.value == 0);
    CHECK(r.rate.upper.how.degeneracy == Degeneracy::trivial);
    CHECK(hamming_rate(p, d).value.value == 0);
  }
  check_both_sides(rate_at_distortion(p, hamming(3), 0), entropy(p).value, 1e-15);
  CHECK(hamming_rate(p, 0).value == entropy(p));
  CHECK(etalon::abs(rate_at_distortion(p, hamming(3), 1e-300).rate.upper.value.value - entropy(p).value) < 1e-15);
  // Every x has a price: below it there is no channel
  const Tensor<double> dear(Shape{2, 2}, {1, 2, 3, 2});
  CHECK(rate_at_distortion(std::vector{0.5, 0.5}, dear, 1.5).rate.upper.value.value - kLn2 < 1e-15);
  const auto none = rate_at_distortion(std::vector{0.5, 0.5}, dear, 1.25);
  CHECK(none.rate.lower.value.value == kInfinity);
  CHECK(missing(none.rate.lower.how.why_infinite, "no channel") == "");
  CHECK(gaussian_rate(1, 0).value.value == kInfinity);
  CHECK_FALSE(laplace_rate(1, 0).how.why_infinite.empty());
  CHECK(gaussian_rate(1, 1).value.value == 0);
  CHECK(laplace_rate(2, 3).value.value == 0);
  CHECK(hamming_rate(std::vector{1.0}, 0.1).value.value == 0);
  // An x that never happens may be forbidden everything; one letter only; prices beyond all measure
  const Tensor<double> forbidden(Shape{2, 2}, {0, 1, kInfinity, kInfinity});
  CHECK(rate_distortion(std::vector{1.0, 0.0}, forbidden, 3).minimum.upper.value.value < 1e-15);
  CHECK(rate_distortion(p, Tensor<double>(Shape{3, 1}, {1, 2, 3}), 5).rate.value == 0);
  CHECK(off(rate_distortion(p, hamming(3), 1e300).rate.value, entropy(p).value) < 1e-15);
}

TEST_CASE("a forbidden pair stays forbidden at every price", "[information][rate][edge]") {
  // x = 0 may not be called 1; x = 1 may be called anything: for D >= .5 both are called 0
  const Tensor<double> d(Shape{2, 2}, {0, kInfinity, 1, 0});
  const std::vector<double> p = {0.5, 0.5};
  CHECK(rate_at_distortion(p, d, 0.5).rate.upper.value.value == 0);
  const auto point = rate_distortion(p, d, 0.7);
  CHECK(point.converged);
  CHECK(point.channel[1] == 0);
  CHECK(rate_at_distortion(p, d, 0.2).rate.lower.value > hamming_rate(p, 0.2).value);
  // Neither may be called by the other's name: all of X must be said, whatever D
  const Tensor<double> both(Shape{2, 2}, {0, kInfinity, kInfinity, 0});
  for (const double distortion : {0.0, 0.3, 100.0})
    CHECK(off(rate_at_distortion(p, both, distortion).rate.upper.value.value, kLn2) < 1e-15);
}

TEST_CASE("probabilities from 1e-300, distortions up to 1e300, forbidden pairs: the bounds close", "[information][rate][edge]") {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const Stream stream(seed, "wild");
    const long n_x = 1 + static_cast<long>(stream.below(8, 1)), n_t = 1 + static_cast<long>(stream.below(8, 2));
    std::vector<double> p;
    Tensor<double> d(Shape{n_x, n_t});
    double total = 0;
    for (long x = 0; x < n_x; ++x) {
      p.push_back(seed % 2 ? etalon::exp(-690 * stream.uniform(100 + x)) : stream.uniform(100 + x));
      total += p.back();
      for (long t = 0; t < n_t; ++t) {
        const double u = stream.uniform(1000 + x * n_t + t);
        const long level = static_cast<long>(3 * u);
        d[x * n_t + t] = seed % 3 == 0 ? etalon::exp(1380 * u - 690) : seed % 3 == 1 ? static_cast<double>(level) : u;
        if (t != x % n_t && stream.below(8, 2000 + x * n_t + t) == 0) d[x * n_t + t] = kInfinity;
      }
    }
    for (double& p_x : p) p_x = p_x / total;
    const auto range = distortion_range(p, d);
    const double most = range.most < kInfinity ? range.most : 2 * range.least + 1;
    for (const double part : {1e-12, 0.001, 0.3, 0.9}) {
      CAPTURE(seed, part);
      const auto r = rate_at_distortion(p, d, range.least + part * (most - range.least));
      CHECK(r.converged);
      CHECK(r.rate.gap().value <= 1e-15);
    }
  }
}

TEST_CASE("planted: bits in the exponent, a stop before the gap has closed", "[information][rate][planted]") {
  const std::vector<double> p = {0.5, 0.3, 0.2};
  const auto right = rate_distortion(p, hamming(3), 2), bits = rate_distortion(p, hamming(3), 2 / kLn2);
  CHECK(etalon::abs(right.rate.value - bits.rate.value) > 0.1);
  // The wrong channel is a point above the line of the right price
  CHECK(bits.rate.value + 2 * bits.distortion > right.minimum.upper.value.value + 1e-3);
  // A few sweeps: not converged, a wide gap, and the truth is inside it
  const auto early = rate_distortion(p, hamming(3), 0.8, {.tolerance = 1e-15, .max_sweeps = 5});
  const auto late = rate_distortion(p, hamming(3), 0.8);
  CHECK_FALSE(early.converged);
  CHECK(early.minimum.gap().value > 1e-6);
  CHECK(early.minimum.lower.value <= late.minimum.upper.value);
  CHECK(late.minimum.lower.value <= early.minimum.upper.value);
}

TEST_CASE("rate-distortion refuses", "[information][rate][errors]") {
  const std::vector<double> p = {0.5, 0.5};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(rate_distortion(std::vector{0.5, 0.6}, hamming(2), 1), Catch::Contains("hint:"));
  CHECK_THROWS_WITH(rate_distortion(p, hamming(3), 1), Catch::Contains("[2, T]"));
  CHECK_THROWS_WITH(rate_distortion(p, Tensor<double>(Shape{2, 1}, {0, nan}), 1), Catch::Contains("[1, 0]"));
  CHECK_THROWS_WITH(rate_distortion(p, Tensor<double>(Shape{2, 1}, {0, -kInfinity}), 1), Catch::Contains("forbidden"));
  CHECK_THROWS_WITH(rate_distortion(p, Tensor<double>(Shape{2, 1}, {0, kInfinity}), 1), Catch::Contains("x = 1"));
  CHECK_THROWS_WITH(rate_distortion(p, hamming(2), -1), Catch::Contains("beta >= 0"));
  CHECK_THROWS_WITH(rate_distortion(p, hamming(2), nan), Catch::Contains("nan"));
  CHECK_THROWS_WITH(rate_distortion(p, Tensor<double>(Shape{2, 1}, {1e300, 1e300}), 1e300), Catch::Contains("range of doubles"));
  CHECK_THROWS_WITH(rate_distortion(p, hamming(2), 1, {.tolerance = nan}), Catch::Contains("tolerance"));
  CHECK_THROWS_WITH(rate_at_distortion(p, hamming(2), nan), Catch::Contains("nan"));
  CHECK_THROWS_WITH(rate_distortion_curve(p, hamming(2), {}), Catch::Contains("at least one beta"));
  CHECK_THROWS_WITH(rate_between({}, 0.1), Catch::Contains("at least one point"));
  CHECK_FALSE(rate_between({rate_distortion(p, hamming(2), 1)}, 0.01).upper.how.why_infinite.empty());
  CHECK_THROWS_WITH(gaussian_rate(0, 1), Catch::Contains("variance"));
  CHECK_THROWS_WITH(gaussian_rate(1, -1), Catch::Contains("distortion >= 0"));
  CHECK_THROWS_WITH(laplace_rate(nan, 1), Catch::Contains("scale"));
  CHECK_THROWS_WITH(hamming_rate(p, nan), Catch::Contains("distortion"));
}
