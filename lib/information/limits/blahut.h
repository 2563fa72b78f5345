// SPDX-License-Identifier: Apache-2.0
// blahut.h — the search that channel capacity and rate-distortion share: the best weights of a finite alphabet.
//
// A concave function f of a law q has its maximum where no letter's gain c_t (the exponential of its slope, up to a common
// factor) is above that of the letters in use. Blahut's sweep
//
//   q_t <- q_t c_t / sum_t q_t c_t
//
// never lowers f, and is slow where a letter is nearly in use: its weight shrinks by a factor c_t ~ 1. So after a few sweeps
// Newton's method proposes weights instead, from the curvature of f over q >= 0 (decomposition.h), the step halved until f rises
// or the gap halves; where it has nothing to offer, a sweep is made.
//
// STOP     Only the gap decides: how far f can be from its maximum, computed from the gains. How q was found proves nothing and
//          need not. Within the tolerance, Newton goes on while it halves the gap: a step or two, and the last digits.
//          Where rounding keeps the gap above the tolerance, the best q met is returned, and converged is false.
//
// SOURCE   Blahut 1972. Newton with an active set for weights on the simplex: Kim, Carbonetto, Stephens & Anitescu 2020 ("mixsqp").
#pragma once

#include <functional>
#include <vector>

namespace etalon::information {

// Told the smallest gap so far and the number of evaluations; false ends the search with what it has.
using BlahutWatch = std::function<bool(double gap, long sweeps)>;

// What is known at q.
struct Slope {
  double height;                 // f(q), up to a constant
  double gap;                    // max f - f(q) <= gap
  std::vector<double> log_gain;  // ln c_t, up to a constant
};

struct BlahutSearch {
  std::vector<double> weight;
  long sweeps = 0;  // evaluations of f
  bool converged = false;
};

// From the weights q. `evaluate` gives the Slope at q; `propose` the weights of the Newton step (an empty function: sweeps only).
BlahutSearch blahut_search(std::vector<double> q, double tolerance, long max_sweeps,
                           const std::function<Slope(const std::vector<double>&)>& evaluate,
                           const std::function<std::vector<double>(const std::vector<double>&, const Slope&)>& propose,
                           const BlahutWatch& watch = {});

}  // namespace etalon::information
