// SPDX-License-Identifier: Apache-2.0
// exact.h — elementary functions that have the same bits on every machine.
//
// libm's exp differs between glibc versions and between CPUs; SLEEF's `finz` family does not: it is
// written as one sequence of fused multiply-adds, and gives the same bits whether that sequence runs
// in one lane or in eight. The largest error is 1.0 ulp (below 2^-1000 slightly more: tests/scalar/exact_test.cpp). The library
// takes its elementary functions from here alone: no other file may call std:: mathematics (tests/house/floors_test.cpp looks).
//
// fma and sqrt are exact by IEEE 754 (rounded once), on every machine: they come from the language.
//
// SOURCE   Shibata & Petrogalli 2020, "SLEEF: A portable vectorized library of C standard
//          mathematical functions", section 2.1; docs/arithmetic.md.
#pragma once

#include <cmath>

// sleef.h declares purecfma only where the compiler itself targets FMA; the library always holds it.
#ifdef FP_FAST_FMA
#include <sleef.h>
#else
#define FP_FAST_FMA 1
#include <sleef.h>
#undef FP_FAST_FMA
#endif

namespace etalon {

inline double fma(double a, double b, double c) { return std::fma(a, b, c); }
inline double sqrt(double x) { return std::sqrt(x); }
inline double abs(double x) { return std::fabs(x); }
inline double exp(double x) { return Sleef_finz_expd1_u10purecfma(x); }
inline double expm1(double x) { return Sleef_finz_expm1d1_u10purecfma(x); }
inline double log(double x) { return Sleef_finz_logd1_u10purecfma(x); }
inline double log1p(double x) { return Sleef_finz_log1pd1_u10purecfma(x); }
inline double tanh(double x) { return Sleef_finz_tanhd1_u10purecfma(x); }
inline double erf(double x) { return Sleef_finz_erfd1_u10purecfma(x); }
inline double sin(double x) { return Sleef_finz_sind1_u10purecfma(x); }
inline double cos(double x) { return Sleef_finz_cosd1_u10purecfma(x); }
inline double pow(double x, double y) { return Sleef_finz_powd1_u10purecfma(x, y); }
inline double lgamma(double x) { return Sleef_finz_lgammad1_u10purecfma(x); }

inline float fma(float a, float b, float c) { return std::fma(a, b, c); }
inline float sqrt(float x) { return std::sqrt(x); }
inline float abs(float x) { return std::fabs(x); }
inline float exp(float x) { return Sleef_finz_expf1_u10purecfma(x); }
inline float expm1(float x) { return Sleef_finz_expm1f1_u10purecfma(x); }
inline float log(float x) { return Sleef_finz_logf1_u10purecfma(x); }
inline float log1p(float x) { return Sleef_finz_log1pf1_u10purecfma(x); }
inline float tanh(float x) { return Sleef_finz_tanhf1_u10purecfma(x); }
inline float erf(float x) { return Sleef_finz_erff1_u10purecfma(x); }
inline float sin(float x) { return Sleef_finz_sinf1_u10purecfma(x); }
inline float cos(float x) { return Sleef_finz_cosf1_u10purecfma(x); }
inline float pow(float x, float y) { return Sleef_finz_powf1_u10purecfma(x, y); }

}  // namespace etalon
