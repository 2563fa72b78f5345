// SPDX-License-Identifier: Apache-2.0
// distance.h — how far the engine's float64 value is from the exact one.
#pragma once

#include "certify/rounding.h"
#include "golden/manifest.h"

namespace etalon::certify {

// In doubles between the two (base/bits.h), over the entries that are neither structural zeros nor vanishing: beside a 0 every
// double is quintillions away. The median is the lower one. Shapes agree.
golden::EngineDistance distance(const Tensor<double>& engine, const Rounded& certified, const std::vector<Known>& known);

// Writes into the manifest's entry what is proved of its tensor (zeros in the order of `known`, vanishing entries), and that distance.
void describe(golden::TensorEntry& entry, const Tensor<double>& engine, const Rounded& certified, const std::vector<Known>& known);

}  // namespace etalon::certify
