// SPDX-License-Identifier: Apache-2.0
// heads.h — grouped heads as tall matrices.
//
// Query head h reads key and value head h / (H/Hk): the H/Hk query heads of one group lie side by side in a tensor
// [B, H, T, C]. So the group is ONE matrix of (H/Hk) T rows, members in increasing order, and a sum over
// "the members of the group, then their rows" is one product over its rows: one fma chain.
// Hk = H (a group of one) is ordinary attention, Hk = 1 is multi-query attention.
#pragma once

#include "op/page.h"

namespace etalon::op {

// The i-th of n_groups = B Hk matrices: (H/Hk) T rows for a tensor of query heads, T rows for one of kv heads.
template <class S>
Matrix<const S> group(const Tensor<S>& x, long n_groups, long i) {
  const long n_rows = x.n_rows() / n_groups;
  return {x.data() + i * n_rows * x.n_cols(), n_rows, x.n_cols(), x.n_cols(), 1};
}
template <class S>
Matrix<S> group(Tensor<S>& x, long n_groups, long i) {
  const long n_rows = x.n_rows() / n_groups;
  return {x.data() + i * n_rows * x.n_cols(), n_rows, x.n_cols(), x.n_cols(), 1};
}

// Refuses query heads [B, H, T, ...] and kv heads [B, Hk, T, ...] that do not go together.
inline void require_groups(const char* op, const Shape& queries, const Shape& kv) {
  const auto positive = [](const Shape& s) {
    for (const long extent : s.extents())
      if (extent < 1) return false;
    return s.rank() == 4;
  };
  if (!positive(queries) || !positive(kv) || queries[0] != kv[0] || queries[2] != kv[2])
    throw Error(std::string("op.") + op, "[B, H, T, ...] and [B, Hk, T, ...] with one B and one T, no extent 0",
                to_string(queries) + " and " + to_string(kv), "split the heads first: [B, T, C] becomes [B, H, T, C/H]");
  if (queries[1] % kv[1] != 0)
    throw Error(std::string("op.") + op, "a number of kv heads that divides the " + std::to_string(queries[1]) + " query heads",
                std::to_string(kv[1]), "every kv head serves the same number of query heads: check n_kv_heads");
}

// |x|, entry by entry, for the bounds.
inline Tensor<double> magnitude(Tensor<double> x) {
  for (long i = 0; i < x.size(); ++i) x[i] = abs(x[i]);
  return x;
}

// Inputs for cases: (step i mod 23 + offset)/10, a different number in every head, row and column.
inline Tensor<double> ramp(const Shape& shape, long step, long offset) {
  Tensor<double> x(shape);
  for (long i = 0; i < x.size(); ++i) x[i] = ratio<double>(step * i % 23 + offset, 10);
  return x;
}

}  // namespace etalon::op
