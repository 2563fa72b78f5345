// SPDX-License-Identifier: Apache-2.0
// The destroyed ratio and its companions: identities as proofs, closed forms, invariance, the baseline.
#include "head/projection.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "head/case.h"

using namespace etalon;
using namespace etalon::head;

namespace {

// The law: c = sqrt(1 - r^2), the two computed apart.
bool pythagoras_holds(const Ball& r, const Ball& c) {
  const Ball gap = c * c + r * r - Ball(1.0);
  return gap.contains_zero() && radius(gap) < 1e-30;
}

// ||G W|| / ||G||: what some take for the share that survives.
Ball misreading(const SmallHead& c) {
  const auto g = gradient_of<Ball>(c).g;
  Tensor<Ball> gw(Shape{g.n_rows(), c.w.n_cols()});
  matmul<Ball>(g.rows(), as<Ball>(c.w).rows(), gw.rows());
  return norm(gw.data(), gw.size()) / norm(g.data(), g.size());
}

// The mean over random heads of what `measure` makes of r, in standard deviations from what it should be, 1 - D/V.
// For fixed G, r^2 of one row is Beta((V-D)/2, D/2): variance 2 D (V-D) / (V^2 (V+2)); rows of one batch add no more.
template <class F>
double sigmas_from_baseline(F measure) {
  const long v = 256, d = 32, n_heads = 25;
  double mean = 0;
  for (long k = 0; k < n_heads; ++k) {
    SmallHead c = uniform_head(v, d, {3, 77, 200});
    c.w = normal_tensor(Stream(k, "gaussian head"), {v, d}, 0, 1);
    c.h = Tensor<double>(c.h.shape());  // H = 0: P is uniform, so G knows nothing of W
    mean += measure(projection_of<double>(c).destroyed_ratio) / n_heads;
  }
  const double variance = 2.0 * d * (v - d) / (static_cast<double>(v) * v * (v + 2)) / n_heads;
  return std::fabs(mean - (1 - static_cast<double>(d) / v)) / std::sqrt(variance);
}

}  // namespace

TEST_CASE("head: c^2 + r^2 = 1, proved on balls", "[head]") {
  const Ball::AtPrecision enough(256);
  for (const auto& c : {small_head(1, 9, 3, 5), small_head(2, 6, 1, 2), small_head(3, 12, 5, 1)}) {
    const auto p = projection_of<Ball>(c);
    CHECK(pythagoras_holds(p.destroyed_ratio, p.cosine));
    CHECK(radius(p.destroyed_ratio) < 1e-40);
    CHECK((p.cosine - p.visible_norm / p.norm).contains_zero());
    CHECK_FALSE(certainly_less(p.destroyed_ratio, p.jointly_lost));
  }
}

TEST_CASE("head: Pythagoras catches a ratio of squares and ||GW||/||G||", "[head][planted]") {
  const Ball::AtPrecision enough(256);
  const auto c = small_head(1, 9, 3, 5);
  const auto p = projection_of<Ball>(c);
  CHECK_FALSE(pythagoras_holds(p.destroyed_ratio * p.destroyed_ratio, p.cosine));
  CHECK_FALSE(pythagoras_holds(p.destroyed_ratio, misreading(c)));
}

TEST_CASE("head: double agrees with the proof to the last digits", "[head]") {
  const Ball::AtPrecision enough(256);
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const auto c = small_head(seed, 8 + static_cast<long>(seed), 1 + static_cast<long>(seed % 4), 6 + static_cast<long>(seed % 5));
    const auto here = projection_of<double>(c);
    const auto truth = projection_of<Ball>(c);
    const double few_ulp = 1000 * 0x1p-53;  // times cond(W), below 30 here, covered by the margin
    CHECK((Ball(here.destroyed_ratio) - truth.destroyed_ratio).certainly_within(few_ulp));
    CHECK((Ball(here.cosine) - truth.cosine).certainly_within(few_ulp));
    CHECK((Ball(here.jointly_lost) - truth.jointly_lost).certainly_within(few_ulp));
    CHECK((Ball(here.mean_token_ratio) - truth.mean_token_ratio).certainly_within(few_ulp));
    for (std::size_t i = 0; i < here.token_ratio.size(); ++i)
      CHECK((Ball(*here.token_ratio[i]) - *truth.token_ratio[i]).certainly_within(few_ulp));
  }
}

