// SPDX-License-Identifier: Apache-2.0
// Exact quantities: the table of truth, other members of its families against balls, laws on random joints, planted mistakes.
#include "information/law/entropy.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "base/bits.h"
#include "information/bounds/barber_agakov.h"
#include "information/truth.h"
#include "scalar/entropy_terms.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::information;
using truth::bec;
using truth::bsc;
using truth::off;

namespace {

// h(e) and friends in 200-bit balls, from the double e itself: the independent closed form.
Ball ball_surprise(const Ball& p) { return -(p * log(p)); }
Ball ball_h(double e) { return ball_surprise(Ball(e)) + ball_surprise(Ball(1) - Ball(e)); }

// The relative distance of a double from a ball, outwards.
double off(double x, const Ball& y) {
  const Ball relative = (Ball(x) - y) / y;
  return etalon::abs(midpoint(relative)) + radius(relative);
}

Joint random_joint(std::uint64_t seed, long n_x, long n_y) {
  const Stream stream(seed, "joint");
  Tensor<double> p(Shape{n_x, n_y});
  double total = 0;
  for (long i = 0; i < p.size(); ++i) {
    const double u = stream.uniform(i);
    p[i] = u < 0.2 ? 0 : u * u * u;
    total += p[i];
  }
  for (long i = 0; i < p.size(); ++i) p[i] = p[i] / total;
  return Joint(std::move(p));
}

// I of the very doubles of a joint, in 300-bit balls, normalised by their exact total.
Ball ball_mutual(const Joint& joint) {
  const Ball::AtPrecision enough(300);
  Ball total(0), result(0);
  std::vector<Ball> p_x(joint.n_x(), Ball(0)), p_y(joint.n_y(), Ball(0));
  for (long x = 0; x < joint.n_x(); ++x)
    for (long y = 0; y < joint.n_y(); ++y) {
      p_x[x] = p_x[x] + Ball(joint(x, y));
      p_y[y] = p_y[y] + Ball(joint(x, y));
      total = total + Ball(joint(x, y));
    }
  for (long x = 0; x < joint.n_x(); ++x)
    for (long y = 0; y < joint.n_y(); ++y)
      if (joint(x, y) > 0) result = result + Ball(joint(x, y)) / total * log(Ball(joint(x, y)) * total / (p_x[x] * p_y[y]));
  return result;
}

}  // namespace

TEST_CASE("phi: relative error below 8 ulp from 1 - r = 1 to r = 1e6, through its double zero", "[information]") {
  const Ball::AtPrecision enough(400);
  for (double e : {-0.999999, -0.7, -0.2500001, -0.25,     -0.2499999, -0.1, -1e-3, -1e-9, -1e-300, 1e-200,
                   1e-16,     1e-8, 1e-3,       0.2499999, 0.25,       0.26, 0.5,   1.0,   17.0,    1e6}) {
    const Ball r = Ball(1) + Ball(e), exact = r * log(r) - Ball(e);
    if (e * e / 2 < 1e-300) {
      CHECK(phi(e) >= 0);
      continue;
    }
    CAPTURE(e);
    CHECK(off(phi(e), exact) < 8 * 0x1p-53);
  }
  CHECK(phi(-1) == 1);
  CHECK(phi(0) == 0);
}

TEST_CASE("truth A: discrete channels to 1e-14 relative", "[information][truth]") {
  CHECK(off(mutual_information(bec(0.25)).value, truth::value("A2.I.BEC(0.25)")) < 1e-14);
  CHECK(off(mutual_information(truth::symmetric_channel({0.25, 0.25, 0.25, 0.25}, 0.15)).value,
            truth::value("A4.I.4ary-symmetric(0.15)")) < 1e-14);
  // The capacity of Z(.5) is reached at p(x = 1) = 2/5
  const auto z = truth::joint(2, 2, {0.6, 0, 0.2, 0.2});
  CHECK(off(in_bits(mutual_information(z)).value, truth::value("A3b.C.Z(0.5)")) < 1e-14);
}

