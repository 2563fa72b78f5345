// SPDX-License-Identifier: Apache-2.0
// phases.h — "first it fits, then it compresses": is that what a training run does?
//
// CLAIM      In training, I(T;Y) rises first; then I(X;T) falls (Shwartz-Ziv & Tishby 2017; Conklin et al. 2026, of
//            language models).
//
// RULE       Replicates r = 1..n are runs from different seeds. For each, t_r is the step at which the mean I(X;T) of the OTHER
//            replicates is largest: chosen on the replicate itself, even noise around a flat line would fall from its own maximum.
//
//              rise_r = I_r(T;Y) at t_r - at the beginning        fall_r = I_r(X;T) at t_r - at the end
//
//            A quantity is seen if its mean is above k standard errors (k = 4). A fall below 5 % of the peak is no phase.
//
//              shown       the rise is seen; the fall is seen and at least 5 % of the peak
//              refuted     I(T;Y) rises from beginning to end, and the fall is below 5 % of the peak by more than k standard errors
//              not shown   something is seen, but neither of these
//              noise       neither rise nor fall nor change of I(T;Y) is seen
//
//            k and 5 % were written down before any run was looked at; docs/two-phases.md says what came out.
//
// ATTRIBUTED A fall that a model shows that had nothing to learn is not compression of what was learnt: `attributed` asks that
//            the fall be above that of the control by k standard errors of the difference.
#pragma once

#include <string>
#include <vector>

namespace etalon::study {

// One replicate: I(X;T) and I(T;Y) in nats, one of each for every look.
struct Trajectory {
  std::vector<double> i_x, i_y;
};

struct PhaseRule {
  double k = 4;              // standard errors
  double negligible = 0.05;  // of the peak
};

enum class Phases { shown, refuted, not_shown, noise };
constexpr const char* to_string(Phases p) {
  constexpr const char* kNames[] = {"shown", "refuted", "not shown", "noise"};
  return kNames[static_cast<int>(p)];
}

// The mean over replicates and its standard error, sqrt(sum (x - mean)^2 / (n (n - 1))).
struct MeanAndError {
  double mean = 0, error = 0;
  bool is_above(double level, double k) const { return mean - level > k * error; }
  bool is_below(double level, double k) const { return level - mean > k * error; }
};
// Error: fewer than 2 numbers.
MeanAndError mean_and_error(const std::vector<double>& x);

struct PhaseVerdict {
  Phases verdict = Phases::noise;
  long peak = 0;            // the look at which the mean I(X;T) over all replicates is largest
  double peak_i_x = 0;      // that mean, nats
  MeanAndError rise, fall;  // nats
  MeanAndError gain;        // I(T;Y) at the end - at the beginning
};

// Error: fewer than 3 replicates (the others must have a mean, and the mean an error); different or no looks; a NaN.
PhaseVerdict judge_phases(const std::vector<Trajectory>& replicates, const PhaseRule& rule = {});

// True if the fall stands above the control's by k standard errors of the difference.
bool attributed(const PhaseVerdict& trained, const PhaseVerdict& control, const PhaseRule& rule = {});

}  // namespace etalon::study
