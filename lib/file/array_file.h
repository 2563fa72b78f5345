// SPDX-License-Identifier: Apache-2.0
// array_file.h — a table with more than two indices, such as p(x, y, z), from a file.
//
//   JSON              lists in lists: [[[0.25, 0], [0, 0.25]], [[0, 0.25], [0.25, 0]]]; or an object with such a list as "p"
//   .npy, .npz,       an array of that rank; FILE:NAME as in arrays.h
//   safetensors
//
// CSV has rows and columns alone, and is refused.
#pragma once

#include <string>

#include "tensor/tensor.h"

namespace etalon::file {

// Error: another rank; lists of different lengths; what is no number; as of the formats.
Tensor<double> read_array(const std::string& spec, int rank);

}  // namespace etalon::file
