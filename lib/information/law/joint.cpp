// SPDX-License-Identifier: Apache-2.0
#include "information/law/joint.h"

#include "base/bits.h"
#include "base/error.h"
#include "tensor/sum.h"

namespace etalon::information {

Joint::Joint(Tensor<double> p) : p_(std::move(p)) {
  if (p_.shape().rank() != 2 || p_.size() < 1)
    throw Error("information.joint", "p [X, Y] with at least one entry", to_string(p_.shape()),
                "one row for each x, one column for each y");
  for (long i = 0; i < p_.size(); ++i)
    if (!(p_[i] >= 0 && p_[i] <= 1 + kTolerance))
      throw Error("information.joint", "probabilities in [0, 1]",
                  shortest(p_[i]) + " at [" + std::to_string(i / n_y()) + ", " + std::to_string(i % n_y()) + "]",
                  "counts must be divided by their total first");
  for (long x = 0; x < n_x(); ++x) p_x_.push_back(ordered_sum<double>(n_y(), [&](long y) { return (*this)(x, y); }));
  for (long y = 0; y < n_y(); ++y) p_y_.push_back(ordered_sum<double>(n_x(), [&](long x) { return (*this)(x, y); }));
  total_ = ordered_sum<double>(n_x(), [&](long x) { return p_x_[x]; });
  if (!(abs(total_ - 1) <= kTolerance))
    throw Error("information.joint", "a sum of 1 (within 1e-9)", shortest(total_),
                "joint laws are never rescaled: divide counts by their total, or give more digits");
}

Joint Joint::transposed() const {
  auto t = Tensor<double>::to_fill(Shape{n_y(), n_x()});
  for (long x = 0; x < n_x(); ++x)
    for (long y = 0; y < n_y(); ++y) t[y * n_x() + x] = (*this)(x, y);
  return Joint(std::move(t));
}

}  // namespace etalon::information
