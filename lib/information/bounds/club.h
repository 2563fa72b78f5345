// SPDX-License-Identifier: Apache-2.0
// club.h — upper bounds that charge for how far the joint law is from the product law.
//
//   CLUB     E ln p(y|x) - E_prod ln p(y|x) = I + KL(p_x p_y || p_xy) >= I
//   vCLUB    the same with a learned q(y|x):  sum (p_xy - p_x p_y) ln q(y|x)
//
// CLUB = sum (p_xy - p_x p_y) ln(p_xy / (p_x p_y)): each term is a product of two numbers of one sign, so the sum has no
// cancellation. It is infinite where x and y are both possible and never meet.
//
// vCLUB IS NOT A BOUND    vCLUB = I + E_x KL(p_y || q(.|x)) - E_x KL(p(.|x) || q(.|x)). Where q is nearer to p(.|x) than to p_y the
//                         difference is >= 0, and only then vCLUB >= I; whoever knows that knows p. A flat q gives less than
//                         I: 0 in the end. Its type says so, and converts to nothing.
//
// SOURCE   Cheng, Hao, Dai, Liu, Gan & Carin 2020, "CLUB: a contrastive log-ratio upper bound of mutual information", section 3.
#pragma once

#include <span>

#include "information/law/law.h"
#include "information/law/quantity.h"

namespace etalon::information {

Upper club(const Joint& joint);

// Bivariate normal of correlation rho: rho^2 / (1 - rho^2), against I = -ln(1 - rho^2)/2. Infinite, with the reason, at rho = +-1.
// Error: rho outside [-1, 1].
Upper club_normal(double rho);

// Independent pairs, such as canonical variates: the sum over their correlations. Errors: as above.
Upper club_normal(std::span<const double> rho);

// SHAPES  q [X, Y], rows that sum to 1. ERRORS  another shape; a row with p_x > 0 that is no law; q = 0 where p_xy > 0, for both
// expectations are then infinite and their difference is no number. With q = 0 only where p_xy = 0 the value is +infinity.
template <class S>
NotABoundIn<S> vclub(const Joint& joint, const Tensor<S>& q);

// d/d ln q [X, Y] = p_xy - p_x p_y
Tensor<double> vclub_gradient(const Joint& joint);

}  // namespace etalon::information
