// SPDX-License-Identifier: Apache-2.0
// require_law.h — is this a law, are these rows laws?
#pragma once

#include <string>
#include <vector>

#include "base/bits.h"
#include "base/error.h"
#include "information/law/joint.h"
#include "tensor/sum.h"

namespace etalon::information {

template <class S>
std::string printed(const S& x) {
  return shortest(midpoint(x));
}

// n numbers >= 0 that sum to 1 within Joint::kTolerance, at[0], at[1], ...; `what` and `row` stand in the message.
template <class S>
void require_law(const char* where, const char* what, const S* at, long n, long row = -1) {
  const std::string place = row < 0 ? "" : " in row " + std::to_string(row);
  for (long i = 0; i < n; ++i)
    if (!decided_less(S(-0x1p-1074), at[i], where) || !decided_less(at[i], S(1 + 2 * Joint::kTolerance), where))
      throw Error(where, std::string(what) + " with probabilities in [0, 1]", printed(at[i]) + " at " + std::to_string(i) + place,
                  "counts must be divided by their total, logits pass through softmax");
  const S total = ordered_sum<S>(n, [&](long i) { return at[i]; });
  if (!decided_less(S(1 - Joint::kTolerance), total, where) || !decided_less(total, S(1 + Joint::kTolerance), where))
    throw Error(where, std::string(what) + " that sums to 1 (within 1e-9)", printed(total) + place,
                "laws are never rescaled: divide by the total first");
}

// table [p_x.size(), n_cols]: each row with p_x > 0 is a law.
template <class S>
void require_conditional(const char* where, const char* what, const std::vector<double>& p_x, long n_cols, const Tensor<S>& table) {
  const long n_x = static_cast<long>(p_x.size());
  if (table.shape() != Shape{n_x, n_cols})
    throw Error(where, std::string(what) + " of shape " + to_string(Shape{n_x, n_cols}), to_string(table.shape()),
                "one row for each condition, in the order of the joint law");
  for (long x = 0; x < n_x; ++x)
    if (p_x[x] > 0) require_law(where, what, table.data() + x * n_cols, n_cols, x);
}

}  // namespace etalon::information
