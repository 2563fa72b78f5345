// SPDX-License-Identifier: Apache-2.0
// problem.h — a joint law as the bottleneck sees it: nothing impossible, no row twice, and an order of its own.
//
// MERGED    Rows x with one W_x = p(.|x) are one row with their probabilities added. Exact: no encoder gains by telling them
//           apart, since I(T;Y) depends on q(t|x) only through sum p_x q(t|x) W_x.
//
// ORDERED   Sums round differently in another order, so a law whose symbols are permuted would be solved to other last bits. Rows
//           and columns are therefore put into an order that depends on their probabilities alone: refined by what they hold and
//           by where they hold it, until nothing new is told apart. What stays equal then is exchanged by a symmetry of the law.
//
// SOURCE    The order: colour refinement, Weisfeiler & Leman 1968.
#pragma once

#include <vector>

#include "information/law/joint.h"

namespace etalon::information {

// Weights q_t >= 0 and centres r_t = p(.|t): what the encoder at a price beta follows from.
struct Clusters {
  std::vector<double> weight;  // [T]
  Tensor<double> centre;       // [T, Y]
};

struct BottleneckProblem {
  explicit BottleneckProblem(const Joint& given);

  Joint joint;                   // every possible x and y, in canonical order, not merged: what is proved is proved of this
  std::vector<double> p_x, p_y;  // [X'] of the merged rows, [Y']
  Tensor<double> p;              // p(x, y) of the merged rows [X', Y']
  Tensor<double> w;              // W_x [X', Y']
  std::vector<double> minus_h;   // sum_y W ln W [X']
  std::vector<long> row_of;      // x of the given law -> its merged row, -1 if it never happens
  std::vector<long> merged_of;   // row of `joint` -> its merged row
  std::vector<long> y_of;        // column -> y of the given law
  long n_given_y = 0;

  // Weights and centres over the given law's own y, and over the problem's columns. Error: no clusters; centres of another width.
  Clusters own(const Clusters& ordered) const;
  Clusters ordered(const Clusters& own) const;

  // q(t|x) of the merged rows -> of the given law's own x; an x that never happens gets the weights.
  Tensor<double> own_encoder(const Tensor<double>& q, const std::vector<double>& weight) const;

  // Pieces that share no y: where there are several, X and Y know a common thing exactly (Gacs & Koerner 1973).
  long n_components() const;

  long n_x() const { return static_cast<long>(p_x.size()); }
  long n_y() const { return static_cast<long>(p_y.size()); }
};

}  // namespace etalon::information
