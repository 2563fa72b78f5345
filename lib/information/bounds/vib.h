// SPDX-License-Identifier: Apache-2.0
// vib.h — the bottleneck as networks train it: an encoder p(z|x), a guess r(z) of its marginal, a decoder q(y|z).
//
//   rate        E_x KL(p(z|x) || r) = I(X;Z) + KL(p(z) || r)                >= I(X;Z)
//   relevance   H(Y) + E ln q(y|z)  = I(Z;Y) - E_z KL(p(y|z) || q(y|z))     <= I(Z;Y)
//   objective   rate - beta E ln q(y|z)                                     >= I(X;Z) + beta H(Y|Z)
//   Lagrangian  L = I(X;Z) - beta I(Z;Y)                                    <= objective - beta H(Y)
//
// p(z) = sum_x p_x p(z|x) and p(y|z) close both gaps; then the objective is L + beta H(Y), with the true entropy of Y.
//
// GRADIENTS  An encoder moves inside laws: its rows keep the sum 1, so a gradient means something up to a constant for each row.
//
//              objective    d/dp(z|x) = p_x [ln(p(z|x)/r_z) - beta sum_y p(y|x) ln q(y|z)]
//                           d/d ln r = -p(z)        d/d ln q = -beta p(y, z)
//              Lagrangian   d/dp(z|x) = p_x [ln(p(z|x)/p(z)) - beta sum_y p(y|x) ln(p(y|z)/p(y))]
//              relevance    d/d ln q = p(y, z)
//
//            ln r and ln q likewise move inside laws. As formulas of free numbers, rate and objective gain sum r - 1 (every term is
//            then >= 0), which is 0 for laws: along them, by the logits of r, both give r_z - p(z).
//
//            at_logits() turns the first kind into the gradient by l, p(z|x) = softmax_z(l): no constant is left in it.
//            Proof for L: p(z) and p(y|z) move too, and what they contribute is the same for every z,
//
//              sum_z p(z) d ln p(z) = 0. ∎
//
// EDGES      p(z|x) = 0: its entry of d/dp(z|x) is -infinity, and 0 by logits.
//            r_z = 0 < p(z|x), or q = 0 where y and z meet: the value is infinite, with the reason; a gradient is refused.
//
// SHAPES     encoder [X, Z], r [Z], q [Z, Y]: probabilities.
//
// ERRORS     another shape; rows that are no laws; beta NaN, infinite or < 0.
//
// SOURCE     Alemi, Fischer, Dillon & Murphy 2017, "Deep variational information bottleneck", section 3; Tishby, Pereira &
//            Bialek 1999, "The information bottleneck method", section 3 (Lagrangian); Barber & Agakov 2003 (relevance).
#pragma once

#include <vector>

#include "information/law/law.h"
#include "information/law/quantity.h"

namespace etalon::information {

template <class S>
UpperIn<S> vib_rate(const std::vector<double>& p_x, const Tensor<S>& encoder, const std::vector<S>& r);

// The same of a given p(x, z).
Upper vib_rate(const Joint& xz, const std::vector<double>& r);

// A law q(y|z), as probabilities, on a given p(z, y). barber_agakov.h takes logarithms, as models give them.
template <class S>
LowerIn<S> decoder_bound(const Joint& zy, const Tensor<S>& q);

// d/d ln q [Z, Y] = p(z, y)
Tensor<double> decoder_bound_gradient(const Joint& zy);

// rate - beta E ln q, an upper bound on I(X;Z) + beta H(Y|Z).
template <class S>
UpperIn<S> vib_objective(const Joint& xy, const Tensor<S>& encoder, const std::vector<S>& r, const Tensor<S>& q, double beta);

template <class S>
struct VibGradientIn {
  Tensor<S> encoder;     // [X, Z], up to a constant for each row
  std::vector<S> log_r;  // [Z]
  Tensor<S> log_q;       // [Z, Y]
};
template <class S>
VibGradientIn<S> vib_gradient(const Joint& xy, const Tensor<S>& encoder, const std::vector<S>& r, const Tensor<S>& q, double beta);

// I(X;Z) - beta I(Z;Y) of an encoder, and its gradient [X, Z], up to a constant for each row.
template <class S>
ExactIn<S> bottleneck_lagrangian(const Joint& xy, const Tensor<S>& encoder, double beta);
template <class S>
Tensor<S> bottleneck_lagrangian_gradient(const Joint& xy, const Tensor<S>& encoder, double beta);

// d/dl_xz = p(z|x) (g_xz - sum_k p(k|x) g_xk): the gradient g by the encoder, read by its logits.
template <class S>
Tensor<S> at_logits(const Tensor<S>& encoder, const Tensor<S>& g);

}  // namespace etalon::information
