// SPDX-License-Identifier: Apache-2.0
// The curve between its envelopes: rates, straight pieces, jumps, distances.
#include "information/bottleneck/rate.h"

#include <catch2/catch.hpp>
#include <limits>

#include "information/random_law.h"
#include "information/truth.h"
#include "scalar/ball.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

Joint hamming(long n, double e) { return truth::symmetric_channel(std::vector<double>(n, 1 / static_cast<double>(n)), e); }
Joint inverse_bec(double e) { return truth::joint(3, 2, {(1 - e) / 2, 0, e / 2, e / 2, 0, (1 - e) / 2}); }

}  // namespace

TEST_CASE("truth: the binary symmetric channel at a rate", "[bottleneck][truth]") {
  const auto at = bottleneck_at_rate(truth::bsc(0.1), in_nats(Bits(0.5)));
  const double a = truth::value("C1.alpha.BSC(.1),R=.5bit");
  CHECK(off(at.beta, truth::value("C1.beta")) < 1e-14);
  CHECK(off(std::min(at.encoder[0], at.encoder[1]), a) < 1e-14);
  CHECK(at.i_y.gap().value < 1e-13);
  CHECK(at.share == 1);

  // Bits or nats: the same double, so the same encoder
  CHECK(bottleneck_at_rate(truth::bsc(0.1), Nats(in_nats(Bits(0.5)).value)).encoder.values() == at.encoder.values());
}

TEST_CASE("truth: a straight piece is reached by mixing its ends", "[bottleneck][truth]") {
  const auto erasure = bottleneck_at_rate(truth::bec(0.25), in_nats(Bits(0.4)));
  CHECK(off(in_bits(information_plane(truth::bec(0.25), erasure.encoder).i_y).value, truth::value("C3.IY.BEC(.25),R=.4bit")) <
        1e-14);
  CHECK(off(erasure.beta, 4.0 / 3) < 1e-14);
  CHECK(erasure.i_y.gap().value < 1e-7);  // c = 1 on a whole segment: cells of 1e-6 would be needed for 1e-13

  const auto joint = truth::joint(4, 2, {0.25, 0, 0.25, 0, 0.25, 0, 0, 0.25});
  const auto function = bottleneck_at_rate(joint, Nats(0.3));
  CHECK(off(information_plane(joint, function.encoder).i_y.value, truth::value("C8.IY.deterministic Y=f(X), R=.3")) < 1e-14);
  CHECK(function.beta == 1);
  CHECK(function.i_y.gap().value < 1e-12);
  CHECK(off(bottleneck_at_rate(joint, Nats(5)).i_y.upper.value.value, entropy(joint.p_y()).value) < 5e-14);
}

TEST_CASE("truth: the ternary Hamming channel jumps, and at half the rate a solver capped at |X| loses 1.6e-5",
          "[bottleneck][truth]") {
  const auto joint = hamming(3, 0.2);
  const auto critical = critical_beta(joint);
  CHECK(critical.first_order);
  CHECK(off(critical.beta, truth::value("C6.beta_c.Hamming(3,.2)")) < 1e-14);
  CHECK(off(critical.jump.i_x.value, truth::value("C6.R*")) < 1e-12);
  const double stays = std::max({critical.jump.encoder[0], critical.jump.encoder[1], critical.jump.encoder[2]});
  CHECK(off(1 - stays, truth::value("C6.a*")) < 1e-12);

  const double half = truth::value("C6.R*") / 2;
  const auto at = bottleneck_at_rate(joint, Nats(half));
  CHECK(at.i_y.gap().value < 1e-12);  // the deficit, proved
  CHECK(at.encoder.n_cols() == 4);
  const double best = information_plane(joint, at.encoder).i_y.value;
  CHECK(off(best, truth::value("C6.IY at R*/2 (needs |T|=4)")) < 1e-14);

  // The best of 24 runs of L-BFGS over encoders with |T| = |X| = 3 at that rate, to four digits
  const Tensor<double> three(Shape{3, 3}, {0.1461, 0.1461, 0.7078, 0.1454, 0.3298, 0.5248, 0.3298, 0.1454, 0.5248});
  const auto capped = distance_from_curve(joint, three);
  CHECK(etalon::abs(capped.plane.i_x.lower.value.value - half) < 1e-5);
  CHECK(capped.deficit.lower.value.value > 1.6e-5);
  CHECK(capped.deficit.upper.value.value < 1.7e-5);
}

