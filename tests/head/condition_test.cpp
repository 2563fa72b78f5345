// SPDX-License-Identifier: Apache-2.0
// How much of a ratio a badly conditioned head leaves: the bound holds against proofs, and is not far from what happens.
#include "head/condition.h"

#include <catch2/catch.hpp>

#include "head/case.h"

using namespace etalon;
using namespace etalon::head;

namespace {

// A head [V, D] of doubles whose last column is the sum of the others plus 2^-k of something new.
Tensor<double> nearly_dependent(std::uint64_t seed, long v, long d, int k) {
  Tensor<double> w = coarse(Stream(seed, "W"), {v, d});
  for (long i = 0; i < v; ++i) {
    double sum = std::ldexp(w.rows()(i, d - 1), -k);
    for (long j = 0; j + 1 < d; ++j) sum += w.rows()(i, j);
    w.rows()(i, d - 1) = sum;
  }
  return w;
}

SmallHead with_weight(std::uint64_t seed, const Tensor<double>& w) {
  SmallHead c = small_head(seed, w.n_rows(), w.n_cols(), 4);
  c.w = w, c.h = Tensor<double>(c.h.shape());  // H = 0: G does not depend on W
  return c;
}

Condition condition_of_weight(const Tensor<double>& w) { return condition_of(orthonormal_basis<double>(w.rows().transposed())); }

}  // namespace

TEST_CASE("head: condition numbers in closed form", "[head][condition]") {
  const Tensor<double> w({3, 2}, {3, 0, 0, 0.5, 0, 0});  // orthogonal columns of lengths 3 and 1/2
  const Condition c = condition_of_weight(w);
  CHECK(c.of_matrix == Approx(6).epsilon(1e-14));
  CHECK(c.of_columns == Approx(1).epsilon(1e-14));
  CHECK(good_decimals(c.projection_error) == 12);

  // Columns (1, 0), (1, t): the squares of the singular values of W add up to 2 + t^2, their product is t
  const double t = 0x1p-20, sum = std::sqrt(2 + t * t + 2 * t), difference = std::sqrt(2 + t * t - 2 * t);
  CHECK(condition_of_weight(Tensor<double>({2, 2}, {1, 1, 0, t})).of_matrix ==
        Approx((sum + difference) / (sum - difference)).epsilon(1e-8));

  // A column of any length counts the same; one that depends on the others is not counted
  Tensor<double> scaled = w;
  scaled.rows()(0, 0) = std::ldexp(3, 900);
  CHECK(condition_of_weight(scaled).of_columns == Approx(1).epsilon(1e-14));
  CHECK(condition_of_weight(scaled).of_matrix > 1e200);
  CHECK(condition_of_weight(Tensor<double>({3, 3}, {1, 0, 2, 0, 1, 0, 0, 0, 0})).of_columns < 2);
  CHECK(condition_of_weight(Tensor<double>(Shape{3, 2})).of_matrix == 1);
  CHECK(good_decimals(0) == 12);
  CHECK(good_decimals(1) == 0);
  CHECK(good_decimals(2e-4) == 3);
}

TEST_CASE("head: the decimals that are called good are good, at every condition number", "[head][condition]") {
  const Ball::AtPrecision enough(512);
  double widest = 0;
  for (int k = 0; k <= 46; k += 2)
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const auto c = with_weight(seed, nearly_dependent(seed, 12, 4, k));
      const HeadReport r = diagnose(c.w, c.h, c.targets);
      INFO("2^-" << k << ", seed " << seed << ", condition " << r.condition_w.of_columns);
      if (r.rank_w < 4) continue;  // past the threshold of basis.h
      const auto truth = projection_of<Ball>(c);
      const double bound = r.condition_w.projection_error + 1000 * 0x1p-53;
      CHECK((Ball(r.projection.destroyed_ratio) - truth.destroyed_ratio).certainly_within(bound));
      for (std::size_t i = 0; i < r.projection.token_ratio.size(); ++i)
        CHECK((Ball(*r.projection.token_ratio[i]) - *truth.token_ratio[i]).certainly_within(bound));
      CHECK(r.good_decimals == good_decimals(r.condition_w.projection_error));
      if (k == 46)
        widest = std::max(widest, std::fabs(midpoint(Ball(r.projection.destroyed_ratio) - truth.destroyed_ratio)) / bound);
    }
  CHECK(widest > 1e-4);  // a bound that is not empty
  CHECK(condition_of_weight(nearly_dependent(1, 12, 4, 46)).of_columns > 1e13);
}

TEST_CASE("head: where digits are lost the report says so", "[head][condition]") {
  const auto bad = with_weight(1, nearly_dependent(1, 12, 4, 46));
  const HeadReport r = diagnose(bad.w, bad.h, bad.targets);
  CHECK(r.rank_w == 4);
  CHECK(r.condition_w.of_matrix > 1e14);
  CHECK(r.good_decimals <= 1);
  const auto good = with_weight(1, nearly_dependent(1, 12, 4, 0));
  CHECK(diagnose(good.w, good.h, good.targets).good_decimals >= 11);

  // H counts where both projectors are asked for, and nowhere else
  auto c = small_head(1, 12, 4, 9);
  c.h = nearly_dependent(1, 9, 4, 40);
  const HeadReport of_h = diagnose(c.w, c.h, c.targets);
  CHECK(of_h.good_decimals >= 11);
  CHECK(of_h.good_decimals_jointly <= 4);
}

TEST_CASE("head: the baseline is that of W's rank", "[head][condition]") {
  // Rank 4 at width 8 and V = 40: sqrt(1 - 4/40), not sqrt(1 - 8/40); measured on heads of random columns, half of them repeated
  double squares = 0;
  const long n_heads = 40;
  for (long k = 0; k < n_heads; ++k) {
    const Tensor<double> half = normal_tensor(Stream(k, "half"), {40, 4}, 0, 1);
    Tensor<double> w(Shape{40, 8});
    for (long i = 0; i < 40; ++i)
      for (long j = 0; j < 8; ++j) w.rows()(i, j) = half.rows()(i, j % 4);
    const auto c = with_weight(static_cast<std::uint64_t>(k), w);
    const HeadReport r = diagnose(c.w, c.h, c.targets);
    REQUIRE(r.rank_w == 4);
    CHECK(r.baseline == std::sqrt(36.0 / 40));
    CHECK(r.baseline_of_width == std::sqrt(32.0 / 40));
    squares += r.projection.destroyed_ratio * r.projection.destroyed_ratio / static_cast<double>(n_heads);
  }
  // r^2 of one row is Beta(18, 2): standard deviation sqrt(.9 .1/21) = .0655; of the mean of 40 heads .0104 at most
  CHECK(std::fabs(squares - 0.9) < 4 * 0.0104);
  CHECK(std::fabs(squares - 0.8) > 9 * 0.0104);  // planted: the width taken for the rank
}
