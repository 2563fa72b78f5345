// SPDX-License-Identifier: Apache-2.0
// continuous.h — mutual information of pairs with densities, or half with one, that is a formula: in nats.
//
//   X ~ U(0,1), Y = X + U(-a, a)                  I = a - ln 2a  for a <= 1/2,  1/(4a) beyond
//   X uniform on 0..n-1, Y = X + U(0, 2)          I = ln n - (1 - 1/n) ln 2
//   (X, Y) normal, correlation rho                I = -1/2 ln(1 - rho^2)
//   (X, Y) Student, nu degrees, shape rho         I = -1/2 ln(1 - rho^2) + c(nu)
//   X ~ Exp(1), Y ~ Poisson(X), zeroed w.p. p     below
//
// STUDENT    With x = nu/2,  c = ln x - 2 [lnG(x + 1/2) - lnG(x)] + (2x + 1) [psi(x + 1/2) - psi(x)] - 1 - 1/x,  which is
//            1/(8x^2) for large x: the terms cancel. So no gamma function is formed; from x >= 16 the series in 1/x of the whole,
//
//              c = -a_1/x^2 - sum_{n = 3, 5, ...} a_n (2(n+1)/x^n + n/x^{n+1}),   a_n = (2^{-n} - 2) B_{n+1} / (n (n+1)),
//
//            ten terms of which leave less than 2^-62 c, and below 16 the recurrence of lnG carries it down: each term is the
//            logarithm of 1 + something. nu = infinity is the normal law.
//
// ZEROED     The zeros that were put in cannot be told from the Poisson law's own, so with q = 1 - p and s = 1 - q/2
//
//              I = q I_0 - s ln s - (q/2) ln 2 - (p/2) phi(1 - q)/q,      I_0 = 2 ln 2 - gamma - sum_k ln k / 2^k
//
//            The formula q I_0 that is in print (Gao, Kannan, Oh & Viswanath 2017) is I(X; Y, B) with B the sign that says which
//            zeros were put in: larger, .2561 and not .2298 at p = .15. Both are given, by names that say which.
//            Terms k > 64 of the sum are below 2^-60 together.
//
// ERRORS     A parameter outside its range, NaN included. ACCURACY  1e-14 relative, in tests against 22 and more digits.
//
// SOURCE     Cover & Thomas 2006, chapter 8; Guerrero-Cusumano 1996 (Student); Gao et al. 2017, section 4 (the mixtures).
#pragma once

#include "information/law/quantity.h"

namespace etalon::information {

Exact additive_uniform_information(double a);        // a >= 0; infinite at 0
Exact discrete_uniform_mixture_information(long n);  // n >= 1
Exact normal_information(double rho);                // |rho| <= 1; infinite at +-1
Exact student_information(double nu, double rho);    // nu >= 2^-1000, |rho| <= 1; infinite at +-1

Exact zero_inflated_poisson_information(double p);          // I(X;Y), 0 <= p <= 1
Exact zero_inflated_poisson_flagged_information(double p);  // I(X;Y,B) = (1 - p) I_0: the formula in print

}  // namespace etalon::information
