// SPDX-License-Identifier: Apache-2.0
// rows.h — rows of unit length and rows of softmax at the speed of the vector unit, with the bits of one number at a time.
//
// What may run side by side: entries of a row where each is worked on alone (division, exp, log), and rows where a sum runs along
// them. What may not: the terms of one sum, which stay left to right. So a step on entries takes kLanes entries of one row,
// and a sum takes kTogether rows, a chain of additions each.
//
// BITS     as the definitions in tensor/rows.h: exp and log are SLEEF's finz family, one lane or eight the same; the rest is
//          rounded once by IEEE 754; a maximum has no rounding.
//
// Included once by each of portable.cpp, avx2.cpp and avx512.cpp, in an anonymous namespace as blocked.h is. Its Vector type says,
// beyond that of blocked.h:  sub, mul, div, max (lane by lane; max(x, NaN) is open), exp, surprise (-x ln x, 0 at 0).
#pragma once

#include "tensor/kernel/kernel.h"

namespace etalon::kernel {
namespace {

constexpr int kTogether = 8;  // chains of additions: as many as hide the time of one

// out_i = (x_i scale_i) / |x_i scale_i|, rows i = 0..n-1 of d numbers; |u|^2 = fma(u, u, ...) from +0, left to right.
template <class V, int R>
void unit_rows_together(const double* x, long d, const double* scale, double* out) {
  // Sum up |u|^2 of each row, u = x scale
  double length2[R] = {};
  for (long k = 0; k < d; ++k)
    for (int r = 0; r < R; ++r) {
      const double u = x[r * d + k] * scale[r];
      length2[r] = __builtin_fma(u, u, length2[r]);
    }

  // Divide each row by its length
  for (int r = 0; r < R; ++r) {
    const double length = __builtin_sqrt(length2[r]);
    const typename V::Register scales = V::broadcast(scale + r), lengths = V::broadcast(&length);
    long k = r * d;
    for (; k + V::kLanes <= (r + 1) * d; k += V::kLanes) V::store(out + k, V::div(V::mul(V::load(x + k), scales), lengths));
    for (; k < (r + 1) * d; ++k) out[k] = x[k] * scale[r] / length;
  }
}

template <class V>
void unit_rows(const double* x, long n, long d, const double* scale, double* out) {
  long i = 0;
  for (; i + kTogether <= n; i += kTogether) unit_rows_together<V, kTogether>(x + i * d, d, scale + i, out + i * d);
  for (; i < n; ++i) unit_rows_together<V, 1>(x + i * d, d, scale + i, out + i * d);
}

// exp(x / eps - its largest) in place; the entries from m to the stride become copies of the first, harmless to what follows.
template <class V>
void exp_row(double* x, long m, long stride, typename V::Register eps) {
  // Divide by eps, and find the largest of each lane
  for (long j = m; j < stride; ++j) x[j] = x[0];
  typename V::Register most = V::div(V::load(x), eps);
  for (long j = 0; j < stride; j += V::kLanes) {
    const typename V::Register scaled = V::div(V::load(x + j), eps);
    V::store(x + j, scaled);
    most = V::max(scaled, most);
  }

  // Take the largest of all lanes off every entry, then exp
  double lanes[V::kLanes];
  V::store(lanes, most);
  for (int l = 1; l < V::kLanes; ++l) lanes[0] = lanes[l] > lanes[0] ? lanes[l] : lanes[0];
  const typename V::Register shift = V::broadcast(lanes);
  for (long j = 0; j < stride; j += V::kLanes) V::store(x + j, V::exp(V::sub(V::load(x + j), shift)));
}

// R rows: softmax in place, entropies to h.
template <class V, int R>
void softmax_rows_together(const Softmax& s, double* x, double* h) {
  // Turn the scores of each row into e_j = exp(x_j / eps - their largest)
  const typename V::Register eps = V::broadcast(&s.eps);
  for (int r = 0; r < R; ++r) exp_row<V>(x + r * s.stride, s.m, s.stride, eps);

  // Add up each row from left to right:  z = sum_j e_j
  double z[R], surprises[R][V::kLanes];
  for (int r = 0; r < R; ++r) z[r] = h[r] = -0.0;  // -0 + a is a, whatever a: the sum begins with its first term
  for (long j = 0; j < s.m; ++j)
    for (int r = 0; r < R; ++r) z[r] = z[r] + x[r * s.stride + j];

  // Divide by z, kLanes entries at a time
  for (long j = 0; j < s.m; j += V::kLanes) {
    for (int r = 0; r < R; ++r) {
      double* const at = x + r * s.stride + j;
      const typename V::Register law = V::div(V::load(at), V::broadcast(z + r));
      V::store(at, law);
      V::store(surprises[r], V::surprise(law));
    }

    // Add their surprises to the entropies from left to right, without those past the end of the row
    const int valid = s.m - j < V::kLanes ? static_cast<int>(s.m - j) : V::kLanes;
    for (int l = 0; l < valid; ++l)
      for (int r = 0; r < R; ++r) h[r] = h[r] + surprises[r][l];
  }
}

template <class V>
void softmax_rows(const Softmax& s) {
  static_assert(kRowStep % V::kLanes == 0);
  long i = 0;
  for (; i + kTogether <= s.n; i += kTogether) softmax_rows_together<V, kTogether>(s, s.x + i * s.stride, s.entropy + i);
  for (; i < s.n; ++i) softmax_rows_together<V, 1>(s, s.x + i * s.stride, s.entropy + i);
}

}  // namespace
}  // namespace etalon::kernel
