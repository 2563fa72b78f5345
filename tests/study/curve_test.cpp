// SPDX-License-Identifier: Apache-2.0
// curve: how far an encoder lies below the bottleneck curve, on curves with a formula.
#include "study/curve.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "source/source.h"

using namespace etalon;
using information::Certificate;
using information::Joint;
using study::Sharpness;

namespace {

double h(double e) { return e > 0 && e < 1 ? -e * std::log(e) - (1 - e) * std::log1p(-e) : 0; }

// A fair bit through a binary symmetric channel: I_Y(R) = ln 2 - h(a + e - 2ae) at R = ln 2 - h(a) (Wyner & Ziv 1973)
constexpr double kFlip = 0.11;
Joint fair_bit() { return Joint(Tensor<double>({2, 2}, {0.5 * (1 - kFlip), 0.5 * kFlip, 0.5 * kFlip, 0.5 * (1 - kFlip)})); }
double most_i_y(double rate) {
  double low = 0, high = 0.5;
  for (int k = 0; k < 200; ++k) (h((low + high) / 2) < kLn2 - rate ? low : high) = (low + high) / 2;
  return kLn2 - h(low + kFlip - 2 * low * kFlip);
}

information::EnclosedPlane plane_of(const Joint& joint, const Tensor<double>& encoder) {
  return information::enclosed_plane(joint, encoder);
}

}  // namespace

TEST_CASE("curve: below that of a binary symmetric channel by what its formula says", "[study][curve]") {
  const Joint joint = fair_bit();
  const study::SourceCurve curve(joint);
  REQUIRE(study::is_proved(curve.points()));
  // Z channels, which are not optimal, and symmetric ones, which are. The formula's own rounding is below 1e-14.
  for (const double a : {0.05, 0.3, 0.49})
    for (const bool optimal : {false, true}) {
      CAPTURE(a, optimal);
      const auto plane = plane_of(joint, Tensor<double>({2, 2}, {1 - a, a, optimal ? a : 0, optimal ? 1 - a : 1}));
      const double expected = most_i_y(plane.i_x.upper.value.value) - plane.i_y.lower.value.value;
      const auto roughly = curve.distance(plane), sharply = curve.distance(plane, Sharpness::search);
      for (const auto& d : {roughly, sharply}) {
        CHECK(d.lower.value.value <= expected + 1e-14);
        CHECK(expected - 1e-14 <= d.upper.value.value);
        CHECK(d.upper.how.certificate == Certificate::proved);
      }
      CHECK(roughly.gap().value < 0.01);
      CHECK(sharply.gap().value < 4e-12);  // 2e-12 for two laws, the search's own 1e-13
      CHECK(roughly.lower.value <= sharply.lower.value);
      CHECK(sharply.upper.value <= roughly.upper.value);
      if (optimal) CHECK(sharply.lower.value.value == 0);

      // Planted: an encoder that knows 1e-11 less of Y is seen to be farther
      auto worse = plane;
      worse.i_y.lower.value = worse.i_y.lower.value - Nats(1e-11);
      worse.i_y.upper.value = worse.i_y.upper.value - Nats(1e-11);
      CHECK_FALSE(curve.distance(worse, Sharpness::search).lower.value.value <= expected);
    }
}

TEST_CASE("curve: one symbol repeated, where every erasure lies on the curve", "[study][curve]") {
  const auto source = source::make_source({.kind = "spamlang", .vocab_size = 4});
  const Joint joint(source->joint(2).joint);
  const study::SourceCurve curve(joint);
  for (const double kept : {0.0, 0.25, 1.0}) {
    CAPTURE(kept);
    Tensor<double> q({4, 5});
    for (long x = 0; x < 4; ++x) q[x * 5 + x] = kept, q[x * 5 + 4] = 1 - kept;
    const auto d = curve.distance(plane_of(joint, q), Sharpness::search);
    CHECK(d.lower.value.value == 0);
    CHECK(d.upper.value.value < 4e-12);
  }
}

TEST_CASE("curve: contexts merged or word by word, it is one curve to 1e-12", "[study][curve]") {
  const std::vector<source::SourceSpec> specs = {
      {.kind = "even"}, {.kind = "sns"}, {.kind = "anbn", .eps = 0.6}, {.kind = "dyck", .eps = 0.4}};
  for (const auto& spec : specs) {
    const auto source = source::make_source(spec);
    INFO(source->name());
    const Joint merged(source->joint(5).joint), words(source->words(5).joint);
    for (const double rate : {0.1, 0.4}) {
      const auto a = information::bottleneck_at_rate(merged, Nats(rate)).i_y;
      const auto b = information::bottleneck_at_rate(words, Nats(rate)).i_y;
      CHECK((a.upper.value - b.lower.value).value >= -1e-12);
      CHECK((b.upper.value - a.lower.value).value >= -1e-12);
      CHECK(a.gap().value < 1e-12);
      CHECK(b.gap().value < 1e-12);
    }
  }
}

TEST_CASE("curve: beyond four symbols the upper end is a search, and says so", "[study][curve]") {
  const auto source = source::make_source({.kind = "noisy_copy", .vocab_size = 6, .eps = 0.2});
  const Joint joint(source->joint(1).joint);
  const study::SourceCurve curve(joint);
  Tensor<double> own({6, 6}), coarse({6, 2});
  for (long x = 0; x < 6; ++x) own[x * 6 + x] = 1, coarse[x * 2 + (x < 3 ? 0 : 1)] = 1;
  const auto nothing_lost = curve.distance(plane_of(joint, own)), halved = curve.distance(plane_of(joint, coarse));
  for (const auto& d : {nothing_lost, halved}) {
    CHECK(d.upper.how.certificate == Certificate::grid);
    CHECK(d.lower.how.certificate == Certificate::proved);
    CHECK(d.lower.value <= d.upper.value);
  }
  CHECK(nothing_lost.upper.value.value < 1e-11);
  CHECK(halved.lower.value.value > 0.01);
}
