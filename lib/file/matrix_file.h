// SPDX-License-Identifier: Apache-2.0
// matrix_file.h — a matrix, or labels, from whatever file people have.
//
//   .npy, .npz        npy.h, npz.h: floats, integers, booleans
//   safetensors       safetensors.h
//   JSON              a list of equally long rows: [[1, 2], [3, 4]]; or an object with such a list as "p", and names of its rows and
//                     columns, if it has any, as "x" and "y": {"p": [[1, 2], [3, 4]], "x": ["sun", "rain"], "y": ["dry", "wet"]}
//   CSV               csv.h: also other separators, quotes, names
//
// Which of them it is, the first bytes tell (arrays.h, which also says how one array of several is named); the name only says that
// text which starts as no other format is JSON gone wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "file/arrays.h"
#include "file/csv.h"
#include "file/safetensors.h"
#include "tensor/tensor.h"

namespace etalon::file {

// [rows, columns], with names where the file has them. Of an array of higher rank, all axes but the last are rows. Errors: as of the
// formats; an array of rank 0 or 1; JSON that is not a list of equally long lists of numbers.
NamedTable read_table(const std::string& spec);
NamedTable table_of(Input input);
Tensor<double> read_matrix(const std::string& spec);

// The same for bytes that are .npy, JSON or CSV. `where` names them.
NamedTable parse_table(std::span<const std::byte> bytes, const std::string& where);
Tensor<double> parse_matrix(std::span<const std::byte> bytes, const std::string& where);
Tensor<double> parse_matrix_json(const std::string& text, const std::string& where);

// Labels for the rows of an array z of shape [N, D] or [N, L, D]: whole numbers, or words, which are numbered in order of appearance.
//
//   [n, k], or [n]        k sets of labels (1) for each of the n rows of z: N of them, or N L
//   [N, L], [N, L, k]     one label, or k, for each position of N sequences, of a z [N, L, D]. Without k, `length` is L, so that
//                         whoever reads them can look at the labels before and after
//
// A first line of text holds names and is passed over if it holds words above numbers, or if there is one line more than rows.
struct Labels {
  std::vector<std::vector<long>> columns;  // [k][n]
  long length = 0;                         // L of sequences with one label at each position, else 0
};
// From any of the formats; also a JSON list [0, 0, 1]. Errors: another shape; a number that is not whole or beyond 2^53.
Labels read_labels(const std::string& spec, const Shape& z);

// Of n rows: the columns alone.
std::vector<std::vector<long>> read_label_columns(const std::string& spec, long n);

// The one tensor of a safetensors file that `spec` means, read without the others, and its name. Error: as read_safetensors; FILE alone where the file
// does not hold exactly one tensor, with the name of the first.
struct NamedTensor {
  TensorFile file;
  std::string name;
};
NamedTensor read_named_tensor(const std::string& spec);

}  // namespace etalon::file
