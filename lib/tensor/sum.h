// SPDX-License-Identifier: Apache-2.0
// sum.h — the only place where numbers are added up.
//
// (a + b) + c and a + (b + c) round differently, so the order of a sum is part of its meaning. Ours
// is the order a student would write: left to right. Every sum of this library is one of these two;
// nothing may call Eigen's sum(), dot() or operator*, whose order follows the vector unit.
//
// Left to right is not slow: keep each sum in order and run the vector unit ACROSS sums
// (tensor/matmul.h): the same bits, many times the speed.
#pragma once

#include "scalar/scalar.h"

namespace etalon {

// f(0) + f(1) + ... + f(n-1), in that order; S(0) when n = 0. -0 + -0 stays -0: nothing is prepended.
template <class S, class F>
S ordered_sum(long n, F f) {
  if (n == 0) return S(0.0);
  S total = f(0);
  for (long i = 1; i < n; ++i) total = total + f(i);
  return total;
}

// fma(a(n-1), b(n-1), ... fma(a(0), b(0), +0)): one fused multiply-add per term, increasing index, from +0.
template <class S, class A, class B>
S product_sum(long n, A a, B b) {
  S total(0.0);
  for (long i = 0; i < n; ++i) total = fma(a(i), b(i), total);
  return total;
}

}  // namespace etalon
