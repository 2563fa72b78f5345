// SPDX-License-Identifier: Apache-2.0
// The optimisers against the formulas of the papers, written again here in another form and read in balls.
#include <catch2/catch.hpp>

#include "base/bits.h"
#include "law/weave.h"
#include "model/optimiser_body.h"
#include "model/small_case.h"
#include "scalar/ball.h"

using namespace etalon;
using namespace etalon::model;
using Catch::Contains;

namespace {

constexpr double kTight = 1e-40;

// A model of three tensors: an embedding (decays), a gain and a bias (do not).
std::vector<Slot> three_slots() {
  return {{"table", {2, 3}, Role::embedding, 3}, {"gain", {3}, Role::gain, 1}, {"bias", {2}, Role::bias, 1}};
}

Parameters<double> three_tensors(const std::string& what) {
  Parameters<double> out;
  for (const Slot& slot : three_slots()) out.add(slot.name, law::weave(slot.shape, what + "/" + slot.name));
  return out;
}

std::vector<Parameters<double>> gradients_of_three_steps() {
  return {three_tensors("g1"), three_tensors("g2"), three_tensors("g3")};
}

bool agree(const Ball& a, const Ball& b) { return a.overlaps(b) && radius(a) < kTight && radius(b) < kTight; }

Ball power(const Ball& x, long n) {
  Ball product(1);
  for (long i = 0; i < n; ++i) product = product * x;
  return product;
}

// What AdamW could get wrong. Each is a published bug of some backend.
enum class Mistake { none, no_bias_correction, counter_from_zero, coupled_decay, decay_after, eps_under_root, decays_all };

// One entry of Loshchilov & Hutter 2019, Algorithm 2, the moments in closed form: m_t = (1 - beta1) sum_k beta1^{t-k} g_k.
Ball adamw_entry(Ball w, std::vector<Ball> g, bool decays, const AdamW& rule, Mistake mistake) {
  // Read the rule
  const Ball lr = rule.learning_rate.in<Ball>(), b1 = rule.beta1.in<Ball>(), b2 = rule.beta2.in<Ball>(), one(1);
  const Ball eps = rule.eps.in<Ball>(), lambda = rule.weight_decay.in<Ball>();
  decays |= mistake == Mistake::decays_all;
  for (long t = 1; t <= static_cast<long>(g.size()); ++t) {
    // Sum the moments over all gradients so far
    if (decays && mistake == Mistake::coupled_decay) g[t - 1] = g[t - 1] + lambda * w;
    Ball m, v;
    for (long k = 1; k <= t; ++k) {
      m = m + (one - b1) * power(b1, t - k) * g[k - 1];
      v = v + (one - b2) * power(b2, t - k) * g[k - 1] * g[k - 1];
    }

    // Correct them for their start at 0
    const long counter = mistake == Mistake::counter_from_zero ? t + 1 : t;
    const bool corrects = mistake != Mistake::no_bias_correction;
    const Ball m_hat = corrects ? m / (one - power(b1, counter)) : m, v_hat = corrects ? v / (one - power(b2, counter)) : v;

    // Step, and shrink the weight
    const Ball step = mistake == Mistake::eps_under_root ? m_hat / sqrt(v_hat + eps) : m_hat / (sqrt(v_hat) + eps);
    const Ball shrink = decays && mistake != Mistake::coupled_decay ? one - lr * lambda : one;
    w = mistake == Mistake::decay_after ? (w - lr * step) * shrink : w * shrink - lr * step;
  }
  return w;
}

// True if three steps of the library agree with the closed form in every entry of every tensor.
bool adamw_agrees(const AdamW& rule, Mistake mistake) {
  const auto slots = three_slots();
  const auto start = three_tensors("w");
  const auto gradients = gradients_of_three_steps();
  auto weights = as<Ball>(start);
  OptimiserState<Ball> state;
  for (const auto& g : gradients) take_step(rule, slots, weights, as<Ball>(g), state);
  bool all = state.step == 3;
  for (std::size_t k = 0; k < slots.size(); ++k)
    for (long i = 0; i < start[k].size(); ++i) {
      std::vector<Ball> g;
      for (const auto& step : gradients) g.emplace_back(step[k][i]);
      all &= agree(weights[k][i], adamw_entry(Ball(start[k][i]), g, slots[k].decays(), rule, mistake));
    }
  return all;
}

Parameters<double> one_number(double x) {
  Parameters<double> out;
  out.add("table", {{1, 1}, {x}});
  return out;
}

}  // namespace

