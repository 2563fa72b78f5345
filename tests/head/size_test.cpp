// SPDX-License-Identifier: Apache-2.0
// The size of G is no part of any ratio: rows of 1e-160, of 1e-300 and of subnormal numbers have the ratios of ordinary ones, bit for
// bit, and a row that is 0 has none.
#include <catch2/catch.hpp>
#include <limits>

#include "base/error.h"
#include "head/case.h"
#include "head/condition.h"

using namespace etalon;
using namespace etalon::head;

namespace {

// G of integers up to 32 over W of multiples of 1/16: 2^k G is exact down to k = -1074.
struct Known {
  Tensor<double> g;
  Basis<double> w, h;
};
Known known() {
  Known c{Tensor<double>(Shape{5, 9}), {}, {}};
  const Stream stream(31, "G");
  for (long i = 0; i < c.g.size(); ++i) c.g[i] = static_cast<double>(stream.below(65, i)) - 32;
  c.w = orthonormal_basis<double>(coarse(Stream(31, "W"), {9, 3}).rows().transposed());
  c.h = orthonormal_basis<double>(coarse(Stream(31, "H"), {5, 2}).rows().transposed());
  return c;
}

Tensor<double> times_power(Tensor<double> x, int k) {
  for (long i = 0; i < x.size(); ++i) x[i] = std::ldexp(x[i], k);
  return x;
}

// Powers that bring 32 to about 1e-160, 1e-200, 1e-300, into the subnormal numbers, and to 1e300.
constexpr int kPowers[] = {-536, -669, -1001, -1040, -1074, 990};

// As it was done before: squares of unscaled rows.
double unscaled_ratio(const Tensor<double>& g, const Basis<double>& w) {
  const auto sums = detail::projection_sums(g, {std::vector<int>(g.n_rows()), 0, false}, w,
                                            {Tensor<double>(Shape{0, g.n_rows()}), Tensor<double>(Shape{0, 0})});
  return std::sqrt(sums.lost.sum()) / std::sqrt(sums.all.sum());
}

}  // namespace

TEST_CASE("head: 2^k G has the ratios of G, bit for bit, down to subnormal numbers", "[head][size]") {
  const Known c = known();
  const auto plain = project(c.g, c.w, c.h);
  CHECK(plain.destroyed_ratio == unscaled_ratio(c.g, c.w));
  for (const int k : kPowers) {
    INFO("2^" << k);
    const Tensor<double> g = times_power(c.g, k);
    const auto p = project(g, c.w, c.h);
    CHECK(p.destroyed_ratio == plain.destroyed_ratio);
    CHECK(p.cosine == plain.cosine);
    CHECK(p.jointly_lost == plain.jointly_lost);
    CHECK(p.token_ratio == plain.token_ratio);
    CHECK(p.mean_token_ratio == plain.mean_token_ratio);
    CHECK(p.n_silent == 0);
    CHECK(p.norm == std::ldexp(plain.norm, k));
    CHECK(p.visible_norm == std::ldexp(plain.visible_norm, k));
    if (std::abs(k) > 535) CHECK_FALSE(unscaled_ratio(g, c.w) == plain.destroyed_ratio);  // planted: the rows as they are
  }
}

TEST_CASE("head: each row has its own size, and the whole that of its largest row", "[head][size]") {
  const Known c = known();
  const auto plain = project(c.g, c.w, c.h);
  Tensor<double> mixed = c.g;
  for (long i = 0; i < 4; ++i)
    for (long j = 0; j < 9; ++j) mixed.rows()(i, j) = std::ldexp(c.g.rows()(i, j), kPowers[i]);
  const auto p = project(mixed, c.w, c.h);
  CHECK(p.token_ratio == plain.token_ratio);
  CHECK(p.mean_token_ratio == plain.mean_token_ratio);
  CHECK(p.destroyed_ratio == Approx(*plain.token_ratio[4]).epsilon(1e-15));  // beside it the others are nothing
  CHECK(p.norm == norm(c.g.data() + 36, 9));

  // A row that is 0 has no ratio, beside ordinary rows and beside tiny ones
  for (const int k : {0, -1040}) {
    Tensor<double> silent = times_power(c.g, k);
    for (long j = 0; j < 9; ++j) silent.rows()(2, j) = j % 2 ? 0.0 : -0.0;
    const auto q = project(silent, c.w, c.h);
    CHECK(q.n_silent == 1);
    CHECK_FALSE(q.token_ratio[2]);
    CHECK(q.token_ratio[1] == plain.token_ratio[1]);
    CHECK(q.mean_token_ratio == (*q.token_ratio[0] + *q.token_ratio[1] + *q.token_ratio[3] + *q.token_ratio[4]) / 4);
    if (k != 0) CHECK(q.jointly_lost > 0);
  }
}

