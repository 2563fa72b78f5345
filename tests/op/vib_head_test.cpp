// SPDX-License-Identifier: Apache-2.0
// vib_head: the rate against closed forms, what cancels near the prior, and the mistakes that VAE codes make.
#include "op/vib_head.h"

#include <catch2/catch.hpp>
#include <limits>

#include "law/weave.h"
#include "op/page_tools.h"
#include "op/probe.h"

using namespace etalon;
using law::shown;
using op::VibHead;

namespace {

// One row of one column: z and R.
std::pair<double, double> head(double mu, double v, double eps) {
  const Tensor<double> m({1, 1}, {mu}), lv({1, 1}, {v}), e({1, 1}, {eps});
  const auto y = VibHead::forward<double>({}, {&m, &lv, &e});
  return {y[0], y[1]};
}

// R as it is written in most codes.
double published_rate(double mu, double v) {
  const Tensor<double> m({1, 1}, {mu}), lv({1, 1}, {v}), e({1, 1}, {0.0});
  return VibHead::published_forward<double>({}, {&m, &lv, &e})[1];
}

// exp(v) for the spread where it is exp(v/2): variance and standard deviation confused, in the backward pass of z.
struct VarianceForDeviation : VibHead {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = VibHead::vjp(s, in, y, y_bar);
    for (long i = 0; i < bars[2].size(); ++i)
      bars[2][i] = y_bar[i / in[0].n_cols() * y_bar.n_cols() + i % in[0].n_cols()] * exp(in[1][i]);
    return bars;
  }
};

// The gradient of e^v - v instead of 1/2 of it: the half of the formula forgotten on its second term.
struct HalfForgotten : VibHead {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = VibHead::vjp(s, in, y, y_bar);
    const long n_d = in[0].n_cols();
    for (long i = 0; i < bars[1].size(); ++i)
      bars[1][i] = bars[1][i] + ratio<S>(1, 2) * (y_bar[i / n_d * (n_d + 1) + n_d] * expm1(in[1][i]));
    return bars;
  }
};

// The draw treated as a constant: no reparameterisation, so the spread never hears of the loss behind z.
struct DrawDetached : VibHead {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = VibHead::vjp(s, in, y, y_bar);
    const long n_d = in[0].n_cols();
    for (long i = 0; i < bars[1].size(); ++i) bars[1][i] = ratio<S>(1, 2) * (y_bar[i / n_d * (n_d + 1) + n_d] * expm1(in[1][i]));
    return bars;
  }
};

}  // namespace

TEST_CASE("vib_head: the prior costs nothing, and the draw is the noise", "[op][vib_head]") {
  CHECK(head(0, 0, -1.75) == std::pair{-1.75, 0.0});
}

TEST_CASE("vib_head: a mean alone costs half its square, a spread alone what the closed form says", "[op][vib_head]") {
  CHECK(head(3, 0, 0) == std::pair{3.0, 4.5});
  // KL(N(0, s^2) || N(0, 1)) = (s^2 - 1 - ln s^2)/2 at s^2 = 2
  const Ball::AtPrecision enough(256);
  CHECK((Ball(head(0, etalon::log(2.0), 1).second) - (Ball(1) - Ball(etalon::log(2.0))) / Ball(2)).certainly_within(3e-16));
}

TEST_CASE("vib_head: rates add up over columns, one for each row", "[op][vib_head]") {
  const Tensor<double> mu({2, 3}, {1, 2, 0, 0, 0, 4}), v({2, 3}), eps({2, 3});
  const auto y = VibHead::forward<double>({}, {&mu, &v, &eps});
  CHECK(y.shape() == Shape{2, 4});
  CHECK(y[3] == 2.5);
  CHECK(y[7] == 8.0);
}

TEST_CASE("vib_head: without noise the code is exact and its rate infinite", "[op][vib_head]") {
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(head(0.7, -inf, 2) == std::pair{0.7, inf});
  CHECK(head(0, 800, 0).second == inf);
  CHECK(head(1e155, 0, 0).second == inf);
}

TEST_CASE("vib_head: the rate is never below 0, however near the prior", "[op][vib_head]") {
  const auto points = law::points(-1e-3, 1e-3);
  for (const double v : points.values())
    for (double scale = 1; scale > 1e-200; scale *= 1e-7) CHECK(head(0, v * scale, 0).second >= 0);
}

TEST_CASE("vib_head: the published formula loses what this one keeps", "[op][vib_head]") {
  // psi(v)/2 = v^2/4 (1 + v/3 + ...)
  CHECK(std::abs(head(0, 1e-5, 0).second - 0.25e-10 * (1 + 1e-5 / 3)) < 1e-10 * 0.25e-10);
  CHECK(std::abs(published_rate(0, 1e-5) - 0.25e-10) > 1e-8 * 0.25e-10);
  CHECK(published_rate(0, -3e-9) < 0);
}

TEST_CASE("vib_head: three inputs of one shape, with a column", "[op][vib_head][error]") {
  const Shape a{2, 3}, b{3, 2};
  CHECK_THROWS_WITH(VibHead::shape({}, {a, a}), Catch::StartsWith("op.vib_head: expected 3 input(s), got 2"));
  CHECK_THROWS_WITH(VibHead::shape({}, {a, b, a}), Catch::StartsWith("op.vib_head: expected two tensors of one shape"));
  CHECK_THROWS_WITH(VibHead::shape({}, {a, a, b}), Catch::Contains("[2, 3] and [3, 2]"));
  CHECK_THROWS_WITH(VibHead::shape({}, {Shape{2, 0}, Shape{2, 0}, Shape{2, 0}}), Catch::Contains("D >= 1"));
  CHECK_THROWS_WITH(VibHead::shape({}, {Shape{}, Shape{}, Shape{}}), Catch::Contains("D >= 1"));
}

TEST_CASE("vib_head: duality catches a variance for a deviation, a forgotten half, a detached draw", "[op][vib_head][planted]") {
  // Where v = 0 for every entry the first two are right; where every eps s is tiny the third nearly is, and is still refused
  CHECK(law::cases_that_catch<VarianceForDeviation>() ==
        std::vector<std::string>{"two-tokens", "near-the-prior", "nearly-deterministic"});
  CHECK(law::cases_that_catch<HalfForgotten>() == std::vector<std::string>{"two-tokens", "near-the-prior", "nearly-deterministic"});
  CHECK(law::cases_that_catch<DrawDetached>() ==
        std::vector<std::string>{"the-prior", "two-tokens", "near-the-prior", "nearly-deterministic"});
}

TEST_CASE("vib_head: the numbers in the lesson", "[op][vib_head][lesson]") {
  const auto inputs = [](double scale) {
    return [scale](int trial) {
      auto v = law::draw({8, 16}, "v", trial), mu = law::draw({8, 16}, "mu", trial);
      for (long i = 0; i < v.size(); ++i) v[i] *= scale, mu[i] *= scale;
      return std::vector{mu, v, law::draw({8, 16}, "eps", trial)};
    };
  };
  const auto wide = law::worst_of<VibHead>({}, 20, inputs(1)), near = law::worst_of<VibHead>({}, 20, inputs(1e-6));
  CHECK(shown(wide.share) == "0.904");
  CHECK(shown(near.share) == "0.593");
  CHECK(shown(head(0, 1e-9, 0).second) == "2.5e-19");
  CHECK(shown(published_rate(0, 1e-9)) == "4.14e-17");
  CHECK(shown(head(1, -2, 0).second) == "1.07");
  CHECK(shown(head(1, -20, 0).second) == "10");
}