TEST_CASE("channels at other parameters against balls, to 4e-15 relative, however small I is", "[information]") {
  const Ball::AtPrecision enough(200);
  const Ball ln2 = log(Ball(2));
  for (const double e : {0x1p-40, 0.001, 0.11, 0.3, 0.49, 0.4999, 0.5 - 0x1p-20, 0.75, 0.999}) {
    CAPTURE(e);
    // With 1 - e rounded the doubles are another law, a half ulp away, so compare with the law that was given
    CHECK(off(mutual_information(bsc(e)).value, ball_mutual(bsc(e))) < 4e-15);
    CHECK(off(mutual_information(bec(e)).value, ball_mutual(bec(e))) < 4e-15);
    for (const long n : {3L, 5L, 37L}) {
      const auto channel = truth::symmetric_channel(std::vector<double>(n, 1 / static_cast<double>(n)), e);
      CHECK(off(mutual_information(channel).value, ball_mutual(channel)) < 4e-15);
    }
  }
  for (const double e : {0x1p-10, 0.125, 0.375}) {  // here 1 - e is exact, and so is the closed form
    CAPTURE(e);
    CHECK(off(mutual_information(bsc(e)).value, ln2 - ball_h(e)) < 4e-15);
    CHECK(off(mutual_information(bec(e)).value, (Ball(1) - Ball(e)) * ln2) < 4e-15);
    CHECK(off(conditional_entropy(bsc(e)).value, ball_h(e)) < 4e-15);
  }
}

TEST_CASE("a product law has no information, exactly or to its rounding squared", "[information]") {
  CHECK(mutual_information(truth::joint(2, 2, {0.25, 0.25, 0.25, 0.25})).value == 0);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto a = random_joint(seed, 1, 7), b = random_joint(seed + 1000, 1, 5);
    Tensor<double> p(Shape{7, 5});
    for (long x = 0; x < 7; ++x)
      for (long y = 0; y < 5; ++y) p[x * 5 + y] = a(0, x) * b(0, y);
    const double i = mutual_information(Joint(std::move(p))).value;
    CHECK(i >= 0);
    CHECK(i < 1e-30);  // rounding of 2^-53 in each entry is information of order 2^-106
  }
}

TEST_CASE("random joints: chain rule, symmetry, data processing, and balls", "[information]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto joint = random_joint(seed, 2 + static_cast<long>(seed % 9), 2 + static_cast<long>(seed % 7));
    const auto e = entropies(joint);
    CAPTURE(seed);
    CHECK(off(e.mutual.value, ball_mutual(joint)) < 4e-15);
    CHECK(off(e.mutual.value, mutual_information(joint.transposed()).value) < 4e-15);
    CHECK(etalon::abs(e.x.value + e.y_given_x.value - e.joint.value) < 4e-15);
    CHECK(etalon::abs(e.y.value + e.x_given_y.value - e.joint.value) < 4e-15);
    CHECK(etalon::abs(e.y.value - e.y_given_x.value - e.mutual.value) < 4e-15);
    CHECK(e.mutual.value >= 0);

    // Merge the last two y: a function of Y knows no more than Y
    Tensor<double> merged(Shape{joint.n_x(), joint.n_y() - 1});
    for (long x = 0; x < joint.n_x(); ++x)
      for (long y = 0; y < joint.n_y(); ++y) merged[x * merged.n_cols() + std::min(y, merged.n_cols() - 1)] += joint(x, y);
    CHECK(mutual_information(Joint(std::move(merged))).value <= e.mutual.value * (1 + 1e-15));
  }
}

TEST_CASE("extremes: a copy, an impossible symbol, probabilities of 1e-300", "[information]") {
  CHECK(off(mutual_information(truth::joint(2, 2, {0.5, 0, 0, 0.5})).value, kLn2) < 1e-15);
  CHECK(mutual_information(truth::joint(1, 1, {1})).value == 0);
  CHECK(mutual_information(truth::joint(2, 2, {0, 0, 0.25, 0.75})).value == 0);
  // I(tiny) = tiny (ln(1/tiny) + O(1)): x = 1 happens with 1e-300 and then y = 1 is sure
  const double tiny = 1e-300, i = mutual_information(truth::joint(2, 2, {1, 0, 0, tiny})).value;
  CHECK(off(i, -tiny * etalon::log(tiny) + tiny) < 2e-3);
  CHECK(conditional_entropy(truth::joint(1, 2, {1, 0x1p-60})).value > 0);
  CHECK_FALSE(std::signbit(entropies(truth::joint(1, 1, {1})).x.value));  // 0, not -0
}