TEST_CASE("head: r in closed form where P is uniform and the head holds the constant vector", "[head]") {
  // G = (1/V)(11^T/V - I): every G row is orthogonal to 1, so r^2 = (V - rank W)/(V - 1)
  const Ball::AtPrecision enough(256);
  for (const auto& [v, d] : {std::pair{4L, 2L}, {9L, 3L}, {12L, 11L}, {7L, 6L}}) {
    std::vector<std::int64_t> all;
    for (long i = 0; i < v; ++i) all.push_back(i);
    SmallHead c = uniform_head(v, d, all);
    c.w = coarse(Stream(v, "W"), {v, d});
    c.h = Tensor<double>(c.h.shape());
    for (long i = 0; i < v; ++i) c.w.rows()(i, d - 1) = 1;
    const auto r = projection_of<Ball>(c).destroyed_ratio;
    const Ball expected = Ball(static_cast<double>(v - d)) / Ball(static_cast<double>(v - 1));
    INFO("V " << v << ", D " << d);
    CHECK((r * r - expected).contains_zero());
    CHECK((r * r - expected).certainly_within(1e-30));
    const double here = projection_of<double>(c).destroyed_ratio;
    CHECK((Ball(here) * Ball(here) - expected).certainly_within(1e-13));
  }
}

TEST_CASE("head: r does not change under W -> W M; ||GW||/||G|| does", "[head]") {
  const Ball::AtPrecision enough(256);
  // H is set to 0 in both, so G is the same and only the column space is asked about
  SmallHead c = small_head(5, 10, 3, 4);
  c.h = Tensor<double>(c.h.shape());
  SmallHead mixed = c;
  mixed.w = product(c.w, Tensor<double>({3, 3}, {2, 1, 0, 0, -3, 5, 1, 0, 4}));  // det = -19; the product is exact
  const Ball change = projection_of<Ball>(mixed).destroyed_ratio - projection_of<Ball>(c).destroyed_ratio;
  CHECK(change.contains_zero());
  CHECK(change.certainly_within(1e-30));
  CHECK(std::fabs(projection_of<double>(mixed).destroyed_ratio - projection_of<double>(c).destroyed_ratio) < 1e-14);
  CHECK_FALSE((misreading(mixed) - misreading(c)).certainly_within(0.5));
  CHECK_FALSE((misreading(mixed) - misreading(c)).contains_zero());

  // Columns scaled apart by 2^600 span the same space
  SmallHead scaled = c;
  for (long i = 0; i < 10; ++i) scaled.w.rows()(i, 1) = std::ldexp(scaled.w.rows()(i, 1), 600);
  CHECK(projection_of<double>(scaled).destroyed_ratio == projection_of<double>(c).destroyed_ratio);
}

TEST_CASE("head: random heads destroy sqrt(1 - D/V), a ratio of norms", "[head]") {
  CHECK(sigmas_from_baseline([](double r) { return r * r; }) < 4);
  CHECK(sigmas_from_baseline([](double r) { return r * r * r * r; }) > 10);  // planted: r taken for a ratio of squares
  CHECK(random_head_baseline(4, 3) == 0.5);
  CHECK(random_head_baseline(4, 4) == 0);
  CHECK(random_head_baseline(4, 9) == 0);
}

TEST_CASE("head: rank-deficient W, zero rows, D >= V, one token, W = 0", "[head]") {
  // A repeated column adds nothing
  SmallHead c = small_head(6, 9, 3, 4), twin = c;
  twin.w = Tensor<double>(Shape{9, 4});
  for (long i = 0; i < 9; ++i)
    for (long j = 0; j < 4; ++j) twin.w.rows()(i, j) = c.w.rows()(i, j % 3);
  c.h = Tensor<double>(c.h.shape());
  twin.h = Tensor<double>(Shape{4, 4});
  CHECK(projection_of<double>(twin).destroyed_ratio == projection_of<double>(c).destroyed_ratio);

  // A zero row: that logit reaches nothing, so of a row of G that is alone there all is lost
  SmallHead silent = small_head(7, 6, 2, 3);
  for (long j = 0; j < 2; ++j) silent.w.rows()(4, j) = 0;
  CHECK(projection_of<double>(silent).destroyed_ratio > 0);

  // A head at least as wide as the vocabulary loses nothing, to rounding
  CHECK(projection_of<double>(small_head(8, 5, 5, 3)).destroyed_ratio < 1e-14);
  CHECK(projection_of<double>(small_head(8, 5, 9, 3)).destroyed_ratio < 1e-14);

  // One token: batch and token are the same, and W = 0 loses everything
  const auto one = projection_of<double>(small_head(9, 9, 2, 1));
  CHECK(one.destroyed_ratio == one.token_ratio[0]);
  CHECK(one.mean_token_ratio == one.token_ratio[0]);
  const auto nothing = projection_of<double>(uniform_head(5, 2, {0, 1}));
  CHECK(nothing.destroyed_ratio == 1);
  CHECK(nothing.cosine == 0);

  // A batch that knows its targets for certain has no gradient: refused, not 0/0
  SmallHead sure = uniform_head(3, 1, {0});
  sure.w = Tensor<double>({3, 1}, {1, 0, 0});
  sure.h = Tensor<double>({1, 1}, {2000});
  CHECK_THROWS_WITH(projection_of<double>(sure), Catch::Contains("G = 0") && Catch::Contains("hint:"));
}

