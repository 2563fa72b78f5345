// SPDX-License-Identifier: Apache-2.0
// npy.h — NumPy's .npy files: one array, read into doubles.
//
//   "\x93NUMPY"  major minor  header length (2 bytes in version 1, 4 in 2 and 3)  header  numbers
//   header = {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
//
// READS     float16, float32 and float64, all integers and booleans, little- and big-endian, C and Fortran order, any rank up to 32.
//           Floats are exact; an integer beyond 2^53 is rounded to the nearest double. The tensor is always in C order (last axis
//           fastest); an array without numbers is read as shape [0].
// REFUSES   everything else, with an Error: complex numbers, text, structured dtypes, pickled objects (cast with .astype("f8")), a
//           header that is not exactly that dictionary, numbers missing or left over. Nothing outside the given bytes is read.
// ORDER     The header comes first: what it says is held to the size of the file before a number is read. From a pipe, whose size
//           nobody knows, numbers are read as they come and room is made as they do.
//
// SOURCE    NEP 1; numpy.lib.format, version 1.0 to 3.0.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "file/byte_reader.h"
#include "tensor/tensor.h"

namespace etalon::file {

// What '<f8' says: byte order ('|' where there is only one byte), kind (f, i, u, b), bytes of a number.
struct NpyDtype {
  bool little = true;
  char kind = 'f';
  long width = 8;
  bool floating() const { return kind == 'f'; }
};

// A .npy file whose header is read and whose numbers come when they are asked for.
class NpyReader {
 public:
  // Error: as REFUSES says; a size, where it is known, that does not fit the header.
  explicit NpyReader(ByteReader bytes);

  const std::string& where() const { return bytes_.where(); }
  const Shape& shape() const { return shape_; }
  const NpyDtype& dtype() const { return dtype_; }
  bool fortran_order() const { return fortran_order_; }

  // The next numbers in the order of the file, as many as `out` holds. Error: the file ends before; after the last number: more bytes.
  void read(std::span<double> out);

  // The whole array in C order. Before any other read.
  Tensor<double> all();

 private:
  ByteReader bytes_;
  Shape shape_;
  NpyDtype dtype_;
  bool fortran_order_ = false;
  long left_ = 0;  // numbers not read yet
};

// The array, in its own shape, from bytes or from a file. `where` names the bytes in errors. Error: as REFUSES says.
Tensor<double> parse_npy(std::span<const std::byte> bytes, const std::string& where);
Tensor<double> read_npy(const std::filesystem::path& path);

// True if the bytes start as a .npy file does.
bool looks_like_npy(std::span<const std::byte> bytes);

}  // namespace etalon::file
