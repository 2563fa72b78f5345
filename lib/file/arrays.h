// SPDX-License-Identifier: Apache-2.0
// arrays.h — what a file is, told from its first bytes; and the arrays in it, each read when its numbers are asked for.
//
//   FILE              .npy; .npz or safetensors with one array; text (JSON, CSV)
//   FILE:NAME         one array of .npz or safetensors
//   -                 standard input; /dev/stdin:NAME is one array of it
//
// The header of a file is read and held to the file's size before any number is. A pipe is read once.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "file/byte_reader.h"
#include "tensor/tensor.h"

namespace etalon::file {

enum class Format { npy, npz, safetensors, json, text };

// A file that is open, not read, and known by its first bytes.
struct Input {
  std::string spec, path, name;  // FILE:NAME; the name is empty where FILE is all. A file whose own name holds a colon wins.
  ByteReader bytes;
  Format format;
};
// Error: FILE cannot be read; it is neither text nor a format that is known; a name, and a format that has none.
Input open_input(const std::string& spec);

// All of an input that is text. Error: more than 2^30 bytes.
std::vector<std::byte> text_bytes(Input& input);

// What bytes are whose first ones these are. `where` ends in .json: text is JSON. Error: neither text nor a known format.
Format format_of(std::span<const std::byte> first, const std::string& where);

// One array of numbers.
class ArrayReader {
 public:
  virtual ~ArrayReader() = default;
  virtual const std::string& where() const = 0;
  virtual const Shape& shape() const = 0;
  virtual bool floating() const = 0;  // false: integers or booleans

  // The next numbers in C order, as many as `out` holds. Error: fewer are left; the file is cut off or damaged.
  virtual void read(std::span<double> out) = 0;

  // Everything, from the first number on.
  Tensor<double> all();
};

// The array that `input` means. Error: as of the formats; text; several arrays and no name, or a name that none has.
std::unique_ptr<ArrayReader> open_array(Input input);

// Every array of floating-point numbers of rank 2 or more in a file, as specs that open_input takes: FILE itself for .npy and text; in
// the archive's order for .npz; for safetensors by name, digits compared as numbers (h.2 before h.10), for its writers sort otherwise.
// A spec with a name is returned as it is. Error: as open_input; there is none.
std::vector<std::string> layers_in(const std::string& spec);

}  // namespace etalon::file