TEST_CASE("adamw: a step that can be done in the head", "[model]") {
  // m = 1/4, v = 1/16; corrected: m/c1 = 1/2, sqrt(v/c2) = 1/2; so w = 1 - 1/8 = 7/8, every operation exact
  const AdamW rule{.learning_rate = {1, 8}, .beta1 = {1, 2}, .beta2 = {3, 4}, .eps = {0, 1}, .weight_decay = {0, 1}};
  const std::vector<Slot> slots{{"table", {1, 1}, Role::embedding, 1}};
  auto w = one_number(1);
  OptimiserState<double> state;
  take_step(rule, slots, w, one_number(0.5), state);
  CHECK(w[0][0] == 0.875);
  CHECK(state.m[0][0] == 0.25);
  CHECK(state.v[0][0] == 0.0625);
  CHECK(state.step == 1);

  // The decay first: 1 - 1/8 * 1/2, then the same step
  auto decayed = one_number(1);
  OptimiserState<double> fresh;
  AdamW with_decay = rule;
  with_decay.weight_decay = {1, 2};
  take_step(with_decay, slots, decayed, one_number(0.5), fresh);
  CHECK(decayed[0][0] == 0.9375 - 0.125);
}

TEST_CASE("adamw: three steps in balls are the formula of the paper", "[model][law]") {
  const Ball::AtPrecision enough(256);
  CHECK(adamw_agrees(AdamW{}, Mistake::none));
  const AdamW odd{.learning_rate = {3, 7}, .beta1 = {2, 3}, .beta2 = {5, 11}, .eps = {1, 10}, .weight_decay = {1, 3}};
  CHECK(adamw_agrees(odd, Mistake::none));
}

TEST_CASE("adamw: every usual mistake is told apart", "[model][law][planted]") {
  const Ball::AtPrecision enough(256);
  for (const Mistake mistake : {Mistake::no_bias_correction, Mistake::counter_from_zero, Mistake::coupled_decay,
                                Mistake::decay_after, Mistake::eps_under_root, Mistake::decays_all}) {
    CAPTURE(static_cast<int>(mistake));
    CHECK_FALSE(adamw_agrees(AdamW{}, mistake));
  }
}

TEST_CASE("adamw: double and float stay at the ball's answer to their own precision", "[model]") {
  const auto slots = three_slots();
  auto exact = as<Ball>(three_tensors("w"));
  auto w = three_tensors("w");
  auto w_float = as<float>(w);
  OptimiserState<Ball> exact_state;
  OptimiserState<double> state;
  OptimiserState<float> float_state;
  for (const auto& g : gradients_of_three_steps()) {
    take_step(AdamW{}, slots, exact, as<Ball>(g), exact_state);
    take_step(AdamW{}, slots, w, g, state);
    take_step(AdamW{}, slots, w_float, as<float>(g), float_state);
  }
  for (std::size_t k = 0; k < slots.size(); ++k)
    for (long i = 0; i < w[k].size(); ++i) {
      // |w| < 4 and the steps are thousandths: three updates round w itself at most six times, half an ulp of 4 each
      CHECK((Ball(w[k][i]) - exact[k][i]).certainly_within(6 * 0x1p-51));
      CHECK((Ball(w_float[k][i]) - exact[k][i]).certainly_within(7 * 0x1p-22));
      // v has been through at most four roundings of each term and two sums a step: 16 u relative
      CHECK((Ball(state.v[k][i]) - exact_state.v[k][i]).certainly_within(16 * 0x1p-53 * state.v[k][i]));
      CHECK((Ball(float_state.v[k][i]) - exact_state.v[k][i]).certainly_within(20 * 0x1p-24 * state.v[k][i]));
    }
}

