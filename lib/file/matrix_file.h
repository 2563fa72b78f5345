// SPDX-License-Identifier: Apache-2.0
// matrix_file.h — a matrix, or a column of labels, from whatever file people have.
//
//   .npy              float32 or float64 (npy.h)
//   JSON              a list of equally long rows: [[1, 2], [3, 4]]; or an object with such a list as "p"
//   CSV               csv.h
//   safetensors       FILE:TENSOR, or FILE if it holds one tensor (safetensors.h)
//
// Which of them it is, the first bytes tell; the name only says that text which starts as no other format is JSON gone wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "file/safetensors.h"
#include "tensor/tensor.h"

namespace etalon::file {

// [rows, columns]. Of a safetensors tensor of higher rank, all axes but the last are rows. Errors: as of the formats; an array of
// another rank; JSON that is not a list of equally long lists of numbers.
Tensor<double> read_matrix(const std::string& spec);

// The same for bytes that are .npy, JSON or CSV. `where` names them.
Tensor<double> parse_matrix(std::span<const std::byte> bytes, const std::string& where);
Tensor<double> parse_matrix_json(const std::string& text, const std::string& where);

// The columns of a table of whole numbers, each of length n: several sets of labels for n samples. From any of the formats; also a
// JSON list [0, 0, 1], an array of rank 1, an integer tensor. Errors: another length; a number that is not whole or beyond 2^53.
std::vector<std::vector<long>> read_label_columns(const std::string& spec, long n);

// The one tensor of a safetensors file that `spec` means, read without the others, and its name. Error: as read_safetensors; FILE alone where the file
// does not hold exactly one tensor, with the name of the first.
struct NamedTensor {
  TensorFile file;
  std::string name;
};
NamedTensor read_named_tensor(const std::string& spec);

// True if `spec` is a safetensors file, or FILE:TENSOR of one. A file whose own name holds a colon wins over a tensor's.
// Error: FILE cannot be read.
bool names_safetensors(const std::string& spec);

}  // namespace etalon::file
