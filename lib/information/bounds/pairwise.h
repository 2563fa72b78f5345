// SPDX-License-Identifier: Apache-2.0
// pairwise.h — bounds on I(X;T) from how far apart the laws p(t|x) are, two by two.
//
//   I_D = -sum_x p_x ln sum_x' p_x' e^{-D(x, x')}
//
//   D = KL(p(.|x) || p(.|x'))                               I <= I_D
//   D = -ln sum_t sqrt(p(t|x) p(t|x'))  (Bhattacharyya)     I_D <= I
//
// Neither needs the mixture p(t): for Gaussian p(t|x) both matrices are closed forms, so a noisy representation
// is bracketed where its I has none. Both are exact where the laws are equal or never overlap, and never exceed H(X).
//
// ROUNDING   I_D = -sum p_x ln1p(sum p_x' expm1(-D)): right to a few ulp however small D is. Where the inner sum is -1 but for its
//            last digits (a rare x, far from all others), the logarithm is taken of sum p_x' e^{-D} >= p_x itself: never of 0.
//
// SOURCE     Kolchinsky & Tracey 2017, "Estimating mixture entropy with pairwise distances", section 4
//            (mixture entropy; I is that less the mean entropy of the components).
#pragma once

#include <vector>

#include "information/law/joint.h"
#include "information/law/quantity.h"

namespace etalon::information {

// SHAPES  p [X], a law; D [X, X] in nats, 0 on the diagonal, +infinity where two laws never overlap.
// ERRORS  another shape; p no law; an entry of D that is negative or NaN; a diagonal that is not 0.
template <class S>
UpperIn<S> pairwise_kl_bound(const std::vector<double>& p, const Tensor<S>& kl);
template <class S>
LowerIn<S> pairwise_bhattacharyya_bound(const std::vector<double>& p, const Tensor<S>& distance);

// I_D for each column of weights [X, K], a law or all 0 (then 0): the bits of K calls, with one exponential for each pair of x.
// SHAPES as above. ERRORS  other shapes; the laws and distances are the caller's to check.
std::vector<double> pairwise_of_each(const Tensor<double>& weights, const Tensor<double>& d);

// d I_D / dD [X, X] = p_x p_x' e^{-D(x, x')} / sum_x'' p_x'' e^{-D(x, x'')}, the same for both.
template <class S>
Tensor<S> pairwise_gradient(const std::vector<double>& p, const Tensor<S>& d);

// The matrices of the rows p(.|x) of a joint law [X, X], rows that never happen left at distance 0 from all.
Tensor<double> pairwise_kl(const Joint& joint);
Tensor<double> pairwise_bhattacharyya(const Joint& joint);

Upper pairwise_kl_bound(const Joint& joint);
Lower pairwise_bhattacharyya_bound(const Joint& joint);

}  // namespace etalon::information
