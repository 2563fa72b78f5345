// SPDX-License-Identifier: Apache-2.0
// joint.h — a finite joint law p(x, y), checked once.
//
// A table that does not sum to 1 is an error in whoever made it: it is refused, never rescaled. The tolerance only lets
// decimal input and rounding through; what is left of it, s - 1, is kept out of the information (entropy.h).
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace etalon::information {

class Joint {
 public:
  // Wider than the rounding of 2^24 doubles that were meant to sum to 1, narrower than ten-digit input with a slip.
  static constexpr double kTolerance = 1e-9;

  // SHAPES  p [X, Y], X, Y >= 1. ERRORS  another rank; an entry that is negative, NaN or infinite, with its place;
  // a sum further than kTolerance from 1.
  explicit Joint(Tensor<double> p);

  const Tensor<double>& p() const { return p_; }
  long n_x() const { return p_.n_rows(); }
  long n_y() const { return p_.n_cols(); }
  double operator()(long x, long y) const { return p_[x * n_y() + y]; }

  double total() const { return total_; }                  // s, within kTolerance of 1
  const std::vector<double>& p_x() const { return p_x_; }  // row sums
  const std::vector<double>& p_y() const { return p_y_; }  // column sums

  Joint transposed() const;

 private:
  Tensor<double> p_;
  double total_;
  std::vector<double> p_x_, p_y_;
};

}  // namespace etalon::information
