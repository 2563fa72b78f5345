// Soft entropy: temperatures against the table and against balls, the check vector, batches, bounds, controls, refusals.
#include <catch2/catch.hpp>
#include <limits>

#include "information/ngram_labels.h"
#include "information/soft_entropy.h"
#include "tensor/random.h"
#include "tensor/sum.h"
#include "truth.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

// The check vector: d = 8, m = 5, N = 6, W_ij = sin(1 + 8i + j), Z_bj = cos(.7 (8b + j) + .3 b^2).
SoftEntropySetting check_setting() {
  Tensor<double> w(Shape{5, 8});
  for (long i = 0; i < 40; ++i) w[i] = etalon::sin(1.0 + static_cast<double>(i));
  return {normalised_rows(w, "test"), temperature(Temperature::leading, 5, 8), Temperature::leading};
}
Tensor<double> check_z() {
  Tensor<double> z(Shape{6, 8});
  for (long b = 0; b < 6; ++b)
    for (long j = 0; j < 8; ++j)
      z[b * 8 + j] = etalon::cos(0.7 * static_cast<double>(8 * b + j) + 0.3 * static_cast<double>(b * b));
  return z;
}

Tensor<double> rows(const Tensor<double>& z, long from, long to) {
  return Tensor<double>(Shape{to - from, z.n_cols()},
                        std::vector<double>(z.data() + from * z.n_cols(), z.data() + to * z.n_cols()));
}

// kappa A - ln Z in 400-bit balls, from the power series of I_nu and I_{nu+1}: sum (kappa^2/4)^k / (k! (nu+1)_k) and its
// derivative.
Ball ball_divergence(double kappa, long dimension) {
  const Ball::AtPrecision enough(400);
  const Ball quarter = Ball(kappa) * Ball(kappa) / Ball(4), nu1 = Ball(static_cast<double>(dimension)) / Ball(2);
  // d/dkappa of term k = term k * 2k / kappa, so kappa A = sum 2k term / sum term
  Ball term(1), sum(1), weighted(0);
  for (long k = 1; k < 20 * (10 + static_cast<long>(kappa)); ++k) {
    term = term * quarter / (Ball(static_cast<double>(k)) * (nu1 + Ball(static_cast<double>(k - 1))));
    sum = sum + term;
    weighted = weighted + Ball(2.0 * static_cast<double>(k)) * term;
  }
  return weighted / sum - log(sum);
}

}  // namespace

TEST_CASE("truth F: exact temperatures to 1e-14 relative, leading to its printed digits", "[soft_entropy][truth]") {
  for (const long d : {2, 3, 16, 64, 256, 768, 4096}) {
    CAPTURE(d);
    CHECK(off(temperature(Temperature::exact, 100, d), truth::value("F.eps*(m=100,d=" + std::to_string(d) + ")")) < 1e-14);
  }
  CHECK(off(temperature(Temperature::leading, 100, 4096), 0.00514851741392) < 1e-11);
  // At d = 8, m = 100 the three published rules differ by a factor of four
  CHECK(etalon::abs(temperature(Temperature::exact, 100, 8) - 0.0481) < 5e-5);
  CHECK(etalon::abs(temperature(Temperature::amos, 100, 8) - 0.0290) < 5e-5);
  CHECK(etalon::abs(temperature(Temperature::leading, 100, 8) - 0.1165) < 5e-5);
}

TEST_CASE("concentration divergence against balls, on both sides of the switch to Hankel's expansion", "[soft_entropy]") {
  for (const long d : {2, 3, 4, 7, 8, 10, 11, 16, 33, 128, 1000})
    for (const double kappa : {1e-3, 0.5, 3.0, 17.0, 29.99, 30.0, 36.0, 49.0, 90.0, 250.0}) {
      CAPTURE(d, kappa);
      const Ball exact = ball_divergence(kappa, d);
      CHECK(radius(exact) < 1e-60);
      // Below 30 the two terms cancel where kappa is small: an absolute error of a few ulp of kappa A
      const double ulps =
          8 * 0x1p-53 *
          (kappa < 30 || kappa < (d / 2.0 - 1) * (d / 2.0 - 1) ? kappa * bessel_ratio(d / 2.0 - 1, kappa) : midpoint(exact));
      CHECK(etalon::abs(midpoint(Ball(concentration_divergence(kappa, d)) - exact)) <= ulps);
    }
}

