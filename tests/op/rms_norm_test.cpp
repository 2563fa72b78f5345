// SPDX-License-Identifier: Apache-2.0
#include "op/rms_norm.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/bits.h"
#include "law/enclosure.h"
#include "op/probe.h"

using namespace etalon;
using op::RmsNorm;

namespace {

using etalon::sqrt;  // <cmath> has one too

// The backward pass of a division by a constant: s forgotten as a function of x.
struct WithoutProjection : RmsNorm {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = RmsNorm::vjp(s, in, y, y_bar);
    const long c = y.n_cols();
    for (long i = 0; i < y.size(); ++i) {
      const auto x = [&](long k) { return in[0][i / c * c + k]; };
      bars[0][i] = y_bar[i] * in[1][i % c] / sqrt(product_sum<S>(c, x, x) / S(static_cast<double>(c)) + s.eps.in<S>());
    }
    return bars;
  }
};

// A layer norm under another name.
struct TakesOffTheMean : RmsNorm {
  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    if constexpr (!std::same_as<S, double>) return RmsNorm::forward(s, in);
    auto x = in[0];
    const long c = x.n_cols();
    for (long i = 0; i < x.n_rows(); ++i) {
      const S m = ordered_sum<S>(c, [&](long k) { return in[0][i * c + k]; }) / S(static_cast<double>(c));
      for (long k = 0; k < c; ++k) x[i * c + k] = x[i * c + k] - m;
    }
    return RmsNorm::forward(s, Args<S>({&x, &in[1]}));
  }
};

law::Worst worst_at(long c) {
  return law::worst_of<RmsNorm>({}, 100, [&](int trial) -> std::vector<Tensor<double>> {
    return {law::draw({4, c}, "x", trial), law::draw({c}, "gain", trial)};
  });
}

}  // namespace

TEST_CASE("rms_norm: a row of zeros stays zero", "[op][rms_norm]") {
  const std::vector<Tensor<double>> in = {Tensor<double>({1, 3}), law::weave({3}, "gain")};
  const auto y = RmsNorm::forward({}, Args<double>(in));
  for (long j = 0; j < 3; ++j) CHECK(y[j] == 0);
}

TEST_CASE("rms_norm: doubling x and taking four times eps changes no bit", "[op][rms_norm]") {
  const auto x = law::weave({2, 7}, "x"), gain = law::weave({7}, "gain");
  auto twice = x;
  for (long i = 0; i < x.size(); ++i) twice[i] = 2 * x[i];
  const auto y = RmsNorm::forward({{1, 1 << 20}}, Args<double>({&x, &gain}));
  const auto y_twice = RmsNorm::forward({{1, 1 << 18}}, Args<double>({&twice, &gain}));
  for (long i = 0; i < y.size(); ++i) CHECK(same_bits(y[i], y_twice[i]));
}

TEST_CASE("rms_norm: <x, x_bar> is what eps leaves of <y, y_bar>, certainly", "[op][rms_norm]") {
  const auto x = as<Ball>(law::weave({1, 5}, "x")), gain = as<Ball>(law::weave({5}, "gain")),
             bar = as<Ball>(law::weave({1, 5}, "bar"));
  const Args<Ball> in({&x, &gain});
  const auto y = RmsNorm::forward({}, in);
  const auto x_bar = RmsNorm::vjp({}, in, y, bar)[0];
  const auto dot = [](const Tensor<Ball>& a, const Tensor<Ball>& b) {
    return product_sum<Ball>(
        a.size(), [&](long k) { return a[k]; }, [&](long k) { return b[k]; });
  };
  const Ball eps = ratio<Ball>(1, 100000);
  const Ball difference = dot(x, x_bar) - eps / (dot(x, x) / Ball(5) + eps) * dot(y, bar);
  CHECK(difference.contains_zero());
  CHECK(radius(difference) < 1e-40);
}

TEST_CASE("rms_norm: worst errors by width (docs/op/rms_norm.md)", "[op][rms_norm][lesson]") {
  const auto narrow = worst_at(4), middle = worst_at(32), wide = worst_at(256);
  CHECK(law::shown(narrow.ulps) == "2.24");
  CHECK(law::shown(middle.ulps) == "3.1");
  CHECK(law::shown(wide.ulps) == "6.97");
  CHECK(law::shown(narrow.share) == "0.454");
  CHECK(law::shown(middle.share) == "0.187");
  CHECK(law::shown(wide.share) == "0.0592");
}

TEST_CASE("rms_norm: extents and eps that do not fit are refused", "[op][rms_norm][error]") {
  CHECK_THROWS_WITH(RmsNorm::shape({}, {Shape{2, 3}, Shape{2}}), Catch::StartsWith("op.rms_norm: expected gain [3], got [2]"));
  CHECK_THROWS_WITH(RmsNorm::shape({{-1, 5}}, {Shape{2, 3}, Shape{3}}), Catch::Contains("got -1/5"));
  CHECK_THROWS_WITH(RmsNorm::shape({{1, 0}}, {Shape{2, 3}, Shape{3}}), Catch::Contains("hint:"));
}

TEST_CASE("rms_norm: duality catches a backward pass without its projection term", "[op][rms_norm][planted]") {
  CHECK(law::cases_that_catch<RmsNorm>().empty());
  CHECK(law::cases_that_catch<WithoutProjection>() ==
        std::vector<std::string>{"two-rows", "common-offset", "tiny-entries", "three-columns", "one-column"});
}

TEST_CASE("rms_norm: the bound catches one that takes off the mean", "[op][rms_norm][planted]") {
  for (const auto& example : RmsNorm::cases()) {
    CAPTURE(example.name);
    if (example.name == "common-offset") CHECK_FALSE(law::keeps_its_bound<TakesOffTheMean>(example).kept);
  }
}
