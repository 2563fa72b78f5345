// The numbers of the lesson on estimators, as it prints them.
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

#include "information/binning.h"
#include "information/entropy.h"
#include "information/ksg.h"
#include "information/noisy_readout.h"
#include "information/soft_plane.h"
#include "tensor/random.h"
#include "truth.h"

using namespace etalon;
using namespace etalon::information;

namespace {

std::string six(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6f", x);
  return text;
}
std::string six(Nats x) { return six(x.value); }

}  // namespace

TEST_CASE("lesson: bins see their own number", "[lesson]") {
  Tensor<double> t(Shape{64, 1});
  std::vector<long> input, parity;
  for (long i = 0; i < 64; ++i) {
    t[i] = etalon::tanh(etalon::sin(static_cast<double>(i)));
    input.push_back(i), parity.push_back(i % 2);
  }
  std::string about_input, about_parity;
  for (const long n : {4, 30, 1000, 100000}) {
    const auto labels = binned_rows(t, Bins::equal(-1, 1, n, Outside::refuse)).labels;
    about_input += " " + six(plug_in_information(input, labels).value);
    about_parity += " " + six(plug_in_information(labels, parity).value);
  }
  CHECK(about_input == " 1.361661 2.930432 4.115561 4.158883");
  CHECK(about_parity == " 0.016488 0.439858 0.693147 0.693147");
}

TEST_CASE("lesson: eight samples of nothing carry information", "[lesson]") {
  std::string rows;
  for (const double e : {0.5, 0.1})
    rows += " " + six(mutual_information(truth::bsc(e))) + " " + six(expected_plug_in(truth::bsc(e), 8).value) + " " +
            six(expected_plug_in(truth::bsc(e), 8, BiasCorrection::miller_madow).value);
  CHECK(rows == " 0.000000 0.085671 0.047223 0.368064 0.422457 0.442955");
}

TEST_CASE("lesson: an estimate that is a fraction", "[lesson]") {
  Tensor<double> x(Shape{16, 1}), y(Shape{16, 1});
  for (long i = 1; i <= 16; ++i) {
    const double angle = static_cast<double>(i);
    x[i - 1] = etalon::sin(angle), y[i - 1] = etalon::sin(angle) + 0.3 * etalon::cos(5 * angle);
  }
  const auto one = ksg(x, y, 3), two = ksg(x, y, 3, KsgRule::ksg2);
  CHECK(one.numerator + "/" + one.denominator + " " + six(one.mutual.value) == "1242491/1441440 0.861979");
  CHECK(two.numerator + "/" + two.denominator + " " + six(two.mutual.value) == "2506003/2882880 0.869271");
}

TEST_CASE("lesson: a bit read through noise", "[lesson]") {
  std::string rows;
  for (const double sigma : {0.25, 0.5, 1.0, 2.0}) {
    const NoisyReadout readout(Tensor<double>(Shape{2, 1}, {-1, 1}), sigma);
    const auto bracket = readout.bracket_about_x({0.5, 0.5});
    rows += six(bracket.lower.value) + " " + six(readout.about_x({0.5, 0.5}).value) + " " + six(bracket.upper.value) + "\n";
  }
  CHECK(rows ==
        "0.692812 0.693054 0.693147\n"
        "0.566219 0.632720 0.692812\n"
        "0.219070 0.336831 0.566219\n"
        "0.060548 0.111421 0.219070\n");
}

TEST_CASE("lesson: random labels, few samples each", "[lesson]") {
  // 4 samples for each of 100 labels, directions that know nothing of them
  const auto z = normal_tensor(Stream(1, "lesson.z"), Shape{400, 576}, 0, 1);
  std::string rows;
  for (const long per_label : {4, 40, 200}) {
    std::vector<long> labels;
    for (long b = 0; b < 400; ++b) labels.push_back(b / per_label);
    SoftEntropy soft(soft_entropy_setting(100, 576), 1);
    soft.add(z, {labels});
    const auto r = soft.result();
    rows += " " + six(r.labels[0].mutual.value.value / etalon::log(100.0));
  }
  CHECK(rows == " 0.312880 0.061374 0.008240");
}
