// SPDX-License-Identifier: Apache-2.0
// optimiser_body.h — the steps of optimiser.h, for any scalar. Included by optimiser.cpp, and by files that need another scalar
// (certify/ball_trace.cpp, tests).
#pragma once

#include "model/optimiser.h"
#include "tensor/sum.h"

namespace etalon::model {
namespace optimiser {

inline void require_constant(const char* name, const Ratio& r, bool below_one) {
  if (r.num >= 0 && r.den >= 1 && (!below_one || r.num < r.den)) return;
  throw Error(std::string("model.optimiser.") + name, below_one ? "a rational in [0, 1)" : "a rational >= 0",
              std::to_string(r.num) + " / " + std::to_string(r.den), "0.001 is written {1, 1000}");
}

template <class S>
void require_same_model(const char* what, const Parameters<S>& weights, const Parameters<S>& other) {
  if (other.size() != weights.size())
    throw Error("model.optimiser", std::to_string(weights.size()) + " tensors in the " + what, std::to_string(other.size()),
                "were they made for another config?");
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (other.name(i) != weights.name(i) || other[i].shape() != weights[i].shape())
      throw Error("model.optimiser", weights.name(i) + " " + to_string(weights[i].shape()) + " in the " + what,
                  other.name(i) + " " + to_string(other[i].shape()), "were they made for another config?");
}

template <class S>
Parameters<S> zeros_like(const Parameters<S>& weights) {
  Parameters<S> out;
  for (const auto& [name, value] : weights) out.add(name, Tensor<S>(value.shape()));
  return out;
}

// 1 - beta.
inline Ratio complement(const Ratio& beta) { return {beta.den - beta.num, beta.den}; }

// The bias correction of a running average after t steps, c_t = 1 - beta^t, as the running average of ones (CARE in optimiser.h):
//
//   c_0 = 0,   c_t = beta c_{t-1} + (1 - beta)
//
// `carried` is at t - 1, as a rule; from there it is one step. Where it is of another beta or beyond t, it begins again at c_0.
template <class S>
S bias_correction(const Ratio& beta, long t, BiasCorrection<S>& carried) {
  if (carried.beta != beta || carried.step > t) carried = {beta, 0, S(0.0)};
  const S keep = beta.in<S>(), take = complement(beta).template in<S>();
  for (; carried.step < t; ++carried.step) carried.c = keep * carried.c + take;
  return carried.c;
}

}  // namespace optimiser

template <class S>
S clip_by_global_norm(Parameters<S>& gradients, Ratio max_norm) {
  // Measure:  n = sqrt(sum g^2)
  optimiser::require_constant("max_norm", max_norm, false);
  S squares(0.0);
  for (const auto& [name, g] : gradients)
    for (long i = 0; i < g.size(); ++i) squares = fma(g[i], g[i], squares);
  const S norm = sqrt_nonnegative(squares);
  if (max_norm.num == 0) return norm;

  // Clip:  g <- g c,  c = max_norm / (n + kClipEps),  where c < 1
  const S c = max_norm.in<S>() / (norm + kClipEps.in<S>());
  if (decided_less(c, S(1.0), "model.clip_by_global_norm: is max_norm / norm < 1"))
    for (std::size_t k = 0; k < gradients.size(); ++k)
      for (long i = 0; i < gradients[k].size(); ++i) gradients[k][i] = gradients[k][i] * c;
  return norm;
}

template <class S>
void take_step(const Sgd& rule, Parameters<S>& weights, const Parameters<S>& gradients, OptimiserState<S>& state) {
  // Require constants in range, and gradients and state of this model
  optimiser::require_constant("learning_rate", rule.learning_rate, false);
  optimiser::require_constant("momentum", rule.momentum, true);
  optimiser::require_same_model("gradients", weights, gradients);
  const bool first = state.step == 0;
  if (first) state.m = gradients;
  optimiser::require_same_model("state", weights, state.m);
  ++state.step;

  // Move m, then w:  m <- mu m + g  (m = g at the first step),  w <- w - lr m
  const S lr = rule.learning_rate.in<S>(), mu = rule.momentum.in<S>();
  for (std::size_t k = 0; k < weights.size(); ++k) {
    Tensor<S>&w = weights[k], &m = state.m[k];
    const Tensor<S>& g = gradients[k];
    for (long i = 0; i < w.size(); ++i) {
      if (!first) m[i] = mu * m[i] + g[i];
      w[i] = w[i] - lr * m[i];
    }
  }
}

template <class S>
void take_step(const AdamW& rule, const std::vector<Slot>& slots, Parameters<S>& weights, const Parameters<S>& gradients,
               OptimiserState<S>& state) {
  // Require constants in range
  optimiser::require_constant("learning_rate", rule.learning_rate, false);
  optimiser::require_constant("beta1", rule.beta1, true);
  optimiser::require_constant("beta2", rule.beta2, true);
  optimiser::require_constant("eps", rule.eps, false);
  optimiser::require_constant("weight_decay", rule.weight_decay, false);

  // Require tensors of one model; before the first step m and v are 0
  require_slots(slots, weights);
  optimiser::require_same_model("gradients", weights, gradients);
  if (state.step == 0) state = {optimiser::zeros_like(weights), optimiser::zeros_like(weights)};
  optimiser::require_same_model("state (m)", weights, state.m);
  optimiser::require_same_model("state (v)", weights, state.v);

  // Round the constants once:  keep = beta,  take = 1 - beta,  decay = lr lambda
  const S lr = rule.learning_rate.in<S>(), decay = lr * rule.weight_decay.in<S>(), eps = rule.eps.in<S>();
  const S keep1 = rule.beta1.in<S>(), take1 = optimiser::complement(rule.beta1).template in<S>();
  const S keep2 = rule.beta2.in<S>(), take2 = optimiser::complement(rule.beta2).template in<S>();

  // Correct the bias of m and v, which began at 0:  m_hat = m / c1,  v_hat = v / c2,  c = 1 - beta^t
  //
  //   lr m_hat / (sqrt(v_hat) + eps)  =  (lr/c1) m / (sqrt(v)/sqrt(c2) + eps)  =  rate m / (sqrt(v)/root + eps)
  const long t = ++state.step;
  const S rate = lr / optimiser::bias_correction(rule.beta1, t, state.correction1);
  const S root = sqrt(optimiser::bias_correction(rule.beta2, t, state.correction2));

  for (std::size_t k = 0; k < weights.size(); ++k) {
    Tensor<S>&w = weights[k], &m = state.m[k], &v = state.v[k];
    const Tensor<S>& g = gradients[k];
    const bool decays = slots[k].decays();
    for (long i = 0; i < w.size(); ++i) {
      // Decay w, update m and v, then take the step above:
      //   w <- w - (lr lambda) w,  m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2
      if (decays) w[i] = w[i] - decay * w[i];
      m[i] = keep1 * m[i] + take1 * g[i];
      v[i] = keep2 * v[i] + take2 * (g[i] * g[i]);
      w[i] = w[i] - rate * m[i] / (sqrt_nonnegative(v[i]) / root + eps);
    }
  }
}

}  // namespace etalon::model
