// SPDX-License-Identifier: Apache-2.0
#include "op/layer_norm.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/bits.h"
#include "law/enclosure.h"
#include "op/probe.h"

using namespace etalon;
using op::LayerNorm;

namespace {

using etalon::fma, etalon::sqrt;  // <cmath> has them too

template <Scalar S>
struct Standardised {
  std::vector<S> z;
  S s;
};

// z and s of one row, written a second time for the liars below.
template <Scalar S>
Standardised<S> row_of(const LayerNorm::Setting& setting, const Tensor<S>& x, long i) {
  const long c = x.n_cols();
  const S count(static_cast<double>(c));
  const S m = ordered_sum<S>(c, [&](long k) { return x[i * c + k]; }) / count;
  const auto d = [&](long k) { return x[i * c + k] - m; };
  Standardised<S> row;
  row.s = sqrt(product_sum<S>(c, d, d) / count + setting.eps.in<S>());
  for (long k = 0; k < c; ++k) row.z.push_back(d(k) / row.s);
  return row;
}

// The backward pass with one of its two subtractions left out.
template <bool kMean, bool kProjection>
struct Without : LayerNorm {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = LayerNorm::vjp(s, in, y, y_bar);
    const long c = y.n_cols();
    const S count(static_cast<double>(c));
    for (long i = 0; i < y.n_rows(); ++i) {
      const Standardised<S> row = row_of(s, in[0], i);
      const auto g = [&](long k) { return y_bar[i * c + k] * in[1][k]; };
      const auto z = [&](long k) { return row.z[k]; };
      const S shift = kMean ? ordered_sum<S>(c, g) / count : S(0.0);
      const S stretch = kProjection ? product_sum<S>(c, g, z) / count : S(0.0);
      for (long j = 0; j < c; ++j) bars[0][i * c + j] = (g(j) - shift - z(j) * stretch) / row.s;
    }
    return bars;
  }
};

// E x^2 - (E x)^2: one pass over the row, and half of the digits.
struct OnePass : LayerNorm {
  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    auto y = LayerNorm::forward(s, in);
    if constexpr (!std::same_as<S, double>) return y;
    const long c = y.n_cols();
    const S count(static_cast<double>(c));
    for (long i = 0; i < y.n_rows(); ++i) {
      const auto x = [&](long k) { return in[0][i * c + k]; };
      const S m = ordered_sum<S>(c, x) / count;
      const S variance = product_sum<S>(c, x, x) / count - m * m;
      for (long j = 0; j < c; ++j) y[i * c + j] = fma((x(j) - m) / sqrt(variance + s.eps.in<S>()), in[1][j], in[2][j]);
    }
    return y;
  }
};

// eps added to the standard deviation, not to the variance.
struct EpsOutside : LayerNorm {
  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    auto y = LayerNorm::forward(s, in);
    if constexpr (!std::same_as<S, double>) return y;
    const long c = y.n_cols();
    for (long i = 0; i < y.n_rows(); ++i) {
      const Standardised<S> row = row_of(s, in[0], i);
      const S outside = sqrt(row.s * row.s - s.eps.in<S>()) + s.eps.in<S>();
      for (long j = 0; j < c; ++j) y[i * c + j] = fma(row.z[j] * row.s / outside, in[1][j], in[2][j]);
    }
    return y;
  }
};

template <op::Page Op>
bool bound_catches(const std::string& name) {
  for (const auto& example : Op::cases())
    if (example.name == name) return !law::keeps_its_bound<Op>(example).kept;
  throw Error("test", "a case", name, "was it renamed?");
}

// Rows of 16 entries around an offset, gain 1, bias 0.
law::Worst worst_at(double offset) {
  return law::worst_of<LayerNorm>({}, 100, [=](int trial) -> std::vector<Tensor<double>> {
    auto x = law::draw({4, 16}, "x", trial);
    for (long i = 0; i < x.size(); ++i) x[i] = x[i] + offset;
    return {x, Tensor<double>({16}, std::vector<double>(16, 1)), Tensor<double>({16})};
  });
}

}  // namespace

TEST_CASE("layer_norm: a row of equal entries is the bias, exactly, where its sum is exact", "[op][layer_norm]") {
  const std::vector<Tensor<double>> in = {{{1, 4}, {2.5, 2.5, 2.5, 2.5}}, law::weave({4}, "gain"), law::weave({4}, "bias")};
  const auto y = LayerNorm::forward({}, Args<double>(in));
  for (long j = 0; j < 4; ++j) CHECK(same_bits(y[j], in[2][j]));
}

