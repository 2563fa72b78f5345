// SPDX-License-Identifier: Apache-2.0
// What steps achieve: ranks of real updates, slopes, and loss decreases against a proof.
#include "head/update.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "head/case.h"

using namespace etalon;
using namespace etalon::head;

namespace {

struct Step {
  Tensor<double> w, h;
};

// The gradients that the loss sends to both factors: G W and G^T H.
Step factor_gradients(const SmallHead& c) {
  const auto g = gradient_of<double>(c).g;
  Step bar{Tensor<double>(c.w.shape()), Tensor<double>(c.h.shape())};
  matmul<double>(g.rows(), c.w.rows(), bar.h.rows());
  matmul<double>(g.rows().transposed(), c.h.rows(), bar.w.rows());
  return bar;
}

// One step of plain descent.
Step sgd(const SmallHead& c, double rate) {
  const Step bar = factor_gradients(c);
  Step after{c.w, c.h};
  for (long i = 0; i < c.w.size(); ++i) after.w[i] = c.w[i] - rate * bar.w[i];
  for (long i = 0; i < c.h.size(); ++i) after.h[i] = c.h[i] - rate * bar.h[i];
  return after;
}

// The first step of AdamW: w - rate lambda w - rate g / (|g| + eps).
Step adamw(const SmallHead& c, double rate) {
  const Step bar = factor_gradients(c);
  Step after{c.w, c.h};
  const auto move = [&](double x, double g) { return x - rate * 0.1 * x - rate * g / (std::fabs(g) + 1e-8); };
  for (long i = 0; i < c.w.size(); ++i) after.w[i] = move(c.w[i], bar.w[i]);
  for (long i = 0; i < c.h.size(); ++i) after.h[i] = move(c.h[i], bar.h[i]);
  return after;
}

long rank_of(const Tensor<double>& x) {
  return numerical_rank(spectrum_of(x, orthonormal_basis<double>(x.rows())).sigma, x.n_rows(), x.n_cols());
}

// The mean loss after L -> L - eps U, certified. U is used as the doubles it is.
Ball loss_after(const SmallHead& c, const Tensor<double>& direction, double eps) {
  Tensor<Ball> l = logits(as<Ball>(c.w), as<Ball>(c.h));
  for (long i = 0; i < l.size(); ++i) l[i] = l[i] - Ball(eps) * Ball(direction[i]);
  const auto loss = logit_gradient(std::move(l), c.counted()).loss;
  return ordered_sum<Ball>(loss.size(), [&](long i) { return loss[i]; }) / Ball(static_cast<double>(loss.size()));
}

Tensor<double> unit(Tensor<double> x) {
  const double length = norm(x.data(), x.size());
  for (long i = 0; i < x.size(); ++i) x[i] = x[i] / length;
  return x;
}

}  // namespace

TEST_CASE("head: one real step of SGD or AdamW on W and H changes the logits by rank 2D, no more", "[head]") {
  const long v = 40, d = 3, n = 25;
  const auto c = small_head(1, v, d, n);
  const auto gradient = gradient_of<double>(c);
  const Spectrum s = spectrum_of(gradient.g, orthonormal_basis<double>(c.w.rows().transposed()));
  for (const double rate : {1e-3, 0.5}) {
    for (const Step& after : {sgd(c, rate), adamw(c, rate)}) {
      const Tensor<double> dl = logit_change(c.w, c.h, after.w, after.h);
      CHECK(rank_of(dl) == 2 * d);
      const Realised step = realised_update(gradient.g, dl);
      CHECK(step.residual >= residual_bound(s.sigma, 2 * d));
      CHECK(step.cosine <= cosine_bound(s.sigma, 2 * d));
      CHECK(step.cosine > 0);
      CHECK(std::fabs(step.cosine * step.cosine + step.residual * step.residual - 1) < 1e-14);

      // The backbone's path alone: rank D
      const Tensor<double> backbone = logit_change(c.w, c.h, c.w, after.h);
      CHECK(rank_of(backbone) == d);
      CHECK(realised_update(gradient.g, backbone).residual >= residual_bound(s.sigma, d));

      // Planted: anything that is not a product of two factors of width D shows
      Tensor<double> more = dl;
      for (long i = 0; i < n; ++i)
        for (long j = 0; j < v; ++j) more.rows()(i, j) = dl.rows()(i, j) + 1e-6 * static_cast<double>((i * i % 7) * (j * j % 11));
      CHECK(rank_of(more) == 2 * d + 1);
    }
  }
}

