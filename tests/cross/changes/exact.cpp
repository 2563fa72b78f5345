// SPDX-License-Identifier: Apache-2.0
// exact.cpp — libm.cpp with Etalon's functions: one fixed sequence of operations each, which asks nothing of the CPU.
#include "scalar/exact.h"

#include "functions.h"

namespace {

struct Etalon {
  static double exp(double x) { return etalon::exp(x); }
  static double log(double x) { return etalon::log(x); }
  static double sin(double x) { return etalon::sin(x); }
  static double cos(double x) { return etalon::cos(x); }
  static double tanh(double x) { return etalon::tanh(x); }
  static double erf(double x) { return etalon::erf(x); }
  static double pow(double x, double y) { return etalon::pow(x, y); }
};

}  // namespace

int main(int n_arguments, char** arguments) { return n_arguments == 2 ? print_function<Etalon>(arguments[1]) : 2; }
