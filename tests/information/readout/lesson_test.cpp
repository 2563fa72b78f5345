// SPDX-License-Identifier: Apache-2.0
// The worked numbers of docs/estimators.md, computed here: each line below must stand in the page, letter for letter.
#include <catch2/catch.hpp>
#include <string>

#include "information/law/entropy.h"
#include "information/readout/binning.h"
#include "information/readout/ksg.h"
#include "information/readout/noisy_readout.h"
#include "information/readout/soft_plane.h"
#include "information/truth.h"
#include "law/line.h"
#include "missing.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::information;
using law::line;

namespace {

void expect_in_page(const std::string& expected) {
  static const std::string page = read_text(ETALON_SOURCE_DIR "/docs/estimators.md");
  INFO(expected);
  CHECK(missing(page, expected) == "");
}

}  // namespace

TEST_CASE("lesson: bins see their own number", "[lesson]") {
  Tensor<double> t(Shape{64, 1});
  std::vector<long> input, parity;
  for (long i = 0; i < 64; ++i) {
    t[i] = etalon::tanh(etalon::sin(static_cast<double>(i)));
    input.push_back(i), parity.push_back(i % 2);
  }
  for (const long n : {4, 30, 1000, 100000}) {
    const auto labels = binned_rows(t, Bins::equal(-1, 1, n, Outside::refuse)).labels;
    expect_in_page(line("| %ld | %.6f | %.6f |", n, plug_in_information(input, labels).value.value,
                        plug_in_information(labels, parity).value.value));
  }
}

TEST_CASE("lesson: eight samples of nothing carry information", "[lesson]") {
  for (const double e : {0.5, 0.1})
    expect_in_page(line("| %.6f | %.6f | %.6f |", mutual_information(truth::bsc(e)).value,
                        expected_plug_in(truth::bsc(e), 8).value.value,
                        expected_plug_in(truth::bsc(e), 8, BiasCorrection::miller_madow).value.value));
}

TEST_CASE("lesson: an estimate that is a fraction", "[lesson]") {
  Tensor<double> x(Shape{16, 1}), y(Shape{16, 1});
  for (long i = 1; i <= 16; ++i) {
    const double angle = static_cast<double>(i);
    x[i - 1] = etalon::sin(angle), y[i - 1] = etalon::sin(angle) + 0.3 * etalon::cos(5 * angle);
  }
  const auto one = ksg(x, y, 3), two = ksg(x, y, 3, KsgRule::ksg2);
  expect_in_page("KSG-1   " + one.numerator + "/" + one.denominator + line(" = %.6f nats", one.mutual.value.value));
  expect_in_page("KSG-2   " + two.numerator + "/" + two.denominator + line(" = %.6f nats", two.mutual.value.value));
}

TEST_CASE("lesson: a bit read through noise", "[lesson]") {
  for (const double sigma : {0.25, 0.5, 1.0, 2.0}) {
    const NoisyReadout readout(Tensor<double>(Shape{2, 1}, {-1, 1}), sigma);
    const auto bracket = readout.bracket_about_x({0.5, 0.5});
    expect_in_page(line("| %g | %.6f | %.6f | %.6f |", sigma, bracket.lower.value.value, readout.about_x({0.5, 0.5}).value.value,
                        bracket.upper.value.value));
  }
}

TEST_CASE("lesson: random labels, few samples each", "[lesson]") {
  // 4 samples for each of 100 labels, directions that know nothing of them
  const auto z = normal_tensor(Stream(1, "lesson.z"), Shape{400, 576}, 0, 1);
  for (const long per_label : {4, 40, 200}) {
    std::vector<long> labels;
    for (long b = 0; b < 400; ++b) labels.push_back(b / per_label);
    SoftEntropy soft(soft_entropy_setting(100, 576), 1);
    soft.add(z, {labels});
    const auto r = soft.result();
    expect_in_page(line("| %ld | %.6f |", per_label, r.labels[0].mutual.value.value / etalon::log(100.0)));
  }
}
