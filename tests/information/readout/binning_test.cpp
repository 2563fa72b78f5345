// SPDX-License-Identifier: Apache-2.0
// Binning: the rule at the edges, what lies outside, the plug-in estimate, its artefact, its expectation by enumeration, mistakes.
#include "information/readout/binning.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "information/law/entropy.h"
#include "information/truth.h"
#include "scalar/entropy_terms.h"
#include "tensor/random.h"
#include "tensor/sum.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

std::string choice(const Provenance& how, const std::string& name) {
  for (const auto& [key, value] : how.choices)
    if (key == name) return value;
  return "";
}

// I of a table of counts, as a law: another way to the plug-in estimate.
double information_of(const std::vector<long>& x, const std::vector<long>& y, long n_x, long n_y) {
  Tensor<double> p(Shape{n_x, n_y});
  for (std::size_t i = 0; i < x.size(); ++i) p[x[i] * n_y + y[i]] += 1;
  for (long i = 0; i < p.size(); ++i) p[i] = p[i] / static_cast<double>(x.size());
  return mutual_information(Joint(p)).value;
}

std::vector<long> draw(const std::string& name, long n, long n_labels) {
  std::vector<long> labels;
  for (long i = 0; i < n; ++i) labels.push_back(static_cast<long>(Stream(5, name).below(n_labels, i)));
  return labels;
}

// -sum_c E (c/n) ln(c/n) over the marginal counts, each binomial: E H_plug without a single table, in balls.
Ball expected_entropy(const std::vector<double>& p, long n) {
  Ball total(0.0);
  for (const double q : p) {
    if (q == 0) continue;
    for (long c = 1; c <= n; ++c) {
      Ball weight(1.0);
      for (long j = 1; j <= n; ++j) {
        const double k = static_cast<double>(j);
        weight = weight * (j <= c ? Ball(q) * Ball(static_cast<double>(n - c) + k) / Ball(k) : Ball(1.0) - Ball(q));
      }
      const Ball share = Ball(static_cast<double>(c)) / Ball(static_cast<double>(n));
      total = total + weight * surprise(share);
    }
  }
  return total;
}
Ball expected_by_binomials(const Joint& j, long n) {
  return expected_entropy(j.p_x(), n) + expected_entropy(j.p_y(), n) - expected_entropy(j.p().values(), n);
}

}  // namespace

TEST_CASE("bins are half open: a number on an edge belongs above it", "[binning]") {
  const Bins bins({-1, 0, 0.5, 1}, Outside::own_bin);
  CHECK(bins.size() == 3);
  CHECK(bins.number_of(-1) == 0);
  CHECK(bins.number_of(-0x1p-1074) == 0);
  CHECK(bins.number_of(-0.0) == 1);
  CHECK(bins.number_of(0) == 1);
  CHECK(bins.number_of(0.5) == 2);
  CHECK(bins.number_of(std::nextafter(1.0, 0.0)) == 2);
  CHECK(bins.number_of(1) == 3);                                          // the last edge is outside
  CHECK(bins.number_of(-std::numeric_limits<double>::infinity()) == -1);  // below
  const Bins clamped({-1, 0, 0.5, 1}, Outside::clamp), strict({-1, 0, 0.5, 1}, Outside::refuse);
  CHECK(clamped.number_of(1) == 2);
  CHECK(clamped.number_of(-7) == 0);
  CHECK(strict.number_of(0.25) == 1);
  CHECK_THROWS_WITH(strict.number_of(1), Catch::Contains("[-1, 1)") && Catch::Contains("got 1"));
  for (const Bins& b : {bins, clamped, strict})
    CHECK_THROWS_WITH(b.number_of(std::numeric_limits<double>::quiet_NaN()), Catch::Contains("got nan"));
}

TEST_CASE("bins refuse edges that are none", "[binning][errors]") {
  CHECK_THROWS_WITH(Bins({1}, Outside::clamp), Catch::Contains("at least 2 edges"));
  CHECK_THROWS_WITH(Bins({1, 1}, Outside::clamp), Catch::Contains("edge 1"));
  CHECK_THROWS_WITH(Bins({0, std::numeric_limits<double>::infinity()}, Outside::clamp), Catch::Contains("own_bin"));
  CHECK_THROWS_WITH(Bins::equal(0, 1, 0, Outside::clamp), Catch::Contains("n >= 1 bins"));
  CHECK_THROWS_WITH(Bins::equal(1, 0, 3, Outside::clamp), Catch::Contains("from 1 to 0"));
  CHECK_THROWS_WITH(Bins::equal(1, std::nextafter(1.0, 2.0), 3, Outside::clamp), Catch::Contains("increase"));
  CHECK(Bins::equal(-1, 1, 4, Outside::refuse).edges() == std::vector<double>{-1, -0.5, 0, 0.5, 1});
}

