// SPDX-License-Identifier: Apache-2.0
// rate_distortion.h — how few nats describe X when T may differ from it by D on average; between two bounds that close on it.
//
//   R(D) = min over channels q(t|x) with E d(X, T) <= D of I(X;T)
//
// At a price beta per unit of distortion, with any weights q_t on the reproduction letters,
//
//   Z_x = sum_t q_t e^{-beta d(x,t)}        c_t = sum_x p_x e^{-beta d(x,t)} / Z_x        q_t <- q_t c_t
//
//   -sum_x p_x ln Z_x - ln max_t c_t  <=  min (I(X;T) + beta D)  <=  -sum_x p_x ln Z_x
//
// so that every beta gives a line, lower - beta D, below which R nowhere comes; and every channel gives a point (D, R) that is
// reached, and with two of them the chord between. Between the best line and the best chord lies R(D).
//
// STOP       when ln max c <= tolerance. Newton steps between the sweeps (blahut.h) get there in dozens of evaluations.
//
// D GIVEN    The next beta is the slope of the chord over D: its line either cuts the chord, and the piece that holds D is the
//            next chord, or it is the chord, and R is straight there. A straight piece ends the search; it cannot trap it.
//
// ENDS       D >= min_t E d(X, t): one letter says everything, R = 0. D = E min_t d(X, t): beta = infinity, where e^{-beta d} is
//            kept for the nearest letters of each x only. Below that no channel exists: R is infinite, and says so.
//
// INFINITE   d(x, t) = +infinity forbids the pair at every beta, 0 included.
//
// ROUNDING   p that sums to s, within Joint::kTolerance of 1, is read as the law p/s. d is taken off its least in the row,
//            so that no beta, however large, makes Z_x underflow.
//
// SOURCE     Blahut 1972, section IV; Csiszar 1974 (the lower bound); Berger 1971 for the curve.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "information/law/quantity.h"
#include "tensor/tensor.h"

namespace etalon::information {

struct RateDistortionSetting {
  double tolerance = 1e-15;  // nats
  long max_sweeps = 100000;  // for each beta
};

// The best test channel at one price.
struct RateDistortionPoint {
  double beta = 0;
  Bracket minimum;  // of I(X;T) + beta D; at beta = infinity of I(X;T) among the channels of least D
  Nats rate;        // I(X;T) and E d(X,T) of `channel`: a point that is reached
  double distortion = 0;
  std::vector<double> weight;  // q [T]
  Tensor<double> channel;      // q(t|x) [X, T]; where p_x = 0 it is q
  bool converged = false;      // the gap closed to the tolerance
};

// SHAPES   p [X], a law; d [X, T]. ERRORS   p is no law; d of another shape, with an entry that is NaN or -infinity, or a row
// of an x that happens all of whose entries are infinite; beta negative, NaN (+infinity is the least distortion), or so large that
// beta D is not finite; a tolerance that is negative or NaN.
RateDistortionPoint rate_distortion(std::span<const double> p, const Tensor<double>& d, double beta,
                                    const RateDistortionSetting& setting = {});

// One point for each beta, as above. Error also: no betas.
std::vector<RateDistortionPoint> rate_distortion_curve(std::span<const double> p, const Tensor<double>& d,
                                                       const std::vector<double>& betas, const RateDistortionSetting& setting = {});

// What points of one curve prove of R at another D: the best of their lines and of their chords. The upper side is infinite,
// and says why, where no point has a distortion <= D. Error: no points; D is NaN.
Bracket rate_between(const std::vector<RateDistortionPoint>& points, double distortion);

struct RateAtDistortion {
  Bracket rate;     // R(D)
  double beta = 0;  // minus the slope of R at D: of the line that proves the lower side; 0 beyond the largest useful D
  bool converged = false;
};
// R at D, to setting.tolerance between the two sides, or as near as rounding lets them. Errors as above, and D NaN.
RateAtDistortion rate_at_distortion(std::span<const double> p, const Tensor<double>& d, double distortion,
                                    const RateDistortionSetting& setting = {});

// E min_t d(X, t), below which no channel comes; and min_t E d(X, t), which needs no information (infinite if each letter is
// forbidden to some x).
struct DistortionRange {
  double least, most;
};
DistortionRange distortion_range(std::span<const double> p, const Tensor<double>& d);

}  // namespace etalon::information
