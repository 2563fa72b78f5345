// SPDX-License-Identifier: Apache-2.0
// eigen_sums.cpp — Eigen adds in the order that fills the vector unit, so its sums follow the width of that unit.
//
// usage: eigen_sums sum|dot eigen|etalon
//
// Compiled four times, with EIGEN_DONT_VECTORIZE, -msse2, -mavx2 and -mavx512f. Etalon's sums (lib/tensor/sum.h) are compiled
// with the same flags.
#include <Eigen/Core>
#include <cstring>

#include "points.h"
#include "tensor/sum.h"

namespace {

constexpr long kSums = 4096, kTerms = 500;  // sums of 500 terms

using Vector = Eigen::Map<const Eigen::VectorXd>;

void sums(bool ours) {
  for (long s = 0; s < kSums; ++s) {
    const auto x = points(kTerms, s * kTerms);
    print(ours ? etalon::ordered_sum<double>(kTerms, [&](long i) { return x[i]; }) : Vector(x.data(), kTerms).sum());
  }
}

void dots(bool ours) {
  for (long s = 0; s < kSums; ++s) {
    const auto x = points(kTerms, s * kTerms), y = points(kTerms, ~s * kTerms);
    print(ours ? etalon::product_sum<double>(
                     kTerms, [&](long i) { return x[i]; }, [&](long i) { return y[i]; })
               : Vector(x.data(), kTerms).dot(Vector(y.data(), kTerms)));
  }
}

}  // namespace

int main(int n_arguments, char** arguments) {
  if (n_arguments != 3) return 2;
  const bool ours = std::strcmp(arguments[2], "etalon") == 0;
  if (std::strcmp(arguments[1], "sum") == 0) return sums(ours), 0;
  if (std::strcmp(arguments[1], "dot") == 0) return dots(ours), 0;
  return 2;
}
