// SPDX-License-Identifier: Apache-2.0
// update.h — how much of a step along the gradient the head lets happen.
//
// IDEAL    L -> L - eps G/||G||: the steepest descent, if every logit could be moved by itself.
// VISIBLE  L -> L - eps E/||E||, E = G W W^T: what a step of the hidden states along their own gradient G W does to the logits.
//          Both at the same norm eps of the change. Loss decreases in nats per token. Whether the paper's figure adds H H^T G,
//          the head's own step, is not known to us: it is not in here.
//
//   first-order ratio = <G, E> / (||G|| ||E||) = ||G W||^2 / (||G|| ||G W W^T||)       the ratio of the two slopes at eps = 0
//
// CARE     A small decrease is not the difference of two losses. With d = the change of row i and P its softmax,
//
//            loss_i - loss_i' = -ln sum_j P_j e^{d_j - d_y} = -log1p(sum_{j != y} P_j expm1(d_j - d_y))
//
//          and the second form keeps its digits down to the smallest eps, and down to the smallest 1 - P_y: the target, whose P may
//          be 1 in doubles, is not in the sum. Where a logit rises by more than 1, or the sum nears -1, the first is used, shifted.
#pragma once

#include <vector>

#include "head/gradient.h"

namespace etalon::head {

struct EfficiencyPoint {
  double eps;             // ||change of the logits||_F
  double ideal, visible;  // loss decrease, nats per token; negative where the step went too far
};

struct Efficiency {
  double first_order_ratio;  // 0 where G W = 0
  std::vector<EfficiencyPoint> curve;
};

// eps_k = sqrt(N) 2^k for k = -12, -10, ..., 6, N >= 1: a change of about 2^k per token.
std::vector<double> default_eps_grid(long n_tokens);

// W [V, D]; a gradient [N, V] with its losses and targets [N]; any steps eps > 0. Error: G = 0.
Efficiency update_efficiency(const Tensor<double>& w, const LogitGradient<double>& gradient, const std::vector<long>& targets,
                             const std::vector<double>& eps_grid);

// The exact change of the logits H W^T when both factors change: (H1 - H0) W0^T + H1 (W1 - W0)^T. Rank at most 2D. Written so,
// a small step does not drown in the rounding of two large products. W [V, D], H [N, D] -> [N, V]. Error: shapes that do not fit.
Tensor<double> logit_change(const Tensor<double>& w0, const Tensor<double>& h0, const Tensor<double>& w1, const Tensor<double>& h1);

// A real step against the gradient it was meant to follow.
struct Realised {
  double cosine;    // <-dL, G> / (||dL|| ||G||)
  double residual;  // min over a of ||G - a dL|| / ||G||, at least residual_bound(sigma, 2D)
};

// G and dL [N, V]. Error: shapes differ, dL or G is 0.
Realised realised_update(const Tensor<double>& g, const Tensor<double>& logit_change);

}  // namespace etalon::head