TEST_CASE("head: in balls a loss of 0 is enclosed; whether G or G_vis is 0 is certain, or refused", "[head][ball]") {
  const Ball::AtPrecision enough(256);
  // A square head loses nothing; one token's H leaves W alone to lose
  for (const auto& c : {small_head(8, 5, 5, 3), small_head(8, 5, 9, 3)}) {
    const auto p = projection_of<Ball>(c);
    CHECK(p.destroyed_ratio.contains_zero());
    CHECK(radius(p.destroyed_ratio) < 1e-30);
    CHECK(p.jointly_lost.contains_zero());
    CHECK(p.mean_token_ratio.is_finite());
    CHECK((p.cosine - Ball(1)).contains_zero());
  }
  CHECK(projection_of<Ball>(uniform_head(5, 2, {0, 1})).cosine.is_exactly_zero());  // W = 0 is exactly 0

  // Rows of G sum to 0, so a head of ones sees nothing of it: 0, which balls cannot say
  SmallHead blind = uniform_head(5, 1, {0, 1});
  blind.h = Tensor<double>(blind.h.shape());
  for (long i = 0; i < 5; ++i) blind.w[i] = 1;
  CHECK_THROWS_WITH(projection_of<Ball>(blind), Catch::Contains("is G P_W = 0") && Catch::Contains("raise Ball::precision()"));
  CHECK_THROWS_AS(projection_of<Ball>(blind), Undecided);

  const Basis<Ball> none = orthonormal_basis<Ball>(Tensor<Ball>(Shape{1, 2}).rows());
  CHECK_THROWS_WITH(
      project(Tensor<Ball>({1, 2}, {Ball(0), Ball(0)}), none, orthonormal_basis<Ball>(Tensor<Ball>(Shape{1, 1}).rows())),
      Catch::Contains("expected a gradient G that is not 0"));
  CHECK_THROWS_AS(project(Tensor<Ball>({1, 2}, {Ball::around(0, 1e-50), Ball(0)}), none,
                          orthonormal_basis<Ball>(Tensor<Ball>(Shape{1, 1}).rows())),
                  Undecided);
}

TEST_CASE("head: jointly lost is what neither projection sees", "[head]") {
  // Against the definition, written out with the two projectors
  const auto c = small_head(11, 9, 2, 6);
  const auto g = gradient_of<double>(c).g;
  const auto w = orthonormal_basis<double>(c.w.rows().transposed()), h = orthonormal_basis<double>(c.h.rows().transposed());
  Tensor<double> p_w(Shape{9, 9}), p_h(Shape{6, 6});
  matmul<double>(w.q.rows().transposed(), w.q.rows(), p_w.rows());
  matmul<double>(h.q.rows().transposed(), h.q.rows(), p_h.rows());
  for (auto* p : {&p_w, &p_h})
    for (long i = 0; i < p->n_rows(); ++i)
      for (long j = 0; j < p->n_cols(); ++j) p->rows()(i, j) = (i == j) - p->rows()(i, j);
  const Tensor<double> left = product(product(p_h, g), p_w);
  const double by_hand = norm(left.data(), left.size()) / norm(g.data(), g.size());
  const auto p = project(g, w, h);
  CHECK(std::fabs(p.jointly_lost - by_hand) < 1e-14);
  CHECK(p.jointly_lost < p.destroyed_ratio);
}

TEST_CASE("head: blocks of columns carry the sums on, so their width is invisible", "[head]") {
  // V = 2500 runs over three blocks; the norms must be those of one left-to-right sum per row
  const auto c = small_head(12, 2500, 4, 3);
  const auto g = gradient_of<double>(c).g;
  const auto p = projection_of<double>(c);
  const auto row = [&](long i) {
    return product_sum<double>(
        2500, [&](long j) { return g.rows()(i, j); }, [&](long j) { return g.rows()(i, j); });
  };
  CHECK(p.norm == std::sqrt(row(0) + row(1) + row(2)));
}
