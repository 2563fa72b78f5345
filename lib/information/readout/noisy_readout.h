// SPDX-License-Identifier: Apache-2.0
// noisy_readout.h — how much is read off a vector with noise on it: T = mu_X + N(0, sigma^2 I).
//
// A deterministic layer tells its inputs apart completely, whatever it learned. What a reader with a given noise can tell apart is
// a question with an answer: X finite with weights p_x, a centre mu_x in R^d for each x, p(t|x) = N(t; mu_x, sigma^2 I).
//
// ANY d     KL(p_x || p_x') = |mu_x - mu_x'|^2 / (2 sigma^2), Bhattacharyya distance |mu_x - mu_x'|^2 / (8 sigma^2); pairwise.h:
//
//             L(p) <= I(X;T) <= U(p)
//
//           and for a label Y - X - T, from I(T;Y) = I(X;T) - sum_y p_y I(X;T|Y=y) and data processing,
//
//             max(0, L(p) - sum_y p_y U(p(.|y)))  <=  I(T;Y)  <=  min(U(p) - sum_y p_y L(p(.|y)), I(X;Y))
//
// d = 1     I(L;T) = integral of p(t) sum_l p_l phi(p(t|l) / p(t)) for L = X or Y: every term >= 0, so a small I keeps its
//           digits. By the trapezoidal rule. Write m_x = mu_x/sigma, D = max m - min m, t in sigmas.
//
//           STEP   In the strip |Im t| <= a, a D <= pi/2, the terms of p(t) differ in phase by at most pi/2. So
//                  |p(t)| >= e^{b^2/2} p(Re t)/sqrt(2), b = Im t: no zero, and |ln(p(t|l)/p(t))| is at most its value at Re t, plus
//                  ln sqrt(2), plus pi/2. The integral of the modulus along each line is then at most
//                  M = e^{a^2/2} (I + 2/e + 2), and the rule errs by at most 2 M / (e^{2 pi a/h} - 1). The step h makes
//                  that 2^-60 I.
//           ENDS   Beyond U sigmas from the outermost centre lies at most 1500 e^{-U^2/2}: U makes that 2^-60 I.
//           GROUPS Centres more than 30 sigmas apart are told apart but for e^{-112}; groups so divided are integrated one by one:
//                  I(L;T) = I(L;group) + sum_g p_g I(L;T|g).
//
// SIGMA     is part of the definition and of the record; it is the standard deviation, not the variance.
//
// SOURCE    Kolchinsky & Tracey 2017, "Estimating mixture entropy with pairwise distances"; Trefethen & Weideman 2014, "The
//           exponentially convergent trapezoidal rule", theorem 5.1; Goldfeld et al. 2019 for noisy layers.
#pragma once

#include <vector>

#include "information/law/joint.h"
#include "information/law/quantity.h"

namespace etalon::information {

class NoisyReadout {
 public:
  // SHAPES  centres [X, d], one for each x, d >= 1; sigma > 0. ERRORS  another shape; a number that is not finite, with its place;
  // centres so far apart in sigmas that a squared distance overflows.
  NoisyReadout(Tensor<double> centres, double sigma);

  long n_x() const { return centres_.n_rows(); }
  long dimension() const { return centres_.n_cols(); }
  double sigma() const { return sigma_; }

  // |mu_x - mu_x'|^2 / sigma^2, [X, X].
  const Tensor<double>& squared_distances() const { return distances_; }

  // d = 1. I(X;T) for weights p, and I(Y;T) of a joint law p(x, y): up to rounding, the error of the quadrature below it.
  // Errors: d > 1; another number of x; weights that are no law; more than 2^31 terms, with their number.
  Exact about_x(const std::vector<double>& p) const;
  Exact about_y(const Joint& joint) const;

  // Any d. Errors: as above.
  Bracket bracket_about_x(const std::vector<double>& p) const;
  Bracket bracket_about_y(const Joint& joint) const;

 private:
  Provenance provenance() const;
  void require_line(const char* hint) const;

  Tensor<double> centres_;
  double sigma_;
  Tensor<double> distances_;
};

}  // namespace etalon::information