TEST_CASE("rows of several numbers: one label for each distinct tuple of bins", "[binning]") {
  const Tensor<double> x(Shape{4, 2}, {0.1, 0.9, 0.2, 0.8, 0.9, 0.1, 0.9, 0.9});
  const auto binned = binned_rows(x, Bins::equal(0, 1, 2, Outside::refuse));
  CHECK(binned.labels == std::vector<long>{0, 0, 1, 2});
  CHECK(binned.n_labels == 3);
  CHECK(binned.definition == "2 bins from 0 to 1, half open, outside: refuse");
  const Tensor<double> out(Shape{2, 2}, {0.1, 0.9, 0.2, 1.8});
  const auto halves = Bins::equal(0, 1, 2, Outside::refuse);
  CHECK_THROWS_WITH(binned_rows(out, halves), Catch::Contains("[1, 1]") && Catch::Contains("got 1.8"));
  CHECK_THROWS_WITH(binned_rows(Tensor<double>(Shape{0, 2}), halves), Catch::Contains("at least one row"));
}

TEST_CASE("plug-in: I of the counts as a law; its record names the definition", "[binning]") {
  const auto x = draw("x", 200, 4), y = draw("y", 200, 3);
  const auto estimate = plug_in_information(x, y);
  STATIC_REQUIRE(decltype(estimate)::kind == BoundKind::estimate);
  CHECK(off(estimate.value.value, information_of(x, y, 4, 3)) < 1e-13);
  CHECK(plug_in_information(x, std::vector<long>(200, 7)).value.value == 0);
  CHECK(choice(estimate.how, "samples") == "200");
  CHECK(choice(estimate.how, "bins of X") == "4");
  CHECK(choice(estimate.how, "bins of Y") == "3");
  CHECK(std::stod(choice(estimate.how, "ln N")) == etalon::log(200.0));
  CHECK(choice(estimate.how, "artefact").empty());
  // K_x + K_y - K_xy - 1 = 4 + 3 - 12 - 1 = -6 over 2N
  const auto corrected = plug_in_information(x, y, BiasCorrection::miller_madow);
  CHECK(corrected.value.value == estimate.value.value + -6.0 / 400);
  CHECK(choice(corrected.how, "bias correction") == "Miller-Madow");
  CHECK_THROWS_WITH(plug_in_information(x, {1}), Catch::Contains("200 and 1"));
  CHECK_THROWS_WITH(plug_in_information(std::vector<long>{}, {}), Catch::Contains("0 and 0"));
}

TEST_CASE("plug-in: renamed labels, exchanged columns and permuted samples change no bit", "[binning]") {
  auto x = draw("x", 300, 7), y = draw("y", 300, 5);
  const double value = plug_in_information(x, y).value.value;
  CHECK(plug_in_information(y, x).value.value == value);
  auto renamed = x;
  for (long& label : renamed) label = (label * 3 + 1) % 7 * -1000;
  CHECK(plug_in_information(renamed, y).value.value == value);
  std::reverse(x.begin(), x.end()), std::reverse(y.begin(), y.end());
  CHECK(plug_in_information(x, y).value.value == value);
}

TEST_CASE("the artefact: distinct values in fine bins give ln N, and the record says so", "[binning]") {
  // A deterministic layer of 64 distinct inputs, Y = parity: fine bins see ln 64 and H(Y) = ln 2, coarse ones less
  Tensor<double> t(Shape{64, 1});
  std::vector<long> input, parity;
  for (long i = 0; i < 64; ++i) {
    t[i] = etalon::tanh(etalon::sin(static_cast<double>(i)));
    input.push_back(i), parity.push_back(i % 2);
  }
  const auto fine = binned_rows(t, Bins::equal(-1, 1, 100000, Outside::refuse));
  REQUIRE(fine.n_labels == 64);
  const auto about_x = plug_in_information({input, 64, ""}, fine), about_y = plug_in_information(fine, {parity, 2, ""});
  CHECK(off(about_x.value.value, etalon::log(64.0)) < 1e-15);
  CHECK(choice(about_x.how, "artefact") == "every sample has labels of its own: the value is ln N, whatever the law");
  CHECK(choice(about_x.how, "definition of Y") == "100000 bins from -1 to 1, half open, outside: refuse");
  CHECK(off(about_y.value.value, kLn2) < 1e-15);
  CHECK_THAT(choice(about_y.how, "artefact"), Catch::Contains("H(Y)"));
  const auto coarse = plug_in_information(input, binned_rows(t, Bins::equal(-1, 1, 8, Outside::refuse)).labels);
  CHECK(coarse.value.value < etalon::log(8.0) + 1e-15);
  CHECK_THAT(choice(coarse.how, "artefact"), Catch::Contains("X label"));
}