TEST_CASE("head: the change of the logits is exact, and keeps its digits for a small step", "[head]") {
  const Ball::AtPrecision enough(256);
  const auto c = small_head(2, 9, 3, 4);
  const Step after = sgd(c, 1e-9);
  const Tensor<double> dl = logit_change(c.w, c.h, after.w, after.h);
  const Tensor<Ball> before = logits(as<Ball>(c.w), as<Ball>(c.h)), now = logits(as<Ball>(after.w), as<Ball>(after.h));
  double size = 0;
  for (long i = 0; i < dl.size(); ++i) size = std::max(size, std::fabs(dl[i]));
  for (long i = 0; i < dl.size(); ++i) CHECK((Ball(dl[i]) - (now[i] - before[i])).certainly_within(32 * 0x1p-53 * size));
  // The difference of two products, for comparison, is off by a part in a million
  const Tensor<double> l0 = logits(c.w, c.h), l1 = logits(after.w, after.h);
  double worst = 0;
  for (long i = 0; i < dl.size(); ++i) worst = std::max(worst, std::fabs(midpoint(Ball(l1[i] - l0[i]) - (now[i] - before[i]))));
  CHECK(worst > 1e-9 * size);
}

TEST_CASE("head: loss decreases agree with certified losses over eighteen binades of eps", "[head]") {
  const Ball::AtPrecision enough(256);
  const auto c = small_head(3, 12, 3, 5);
  const auto gradient = gradient_of<double>(c);
  const auto result = update_efficiency(c.w, gradient, c.counted(), default_eps_grid(5));

  // The two directions as the code under test rounds them, up to the last bits: a unit vector off by u changes a decrease by
  // eps u ||G|| and a few times the decrease's own u
  Step bar = factor_gradients(c);
  Tensor<double> e(gradient.g.shape());
  matmul<double>(bar.h.rows(), c.w.rows().transposed(), e.rows());
  const Tensor<double> ideal = unit(gradient.g), visible = unit(e);
  const Ball before = loss_after(c, ideal, 0);
  const auto holds = [&](const Tensor<double>& direction, double eps, double claimed) {
    const Ball truth = before - loss_after(c, direction, eps);
    return (Ball(claimed) - truth).certainly_within(200 * 0x1p-53 * (eps + std::fabs(midpoint(truth))));
  };
  REQUIRE(result.curve.size() == 10);
  for (const EfficiencyPoint& point : result.curve) {
    CAPTURE(point.eps, point.ideal, point.visible);
    CHECK(holds(ideal, point.eps, point.ideal));
    CHECK(holds(visible, point.eps, point.visible));
    CHECK_FALSE(holds(ideal, -point.eps, point.ideal));   // planted: a step up the slope
    CHECK_FALSE(holds(ideal, point.eps, point.visible));  // planted: one curve taken for the other
  }
}

TEST_CASE("head: loss decreases of a sure model keep their digits", "[head]") {
  // Logits of the targets stand about 40 above the others: P_y = 1 in doubles, and every decrease is some 1e-18 of its step
  const Ball::AtPrecision enough(512);
  SmallHead c{Tensor<double>({4, 2}, {1, 0, 0, 1, -1, 0, 0, -1}), Tensor<double>({2, 2}, {42, 1, -3, 39}), {0, 1}};
  const auto gradient = gradient_of<double>(c);
  const auto result = update_efficiency(c.w, gradient, c.counted(), default_eps_grid(2));
  const Tensor<double> ideal = unit(gradient.g);
  const Ball before = loss_after(c, ideal, 0);
  for (const EfficiencyPoint& point : result.curve) {
    CAPTURE(point.eps, point.ideal);
    const Ball truth = before - loss_after(c, ideal, point.eps);
    CHECK((Ball(point.ideal) / truth - Ball(1)).certainly_within(1e-13));
  }
  CHECK(result.curve[0].ideal < 1e-18);

  // The target left in the sum, for comparison: rounding of d_y
  const double eps = result.curve[0].eps, d_y = -eps * ideal[0];
  const double all =
      etalon::expm1(d_y) + gradient.g[1] * 2 * etalon::expm1(-eps * ideal[1]) + gradient.g[3] * 2 * etalon::expm1(-eps * ideal[3]);
  CHECK(std::fabs(d_y - etalon::log1p(all)) < 1e-20);
}

