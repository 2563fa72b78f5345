// SPDX-License-Identifier: Apache-2.0
// case.h — small heads to test on: entries of a few bits, so that products with small integers stay exact.
#pragma once

#include <cmath>

#include "head/diagnose.h"
#include "scalar/ball.h"
#include "tensor/random.h"

namespace etalon::head {

struct SmallHead {
  Tensor<double> w, h;
  std::vector<std::int64_t> targets;
  std::vector<long> counted() const { return {targets.begin(), targets.end()}; }
};

// Multiples of 1/16 in about [-2, 2].
inline Tensor<double> coarse(const Stream& stream, Shape shape) {
  Tensor<double> x(shape);
  for (long i = 0; i < x.size(); ++i) x[i] = (static_cast<double>(stream.below(65, i)) - 32) / 16;
  return x;
}

inline SmallHead small_head(std::uint64_t seed, long v, long d, long n) {
  SmallHead c{coarse(Stream(seed, "W"), {v, d}), coarse(Stream(seed, "H"), {n, d}), {}};
  const Stream stream(seed, "targets");
  for (long i = 0; i < n; ++i) c.targets.push_back(static_cast<std::int64_t>(stream.below(v, i)));
  return c;
}

// W = 0: P is uniform whatever H is, and G is known in closed form.
inline SmallHead uniform_head(long v, long d, std::vector<std::int64_t> targets) {
  const long n = static_cast<long>(targets.size());
  return {Tensor<double>(Shape{v, d}), coarse(Stream(1, "H"), {n, d}), std::move(targets)};
}

template <class S>
LogitGradient<S> gradient_of(const SmallHead& c) {
  return logit_gradient(logits(as<S>(c.w), as<S>(c.h)), c.counted());
}

template <class S>
Projection<S> projection_of(const SmallHead& c) {
  return project(gradient_of<S>(c).g, orthonormal_basis<S>(as<S>(c.w).rows().transposed()),
                 orthonormal_basis<S>(as<S>(c.h).rows().transposed()));
}

inline Tensor<double> product(const Tensor<double>& a, const Tensor<double>& b) {
  Tensor<double> c(Shape{a.n_rows(), b.n_cols()});
  matmul<double>(a.rows(), b.rows(), c.rows());
  return c;
}

}  // namespace etalon::head
