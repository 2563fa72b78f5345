// SPDX-License-Identifier: Apache-2.0
// G: enclosed, the transpose of the loss's own derivative, and exact where digits are usually lost.
#include "head/gradient.h"

#include <catch2/catch.hpp>
#include <limits>

#include "base/error.h"
#include "head/case.h"
#include "scalar/dual.h"

using namespace etalon;
using namespace etalon::head;

namespace {

// The law: every row of G sums to 0, as a proof - the ball holds 0 - and not because it holds everything.
bool rows_sum_to_zero(const Tensor<Ball>& g) {
  bool holds = true;
  for (long i = 0; i < g.n_rows(); ++i) {
    const Ball sum = ordered_sum<Ball>(g.n_cols(), [&](long j) { return g.rows()(i, j); });
    holds = holds && sum.contains_zero() && radius(sum) < 1e-40;
  }
  return holds;
}

// The law: the tangent of the mean loss along any l_dot is <G, l_dot>.
bool is_the_gradient(const Tensor<Ball>& g, const SmallHead& c) {
  using D = Dual<Ball>;
  const Tensor<Ball> l = logits(as<Ball>(c.w), as<Ball>(c.h));
  const Tensor<double> l_dot = coarse(Stream(9, "tangent"), l.shape());
  Tensor<D> moving(l.shape());
  for (long i = 0; i < l.size(); ++i) moving[i] = D{l[i], Ball(l_dot[i])};
  const auto loss = logit_gradient(std::move(moving), c.counted()).loss;
  const Ball slope = ordered_sum<Ball>(loss.size(), [&](long i) { return loss[i].dot; }) / Ball(static_cast<double>(loss.size()));
  const Ball along = product_sum<Ball>(
      g.size(), [&](long i) { return g[i]; }, [&](long i) { return Ball(l_dot[i]); });
  return (slope - along).contains_zero() && radius(slope - along) < 1e-35;
}

// A common mistake: the one-hot added, not taken away.
Tensor<Ball> one_hot_added(const SmallHead& c) {
  Tensor<Ball> g = gradient_of<Ball>(c).g;
  const Ball twice = Ball(2.0) / Ball(static_cast<double>(g.n_rows()));
  for (long i = 0; i < g.n_rows(); ++i) g.rows()(i, c.targets[i]) = g.rows()(i, c.targets[i]) + twice;
  return g;
}

}  // namespace

TEST_CASE("head: rows of G sum to exactly 0, and G is the derivative of the loss", "[head]") {
  for (const auto& c : {small_head(1, 7, 3, 5), small_head(2, 2, 1, 1), small_head(3, 5, 8, 3)}) {
    const auto g = gradient_of<Ball>(c).g;
    CHECK(rows_sum_to_zero(g));
    CHECK(is_the_gradient(g, c));
  }
}

TEST_CASE("head: both laws catch the sign of the one-hot", "[head][planted]") {
  const auto c = small_head(1, 7, 3, 5);
  CHECK_FALSE(rows_sum_to_zero(one_hot_added(c)));
  CHECK_FALSE(is_the_gradient(one_hot_added(c), c));
}

TEST_CASE("head: double G and loss lie within a few ulp of their balls", "[head]") {
  const Ball::AtPrecision enough(256);
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto c = small_head(seed, 11, 4, 6);
    const auto here = gradient_of<double>(c);
    const auto truth = gradient_of<Ball>(c);
    // exp 1 ulp after a rounded shift of size up to 64 (the logits are exact), the sum of 11, three more operations: below 80 u
    for (long i = 0; i < here.g.size(); ++i)
      CHECK((Ball(here.g[i]) - truth.g[i]).certainly_within(80 * 0x1p-53 * std::fabs(here.g[i]) + 0x1p-1074));
    for (long i = 0; i < here.loss.size(); ++i)
      CHECK((Ball(here.loss[i]) - truth.loss[i]).certainly_within(80 * 0x1p-53 * (1 + here.loss[i])));
  }
}

TEST_CASE("head: a confident model keeps the digits of its gradient", "[head]") {
  // Logits 40 and 0: P_y - 1 = -4e-18 is 0 in doubles, the sum of the others is not
  const Tensor<double> l({1, 3}, {40, 0, 0});
  const auto here = logit_gradient(l, {0});
  const auto truth = logit_gradient(as<Ball>(l), {0});
  CHECK((Ball(here.g[0]) / truth.g[0] - Ball(1.0)).certainly_within(8 * 0x1p-53));
  CHECK((Ball(here.loss[0]) / truth.loss[0] - Ball(1.0)).certainly_within(8 * 0x1p-53));
  const double p = 1 / (1 + 2 * etalon::exp(-40.0));
  CHECK(p - 1 == 0);  // the usual form, for comparison: nothing left
}

TEST_CASE("head: ignored positions are left out, and bad inputs are refused with a hint", "[head]") {
  const auto c = small_head(4, 6, 2, 4);
  auto targets = c.targets;
  targets[1] = kIgnored;
  const Positions<> counted = counted_positions(c.w, c.h, targets);
  CHECK(counted.n_ignored == 1);
  CHECK(counted.h.shape() == Shape{3, 2});
  CHECK(counted.h[2] == c.h[4]);
  CHECK(counted.targets == std::vector<long>{targets[0], targets[2], targets[3]});

  // An ignored row may hold anything: padding often does
  auto padded = c.h;
  padded[2] = std::numeric_limits<double>::quiet_NaN();
  CHECK(counted_positions(c.w, padded, targets).h.values() == counted.h.values());
  const auto refused = [&](const Tensor<double>& w, const Tensor<double>& h, const std::vector<std::int64_t>& y, const char* says) {
    CHECK_THROWS_WITH(counted_positions(w, h, y), Catch::Contains(says) && Catch::Contains("hint:"));
  };
  refused(c.w, padded, c.targets, "row 1 of H");
  auto w = c.w;
  w[3] = std::numeric_limits<double>::infinity();
  refused(w, c.h, c.targets, "row 1 of W");
  refused(c.w, c.h, {1, 2, 3}, "one target for each of 4");
  refused(c.w, c.h, {1, 2, 3, 6}, "target 3");
  refused(c.w, c.h, {1, 2, 3, -1}, "target 3");
  refused(c.w, c.h, {-100, -100, -100, -100}, "all ignored");
  refused(c.w, coarse(Stream(1, "x"), {4, 3}), c.targets, "hidden states H");
  refused(Tensor<double>({6}), c.h, c.targets, "[V, D]");
  refused(Tensor<double>(Shape{0, 2}), c.h, c.targets, "[V, D]");
}
