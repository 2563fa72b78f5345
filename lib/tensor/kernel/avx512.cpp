// The blocked product for AVX-512F: 8 x 24 doubles (8 x 48 floats) in 24 of 32 registers. CMakeLists.txt
// compiles this file, and only it, with -mavx512f.
#include "tensor/kernel/blocked.h"

#ifdef __AVX512F__
#include <immintrin.h>

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

constexpr Kernel kKernel = {"avx512", workspace<Doubles>, workspace<Floats>, multiply<Doubles>, multiply<Floats>};

}  // namespace

const Kernel* avx512() { return &kKernel; }

}  // namespace etalon::kernel
#else
namespace etalon::kernel {
const Kernel* avx512() { return nullptr; }
}  // namespace etalon::kernel
#endif
