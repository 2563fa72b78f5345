// SPDX-License-Identifier: Apache-2.0
// optimiser.h — SGD with momentum, AdamW, and clipping by the global norm.
//
// CLIP     n = sqrt(sum over all tensors, in order, of g^2), the terms one fma each from +0;
//          g <- g c,  c = max_norm / (n + kClipEps),  where c < 1      (torch.nn.utils.clip_grad_norm_)
//
// SGD      m <- mu m + g (m = g at the first step);  w <- w - lr m                    (torch.optim.SGD)
//
// ADAMW    t <- t + 1;   w <- w - (lr lambda) w  (where the decay mask says so)
//          m <- beta1 m + (1 - beta1) g;   v <- beta2 v + (1 - beta2) (g g)
//          w <- w - (lr/c1) m / (sqrt(v)/sqrt(c2) + eps),   c = 1 - beta^t             (torch.optim.AdamW)
//
// CARE     1 - beta is the rational it is, rounded once: the double (or float) 1 - 0.999 has lost digits that 1/1000 has.
//          For the same reason c is not 1 less a power: it is the running average of ones,
//
//            c_0 = 0,   c_t = beta c_{t-1} + (1 - beta)   =   1 - beta^t,
//
//          a sum of positive terms. m/c and v/c are then weighted means of what was seen, to the last bits. The state carries
//          c_t along, so that a step costs the same at t = 10^6 as at t = 1; a state without it gets it once, from c_0.
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
  Ratio max_norm{1, 1};  // for clip_by_global_norm, which the caller runs before take_step; 0: no clip
};

inline constexpr Ratio kClipEps{1, 1000000};

// c_t of CARE for one beta, carried from step to step.
template <class S>
struct BiasCorrection {
  Ratio beta{0, 1};
  long step = 0;  // t
  S c = S(0.0);   // c_t
};

// What an optimiser remembers. Starts empty; the first step makes it. For SGD, v stays empty. m, v and step are the whole state:
// who restores them may leave the rest as it begins, and the bits of the next step are the same.
template <class S>
struct OptimiserState {
  Parameters<S> m, v;
  long step = 0;                                   // steps taken
  BiasCorrection<S> correction1{}, correction2{};  // of beta1 and beta2: kept by AdamW
};

// Returns the norm before clipping, and clips in place; max_norm 0 only measures. NaN anywhere: the norm is NaN and nothing is
// clipped, so the NaN stays where it was. Error: max_norm negative or with a denominator below 1; for balls, a norm that may lie on
// either side of max_norm (Undecided).
template <class S>
S clip_by_global_norm(Parameters<S>& gradients, Ratio max_norm);

// One step in place. ERRORS: gradients, slots or state of another model (a name, an order or a shape differs);
// a learning rate, decay or eps below 0, a momentum or beta outside [0, 1).
template <class S>
void take_step(const Sgd& rule, Parameters<S>& weights, const Parameters<S>& gradients, OptimiserState<S>& state);
template <class S>
void take_step(const AdamW& rule, const std::vector<Slot>& slots, Parameters<S>& weights, const Parameters<S>& gradients,
               OptimiserState<S>& state);

// Compiled once, in optimiser.cpp; include optimiser_body.h for other scalars.
// NOLINTBEGIN(bugprone-macro-parentheses): EXTERN is a keyword or nothing, and S a type
#define ETALON_OPTIMISER(EXTERN, S)                                                                               \
  EXTERN template S clip_by_global_norm<S>(Parameters<S>&, Ratio);                                                \
  EXTERN template void take_step<S>(const Sgd&, Parameters<S>&, const Parameters<S>&, OptimiserState<S>&);        \
  EXTERN template void take_step<S>(const AdamW&, const std::vector<Slot>&, Parameters<S>&, const Parameters<S>&, \
                                    OptimiserState<S>&);
// NOLINTEND(bugprone-macro-parentheses)
ETALON_OPTIMISER(extern, double)
ETALON_OPTIMISER(extern, float)

}  // namespace etalon::model
