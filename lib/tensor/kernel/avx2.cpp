// SPDX-License-Identifier: Apache-2.0
// The blocked product for AVX2 with FMA: 4 x 12 doubles (4 x 24 floats) in 12 of 16 registers; rows 4 entries at a time.
// CMakeLists.txt compiles this file, and only it, with -mavx2 -mfma.
#include "tensor/kernel/blocked.h"
#include "tensor/kernel/rows.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

// Four lanes of scalar/exact.h's exp and log.
extern "C" __m256d Sleef_finz_expd4_u10avx2(__m256d);
extern "C" __m256d Sleef_finz_logd4_u10avx2(__m256d);

namespace etalon::kernel {
namespace {

struct Doubles {
  using Real = double;
  using Register = __m256d;
  static constexpr int kLanes = 4, kRows = 4, kVectors = 3;
  static Register zero() { return _mm256_setzero_pd(); }
  static Register load(const double* p) { return _mm256_loadu_pd(p); }
  static void store(double* p, Register x) { _mm256_storeu_pd(p, x); }
  static Register broadcast(const double* p) { return _mm256_broadcast_sd(p); }
  static Register fma(Register a, Register b, Register c) { return _mm256_fmadd_pd(a, b, c); }
  static Register sub(Register a, Register b) { return _mm256_sub_pd(a, b); }
  static Register mul(Register a, Register b) { return _mm256_mul_pd(a, b); }
  static Register div(Register a, Register b) { return _mm256_div_pd(a, b); }
  static Register max(Register a, Register b) { return _mm256_max_pd(a, b); }
  static Register exp(Register x) { return Sleef_finz_expd4_u10avx2(x); }
  static Register surprise(Register x) {
    const Register negative = _mm256_xor_pd(_mm256_mul_pd(x, Sleef_finz_logd4_u10avx2(x)), _mm256_set1_pd(-0.0));
    return _mm256_andnot_pd(_mm256_cmp_pd(x, zero(), _CMP_EQ_OQ), negative);
  }
};

struct Floats {
  using Real = float;
  using Register = __m256;
  static constexpr int kLanes = 8, kRows = 4, kVectors = 3;
  static Register zero() { return _mm256_setzero_ps(); }
  static Register load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Register x) { _mm256_storeu_ps(p, x); }
  static Register broadcast(const float* p) { return _mm256_broadcast_ss(p); }
  static Register fma(Register a, Register b, Register c) { return _mm256_fmadd_ps(a, b, c); }
};

constexpr Kernel kKernel = {"avx2",           workspace<Doubles>,    workspace<Floats>, multiply<Doubles>,
                            multiply<Floats>, softmax_rows<Doubles>, unit_rows<Doubles>};

}  // namespace

const Kernel* avx2() { return &kKernel; }

}  // namespace etalon::kernel
#else
namespace etalon::kernel {
const Kernel* avx2() { return nullptr; }
}  // namespace etalon::kernel
#endif
