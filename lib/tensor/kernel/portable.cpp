// SPDX-License-Identifier: Apache-2.0
// The blocked product in plain C++: fma is one instruction where the compiler's target has it (aarch64, s390x,
// power), and a call to the C library's correctly rounded fma where it has not (x86-64 without FMA): slow there, and the same bits.
#include "scalar/exact.h"
#include "tensor/kernel/blocked.h"
#include "tensor/kernel/rows.h"

namespace etalon::kernel {
namespace {

inline double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

// Lanes that the compiler may put into whatever vector it knows.
template <class T, int kWidth>
struct Lanes {
  using Real = T;
  struct Register {
    T lane[kWidth];
  };
  static constexpr int kLanes = kWidth, kRows = 4, kVectors = 2;
  static Register zero() { return {}; }
  static Register load(const T* p) {
    Register x;
    for (int l = 0; l < kWidth; ++l) x.lane[l] = p[l];
    return x;
  }
  static void store(T* p, Register x) {
    for (int l = 0; l < kWidth; ++l) p[l] = x.lane[l];
  }
  static Register broadcast(const T* p) {
    Register x;
    for (int l = 0; l < kWidth; ++l) x.lane[l] = *p;
    return x;
  }
  static Register fma(Register a, Register b, Register c) {
    Register x;
    for (int l = 0; l < kWidth; ++l) x.lane[l] = fused(a.lane[l], b.lane[l], c.lane[l]);
    return x;
  }
  static Register sub(Register a, Register b) {
    for (int l = 0; l < kWidth; ++l) a.lane[l] = a.lane[l] - b.lane[l];
    return a;
  }
  static Register mul(Register a, Register b) {
    for (int l = 0; l < kWidth; ++l) a.lane[l] = a.lane[l] * b.lane[l];
    return a;
  }
  static Register div(Register a, Register b) {
    for (int l = 0; l < kWidth; ++l) a.lane[l] = a.lane[l] / b.lane[l];
    return a;
  }
  static Register max(Register a, Register b) {
    for (int l = 0; l < kWidth; ++l) a.lane[l] = a.lane[l] > b.lane[l] ? a.lane[l] : b.lane[l];
    return a;
  }
  static Register exp(Register x) {
    for (int l = 0; l < kWidth; ++l) x.lane[l] = Sleef_finz_expd1_u10purecfma(x.lane[l]);
    return x;
  }
  static Register surprise(Register x) {
    for (int l = 0; l < kWidth; ++l) x.lane[l] = x.lane[l] == 0 ? 0 : -(x.lane[l] * Sleef_finz_logd1_u10purecfma(x.lane[l]));
    return x;
  }
};

using Doubles = Lanes<double, 4>;
using Floats = Lanes<float, 8>;
#ifdef __x86_64__
constexpr const char* kName = "sse2";  // the least that every x86-64 has, and all that this file is compiled for
#else
constexpr const char* kName = "portable";
#endif
constexpr Kernel kKernel = {
    kName, workspace<Doubles>, workspace<Floats>, multiply<Doubles>, multiply<Floats>, softmax_rows<Doubles>, unit_rows<Doubles>};

}  // namespace

const Kernel* portable() { return &kKernel; }

}  // namespace etalon::kernel
