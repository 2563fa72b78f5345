// SPDX-License-Identifier: Apache-2.0
// safetensors.h — named tensors in one file that PyTorch, JAX, Rust and C++ all read.
//
// LAYOUT   8 bytes    n, the length of the header, little-endian
//          n bytes    JSON: {"__metadata__": {string: string}, name: {"dtype", "shape", "data_offsets": [begin, end]}, ...}
//          the rest   the numbers, little-endian, last axis fastest; offsets count from the end of the header
//
//          The data holds each tensor once: no overlap, no gap, nothing after the last.
//
// VALUES   A floating dtype is read into doubles, exactly; NaN keeps its sign and payload. Written, a double is rounded once to
//          the tensor's dtype, ties to even (overflow to infinity, underflow through the subnormals). Integers and BOOL are
//          read into 64-bit integers; one that does not fit its dtype is refused on writing.
//
// ERRORS   Every malformed file is an Error that names the file, the tensor and what is wrong: truncated, a header longer than
//          the file or than 100 MB, what json.h refuses (not JSON, nested, a key twice, a very long name), offsets that overlap,
//          leave a gap or leave the file, a size that is not shape times dtype, an extent that is negative or overflows, an unknown
//          dtype, bytes left over. What the first 8 bytes and the header show is refused before the data is read.
//
// BITS     Bytes are put together by shifts: the file is the same on a big-endian machine. Tensors are written in the order
//          given and metadata in the order of its keys, so equal content is an equal file.
//
// SOURCE   github.com/huggingface/safetensors, README, section "Format".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace etalon::file {

enum class Dtype { f64, f32, bf16, f16, i64, i32, i16, i8, u32, u16, u8, boolean };

// The format's spelling ("BF16"), bytes of one entry, and whether entries are floating point.
const char* name_of(Dtype dtype);
int bytes_of(Dtype dtype);
bool is_floating(Dtype dtype);

// The dtype that is spelt so, if there is one; every spelling, with commas between.
std::optional<Dtype> dtype_named(const std::string& name);
std::string dtype_names();

// x as `dtype` holds it: rounded once, ties to even. `dtype` is floating.
double rounded_to(Dtype dtype, double x);

// The number that a word of `dtype` means, exactly; of an integer dtype to 2^53. The word's bytes are those of the file, the last on top.
double decoded(Dtype dtype, std::uint64_t word);

struct StoredTensor {
  std::string name;
  Dtype dtype = Dtype::f64;
  Shape shape;
  std::vector<double> values;          // of a floating dtype; else empty
  std::vector<std::int64_t> integers;  // of an integer dtype or BOOL; else empty
};

struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors;  // in the order of the header
  std::string where = "safetensors";  // the file's name, for messages

  // The tensor of that name, or nullptr.
  const StoredTensor* find(const std::string& name) const;

  // The same, or an Error that lists names it might have been.
  const StoredTensor& at(const std::string& name) const;

  // The numbers of a floating tensor. Error: missing, or of an integer dtype.
  Tensor<double> tensor(const std::string& name) const;

  // The numbers of an integer or BOOL tensor. Error: missing, or floating.
  const std::vector<std::int64_t>& integers(const std::string& name) const;
};

// The tensors of a file, or of bytes that `where` names in messages. Error: as ERRORS says; the file cannot be read.
TensorFile read_safetensors(const std::filesystem::path& path);
TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& where);

// A file whose header is read and held to the file's size, and whose numbers are read when they are asked for: one tensor of a large
// checkpoint costs that tensor. Error: as ERRORS says; the file cannot be read. Of a pipe, everything is read at once.
class OpenTensors {
 public:
  explicit OpenTensors(const std::filesystem::path& path);
  ~OpenTensors();
  std::vector<std::string> names() const;  // in the order of the header

  // All tensors; or the metadata and that one. Error: none of that name, with names it might have been; the data is damaged.
  TensorFile all();
  TensorFile only(const std::string& name);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

// The bytes of the file. Error: a name twice, reserved or longer than readers take, text that is not UTF-8 or holds a zero byte,
// numbers that do not fit the shape or the dtype, a header longer than the format allows.
std::vector<std::byte> serialise_safetensors(const TensorFile& file);

// Atomic: a reader sees the old file or the new one. Error: as serialise_safetensors and write_file (base/file.h).
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

// Appends a tensor as F64, or as another floating dtype; appends integers as I64. Error: the name is taken.
void add(TensorFile& file, const std::string& name, const Tensor<double>& x, Dtype dtype = Dtype::f64);
void add_integers(TensorFile& file, const std::string& name, Shape shape, std::vector<std::int64_t> values);

}  // namespace etalon::file
