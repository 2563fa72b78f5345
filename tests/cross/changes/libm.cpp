// SPDX-License-Identifier: Apache-2.0
// libm.cpp — exp is not one function: glibc takes another path through it on another CPU, and rounds differently there.
//
// usage: libm exp|log|sin|cos|tanh|erf|pow
//
// GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2 makes glibc believe that the CPU has neither. Compiled for aarch64, the same
// source of glibc is contracted by the compiler and rounds differently again.
#include <cmath>

#include "functions.h"

namespace {

struct Libm {
  static double exp(double x) { return std::exp(x); }
  static double log(double x) { return std::log(x); }
  static double sin(double x) { return std::sin(x); }
  static double cos(double x) { return std::cos(x); }
  static double tanh(double x) { return std::tanh(x); }
  static double erf(double x) { return std::erf(x); }
  static double pow(double x, double y) { return std::pow(x, y); }
};

}  // namespace

int main(int n_arguments, char** arguments) { return n_arguments == 2 ? print_function<Libm>(arguments[1]) : 2; }
