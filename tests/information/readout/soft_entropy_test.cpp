// SPDX-License-Identifier: Apache-2.0
// Soft entropy: temperatures against the table and against balls, the check vector, batches, bounds, controls, refusals.
#include <catch2/catch.hpp>
#include <limits>

#include "base/bits.h"
#include "information/readout/ngram_labels.h"
#include "information/readout/soft_entropy_body.h"
#include "information/readout/soft_plane.h"
#include "information/truth.h"
#include "tensor/random.h"
#include "tensor/sum.h"

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
      const double nu = static_cast<double>(d) / 2 - 1;
      const bool cancels = kappa < 30 || kappa < nu * nu;
      const double ulps = 8 * 0x1p-53 * (cancels ? kappa * bessel_ratio(nu, kappa) : midpoint(exact));
      CHECK(etalon::abs(midpoint(Ball(concentration_divergence(kappa, d)) - exact)) <= ulps);
    }
}

TEST_CASE("truth F: eps at other (m, d), against the root that balls enclose", "[soft_entropy][truth]") {
  const Ball::AtPrecision enough(400);
  for (const long m : {2, 10, 37, 500})
    for (const long d : {2, 3, 5, 12, 50}) {
      if (m == 500 && d == 2) continue;  // kappa = 108,169: the series takes long; m = 100 stands in the table
      CAPTURE(m, d);
      const double kappa = 1 / temperature(Temperature::exact, m, d);
      // KL(kappa) = ln m to first order in the error of kappa: dKL/dkappa by a difference of balls
      const Ball at = ball_divergence(kappa, d), beyond = ball_divergence(kappa * (1 + 0x1p-20), d);
      const double slope = midpoint((beyond - at) / (Ball(kappa) * Ball(0x1p-20)));
      const double wrong = midpoint((at - log(Ball(static_cast<double>(m)))) / Ball(slope)) / kappa;
      CHECK(etalon::abs(wrong) < 1e-14);
    }
}

