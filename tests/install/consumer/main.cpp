// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "op/softmax.h"

int main() {
  const etalon::Tensor<double> scores({1, 3}, {1.0, 2.0, 3.0});
  const auto probabilities = etalon::op::Softmax::forward({}, etalon::Args<double>{&scores});
  for (long j = 0; j < 3; ++j) std::printf("%.17g\n", probabilities[j]);
}