TEST_CASE("sgd: momentum starts as the gradient, three steps in balls", "[model][law]") {
  const Ball::AtPrecision enough(256);
  const Sgd rule{.learning_rate = {1, 10}, .momentum = {9, 10}};
  const auto start = three_tensors("w");
  const auto g = gradients_of_three_steps();
  auto weights = as<Ball>(start);
  OptimiserState<Ball> state;
  for (const auto& step : g) take_step(rule, weights, as<Ball>(step), state);

  // w_3 = w_0 - lr ((1 + mu + mu^2) g_1 + (1 + mu) g_2 + g_3)
  const Ball lr = ratio<Ball>(1, 10), mu = ratio<Ball>(9, 10), one(1);
  bool right = true, without_momentum = true, damped = true;
  for (std::size_t k = 0; k < start.size(); ++k)
    for (long i = 0; i < start[k].size(); ++i) {
      const Ball w(start[k][i]), g1(g[0][k][i]), g2(g[1][k][i]), g3(g[2][k][i]);
      const Ball moved = (one + mu + mu * mu) * g1 + (one + mu) * g2 + g3;
      right &= agree(weights[k][i], w - lr * moved);
      without_momentum &= agree(weights[k][i], w - lr * (g1 + g2 + g3));
      damped &= agree(weights[k][i], w - lr * (one - mu) * moved);
    }
  CHECK(right);
  CHECK_FALSE(without_momentum);
  CHECK_FALSE(damped);
  CHECK(state.v.size() == 0);
}

TEST_CASE("clip: the norm runs over all tensors, and what is below it keeps its bits", "[model]") {
  Parameters<double> g;
  g.add("a", {{2}, {3, 0}});
  g.add("b", {{1, 1}, {-4}});
  const auto kept = g;

  CHECK(clip_by_global_norm(g, {0, 1}) == 5);   // only measures
  CHECK(clip_by_global_norm(g, {10, 1}) == 5);  // below: untouched
  for (std::size_t k = 0; k < g.size(); ++k) CHECK(g[k].values() == kept[k].values());

  auto exact = as<Ball>(g);
  CHECK(clip_by_global_norm(exact, {1, 1}).contains(5));
  CHECK(clip_by_global_norm(g, {1, 1}) == 5);
  const Ball c = Ball(1) / (Ball(5) + ratio<Ball>(1, 1000000));
  CHECK(agree(exact[0][0], Ball(3) * c));
  CHECK(agree(exact[1][0], Ball(-4) * c));
  CHECK_FALSE(agree(exact[1][0], Ball(-4) / Ball(5)));                 // without the 1e-6
  CHECK((Ball(g[1][0]) - exact[1][0]).certainly_within(4 * 0x1p-53));  // the constant, sum, quotient, product: 4 u of 0.8
  CHECK(g[0][1] == 0);

  // Exactly at the limit torch's 1e-6 still shrinks
  Parameters<double> at_limit = kept;
  CHECK(clip_by_global_norm(at_limit, {5, 1}) == 5);
  CHECK(at_limit[0][0] < 3);

  Parameters<double> poisoned = kept;
  poisoned[0][1] = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(clip_by_global_norm(poisoned, {1, 1})));
  CHECK(poisoned[1][0] == -4);
  CHECK_THROWS_WITH(clip_by_global_norm(g, {-1, 1}), Contains("max_norm") && Contains("hint:"));
}