TEST_CASE("divergence: exact, and infinite with its reason", "[information]") {
  const std::vector<double> p = {0.5, 0.5, 0}, q = {0.25, 0.25, 0.5};
  CHECK(off(divergence(p, q).value.value, kLn2) < 1e-15);
  const auto infinite = divergence(q, p);
  CHECK(infinite.value.value == std::numeric_limits<double>::infinity());
  CHECK_THAT(infinite.how.why_infinite, Catch::Contains("symbol 2") && Catch::Contains("q = 0"));
  CHECK(divergence(p, p).value.value == 0);
  CHECK_THROWS_WITH(divergence(p, std::vector<double>{1}), Catch::Contains("hint:"));
}

TEST_CASE("joint: refused, never rescaled", "[information][errors]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(truth::joint(2, 2, {0.45, 0.05, 0.05, 0.4}),
                    Catch::Contains("a sum of 1") && Catch::Contains("never rescaled"));
  CHECK_THROWS_WITH(truth::joint(2, 2, {0.5, 0.5, 0.5, -0.5}), Catch::Contains("[1, 1]") && Catch::Contains("-0.5"));
  CHECK_THROWS_WITH(truth::joint(2, 2, {0.5, nan, 0.5, 0}), Catch::Contains("[0, 1]"));
  CHECK_THROWS_WITH(truth::joint(2, 2, {0.5, infinity, 0.5, 0}), Catch::Contains("[0, 1]"));
  CHECK_THROWS_WITH(Joint(Tensor<double>(Shape{4}, {0.25, 0.25, 0.25, 0.25})), Catch::Contains("p [X, Y]"));
  CHECK_THROWS_WITH(Joint(Tensor<double>(Shape{0, 2})), Catch::Contains("at least one entry"));
  CHECK_NOTHROW(truth::joint(3, 1, {0.3333333333, 0.3333333333, 0.3333333333}));
  CHECK_THROWS(truth::joint(3, 1, {0.33333333, 0.33333333, 0.33333333}));
  CHECK_THROWS_WITH(entropy(std::vector<double>{0.5, 0.4}), Catch::Contains("a sum of 1"));
}

TEST_CASE("Barber-Agakov: the bound, its gap, and the floor of the loss", "[information][truth]") {
  const auto p = bsc(0.1);
  const auto q = bsc(0.2);
  Tensor<double> log_q(Shape{2, 2});
  for (long i = 0; i < 4; ++i) log_q[i] = etalon::log(2 * q.p()[i]);
  const auto ba = barber_agakov(p, log_q);
  CHECK(off(ba.bound.value.value, truth::value("D7.BA(q=BSC(.2))")) < 1e-14);
  CHECK(off(ba.divergence.value.value, truth::value("D7gap")) < 1e-14);
  STATIC_REQUIRE(std::is_same_v<decltype(ba.bound), Lower>);
  CHECK(off((ba.cross_entropy - conditional_entropy(p)).value, ba.divergence.value.value) < 1e-13);

  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto joint = random_joint(seed, 6, 5);
    auto logits = normal_tensor(Stream(seed, "logits"), joint.p().shape(), 0, 3);
    const auto model = barber_agakov(joint, log_softmax(logits));
    const double i = mutual_information(joint).value;
    CAPTURE(seed);
    CHECK(model.bound.value.value <= i);
    CHECK(model.divergence.value.value >= 0);
    CHECK(etalon::abs(model.bound.value.value + model.divergence.value.value - i) < 1e-14);

    // The right model: no gap
    Tensor<double> right(joint.p().shape());
    for (long k = 0; k < right.size(); ++k) right[k] = etalon::log(joint.p()[k] / joint.p_x()[k / joint.n_y()]);
    const auto best = barber_agakov(joint, right);
    CHECK(best.divergence.value.value < 1e-30);
    CHECK(etalon::abs(best.bound.value.value - i) < 1e-14);
  }

  Tensor<double> sure(Shape{2, 2}, {0, -std::numeric_limits<double>::infinity(), -kLn2, -kLn2});
  const auto ruled_out = barber_agakov(p, sure);
  CHECK(ruled_out.bound.value.value == -std::numeric_limits<double>::infinity());
  CHECK_THAT(ruled_out.bound.how.why_infinite, Catch::Contains("y = 1 after x = 0"));
  CHECK_THROWS_WITH(barber_agakov(p, Tensor<double>(Shape{2, 2}, {0.1, 2, 3, 4})), Catch::Contains("log_softmax"));
  CHECK_THROWS_WITH(barber_agakov(p, Tensor<double>(Shape{2, 3})), Catch::Contains("[2, 2]"));
  CHECK_THROWS_WITH(log_softmax(Tensor<double>(Shape{1, 2}, {0, std::numeric_limits<double>::quiet_NaN()})),
                    Catch::Contains("[0, 1]"));
}

