// SPDX-License-Identifier: Apache-2.0
// rate.h — the bottleneck curve I_Y(R), the most that T can know about Y at R nats about X, between two envelopes.
//
// UPPER    Every certified minimum is a line that no encoder crosses: I(X;T) - beta I(T;Y) >= V_L(beta). So
//          I_Y(R) <= min_beta (R - V_L(beta)) / beta, and <= R, and <= I(X;Y).
// LOWER    Every encoder is a point that is reached. So is what lies between two of them: choose one or the other at random, and
//          let T say which. Its I(X;T) and I(T;Y) are the averages. The lower envelope is the concave hull of the points found.
//
// MIXTURE  Where the curve has a straight piece (first-order jumps, erasure channels, Y = f(X)), no beta gives the points inside
//          it: minimising L at any beta lands on its ends. A solver that only minimises L, or that caps |T| at |X|, misses them;
//          a mixture is exact.
//
// ROUNDING The ends of every bracket are rounded outward (scalar/interval.h).
//
// SOURCE   Witsenhausen & Wyner 1975 (the curve is concave, the dual lines); Zaslavsky, Kemp, Regier & Tishby 2018 (the distance
//          of an encoder from the bound); Kim, Gao, Kannan, Oh & Viswanath 2017 (the critical beta as a maximum of
//          I(T;Y)/I(X;T)).
#pragma once

#include <vector>

#include "information/bottleneck/bottleneck.h"

namespace etalon::information {

// (I(X;T), I(T;Y)) of an encoder, its rows divided by their sums, each certainly between two numbers.
struct EnclosedPlane {
  Bracket i_x, i_y;
};
EnclosedPlane enclosed_plane(const Joint& joint, const Tensor<double>& encoder);

class BottleneckEnvelope {
 public:
  explicit BottleneckEnvelope(const Joint& joint);  // knows the two ends: nothing kept, everything kept

  // The encoder's point for the lower side, its certified line for the upper one.
  void add(const BottleneckPoint& point);

  // I_Y(rate). Error: a rate that is negative or NaN.
  Bracket at(Nats rate) const;

  // What the upper side of at(rate) would be if the largest c that was met were the largest there is: an estimate where nothing is proved.
  Estimate found_above(Nats rate) const;

  // A line that is proved of all encoders: I(X;T) - beta I(T;Y) >= least.
  void add_line(double beta, Nats least, long cells);

 private:
  struct Reached {
    double i_x, i_y;  // at most, at least
  };
  struct Line {
    double beta, least;  // V_L
  };
  static double lowest(const std::vector<Line>& lines, double rate, double most);
  Joint joint_;
  double most_;  // I(X;Y), rounded up
  std::vector<Reached> hull_;
  std::vector<Line> lines_, found_;
  long proved_ = 0;
};
BottleneckEnvelope envelope(const Joint& joint, const std::vector<BottleneckPoint>& points);

// The optimum at a rate: one encoder, or two mixed.
struct FixedRate {
  Nats rate;
  Bracket i_y;                // I_Y(rate)
  Estimate found_above;       // beyond |Y| = 4, where the upper side of i_y says little: what the search suggests for it
  double beta = 0;            // the slope dR/dI_Y there
  double share = 1;           // of `high` in the mixture; 1 where one encoder has the rate itself
  BottleneckPoint low, high;  // I(X;T) of low <= rate <= I(X;T) of high
  Tensor<double> encoder;     // the mixture, [X, T_low + T_high], or that of `high`
};

// The gap of i_y closes to about 1e-13 where |Y| <= 4 and the certificate ends within setting.max_cells. Error: a rate that is negative or NaN.
FixedRate bottleneck_at_rate(const Joint& joint, Nats rate, const BottleneckSetting& setting = {});

// How far below the curve an encoder lies: I_Y(I(X;T)) - I(T;Y) = min_beta (L_beta[q] - V_beta) / beta.
struct DistanceFromCurve {
  EnclosedPlane plane;
  Bracket deficit;  // >= 0
  double beta = 0;  // of the curve above the encoder: where the minimum over beta is
};
DistanceFromCurve distance_from_curve(const Joint& joint, const Tensor<double>& encoder, const BottleneckSetting& setting = {});

// The least beta at which anything is kept: min over encoders of I(X;T) / I(T;Y).
struct CriticalBeta {
  double beta = 0;
  bool first_order = false;  // a jump to `jump`; else the optimum leaves (0, 0) continuously, at 1/rho^2
  BottleneckPoint jump;      // at beta, beyond the jump: L = 0
};
CriticalBeta critical_beta(const Joint& joint, const BottleneckSetting& setting = {});

// All optima at one beta: I(X;T) from `low` to `high`, and I(T;Y) with it along a line of slope 1/beta. The two are one except at a
// degenerate beta; there they are the limits from both sides, by extrapolation, to about 1e-12.
struct OptimalRange {
  InformationPlane low, high;
  Degeneracy degeneracy = Degeneracy::none;
};
OptimalRange optimal_range(const Joint& joint, double beta, const BottleneckSetting& setting = {});

}  // namespace etalon::information
