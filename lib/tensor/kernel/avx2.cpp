// The blocked product for AVX2 with FMA: 4 x 12 doubles (4 x 24 floats) in 12 of 16 registers. CMakeLists.txt
// compiles this file, and only it, with -mavx2 -mfma.
#include "tensor/kernel/blocked.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

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

constexpr Kernel kKernel = {"avx2", workspace<Doubles>, workspace<Floats>, multiply<Doubles>, multiply<Floats>};

}  // namespace

const Kernel* avx2() { return &kKernel; }

}  // namespace etalon::kernel
#else
namespace etalon::kernel {
const Kernel* avx2() { return nullptr; }
}  // namespace etalon::kernel
#endif
