// SPDX-License-Identifier: Apache-2.0
// barber_agakov.h — what a model's predictions prove about I(X;Y).
//
// A model q(y|x), any model, on an enumerated law p(x, y):
//
//   cross entropy    CE = -sum p_xy ln q(y|x) = H(Y|X) + E_x KL(p(.|x) || q(.|x))
//   lower bound      I >= H(Y) + sum p_xy ln q(y|x) = I - E KL
//
// So the loss above its floor is exactly E KL, and the bound is low by the same amount. H(Y) is the true entropy of
// Y. With ln|Y| in its place the "bound" is too high by ln|Y| - H(Y) and may pass I.
//
// SOURCE   Barber & Agakov 2003, "The IM algorithm".
#pragma once

#include "information/law/entropy.h"

namespace etalon::information {

struct BarberAgakov {
  Nats cross_entropy;  // +infinity if the model rules out what happens
  Exact divergence;    // E KL(p || q), summed with phi: >= 0 and right when it is tiny
  Lower bound;         // lower bound on I; -infinity, with the reason, if the divergence is infinite
};

// SHAPES  log_q [X, Y]: ln q(y|x), -infinity allowed. ERRORS  another shape; NaN or +infinity; a row that has
// p_x > 0 and whose q do not sum to 1 within Joint::kTolerance.
BarberAgakov barber_agakov(const Joint& joint, const Tensor<double>& log_q);

// The rows of logits [N, Y] as ln q = logit - ln sum exp logit. Error: NaN or infinity in a logit.
Tensor<double> log_softmax(const Tensor<double>& logits);

}  // namespace etalon::information
