// SPDX-License-Identifier: Apache-2.0
// entropy.h — entropies and mutual information of a finite law, in nats.
//
//   H(X) = -sum p_x ln p_x            H(Y|X) = sum_xy p_xy ln(p_x / p_xy)
//   KL(p || q) = sum q phi(p/q)       I(X;Y) = sum_xy p_x p_y phi(p_xy / (p_x p_y)),    phi(r) = r ln r - r + 1 >= 0
//   JS(p, q) = KL(p || m)/2 + KL(q || m)/2,  m = (p + q)/2
//            = 1/2 sum m [phi(1 + e) + phi(1 - e)],  e = (p - q)/(p + q)          at most ln 2, never infinite
//
// WHY PHI    Written with ln alone, I is a sum of terms of both signs that nearly cancel when X and Y are nearly
//            independent: I of size 1e-8 would keep 8 digits. Every term with phi is >= 0, so I >= 0, and its relative
//            error stays at a few ulp if r - 1 is formed without cancellation: p_xy - p_x p_y is one Kahan difference
//            of products (fma). A relative error d of p_x then moves I by d sum_y p_y (1 - r) = 0 in first order.
//
// ROUNDING   A table of doubles sums to s, not to 1. Left alone, s - 1 would add (s^2 - s) to I; so r = s p_xy/(p_x p_y)
//            and the weight is p_x p_y / s: I of a slightly wrong total is still 0 for a product law.
//
// INFINITE   KL is infinite where p > 0 = q: reported so, with the place. No eps inside a logarithm.
//
// SOURCE     Cover & Thomas 2006, chapter 2; Lin 1991 (JS, equal weights). Difference of products: Jeannerod, Louvet & Muller 2013.
#pragma once

#include <span>

#include "information/law/joint.h"
#include "information/law/quantity.h"

namespace etalon::information {

// H of a law. Error: an entry that is negative or NaN; a sum further than Joint::kTolerance from 1.
Nats entropy(std::span<const double> p);

// KL(p || q). Error: as above, for p and q; different sizes.
Exact divergence(std::span<const double> p, std::span<const double> q);

// JS(p, q): the information that one draw, from p or from q with probability 1/2 each, gives about which it was. Errors: as above.
Exact jensen_shannon(std::span<const double> p, std::span<const double> q);

struct Entropies {
  Nats x, y, joint, y_given_x, x_given_y;
  Nats mutual;  // I(X;Y)
};
Entropies entropies(const Joint& joint);

Nats conditional_entropy(const Joint& joint);  // H(Y|X)
Nats mutual_information(const Joint& joint);   // I(X;Y) >= 0

}  // namespace etalon::information