TEST_CASE("Amos: the rule it states, and a lower bound of the exact divergence", "[soft_entropy]") {
  for (const long d : {3, 8, 64, 4096})
    for (const long m : {5, 100, 1000}) {
      const double kappa = 1 / temperature(Temperature::amos, m, d);
      const Ball k(kappa), half = Ball(static_cast<double>(d)) / Ball(2), nu = half - Ball(1), root = sqrt(k * k + nu * nu);
      const Ball left = k * k / (half + sqrt(k * k + half * half)) - root + nu - nu * log(Ball(2) * nu / (nu + root));
      CAPTURE(d, m);
      CHECK(etalon::abs(midpoint(left - log(Ball(static_cast<double>(m))))) < 2e-14);
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

namespace {

// Every number that a result holds, in a fixed order.
std::vector<double> numbers(const SoftEntropyResult& r) {
  std::vector<double> all = {r.h_b.value, r.h_b_given_z.value, r.ceiling.value, r.efficiency};
  for (const auto& set : r.labels) {
    all.push_back(set.mutual.value.value);
    for (const auto& [label, nats] : set.per_label) all.push_back(static_cast<double>(label)), all.push_back(nats.value);
  }
  return all;
}

struct Samples {
  Tensor<double> z;
  std::vector<std::vector<long>> labels;  // two sets
};
Samples many(long n, long d) {
  Samples s{normal_tensor(Stream(11, "many"), Shape{n, d}, 0, 1), {{}, {}}};
  for (long b = 0; b < n; ++b)
    for (int set : {0, 1}) s.labels[set].push_back(static_cast<long>(Stream(11, "labels").below(set ? 7 : 90, 2 * b + set)) - 3);
  return s;
}
void add_rows(SoftEntropy& soft, const Samples& s, long from, long to) {
  std::vector<std::vector<long>> part;
  for (const auto& set : s.labels) part.emplace_back(set.begin() + from, set.begin() + to);
  soft.add(rows(s.z, from, to), part);
}

}  // namespace

TEST_CASE("the split into batches changes no bit; label sets do not disturb each other", "[soft_entropy]") {
  const long n = 700;
  const auto s = many(n, 24);
  const auto setting = soft_entropy_setting(37, 24);
  SoftEntropy whole(setting, 2), alone(setting, 1);
  add_rows(whole, s, 0, n);
  const auto expected = numbers(whole.result());
  REQUIRE(expected.size() > 180);
  alone.add(s.z, {s.labels[1]});
  CHECK(alone.result().labels[0].mutual.value.value == whole.result().labels[1].mutual.value.value);

  for (long trial = 0; trial < 12; ++trial) {
    CAPTURE(trial);
    SoftEntropy parts(setting, 2);
    const Stream sizes(static_cast<std::uint64_t>(trial), "sizes");
    for (long from = 0, i = 0; from < n; ++i) {
      const long most = trial == 0 ? 1 : 1 + static_cast<long>(sizes.below(400, 2 * i));  // trial 0: one sample at a time
      const long to = std::min(n, from + 1 + static_cast<long>(sizes.below(most, 2 * i + 1)));
      add_rows(parts, s, from, to);
      from = to;
    }
    CHECK(numbers(parts.result()) == expected);
  }
  SoftEntropy with_empty(setting, 2);
  add_rows(with_empty, s, 0, 300), add_rows(with_empty, s, 300, 300), add_rows(with_empty, s, 300, n);
  CHECK(numbers(with_empty.result()) == expected);
}

TEST_CASE("planted: means of batch means, and batches in another order, are not the same bits", "[soft_entropy][planted]") {
  const long n = 700;
  const auto s = many(n, 24);
  const auto setting = soft_entropy_setting(37, 24);
  SoftEntropy whole(setting, 2), swapped(setting, 2), head(setting, 2), tail(setting, 2);
  add_rows(whole, s, 0, n);
  add_rows(swapped, s, 300, n), add_rows(swapped, s, 0, 300);
  CHECK(numbers(swapped.result()) != numbers(whole.result()));  // another order: other roundings, ...
  CHECK(off(swapped.result().h_b.value, whole.result().h_b.value) < 1e-14);
  add_rows(head, s, 0, 300), add_rows(tail, s, 300, n);
  const double averaged = (300 * head.result().h_b.value + 400 * tail.result().h_b.value) / 700;
  CHECK(off(averaged, whole.result().h_b.value) > 1e-5);  // ... entropies of batches averaged: another quantity
}

TEST_CASE("one sample is its own definition", "[soft_entropy]") {
  const auto s = many(5, 24);
  const auto setting = soft_entropy_setting(37, 24);
  for (long b = 0; b < 5; ++b) {
    SoftEntropy one(setting, 2);
    add_rows(one, s, b, b + 1);
    const auto a = soft_assignment(setting, normalised_rows(rows(s.z, b, b + 1), "test").data());
    const double h = ordered_sum<double>(37, [&](long j) { return surprise(a[j]); });
    CHECK(one.result().h_b.value == h);
    CHECK(one.result().h_b_given_z.value == h);
    CHECK(one.result().labels[0].mutual.value.value == 0);
  }
}

TEST_CASE("every value's record holds the definition: m, d, N, eps, the rule, the labels", "[soft_entropy]") {
  const auto s = many(50, 24);
  SoftEntropy soft(soft_entropy_setting(37, 24, Temperature::amos), 2);
  add_rows(soft, s, 0, 50);
  const auto r = soft.result();
  const auto all = records(r, {"token", "class"});
  REQUIRE(all.size() == 5);
  CHECK(all[3].name == "I(token;B)");
  CHECK(all[2].kind == BoundKind::exact);
  CHECK(all[4].kind == BoundKind::lower);
  const std::vector<std::pair<std::string, std::string>> definition = {{"anchors", "37"},
                                                                       {"eps", shortest(temperature(Temperature::amos, 37, 24))},
                                                                       {"temperature", "amos"},
                                                                       {"dimension", "24"},
                                                                       {"samples", "50"}};
  for (int i : {0, 1, 2}) CHECK(all[i].how.choices == definition);
  CHECK(all[4].how.choices.back() == std::pair<std::string, std::string>{"labels", "7"});
  CHECK(all[4].how.choices.size() == 6);
  CHECK_THROWS_WITH(records(r, {"token"}), Catch::Contains("2 names"));
}

TEST_CASE("a point for each layer, their mean, and optimality as the quotient of means", "[soft_entropy]") {
  const auto point = [](double x, double y) { return SoftPoint{{Nats(x)}, {Nats(y)}}; };
  const auto mean = mean_over_layers({point(1, 0.5), point(2, 0.5), point(0.6, 0.6)});
  CHECK(mean.complexity.value.value == (1 + 2 + 0.6) / 3);
  CHECK(mean.expressivity.value.value == (0.5 + 0.5 + 0.6) / 3);
  CHECK(mean.optimality() == mean.expressivity.value.value / mean.complexity.value.value);
  CHECK(off(mean.optimality(), (0.5 + 0.25 + 1) / 3) > 0.1);  // the mean of quotients is another number
  CHECK(mean.complexity.how.choices.back() == std::pair<std::string, std::string>{"mean of layers", "3"});
  CHECK_THROWS_WITH(mean_over_layers({}), Catch::Contains("at least one layer"));
}

TEST_CASE("preference information: two opposite clouds say ln 2, one cloud says next to nothing", "[soft_entropy]") {
  auto cloud = [](const std::string& name, double centre) {
    auto z = normal_tensor(Stream(4, name), Shape{300, 16}, 0, 0.05);
    for (long b = 0; b < 300; ++b) z[b * 16] += centre;
    return z;
  };
  const auto setting = soft_entropy_setting(100, 16);
  const auto yes = cloud("yes", 1), no = cloud("no", -1), also_yes = cloud("also", 1);
  const auto told = preference_information(setting, yes, no), untold = preference_information(setting, yes, also_yes);
  CHECK(told.mutual.value.value > 0.99 * kLn2);
  CHECK(told.mutual.value.value <= kLn2 * (1 + 1e-15));
  CHECK(told.n_labels == 2);
  CHECK(untold.mutual.value.value < 0.01);
  // The same as labels beside the rows
  SoftEntropy soft(setting, 1);
  soft.add(yes, {std::vector<long>(300, 5)}), soft.add(no, {std::vector<long>(300, 6)});
  CHECK(soft.result().labels[0].mutual.value.value == told.mutual.value.value);
  CHECK_THROWS_WITH(preference_information(setting, yes, Tensor<double>(Shape{0, 16})), Catch::Contains("two sides"));
}

TEST_CASE("soft entropy in balls: the engine's numbers lie where the proof says", "[soft_entropy]") {
  const auto s = many(20, 6);
  const auto setting = soft_entropy_setting(9, 6);
  SoftEntropy engine(setting, 2);
  add_rows(engine, s, 0, 20);
  SoftEntropyIn<Ball> exact({anchors<Ball>(0, 9, 6), Ball(setting.eps), setting.temperature}, 2);
  exact.add(as<Ball>(s.z), s.labels);
  const auto r = engine.result();
  const auto e = exact.result();
  CHECK(radius(e.labels[1].mutual.value.value) < 1e-40);
  CHECK(off(r.h_b.value, midpoint(e.h_b.value)) < 1e-14);
  CHECK(off(r.h_b_given_z.value, midpoint(e.h_b_given_z.value)) < 1e-14);
  for (int set : {0, 1}) CHECK(off(r.labels[set].mutual.value.value, midpoint(e.labels[set].mutual.value.value)) < 1e-13);
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
    const double length2 = product_sum<double>(
        16, [&](long k) { return w[i * 16 + k]; }, [&](long k) { return w[i * 16 + k]; });
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