TEST_CASE("Amos: the rule it states, and a lower bound of the exact divergence", "[soft_entropy]") {
  for (const long d : {3, 8, 64, 4096})
    for (const long m : {5, 100, 1000}) {
      const double kappa = 1 / temperature(Temperature::amos, m, d), nu = static_cast<double>(d) / 2 - 1,
                   half = static_cast<double>(d) / 2;
      const double root = etalon::sqrt(kappa * kappa + nu * nu);
      const double left = kappa * kappa / (half + etalon::sqrt(kappa * kappa + half * half)) - root + nu -
                          nu * etalon::log((static_cast<double>(d) - 2) / (nu + root));
      CAPTURE(d, m);
      CHECK(etalon::abs(left - etalon::log(static_cast<double>(m))) <= 4e-16 * kappa + 1e-14);
      CHECK(kappa >= 1 / temperature(Temperature::exact, m, d));  // less divergence at each kappa: more kappa for ln m
    }
}

TEST_CASE("temperature refuses", "[soft_entropy][errors]") {
  CHECK_THROWS_WITH(temperature(Temperature::exact, 1, 8), Catch::Contains("1 anchors"));
  CHECK_THROWS_WITH(temperature(Temperature::exact, 100, 1), Catch::Contains("d = 1"));
  CHECK_THROWS_WITH(temperature(Temperature::amos, 100, 2), Catch::Contains("3 <= d"));
  CHECK_THROWS_WITH(temperature_named("amoss"), Catch::Contains("exact, amos or leading"));
  CHECK(temperature_named("leading") == Temperature::leading);
}

TEST_CASE("the check vector to 1e-12", "[soft_entropy][truth]") {
  const auto setting = check_setting();
  CHECK(etalon::abs(setting.eps - 0.197062003973) < 1e-12);
  const auto z = check_z();
  const double ln5 = etalon::log(5.0);

  const auto a = soft_assignment(setting, rows(normalised_rows(z, "test"), 0, 1).data());
  const double a_0[] = {0.512296566092, 0.001550084967, 0.000707560906, 0.352897522684, 0.132548265351};
  for (int j = 0; j < 5; ++j) CHECK(etalon::abs(a[j] - a_0[j]) < 1e-12);

  SoftEntropy soft(setting, 1);
  soft.add(z, {{0, 1, 0, 1, 0, 1}});
  const auto r = soft.result();
  CHECK(etalon::abs(r.efficiency - 0.968045169535) < 1e-12);
  CHECK(etalon::abs((r.h_b - r.labels[0].per_label.at(0)).value / ln5 - 0.839262464865) < 1e-12);
  CHECK(etalon::abs((r.h_b - r.labels[0].per_label.at(1)).value / ln5 - 0.855102146370) < 1e-12);
  CHECK(etalon::abs(r.labels[0].mutual.value.value / ln5 - 0.120862863917) < 1e-12);
  CHECK(etalon::abs(r.ceiling.value / ln5 - 0.539230521585) < 1e-12);
  STATIC_REQUIRE(decltype(r.labels[0].mutual)::kind == BoundKind::lower);
  CHECK(r.temperature == Temperature::leading);

  // P, from the label that every sample has
  SoftEntropy one(setting, 1);
  one.add(z, {{7, 7, 7, 7, 7, 7}});
  CHECK(one.result().labels[0].mutual.value.value == 0);
  CHECK(one.result().labels[0].per_label.at(7).value == 0);
}

TEST_CASE("soft.toy: six anchors on the axes", "[soft_entropy][truth]") {
  const Tensor<double> w(Shape{6, 3}, {1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1});
  const Tensor<double> z(Shape{4, 3}, {1, 0, 0, 0.8, 0.6, 0, 0, 0, 1, 0, -0.6, 0.8});
  SoftEntropy soft({w, 0.5, Temperature::exact}, 1);
  soft.add(z, {{0, 0, 1, 1}});
  const auto r = soft.result();
  CHECK(off(r.ceiling.value, truth::value("soft.toy.I(Z;B)")) < 1e-14);
  CHECK(off(r.labels[0].mutual.value.value, truth::value("soft.toy.I(X;B)")) < 1e-14);
}

