// SPDX-License-Identifier: Apache-2.0
// maximal_correlation.h — rho, the largest correlation of a function of X with a function of Y, to the last digits.
//
//   B_xy = (p_xy - p_x p_y) / sqrt(p_x p_y)        rho = the largest singular value of B
//
// The first singular value of p_xy / sqrt(p_x p_y) is 1, for constants, and rho its second; B is what is left without it, and
// p_xy - p_x p_y is formed without cancellation, so that a small rho keeps its digits. rho = 0 for independent X and Y, 1 for
// Y = f(X).
//
// WHY     1/rho^2 is the beta at which a T that says nothing stops being a local minimum of the bottleneck: where the optimum
//         leaves 0 continuously, it does so there. second_singular_value_squared (bottleneck.h) is a quick guide to it, of six digits.
//
// SOURCE  Hirschfeld 1935; Witsenhausen 1975 (the singular value); Wu, Fischer, Chuang & Tegmark 2019 (the threshold).
#pragma once

#include "information/law/joint.h"

namespace etalon::information {

inline constexpr long kMostForCorrelation = 300;  // of the smaller side; a second or two

// By Jacobi's rotations: a few ulp of 1, and of rho itself where it is small. Error: more than kMostForCorrelation rows and columns.
double maximal_correlation(const Joint& joint);

}  // namespace etalon::information
