// optimiser.h — SGD with momentum, AdamW, and clipping by the global norm.
//
// CLIP     n = sqrt(sum over all tensors, in order, of g^2), the terms one fma each from +0;
//          g <- g * (max_norm / (n + 1e-6)) if n > max_norm        (torch.nn.utils.clip_grad_norm_)
//
// SGD      m <- mu m + g (m = g at the first step);  w <- w - lr m                    (torch.optim.SGD)
//
// ADAMW    t <- t + 1;   w <- w - lr lambda w  (where the decay mask says so)
//          m <- beta1 m + (1 - beta1) g;   v <- beta2 v + (1 - beta2) g^2
//          w <- w - lr/(1 - beta1^t) * m / (sqrt(v)/sqrt(1 - beta2^t) + eps)
//
// SOURCE   Kingma & Ba 2015, Algorithm 1; Loshchilov & Hutter 2019, Algorithm 2; Pascanu et al. 2013 for the clip.
#pragma once

#include <vector>

#include "model/parameters.h"

namespace etalon::model {

struct Sgd {
  Ratio learning_rate{1, 10}, momentum{9, 10};
};

struct AdamW {
  Ratio learning_rate{1, 1000}, beta1{9, 10}, beta2{999, 1000}, eps{1, 100000000}, weight_decay{1, 10};
  Ratio max_norm{1, 1};  // of the clip; 0: no clip
};

// What an optimiser remembers. For SGD, v stays empty.
template <class S>
struct OptimiserState {
  Parameters<S> m, v;
  long step = 0;
};

// Returns the norm before clipping, and clips in place. Instantiated for double, float (and by tests for Ball).
template <class S>
S clip_by_global_norm(Parameters<S>& gradients, Ratio max_norm);

template <class S>
void take_step(const Sgd& rule, Parameters<S>& weights, const Parameters<S>& gradients, OptimiserState<S>& state);
template <class S>
void take_step(const AdamW& rule, const std::vector<Slot>& slots, Parameters<S>& weights, const Parameters<S>& gradients,
               OptimiserState<S>& state);

}  // namespace etalon::model
