// optimiser_body.h — the steps of optimiser.h, for any scalar. Only tests and optimiser.cpp include it.
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

inline Ratio complement(const Ratio& beta) { return {beta.den - beta.num, beta.den}; }

// c_t of CARE in optimiser.h.
template <class S>
S bias_correction(const Ratio& beta, long t) {
  const S keep = beta.in<S>(), take = complement(beta).template in<S>();
  S c(0.0);
  for (long k = 0; k < t; ++k) c = keep * c + take;
  return c;
}

}  // namespace optimiser

template <class S>
S clip_by_global_norm(Parameters<S>& gradients, Ratio max_norm) {
  optimiser::require_constant("max_norm", max_norm, false);
  S squares(0.0);
  for (const auto& [name, g] : gradients)
    for (long i = 0; i < g.size(); ++i) squares = fma(g[i], g[i], squares);
  const S norm = sqrt_nonnegative(squares);
  if (max_norm.num == 0) return norm;

  const S c = max_norm.in<S>() / (norm + kClipEps.in<S>());
  if (decided_less(c, S(1.0), "model.clip_by_global_norm: is max_norm / norm < 1"))
    for (std::size_t k = 0; k < gradients.size(); ++k)
      for (long i = 0; i < gradients[k].size(); ++i) gradients[k][i] = gradients[k][i] * c;
  return norm;
}

template <class S>
void take_step(const Sgd& rule, Parameters<S>& weights, const Parameters<S>& gradients, OptimiserState<S>& state) {
  optimiser::require_constant("learning_rate", rule.learning_rate, false);
  optimiser::require_constant("momentum", rule.momentum, true);
  optimiser::require_same_model("gradients", weights, gradients);
  const bool first = state.step == 0;
  if (first) state.m = gradients;
  optimiser::require_same_model("state", weights, state.m);
  ++state.step;

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
  optimiser::require_constant("learning_rate", rule.learning_rate, false);
  optimiser::require_constant("beta1", rule.beta1, true);
  optimiser::require_constant("beta2", rule.beta2, true);
  optimiser::require_constant("eps", rule.eps, false);
  optimiser::require_constant("weight_decay", rule.weight_decay, false);
  require_slots(slots, weights);
  optimiser::require_same_model("gradients", weights, gradients);
  if (state.step == 0) state = {optimiser::zeros_like(weights), optimiser::zeros_like(weights), 0};
  optimiser::require_same_model("state (m)", weights, state.m);
  optimiser::require_same_model("state (v)", weights, state.v);
  const long t = ++state.step;

  const S lr = rule.learning_rate.in<S>(), decay = lr * rule.weight_decay.in<S>(), eps = rule.eps.in<S>();
  const S keep1 = rule.beta1.in<S>(), take1 = optimiser::complement(rule.beta1).template in<S>();
  const S keep2 = rule.beta2.in<S>(), take2 = optimiser::complement(rule.beta2).template in<S>();
  const S rate = lr / optimiser::bias_correction<S>(rule.beta1, t);
  const S root = sqrt(optimiser::bias_correction<S>(rule.beta2, t));

  for (std::size_t k = 0; k < weights.size(); ++k) {
    Tensor<S>&w = weights[k], &m = state.m[k], &v = state.v[k];
    const Tensor<S>& g = gradients[k];
    const bool decays = slots[k].decays();
    for (long i = 0; i < w.size(); ++i) {
      if (decays) w[i] = w[i] - decay * w[i];
      m[i] = keep1 * m[i] + take1 * g[i];
      v[i] = keep2 * v[i] + take2 * (g[i] * g[i]);
      w[i] = w[i] - rate * m[i] / (sqrt_nonnegative(v[i]) / root + eps);
    }
  }
}

}  // namespace etalon::model