TEST_CASE("the 4-ary Hamming channel at half its critical rate, proved", "[bottleneck]") {
  const auto joint = hamming(4, 0.2);
  const auto critical = critical_beta(joint, {.prove = Prove::nothing});
  REQUIRE(critical.first_order);
  BottleneckSetting patient;
  patient.max_cells = 1000000;
  const auto at = bottleneck_at_rate(joint, 0.5 * critical.jump.i_x, patient);
  CHECK(at.i_y.gap().value < 1e-12);
  CHECK(at.encoder.n_cols() == 5);
}

// The least I(X;T)/I(T;Y) over symmetric encoders, with 40 digits (mpmath).
TEST_CASE("other Hamming channels jump where their formula says", "[bottleneck]") {
  struct Row {
    long n;
    double e, beta, rate;
  };
  for (const Row& row :
       {Row{5, 0.05, 1.1278186534613030782, 0.22947221113363947704}, Row{3, 0.05, 1.165248752420976194, 0.062974559389639060614},
        Row{4, 0.1, 1.3142375354604613545, 0.16089623487505430866}}) {
    const auto critical = critical_beta(hamming(row.n, row.e), {.prove = Prove::nothing});
    CAPTURE(row.n, row.e);
    CHECK(critical.first_order);
    CHECK(off(critical.beta, row.beta) < 1e-14);
    CHECK(off(critical.jump.i_x.value, row.rate) < 1e-12);
  }
}

TEST_CASE("the slope at a small rate", "[bottleneck]") {
  // BSC(.05) at R = .01: beta = logit(a) / (.9 logit(a * .05)), a = h^-1(ln 2 - R), with 50 digits
  CHECK(off(bottleneck_at_rate(truth::bsc(0.05), Nats(0.01)).beta, 1.23615226320971) < 1e-13);
}

TEST_CASE("continuous transitions sit at 1/rho^2", "[bottleneck]") {
  for (const double e : {0.05, 0.1, 0.3}) {
    const auto critical = critical_beta(truth::bsc(e));
    CHECK_FALSE(critical.first_order);
    CHECK(off(critical.beta, 1 / ((1 - 2 * e) * (1 - 2 * e))) < 1e-9);
  }
  CHECK(critical_beta(truth::joint(2, 2, {0.25, 0.25, 0.25, 0.25})).beta == std::numeric_limits<double>::infinity());
}

TEST_CASE("truth: degenerate betas are reported as what they are", "[bottleneck][truth]") {
  // The inverse erasure channel at beta = 2: a continuum from one end to the other
  const auto range = optimal_range(inverse_bec(0.25), 2);
  CHECK(range.degeneracy == Degeneracy::continuum);
  CHECK(etalon::abs(range.low.i_x.value - 0.422491263779379) < 1e-12);
  CHECK(etalon::abs(range.high.i_x.value - 0.562335144618808) < 1e-12);

  CHECK(bottleneck(truth::bec(0.25), 4.0 / 3).degeneracy() == Degeneracy::continuum);
  const auto erasure = optimal_range(truth::bec(0.25), 4.0 / 3);
  CHECK(erasure.low.i_x.value == 0);
  CHECK(off(erasure.high.i_x.value, kLn2) < 1e-12);

  const auto joint = truth::joint(4, 2, {0.25, 0, 0.25, 0, 0.25, 0, 0, 0.25});
  const auto function = optimal_range(joint, 1);
  CHECK(function.degeneracy == Degeneracy::continuum);
  CHECK(off(function.high.i_y.value, entropy(joint.p_y()).value) < 1e-12);

  CHECK(bottleneck(hamming(3, 0.2), critical_beta(hamming(3, 0.2)).beta).degeneracy() == Degeneracy::first_order_jump);
  CHECK(bottleneck(truth::bsc(0.1), 3).degeneracy() == Degeneracy::none);
  CHECK(bottleneck(truth::bsc(0.1), 1.2).degeneracy() == Degeneracy::trivial);
}

