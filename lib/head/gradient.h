// SPDX-License-Identifier: Apache-2.0
// gradient.h — the gradient of the loss with respect to the logits, where the backward pass of a language model begins.
//
//   L = H W^T,   P = softmax of each row of L,   loss = -(1/N) sum_i ln P_{i, y_i},
//
//   G = dloss/dL,   G_ij = (P_ij - [j = y_i]) / N
//
// SHAPES   W [V, D] the head, H [N, D] what enters it, y [N] the targets -> L, G [N, V]. Every row of G sums to 0.
//
// CARE     P_iy - 1 loses its digits as the model grows confident (P_iy -> 1). The same number is less the probability of
//          everything else, and a sum of positive terms loses nothing:
//
//            G_iy = -(sum_{j != y} e_j) / (Z N),   e_j = exp(L_ij - max_k L_ik),   Z = sum_j e_j.
//
//          For the same reason -ln P_iy is log1p(sum_{j != y} e_j) where y is the largest logit.
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "scalar/scalar.h"
#include "tensor/matmul.h"
#include "tensor/sum.h"
#include "tensor/tensor.h"

namespace etalon::head {

inline constexpr std::int64_t kIgnored = -100;  // a target that does not count, as in PyTorch

// The positions that count: ignored ones taken out.
template <class S = double>
struct Positions {
  Tensor<S> h;                // [N, D]
  std::vector<long> targets;  // [N], each in [0, V)
  long n_ignored = 0;
};

// Checks W [V, D], H [..., D] and one target per row of H, and takes the ignored ones out.
// ERRORS: shapes that do not fit, an extent of 0, NaN or infinity in W or in a counted row of H, a target outside [0, V), nothing
// but ignored targets.
template <Scalar S>
Positions<S> counted_positions(const Tensor<S>& w, const Tensor<S>& h, const std::vector<std::int64_t>& targets);

// Error: an entry of the logits that is not finite, with its position.
template <Scalar S>
void require_finite_logits(const Tensor<S>& l);

namespace detail {

void require_shapes(const Shape& w, const Shape& h, std::size_t n_targets);
void require_target(std::size_t position, std::int64_t target, long vocabulary);
[[noreturn]] void refuse_entry(const char* name, long row, double entry, long column);
[[noreturn]] void refuse_logit(double logit, long position);
[[noreturn]] void refuse_all_ignored(std::size_t n_targets);

// `name` is "W" or "H". What is not finite in a ball's midpoint is refused here; a ball that grew too wide shows in the answer.
template <Scalar S>
void require_finite(const char* name, long row, const S* x, long n) {
  for (long j = 0; j < n; ++j)
    if (!std::isfinite(midpoint(x[j]))) refuse_entry(name, row, midpoint(x[j]), j);
}

}  // namespace detail

template <Scalar S>
Positions<S> counted_positions(const Tensor<S>& w, const Tensor<S>& h, const std::vector<std::int64_t>& targets) {
  // Require shapes that fit, and a finite W
  detail::require_shapes(w.shape(), h.shape(), targets.size());
  const long v = w.n_rows(), d = w.n_cols();
  for (long i = 0; i < v; ++i) detail::require_finite("W", i, w.data() + i * d, d);

  // Copy each row of H that counts, once it is known to be finite and its target to be a token
  Positions<S> counted;
  std::vector<S> rows;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == kIgnored) continue;
    detail::require_target(i, targets[i], v);
    const S* const h_i = h.data() + static_cast<long>(i) * d;
    detail::require_finite("H", static_cast<long>(i), h_i, d);
    rows.insert(rows.end(), h_i, h_i + d);
    counted.targets.push_back(static_cast<long>(targets[i]));
  }

  // Refuse a batch in which nothing counts
  const long n = static_cast<long>(counted.targets.size());
  counted.n_ignored = static_cast<long>(targets.size()) - n;
  if (n == 0) detail::refuse_all_ignored(targets.size());
  counted.h = Tensor<S>(Shape{n, d}, std::move(rows));
  return counted;
}

template <Scalar S>
void require_finite_logits(const Tensor<S>& l) {
  for (long i = 0; i < l.size(); ++i)
    if (!std::isfinite(midpoint(l[i]))) detail::refuse_logit(midpoint(l[i]), i / l.n_cols());
}

template <class S>
struct LogitGradient {
  Tensor<S> g;     // [N, V]
  Tensor<S> loss;  // [N]: -ln P_{i, y_i}, in nats, not divided by N
};

// L = H W^T: W [V, D], H [N, D] -> [N, V].
template <Scalar S>
Tensor<S> logits(const Tensor<S>& w, const Tensor<S>& h) {
  Tensor<S> l = Tensor<S>::to_fill(Shape{h.n_rows(), w.n_rows()});
  matmul<S>(h.rows(), w.rows().transposed(), l.rows());
  return l;
}

// Turns logits [N, V] into G and the losses. `targets` [N], each in [0, V). No errors.
template <Scalar S>
LogitGradient<S> logit_gradient(Tensor<S> logits, const std::vector<long>& targets) {
  const long n = logits.n_rows(), v = logits.n_cols();
  Tensor<S> loss = Tensor<S>::to_fill(Shape{n});
  for (long i = 0; i < n; ++i) {
    S* const row = logits.data() + i * v;
    const long y = targets[i];

    // Shift by the largest logit: any shift gives the same P, so midpoint() may choose it
    double m = midpoint(row[0]);
    for (long j = 1; j < v; ++j) m = m < midpoint(row[j]) ? midpoint(row[j]) : m;
    const S below = S(m) - row[y];
    for (long j = 0; j < v; ++j) row[j] = exp(row[j] - S(m));

    // Sum Z, everything but the target and then the target, and take the loss:  (m - L_iy) + ln Z
    const S others = ordered_sum<S>(v - 1, [&](long k) { return row[k < y ? k : k + 1]; });
    const S z = others + row[y];
    const bool y_is_largest = midpoint(below) == 0;  // both readings are exact identities; the choice only saves digits
    loss[i] = below + (y_is_largest ? log1p(others + expm1(-below)) : log(z));

    // Divide once, by Z N
    const S scale = z * S(static_cast<double>(n));
    for (long j = 0; j < v; ++j) row[j] = row[j] / scale;
    row[y] = -(others / scale);
  }
  return {std::move(logits), std::move(loss)};
}

}  // namespace etalon::head
