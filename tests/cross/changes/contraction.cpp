// SPDX-License-Identifier: Apache-2.0
// contraction.cpp — one source, two meanings: a * b + c rounds twice, or once where the compiler may contract it.
//
// usage: contraction axpy|polynomial|etalon
//
// Compiled with -ffp-contract=off and with -ffp-contract=fast, for a CPU that has fma. Where Etalon means one rounding it says
// fma, which is one under either flag; the flag `off` keeps every other product and sum apart.
#include <cstring>

#include "points.h"
#include "tensor/sum.h"

int main(int n_arguments, char** arguments) {
  if (n_arguments != 2) return 2;
  const auto is = [&](const char* name) { return std::strcmp(arguments[1], name) == 0; };
  for (long s = 0; s < 4096; ++s) {
    const auto x = points(8, 16 * s), y = points(8, 16 * s + 8);
    if (is("axpy")) print(x[0] * x[1] + y[0]);
    else if (is("polynomial")) print(((x[3] * y[0] + x[2]) * y[0] + x[1]) * y[0] + x[0]);
    else if (is("etalon"))
      print(etalon::product_sum<double>(
          8, [&](long k) { return x[k]; }, [&](long k) { return y[k]; }));
    else return 2;
  }
  return 0;
}