TEST_CASE("optimisers: constants out of range and numbers of another model are refused", "[model]") {
  const auto slots = three_slots();
  auto w = three_tensors("w");
  const auto g = three_tensors("g1");
  const auto adamw = [&](const AdamW& rule) {
    OptimiserState<double> state;
    take_step(rule, slots, w, g, state);
  };
  CHECK_THROWS_WITH(adamw({.beta1 = {1, 1}}), Contains("beta1") && Contains("[0, 1)"));
  CHECK_THROWS_WITH(adamw({.beta2 = {-1, 2}}), Contains("beta2"));
  CHECK_THROWS_WITH(adamw({.learning_rate = {1, 0}}), Contains("learning_rate"));
  CHECK_THROWS_WITH(adamw({.eps = {-1, 2}}), Contains("eps"));
  CHECK_THROWS_WITH(adamw({.weight_decay = {-1, 2}}), Contains("weight_decay"));

  OptimiserState<double> state;
  CHECK_THROWS_WITH(take_step({}, slots, w, one_number(1), state), Contains("in the gradients") && Contains("hint:"));
  CHECK_THROWS_WITH(take_step(Sgd{}, w, one_number(1), state), Contains("in the gradients"));
  CHECK_THROWS_WITH(take_step(Sgd{.momentum = {3, 2}}, w, g, state), Contains("momentum"));
  auto other = one_number(1);
  CHECK_THROWS_WITH(take_step({}, slots, other, g, state), Contains("'gain'") || Contains("table"));
  CHECK(state.step == 0);

  // A state that belongs to another model
  auto small = one_number(1);
  take_step(Sgd{}, small, one_number(1), state);
  CHECK_THROWS_WITH(take_step(Sgd{}, w, g, state), Contains("in the state"));
}

namespace {

Parameters<Ball> one_ball(const Ball& x) {
  Parameters<Ball> out;
  out.add("table", {{1, 1}, {x}});
  return out;
}

// Clips a gradient of one entry, whose norm is |g|, to 1: what is left of it.
Ball clipped(const Ball& g) {
  auto gradients = one_ball(g);
  clip_by_global_norm(gradients, {1, 1});
  return gradients[0][0];
}

}  // namespace

TEST_CASE("optimiser: in balls the clip is certain, or refused", "[model][optimiser][ball]") {
  const Ball tie = Ball(1) - kClipEps.in<Ball>();  // max_norm / (tie + eps) = 1
  for (const double off : {0x1p-100, 0x1p-30, 0.5}) {
    CHECK((clipped(tie - Ball(off)) - (tie - Ball(off))).contains_zero());
    CHECK_FALSE((clipped(tie + Ball(off)) - (tie + Ball(off))).contains_zero());
    CHECK((clipped(tie + Ball(off)) - (tie + Ball(off)) / (Ball(1) + Ball(off))).contains_zero());
  }
  // At the tie one branch multiplies by c and the other does not: with c a ball around 1 nobody knows which, at any precision
  CHECK_THROWS_AS(clipped(tie), Undecided);
  CHECK_THROWS_WITH(clipped(tie),
                    Contains("is max_norm / norm < 1") && Contains("a = [1.00000") && Contains("raise Ball::precision()"));
  CHECK_THROWS_AS(clipped(tie + Ball(0x1p-170)), Undecided);
  const Ball::AtPrecision more(2000);
  CHECK_THROWS_AS(clipped(Ball(1) - kClipEps.in<Ball>()), Undecided);
  CHECK(certainly_less(clipped(Ball(1) - kClipEps.in<Ball>() + Ball(0x1p-170)), Ball(1)));
}

TEST_CASE("optimiser: a gradient whose ball holds 0 has a norm, moments and a step", "[model][optimiser][ball]") {
  const Ball noise = Ball::around(0, 0x1p-400);
  auto norm_only = one_ball(noise);
  const Ball norm = clip_by_global_norm(norm_only, {0, 1});
  CHECK(norm.contains_zero());
  CHECK(radius(norm) < 0x1p-399);

  // 0 stays 0 in the moments, and the parameter where it was but for its decay
  const std::vector<Slot> slots = {{"table", {1, 1}, Role::bias, 1}};
  auto weights = one_ball(Ball(0.75));
  OptimiserState<Ball> state;
  for (int step = 0; step < 10; ++step) take_step(AdamW{}, slots, weights, one_ball(noise), state);
  CHECK(state.m[0][0].contains_zero());
  CHECK(state.v[0][0].contains_zero());
  CHECK(weights[0][0].contains(0.75));
  CHECK(radius(weights[0][0]) < 1e-40);
  // Planted: sqrt has no answer for v, whose ball reaches below 0
  CHECK(certainly_less(state.v[0][0] - Ball(radius(state.v[0][0]) * 2), Ball(0)));
  CHECK_FALSE(sqrt(state.v[0][0]).is_finite());
}
