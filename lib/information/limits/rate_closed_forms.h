// SPDX-License-Identifier: Apache-2.0
// rate_closed_forms.h — rate-distortion curves that are formulas, in nats.
//
//   Gaussian, squared error      R = 1/2 ln(sigma^2 / D)                         D <= sigma^2, else 0
//   several, independent         R = sum_i 1/2 ln(sigma_i^2 / D_i), D_i = min(theta, sigma_i^2), sum_i D_i = D (water-filling)
//   Laplace, absolute error      R = ln(b / D),  density e^{-|x|/b} / 2b         D <= b, else 0
//   finite law p, Hamming        d(x, t) = 1 unless t = x. With the k most probable letters in use, P their probability,
//                                  R = sum_{x <= k} -p_x ln p_x + P ln(1 - D) - beta (D - (1 - P))
//                                  e^{-beta} = (D - (1 - P)) / ((k - 1)(1 - D)),
//                                k the largest with D <= (1 - P) + (k - 1) p_k. All n letters: R = H(p) - h(D) - D ln(n - 1)
//
// PROOF of the last: in Z_x = e^{-beta} + q_x (1 - e^{-beta}) the letters in use have Z_x = p_x / (1 - D), as their gains are 1,
// the others Z_x = e^{-beta}; put into -sum p ln Z - beta D. A letter leaves where q_x = 0: p_x = e^{-beta} (1 - D). QED
//
// PRICE      beta = -dR/dD, what a unit of distortion is worth in nats: 1/(2D) for a Gaussian (1/(2 theta) for several), 1/D for
//            Laplace, the beta above for Hamming; 0 where R is 0.
//
// D = 0      of a density is infinite, and says so; of a finite law it is H(p).
//
// SOURCE     Berger 1971, sections 2.7, 4.3; Erokhin 1958 (Hamming); Cover & Thomas 2006, theorems 10.3.2, 10.3.3.
#pragma once

#include <span>

#include "information/law/quantity.h"

namespace etalon::information {

// Errors of all: D negative or NaN.

// Error also: a variance that is not positive and finite.
Exact gaussian_rate(double variance, double distortion);
Exact gaussian_rate(std::span<const double> variances, double distortion);

double gaussian_price(std::span<const double> variances, double distortion);

// Error also: a scale b that is not positive and finite.
Exact laplace_rate(double scale, double distortion);
double laplace_price(double scale, double distortion);

// Error also: p is no law. The binary symmetric source is p = (1/2, 1/2).
Exact hamming_rate(std::span<const double> p, double distortion);
double hamming_price(std::span<const double> p, double distortion);

}  // namespace etalon::information