// Three mistakes that other tools make, each held to the checks above. A check that lets one pass is no check.
TEST_CASE("Jensen-Shannon: at most ln 2, symmetric, the information about which law was drawn from", "[information]") {
  const std::vector<double> p = {0.5, 0.5, 0}, q = {0.25, 0.25, 0.5};
  // 1/2 KL(p || m) + 1/2 KL(q || m), m = (3/8, 3/8, 1/4):  1/2 ln 4/3 + 1/2 (1/2 ln 2/3 + 1/2 ln 2)
  const double truth = 0.5 * etalon::log(4.0 / 3) + 0.25 * etalon::log(2.0 / 3) + 0.25 * kLn2;
  CHECK(off(jensen_shannon(p, q).value.value, truth) < 2e-15);
  CHECK(jensen_shannon(p, q).value == jensen_shannon(q, p).value);
  CHECK(jensen_shannon(p, p).value.value == 0);
  CHECK(off(jensen_shannon(std::vector{1.0, 0.0}, std::vector{0.0, 1.0}).value.value, kLn2) < 1e-15);

  // I(S;X) of the table whose rows are p/2 and q/2; nothing cancels where the laws nearly agree
  const auto table = truth::joint(2, 3, {0.25, 0.25, 0, 0.125, 0.125, 0.25});
  CHECK(off(jensen_shannon(p, q).value.value, mutual_information(table).value) < 2e-15);
  const double d = 0x1p-30;
  CHECK(off(jensen_shannon(std::vector{0.5 + d, 0.5 - d}, std::vector{0.5 - d, 0.5 + d}).value.value, 2 * d * d) < 1e-14);
  CHECK_THROWS_WITH(jensen_shannon(p, std::vector{1.0}), Catch::Contains("two laws on the same symbols"));
  CHECK_THROWS_WITH(jensen_shannon(p, std::vector{0.5, 0.25, 0.5}), Catch::Contains("a sum of 1"));
}

TEST_CASE("planted: bits read as nats, ln|Y| for H(Y), eps inside the logarithm", "[information][planted]") {
  const auto close = [](double x) { return off(x, truth::value("A2.I.BEC(0.25)")) < 1e-14; };
  const auto joint = bec(0.25);
  CHECK(close(mutual_information(joint).value));
  CHECK_FALSE(close(in_bits(mutual_information(joint)).value));

  // ln|Y| in place of H(Y): three y, but the erasure is rare, so the "lower bound" passes I
  Tensor<double> right(joint.p().shape());
  for (long k = 0; k < right.size(); ++k) right[k] = etalon::log(joint.p()[k] * 2);
  const auto ba = barber_agakov(joint, right);
  const double with_log_y = etalon::log(3.0) - ba.cross_entropy.value, i = mutual_information(joint).value;
  CHECK(ba.bound.value.value <= i * (1 + 1e-15));
  CHECK(with_log_y > i + 0.01);

  // ln(p + 1e-12): finite where the truth is infinite, and off by 1e-12 where it is finite
  const auto with_eps = [](const Joint& p) {
    double sum = 0;
    for (long x = 0; x < p.n_x(); ++x)
      for (long y = 0; y < p.n_y(); ++y) sum += p(x, y) * etalon::log((p(x, y) + 1e-12) / (p.p_x()[x] * p.p_y()[y] + 1e-12));
    return sum;
  };
  CHECK_FALSE(close(with_eps(joint)));
  CHECK(off(with_eps(joint), truth::value("A2.I.BEC(0.25)")) < 1e-10);  // so a looser check would not have seen it
}
