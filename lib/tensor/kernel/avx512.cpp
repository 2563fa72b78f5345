// SPDX-License-Identifier: Apache-2.0
// The blocked product for AVX-512F: 8 x 24 doubles (8 x 48 floats) in 24 of 32 registers; rows 8 entries at a time.
// CMakeLists.txt compiles this file, and only it, with -mavx512f.
#include "tensor/kernel/blocked.h"
#include "tensor/kernel/rows.h"

#ifdef __AVX512F__
#include <immintrin.h>

// Eight lanes of scalar/exact.h's exp and log.
extern "C" __m512d Sleef_finz_expd8_u10avx512f(__m512d);
extern "C" __m512d Sleef_finz_logd8_u10avx512f(__m512d);

namespace etalon::kernel {
namespace {

struct Doubles {
  using Real = double;
  using Register = __m512d;
  static constexpr int kLanes = 8, kRows = 8, kVectors = 3;
  static Register zero() { return _mm512_setzero_pd(); }
  static Register load(const double* p) { return _mm512_loadu_pd(p); }
  static void store(double* p, Register x) { _mm512_storeu_pd(p, x); }
  static Register broadcast(const double* p) { return _mm512_set1_pd(*p); }
  static Register fma(Register a, Register b, Register c) { return _mm512_fmadd_pd(a, b, c); }
  static Register sub(Register a, Register b) { return _mm512_sub_pd(a, b); }
  static Register mul(Register a, Register b) { return _mm512_mul_pd(a, b); }
  static Register div(Register a, Register b) { return _mm512_div_pd(a, b); }
  static Register max(Register a, Register b) {
    return _mm512_maskz_max_pd(0xff, a, b);
  }  // gcc 12 finds the unmasked one uninitialised
  static Register exp(Register x) { return Sleef_finz_expd8_u10avx512f(x); }
  static Register surprise(Register x) {
    const Register negative = _mm512_mul_pd(_mm512_mul_pd(x, Sleef_finz_logd8_u10avx512f(x)), _mm512_set1_pd(-1));
    return _mm512_mask_mov_pd(negative, _mm512_cmp_pd_mask(x, zero(), _CMP_EQ_OQ), zero());
  }
};

struct Floats {
  using Real = float;
  using Register = __m512;
  static constexpr int kLanes = 16, kRows = 8, kVectors = 3;
  static Register zero() { return _mm512_setzero_ps(); }
  static Register load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Register x) { _mm512_storeu_ps(p, x); }
  static Register broadcast(const float* p) { return _mm512_set1_ps(*p); }
  static Register fma(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }
};

constexpr Kernel kKernel = {"avx512",         workspace<Doubles>,    workspace<Floats>, multiply<Doubles>,
                            multiply<Floats>, softmax_rows<Doubles>, unit_rows<Doubles>};

}  // namespace

const Kernel* avx512() { return &kKernel; }

}  // namespace etalon::kernel
#else
namespace etalon::kernel {
const Kernel* avx512() { return nullptr; }
}  // namespace etalon::kernel
#endif
