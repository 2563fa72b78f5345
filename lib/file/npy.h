// SPDX-License-Identifier: Apache-2.0
// npy.h — NumPy's .npy files: one array, read into doubles.
//
//   "\x93NUMPY"  major minor  header length (2 bytes in version 1, 4 in 2 and 3)  header  numbers
//   header = {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
//
// READS     float32 and float64, little- and big-endian, C and Fortran order, any rank up to 32. The tensor is always in C
//           order (last axis fastest); an array without numbers is read as shape [0]. Integers and booleans where they are asked
//           for, as labels are.
// REFUSES   everything else, with an Error: other dtypes (cast with .astype("f8")), structured dtypes, pickled objects, a
//           header that is not exactly that dictionary, numbers missing or left over. Nothing outside the given bytes is read.
//
// SOURCE    NEP 1; numpy.lib.format, version 1.0 to 3.0.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "tensor/tensor.h"

namespace etalon::file {

enum class NpyNumbers {
  floating,
  integers_too,  // i1 to i8, u1 to u8, b1: beyond 2^53 rounded to the nearest double
};

// The array, in its own shape, from bytes or from a file. `where` names the bytes in errors. Error: as REFUSES says.
Tensor<double> parse_npy(std::span<const std::byte> bytes, const std::string& where, NpyNumbers read = NpyNumbers::floating);
Tensor<double> read_npy(const std::filesystem::path& path);

// True if the bytes start as a .npy file does.
bool looks_like_npy(std::span<const std::byte> bytes);

}  // namespace etalon::file