TEST_CASE("head: the first-order ratio is the ratio of the slopes, ||GW||^2 / (||G|| ||G W W^T||)", "[head]") {
  const auto c = small_head(4, 15, 4, 6);
  const auto gradient = gradient_of<double>(c);
  const double tiny = 0x1p-30;
  const auto result = update_efficiency(c.w, gradient, c.counted(), {tiny});
  Step bar = factor_gradients(c);
  Tensor<double> e(gradient.g.shape());
  matmul<double>(bar.h.rows(), c.w.rows().transposed(), e.rows());
  const double gw = norm(bar.h.data(), bar.h.size()), g = norm(gradient.g.data(), gradient.g.size()),
               gww = norm(e.data(), e.size());
  CHECK(std::fabs(result.first_order_ratio - gw * gw / (g * gww)) < 1e-14);
  CHECK(std::fabs(result.curve[0].ideal / (tiny * g) - 1) < 1e-8);  // curvature: eps / ||G||
  CHECK(std::fabs(result.curve[0].visible / result.curve[0].ideal - result.first_order_ratio) < 1e-8);
  CHECK(std::fabs(gw / g - result.first_order_ratio) > 0.1);  // planted: ||GW||/||G|| is another number

  // The scale of W, even an absurd one, is no part of it
  auto w = c.w;
  for (long i = 0; i < w.size(); ++i) w[i] = std::ldexp(w[i], -700);
  CHECK(update_efficiency(w, gradient, c.counted(), {tiny}).first_order_ratio == result.first_order_ratio);
}

TEST_CASE("head: a head that sees nothing moves nothing, and bad updates are refused", "[head]") {
  const auto c = uniform_head(5, 2, {0, 1});
  const auto gradient = gradient_of<double>(c);
  const auto result = update_efficiency(c.w, gradient, c.counted(), {1});
  CHECK(result.first_order_ratio == 0);
  CHECK(result.curve[0].visible == 0);
  CHECK(result.curve[0].ideal > 0);
  CHECK_THROWS_AS(realised_update(gradient.g, Tensor<double>({2, 4})), Error);
  CHECK_THROWS_AS(realised_update(gradient.g, Tensor<double>({2, 5})), Error);
  CHECK_THROWS_AS(logit_change(c.w, c.h, c.h, c.w), Error);
}

TEST_CASE("head: diagnose puts it all together", "[head]") {
  auto c = small_head(5, 30, 4, 20);
  c.targets[3] = kIgnored;
  const HeadReport r = diagnose(c.w, c.h, c.targets);
  CHECK(r.n_tokens == 19);
  CHECK(r.n_ignored == 1);
  CHECK(r.vocabulary == 30);
  CHECK(r.width == 4);
  CHECK(r.rank_w == 4);
  CHECK(r.rank_h == 4);
  CHECK(r.rank_g <= 19);
  CHECK(r.kept_norm <= r.best_norm);
  CHECK(r.residual_bound_2d < r.residual_bound_d);
  CHECK(r.residual_bound_d <= r.projection.destroyed_ratio);  // G_vis has rank D
  CHECK(r.components.k_70_norm <= r.components.k_70_energy);
  CHECK(r.components.k_70_energy <= r.components.k_99_9_norm);
  CHECK(r.baseline == std::sqrt(26.0 / 30.0));

  // The extent of the batch does not matter: [B, T, D] is [B T, D]
  const HeadReport same = diagnose(c.w, c.h.reshaped({4, 5, 4}), c.targets);
  CHECK(same.projection.destroyed_ratio == r.projection.destroyed_ratio);
  CHECK(same.spectrum.sigma == r.spectrum.sigma);
  auto huge = c;
  for (long i = 0; i < huge.w.size(); ++i) huge.w[i] = std::ldexp(huge.w[i], 900);
  for (long i = 0; i < huge.h.size(); ++i) huge.h[i] = std::ldexp(huge.h[i], 900);
  CHECK_THROWS_WITH(diagnose(huge.w, huge.h, c.targets), Catch::Contains("finite logits"));
}