TEST_CASE("no encoder is above the upper envelope, none of the curve below the lower", "[bottleneck][law]") {
  long encoders = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const Joint joint = random_law(6000 + seed, 4, 2 + static_cast<long>(seed % 2), 0.1);
    const auto curve = envelope(joint, bottleneck_curve(joint, default_betas(joint, 30)));
    const Stream stream(seed, "encoders");
    double before = 0;
    for (int k = 0; k <= 40; ++k) {
      const auto at = curve.at(Nats(1.4 * k / 40));
      CHECK(at.lower.value <= at.upper.value);
      CHECK(at.upper.value.value >= before - 1e-15);
      before = at.upper.value.value;
    }
    for (std::uint64_t k = 0; k < 200; ++k, ++encoders) {
      Tensor<double> q(Shape{4, 3});
      for (long x = 0; x < 4; ++x) {
        double total = 0;
        for (long t = 0; t < 3; ++t)
          total += q[x * 3 + t] = etalon::exp(8 * stream.uniform(12 * k + static_cast<std::uint64_t>(3 * x + t)));
        for (long t = 0; t < 3; ++t) q[x * 3 + t] /= total;
      }
      const auto plane = enclosed_plane(joint, q);
      if (!(plane.i_y.lower.value <= curve.at(plane.i_x.upper.value).upper.value)) FAIL("seed " << seed << ", encoder " << k);
    }
  }
  CHECK(encoders == 2400);
}

TEST_CASE("the distance of an encoder from the curve", "[bottleneck]") {
  const auto joint = random_law(8, 5, 2, 0);
  const auto best = bottleneck(joint, 7);
  CHECK(distance_from_curve(joint, best.encoder).deficit.upper.value.value < 1e-12);

  // Half of the best encoder's answers replaced by noise: a certified interval, narrow, and away from 0
  Tensor<double> noisy = best.encoder;
  for (long x = 0; x < noisy.n_rows(); ++x)
    for (long t = 0; t < noisy.n_cols(); ++t)
      noisy[x * noisy.n_cols() + t] = 0.5 * noisy[x * noisy.n_cols() + t] + 0.5 / static_cast<double>(noisy.n_cols());
  const auto distance = distance_from_curve(joint, noisy);
  CHECK(distance.deficit.lower.value.value > 1e-4);
  CHECK(distance.deficit.gap().value < 1e-11);
  // min over beta of (L_beta[q] - V_beta)/beta is not below it at any beta, and is it at the one that is reported
  const auto eps = [&](double beta) {
    const auto v = bottleneck(joint, beta).minimum;
    return (information_plane(joint, noisy).i_x.value - beta * information_plane(joint, noisy).i_y.value - v.upper.value.value) /
           beta;
  };
  for (const double beta : {2.0, 4.0, 8.0, 16.0}) CHECK(eps(beta) >= distance.deficit.lower.value.value - 1e-13);
  CHECK(etalon::abs(eps(distance.beta) - distance.deficit.upper.value.value) < 1e-11);
}

TEST_CASE("rates are refused below 0", "[bottleneck][errors]") {
  CHECK_THROWS_WITH(bottleneck_at_rate(truth::bsc(0.1), Nats(-1)), Catch::Contains("a rate >= 0"));
  CHECK_THROWS_WITH(envelope(truth::bsc(0.1), {}).at(Nats(std::numeric_limits<double>::quiet_NaN())), Catch::Contains("nan"));
}
