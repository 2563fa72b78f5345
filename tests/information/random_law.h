// SPDX-License-Identifier: Apache-2.0
// random_law.h — random joint laws, critics and rows for the laws of this room; the trial number is the seed.
#pragma once

#include <string_view>
#include <vector>

#include "information/law/joint.h"
#include "tensor/random.h"

namespace etalon::information {

// [n_x, n_y]; each entry is 0 with probability `zeros`, else u^3 for a uniform u, scaled to sum to 1.
inline Joint random_law(std::uint64_t seed, long n_x, long n_y, double zeros) {
  const Stream stream(seed, "law");
  Tensor<double> p(Shape{n_x, n_y});
  double total = 0;
  for (long i = 0; i < p.size(); ++i) {
    const double u = stream.uniform(2 * i);
    p[i] = i > 0 && stream.uniform(2 * i + 1) < zeros ? 0 : u * u * u + 1e-4;
    total += p[i];
  }
  for (long i = 0; i < p.size(); ++i) p[i] = p[i] / total;
  return Joint(std::move(p));
}

// [n, n_cols]: rows that are laws, no entry 0.
inline Tensor<double> random_rows(std::uint64_t seed, std::string_view name, long n, long n_cols) {
  const Stream stream(seed, name);
  Tensor<double> q(Shape{n, n_cols});
  for (long x = 0; x < n; ++x) {
    double total = 0;
    for (long y = 0; y < n_cols; ++y) total += q[x * n_cols + y] = stream.uniform(x * n_cols + y) + 0.05;
    for (long y = 0; y < n_cols; ++y) q[x * n_cols + y] = q[x * n_cols + y] / total;
  }
  return q;
}

}  // namespace etalon::information
