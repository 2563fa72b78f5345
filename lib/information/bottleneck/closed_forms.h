// SPDX-License-Identifier: Apache-2.0
// closed_forms.h — bottlenecks that are formulas: the binary symmetric channel with uniform input, and any erasure channel.
//
// SYMMETRIC   Y is a fair bit X, flipped with probability e. The best T is X flipped with probability alpha, and the curve is
//
//               I(X;T) = J(c),   I(T;Y) = J(c c_e),     c = 1 - 2 alpha,  c_e = 1 - 2 e
//               J(c) = ln 2 - h(alpha) = 1/2 [phi(1 + c) + phi(1 - c)],       phi(r) = r ln r - r + 1
//               beta = dI(X;T)/dI(T;Y) = atanh(c) / (c_e atanh(c c_e))        rising from 1/c_e^2, where c leaves 0
//
//             J is what a fair bit keeps: a correlation c. Written with phi a small J keeps its digits.
//
// ERASURE     Y is X, or with probability e nothing. Then I(T;Y) = (1 - e) I(X;T) for every T: the curve is one straight
//             piece from (0, 0) to (H(X), (1 - e) H(X)), and at beta = 1/(1 - e) all of it is optimal.
//
// NUMERICS    Solved for l = ln((1 - alpha)/alpha) = 2 atanh(c) by bisection to the last bit: c itself has no digits left near 1.
//
// SOURCE      Wyner & Ziv 1973, "A theorem on the entropy of certain binary sequences" (Mrs. Gerber's lemma, which makes the flip
//             optimal); Witsenhausen & Wyner 1975 for both channels.
#pragma once

#include "information/law/quantity.h"

namespace etalon::information {

struct SymmetricBottleneck {
  double alpha = 0.5;  // T is X flipped with this probability
  double beta = 0;     // the slope dR/dI_Y at the point; infinite where all is kept
  Exact i_x, i_y;      // I(X;T), I(T;Y)
};
// Errors of both: an error probability outside [0, 1]. At e = 1/2 nothing can be kept about Y: alpha = 1/2, beta infinite.

// The point of the curve with I(X;T) = rate; all is kept from ln 2 on. Error also: a rate that is negative or NaN.
SymmetricBottleneck symmetric_bottleneck_at_rate(double error, Nats rate);
// The optimum at beta. Error also: beta negative, NaN or infinite.
SymmetricBottleneck symmetric_bottleneck(double error, double beta);

struct ErasureBottleneck {
  double beta = 0;   // 1/(1 - e), where the whole curve is optimal
  Bracket i_x, i_y;  // two ends of the straight piece where beta is that; otherwise one point
};
// Errors of both: e outside [0, 1]; an entropy H(X) that is negative or not finite; rate and beta as above.
ErasureBottleneck erasure_bottleneck_at_rate(double erased, Nats entropy_x, Nats rate);
ErasureBottleneck erasure_bottleneck(double erased, Nats entropy_x, double beta);

}  // namespace etalon::information