TEST_CASE("the split into batches changes no bit; label sets do not disturb each other", "[soft_entropy]") {
  const auto setting = check_setting();
  const auto z = check_z();
  const std::vector<long> parity = {0, 1, 0, 1, 0, 1}, half = {5, 5, 5, -2, -2, -2};
  SoftEntropy whole(setting, 2), parts(setting, 2), alone(setting, 1);
  whole.add(z, {parity, half});
  for (const auto& [from, to] : {std::pair{0L, 1L}, {1L, 4L}, {4L, 6L}})
    parts.add(rows(z, from, to), {{parity.begin() + from, parity.begin() + to}, {half.begin() + from, half.begin() + to}});
  alone.add(z, {half});
  const auto a = whole.result(), b = parts.result(), c = alone.result();
  CHECK(a.h_b.value == b.h_b.value);
  CHECK(a.h_b_given_z.value == b.h_b_given_z.value);
  for (int set : {0, 1}) CHECK(a.labels[set].mutual.value.value == b.labels[set].mutual.value.value);
  CHECK(a.labels[1].mutual.value.value == c.labels[0].mutual.value.value);
}

TEST_CASE("soft entropy: 0 <= I(X;B) <= I(Z;B) <= H(B) <= ln m, scale and length of z do not matter", "[soft_entropy]") {
  for (const auto rule : {Temperature::exact, Temperature::amos, Temperature::leading}) {
    const auto setting = soft_entropy_setting(20, 12, rule, 3);
    auto z = normal_tensor(Stream(1, "z"), Shape{64, 12}, 0, 1);
    std::vector<long> distinct(64), pairs(64);
    for (long b = 0; b < 64; ++b) distinct[b] = b, pairs[b] = b / 2;
    SoftEntropy soft(setting, 2), scaled(setting, 2);
    soft.add(z, {distinct, pairs});
    const auto r = soft.result();
    CHECK(r.labels[1].mutual.value.value > 0);
    CHECK(r.labels[1].mutual.value < r.ceiling);
    CHECK(off(r.labels[0].mutual.value.value, r.ceiling.value) < 1e-13);  // the label is the sample: the ceiling itself
    CHECK(r.ceiling < r.h_b);
    CHECK(r.h_b.value <= etalon::log(20.0));
    CHECK(r.labels[1].n_labels == 32);
    CHECK(r.labels[1].samples_per_label == 2);

    for (long i = 0; i < z.size(); ++i) z[i] = z[i] * (i / 12 % 2 ? 0x1p-600 : 0x1p600);
    scaled.add(z, {distinct, pairs});
    CHECK(scaled.result().h_b.value == r.h_b.value);
  }
}

TEST_CASE("anchors: a pure function of the seed, of length 1; shuffling keeps the labels and loses the information",
          "[soft_entropy]") {
  const auto w = anchors(1, 100, 16);
  CHECK(anchors(1, 100, 16).values() == w.values());
  CHECK(anchors(2, 100, 16).values() != w.values());
  for (long i = 0; i < 100; ++i) {
    const double length2 = product_sum<double>(16, [&](long k) { return w[i * 16 + k]; }, [&](long k) { return w[i * 16 + k]; });
    CHECK(etalon::abs(length2 - 1) < 1e-15);
  }

  // Two labels, two opposite directions with a little noise: real labels know the direction, shuffled ones hardly
  auto z = normal_tensor(Stream(4, "noise"), Shape{400, 16}, 0, 0.1);
  std::vector<long> labels(400);
  for (long b = 0; b < 400; ++b) {
    labels[b] = b % 2;
    z[b * 16] += b % 2 ? 1 : -1;
  }
  auto control = shuffled(labels, 9);
  CHECK(shuffled(labels, 9) == control);
  CHECK(std::count(control.begin(), control.end(), 1) == 200);
  SoftEntropy soft(soft_entropy_setting(100, 16), 2);
  soft.add(z, {labels, control});
  const auto r = soft.result();
  CHECK(r.labels[0].mutual.value.value > 0.5 * kLn2);
  CHECK(r.labels[1].mutual.value.value < 0.02);
  CHECK(r.labels[1].mutual.value.value > 0);  // the bias of finite samples, which the control is there to show
}

