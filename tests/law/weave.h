// SPDX-License-Identifier: Apache-2.0
// weave.h — deterministic tensors of full-mantissa numbers: not round, not special.
#pragma once

#include <string_view>

#include "tensor/random.h"

namespace etalon::law {

// N(0, 1) entries from the stream (seed, name).
inline Tensor<double> weave(const Shape& shape, std::string_view name, std::uint64_t seed = 1) {
  return normal_tensor(Stream(seed, name), shape, 0, 1);
}

}  // namespace etalon::law