TEST_CASE("truth H: the expectation of the plug-in estimate, against binomials in balls", "[binning][truth]") {
  const Joint laws[] = {truth::bsc(0.1), truth::bsc(0.5), truth::bec(0.25), truth::symmetric_channel({0.5, 0.3, 0.2}, 0.2),
                        truth::joint(2, 2, {0.1, 0.4, 0.35, 0.15})};
  for (const Joint& law : laws)
    for (const long n : {1L, 2L, 8L}) {
      CAPTURE(n, law.n_x(), law.n_y());
      const auto expected = expected_plug_in(law, n);
      STATIC_REQUIRE(decltype(expected)::kind == BoundKind::exact);
      const double exact = midpoint(expected_by_binomials(law, n));
      CHECK((n == 1 ? etalon::abs(expected.value.value) : off(expected.value.value, exact)) < 4e-15);
      CHECK(expected.how.certificate == Certificate::enumeration);
      if (n == 8) CHECK(expected.value.value > mutual_information(law).value);
    }
  CHECK(expected_plug_in(truth::bsc(0.1), 8).how.iterations == 165);                                   // C(11, 3)
  CHECK(expected_plug_in(truth::symmetric_channel({0.5, 0.3, 0.2}, 0.2), 8).how.iterations == 12870);  // C(16, 8)

  // Where I = 0: 0.0857 nats from 8 samples of two fair coins; Miller and Madow, who count the cells that occur, take off less
  // than half of it: many samples leave one of the four empty
  const double plain = expected_plug_in(truth::bsc(0.5), 8).value.value;
  const double corrected = expected_plug_in(truth::bsc(0.5), 8, BiasCorrection::miller_madow).value.value;
  CHECK(etalon::abs(plain - 0.0857) < 5e-5);
  CHECK(etalon::abs(corrected - 0.0472) < 5e-5);
}

TEST_CASE("the expectation is the mean over all samples", "[binning]") {
  // 4^4 sequences of a 2 x 2 law, written out
  const auto law = truth::joint(2, 2, {0.1, 0.4, 0.35, 0.15});
  double mean = 0, mean_corrected = 0;
  for (long code = 0; code < 256; ++code) {
    double weight = 1;
    std::vector<long> x, y;
    for (long i = 0, c = code; i < 4; ++i, c /= 4) weight = weight * law.p()[c % 4], x.push_back(c % 4 / 2), y.push_back(c % 2);
    mean = etalon::fma(weight, plug_in_information(x, y).value.value, mean);
    mean_corrected = etalon::fma(weight, plug_in_information(x, y, BiasCorrection::miller_madow).value.value, mean_corrected);
  }
  CHECK(off(expected_plug_in(law, 4).value.value, mean) < 1e-14);
  CHECK(off(expected_plug_in(law, 4, BiasCorrection::miller_madow).value.value, mean_corrected) < 1e-14);
}

TEST_CASE("the expectation refuses too many tables, with their number", "[binning][errors]") {
  CHECK_THROWS_WITH(expected_plug_in(truth::symmetric_channel({0.25, 0.25, 0.25, 0.25}, 0.1), 20),
                    Catch::Contains("16 cells") && Catch::Contains("3247943160"));
  CHECK_THROWS_WITH(expected_plug_in(truth::bsc(0.1), 0), Catch::Contains("n = 0"));
}

// Bins closed on the wrong side, samples of a bin dropped: seen.
TEST_CASE("planted: bins closed above, the range of the last bin closed", "[binning][planted]") {
  const Tensor<double> on_edges(Shape{4, 1}, {0, 0.5, 0.5, 0.75});
  const auto closed_above = [](double x) { return x <= 0.5 ? 0L : 1L; };
  const auto ours = binned_rows(on_edges, Bins::equal(0, 1, 2, Outside::refuse));
  std::vector<long> theirs;
  for (long i = 0; i < 4; ++i) theirs.push_back(closed_above(on_edges[i]));
  CHECK(ours.labels == std::vector<long>{0, 1, 1, 1});
  CHECK(theirs != ours.labels);
  const std::vector<long> y = {0, 1, 1, 1};
  CHECK(plug_in_information(theirs, y).value < plug_in_information(ours.labels, y).value);
}