TEST_CASE("layer_norm: 0.1 + 0.1 + 0.1 is not 3 x 0.1, and the row shows it (docs/op/layer_norm.md)", "[op][layer_norm][lesson]") {
  const std::vector<Tensor<double>> in = {{{1, 3}, {0.1, 0.1, 0.1}}, {{3}, {1, 1, 1}}, Tensor<double>({3})};
  CHECK(law::shown(LayerNorm::forward({{1, 100000}}, Args<double>(in))[0]) == "-4.39e-15");
  CHECK(law::shown(LayerNorm::forward({{1, 1000000000000}}, Args<double>(in))[0]) == "-1.39e-11");
  CHECK(LayerNorm::forward({{1, 100000}}, Args<Ball>({as<Ball>(in[0]), as<Ball>(in[1]), as<Ball>(in[2])}))[0].contains_zero());
}

TEST_CASE("layer_norm: the further from zero, the fewer digits (docs/op/layer_norm.md)", "[op][layer_norm][lesson]") {
  const auto near = worst_at(0), far = worst_at(1e3), further = worst_at(1e6);
  CHECK(law::shown(near.share) == "0.155");
  CHECK(law::shown(far.share) == "0.176");
  CHECK(law::shown(further.share) == "0.164");
  CHECK(law::shown(near.ulps) == "2.54e+04");
  CHECK(law::shown(far.ulps) == "8.12e+07");
  CHECK(law::shown(further.ulps) == "1.89e+11");
}

TEST_CASE("layer_norm: the bound holds where the mean has lost every digit of the spread", "[op][layer_norm]") {
  const Tensor<double> one({3}, {1, 1, 1}), none({3});
  for (const double offset : {1e12, 1e15, 1e16, 1e100})
    for (const double step : {2.0, 4.0, 1e3}) {
      const op::Case<LayerNorm::Setting> example = {
          "lost", "", {}, {{{1, 3}, {offset, offset + step, offset - 3 * step}}, one, none}};
      CAPTURE(offset, step);
      CHECK(law::keeps_its_bound<LayerNorm>(example).kept);
    }
}

TEST_CASE("layer_norm: in balls z has mean 0, and x_bar adds up to 0", "[op][layer_norm]") {
  const auto x = as<Ball>(law::weave({1, 5}, "x")), bar = as<Ball>(law::weave({1, 5}, "y_bar"));
  const Tensor<Ball> one({5}, std::vector<Ball>(5, Ball(1))), none({5});
  const Args<Ball> in({&x, &one, &none});
  const auto y = LayerNorm::forward({}, in);
  const auto x_bar = LayerNorm::vjp({}, in, y, bar)[0];
  for (const auto& t : {y, x_bar}) {
    const Ball sum = ordered_sum<Ball>(5, [&](long j) { return t[j]; });
    CHECK(sum.contains_zero());
    CHECK(radius(sum) < 1e-40);
  }
}

TEST_CASE("layer_norm: extents and eps that do not fit are refused", "[op][layer_norm][error]") {
  CHECK_THROWS_WITH(LayerNorm::shape({}, {Shape{2, 3}, Shape{3}, Shape{2}}),
                    Catch::StartsWith("op.layer_norm: expected gain and bias [3], got [3] and [2]"));
  CHECK_THROWS_WITH(LayerNorm::shape({}, {Shape{2, 0}, Shape{0}, Shape{0}}), Catch::Contains("C >= 1"));
  CHECK_THROWS_WITH(LayerNorm::shape({{0, 1}}, {Shape{2, 3}, Shape{3}, Shape{3}}),
                    Catch::Contains("eps = num/den > 0") && Catch::Contains("got 0/1"));
}

TEST_CASE("layer_norm: duality catches a backward pass without its mean or projection term", "[op][layer_norm][planted]") {
  CHECK(law::cases_that_catch<LayerNorm>().empty());
  CHECK(law::cases_that_catch<Without<true, true>>().empty());
  CHECK(law::cases_that_catch<Without<false, true>>() ==
        std::vector<std::string>{"two-rows", "equal-entries", "tiny-variance", "large-offset", "three-columns", "one-column"});
  CHECK(law::cases_that_catch<Without<true, false>>() == std::vector<std::string>{"two-rows", "tiny-variance", "large-offset"});
}

TEST_CASE("layer_norm: the bound catches the variance in one pass, and eps outside the root", "[op][layer_norm][planted]") {
  CHECK(bound_catches<OnePass>("large-offset"));
  CHECK_FALSE(bound_catches<OnePass>("equal-entries"));
  CHECK(bound_catches<EpsOutside>("tiny-variance"));
}
