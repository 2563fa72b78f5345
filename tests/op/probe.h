// SPDX-License-Identifier: Apache-2.0
// probe.h — drawn tensors for the numbers that the lessons quote: measured by a test, so that no lesson outlives its page.
//
// The bits of a page are a function of its inputs alone, so a worst case over drawn tensors is one number, the same on
// every machine. A test spells it as the lesson does and compares the spelling.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "law/weave.h"
#include "op/page_tools.h"

namespace etalon::law {

// Numbers around 0 whose last bits are all in use, so that sums of them round: a normal times a uniform, rounded.
inline Tensor<double> draw(const Shape& shape, std::string_view name, int trial) {
  Tensor<double> x = weave(shape, name, trial);
  const Stream stream(trial, std::string(name) + " size");
  for (long i = 0; i < x.size(); ++i) x[i] = x[i] * stream.uniform(i);
  return x;
}

// The worst of n trials; inputs(trial) is the list of the page's inputs.
template <op::Page Op, class Inputs>
Worst worst_of(const typename Op::Setting& setting, int n_trials, Inputs inputs) {
  Worst worst;
  for (int trial = 0; trial < n_trials; ++trial) worst.take(measure<Op>(setting, inputs(trial)));
  return worst;
}

}  // namespace etalon::law