TEST_CASE("head: norms, singular values, shares and updates of a G of any size", "[head][size]") {
  const Known c = known();
  CHECK(norm(times_power(c.g, -1000).data(), 45) == std::ldexp(norm(c.g.data(), 45), -1000));
  CHECK(norm(times_power(c.g, 990).data(), 45) == std::ldexp(norm(c.g.data(), 45), 990));

  const Spectrum plain = spectrum_of(c.g, c.w);
  for (const int k : {-536, -669, -1001, 990}) {
    INFO("2^" << k);
    const Spectrum s = spectrum_of(times_power(c.g, k), c.w);
    REQUIRE(s.sigma.size() == plain.sigma.size());
    for (std::size_t i = 0; i < s.sigma.size(); ++i) CHECK(s.sigma[i] == std::ldexp(plain.sigma[i], k));
    CHECK(s.visible == plain.visible);
    CHECK(numerical_rank(s.sigma, 5, 9) == numerical_rank(plain.sigma, 5, 9));
    CHECK(effective_rank(s.sigma) == Approx(effective_rank(plain.sigma)).epsilon(1e-14));
    CHECK(residual_bound(s.sigma, 2) == residual_bound(plain.sigma, 2));
    CHECK(cosine_bound(s.sigma, 2) == cosine_bound(plain.sigma, 2));
    for (const Share share : {Share::norm, Share::energy})
      CHECK(components_for(s.sigma, 0.7, share) == components_for(plain.sigma, 0.7, share));
    CHECK(residual_bound(s.sigma, 2) > 0);
  }

  // A tiny G through a tiny W is still a direction
  const auto small = small_head(4, 15, 4, 6);
  const auto gradient = gradient_of<double>(small);
  LogitGradient<double> tiny = gradient;
  tiny.g = times_power(tiny.g, -900);
  const double expected = update_efficiency(small.w, gradient, small.counted(), {1e-3}).first_order_ratio;
  CHECK(update_efficiency(times_power(small.w, -300), tiny, small.counted(), {1e-3}).first_order_ratio == expected);
  CHECK(expected > 0.1);
}

TEST_CASE("head: a sure model has its ratios, its slope and its silent tokens", "[head][size]") {
  // The gap between the target's logit and the others is 370, 700 or 740 nats: P_y = 1, G about 1e-161, 1e-304 and 1e-321; 800: 0
  SmallHead c{Tensor<double>({4, 2}, {1, 0, 0, 1, -1, 0, 0, -1}), Tensor<double>({4, 2}), {0, 0, 0, 0}};
  const double gaps[] = {370, 700, 740, 800};
  for (long i = 0; i < 4; ++i) c.h.rows()(i, 0) = gaps[i], c.h.rows()(i, 1) = 0;
  const HeadReport r = diagnose(c.w, c.h, c.targets);
  CHECK(r.projection.n_silent == 1);
  CHECK_FALSE(r.projection.token_ratio[3]);
  CHECK(r.n_subnormal == 1);

  // G_i = e_i (-2, 1, e_i, 1): G_vis = ((-2 - e_i)/2, 0, ..., 0), so r -> sqrt(2 + 2)/sqrt(6), the same for every row
  for (long i = 0; i < 2; ++i) CHECK(*r.projection.token_ratio[i] == Approx(std::sqrt(4.0 / 6)).epsilon(1e-14));
  CHECK(*r.projection.token_ratio[2] == Approx(std::sqrt(4.0 / 6)).epsilon(1e-2));  // 1e-321 has two digits
  CHECK(r.projection.destroyed_ratio == Approx(std::sqrt(4.0 / 6)).epsilon(1e-14));
  CHECK(r.alignment == Approx(std::sqrt(2.0 / 6)).epsilon(1e-14));

  // The slope of the loss is ||G||, even where the loss itself is 1e-161
  const auto& first = r.efficiency.curve.front();
  CHECK(first.ideal / (first.eps * r.projection.norm) == Approx(1).epsilon(1e-3));
  CHECK(first.visible / first.ideal == Approx(r.efficiency.first_order_ratio).epsilon(1e-3));

  // Nothing but silent tokens is refused
  SmallHead sure = c;
  for (long i = 0; i < 4; ++i) sure.h.rows()(i, 0) = 2000;
  CHECK_THROWS_WITH(diagnose(sure.w, sure.h, sure.targets), Catch::Contains("G = 0"));
}

TEST_CASE("head: a G of NaN or infinity is refused before it is measured", "[head][size][error]") {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    SmallHead c = small_head(1, 7, 3, 5);
    c.h[4] = bad;
    CHECK_THROWS_WITH(diagnose(c.w, c.h, c.targets), Catch::Contains("finite numbers"));
  }
}