TEST_CASE("soft entropy refuses", "[soft_entropy][errors]") {
  const auto setting = check_setting();
  SoftEntropy soft(setting, 1);
  auto z = check_z();
  CHECK_THROWS_WITH(soft.result(), Catch::Contains("at least one sample"));
  CHECK_THROWS_WITH(soft.add(z, {}), Catch::Contains("1 label sets"));
  CHECK_THROWS_WITH(soft.add(z, {{1, 2}}), Catch::Contains("6 labels"));
  CHECK_THROWS_WITH(soft.add(Tensor<double>(Shape{6, 7}), {{0, 0, 0, 0, 0, 0}}), Catch::Contains("z [N, 8]"));
  for (long j = 0; j < 8; ++j) z[3 * 8 + j] = 0;
  CHECK_THROWS_WITH(soft.add(z, {{0, 0, 0, 0, 0, 0}}), Catch::Contains("a zero vector in row 3"));
  z[3 * 8] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(soft.add(z, {{0, 0, 0, 0, 0, 0}}), Catch::Contains("nan in row 3"));
  CHECK_THROWS_WITH(soft.result(), Catch::Contains("at least one sample"));  // nothing of a refused batch stays
  CHECK_THROWS_WITH(SoftEntropy({Tensor<double>(Shape{2, 2}, {1, 0, 1, 1}), 0.5}, 0), Catch::Contains("length 1"));
  CHECK_THROWS_WITH(SoftEntropy({setting.anchors, 0}, 0), Catch::Contains("eps > 0"));
}

// Left out on purpose, one at a time: the check vector sees each.
TEST_CASE("planted: no normalisation, eps multiplied, entropy of the mean for the mean of entropies", "[soft_entropy][planted]") {
  const auto setting = check_setting();
  const auto z = check_z();
  const double ln5 = etalon::log(5.0);
  const auto raw = soft_assignment(setting, z.data());  // z, not z_bar
  CHECK(etalon::abs(raw[0] - 0.512296566092) > 1e-3);

  SoftEntropy other({setting.anchors, 1 / setting.eps, Temperature::leading}, 1);
  other.add(z, {{0, 1, 0, 1, 0, 1}});
  CHECK(etalon::abs(other.result().efficiency - 0.968045169535) > 1e-3);

  SoftEntropy soft(setting, 1);
  soft.add(z, {{0, 1, 0, 1, 0, 1}});
  const auto r = soft.result();
  const double unweighted = (r.labels[0].per_label.at(0) + r.labels[0].per_label.at(1)).value / ln5;  // the weights 1/2 forgotten
  CHECK(etalon::abs(unweighted - 0.120862863917) > 1e-3);
}

TEST_CASE("n-gram labels: what stands before, what comes after, positions shared by all orders", "[soft_entropy]") {
  const std::vector<long> tokens = {0, 1, 0, 1, 2, 2, 0, 1, 0, 0, 0, 0};
  const auto labels = ngram_labels(tokens, 2, 6, 2);
  // T = 6, orders 1..2: positions i = 1, 2, 3 of each row
  CHECK(labels.rows == std::vector<long>{1, 2, 3, 7, 8, 9});
  CHECK(labels.input[0] == std::vector<long>{0, 1, 0, 0, 1, 1});   // 1 0 1 | 1 0 0
  CHECK(labels.input[1] == std::vector<long>{0, 1, 0, 0, 1, 2});   // 01 10 01 | 01 10 00
  CHECK(labels.output[0] == std::vector<long>{0, 1, 2, 0, 0, 0});  // 0 1 2 | 0 0 0
  CHECK(labels.output[1] == std::vector<long>{0, 1, 2, 3, 3, 3});  // 01 12 22 | 00 00 00
  CHECK_THROWS_WITH(ngram_labels(tokens, 2, 6, 4), Catch::Contains("T >= 2 max_order"));
  CHECK_THROWS_WITH(ngram_labels(tokens, 3, 6, 1), Catch::Contains("B x T"));
}
