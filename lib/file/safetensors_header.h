// SPDX-License-Identifier: Apache-2.0
// safetensors_header.h — the header of a safetensors file (safetensors.h): read, and held to the data that it describes.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "file/safetensors.h"

namespace etalon::file {

inline constexpr std::uint64_t kLongestHeader = 100'000'000;  // the limit of the format's reference implementation
inline constexpr std::uint64_t kLengthBytes = 8;              // of the header's length, in front of it

// The keys of the header.
inline constexpr const char* kMetadataKey = "__metadata__";
inline constexpr const char* kDtypeKey = "dtype";
inline constexpr const char* kShapeKey = "shape";
inline constexpr const char* kOffsetsKey = "data_offsets";

// What the header says of one tensor; begin and end count bytes of the data.
struct TensorEntry {
  std::string name;
  Dtype dtype = Dtype::f64;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

struct TensorHeader {
  std::map<std::string, std::string> metadata;
  std::vector<TensorEntry> entries;
};

// The length that the first bytes of a file give, the file being n_file bytes long (of a pipe, the largest number). Error: fewer
// than 8 bytes; a length beyond the file or beyond kLongestHeader.
std::uint64_t header_length(std::span<const std::byte> first, std::uint64_t n_file, const std::string& where);

// Parses the text of a header. Error: as ERRORS of safetensors.h says.
TensorHeader parse_header(std::string_view text, const std::string& where);

// Requires each tensor to have the size of its shape and all of them, in the order of their offsets, to tile n_data bytes. Error: as
// ERRORS of safetensors.h says.
void require_tiling(const std::vector<TensorEntry>& entries, std::uint64_t n_data, const std::string& where);

}  // namespace etalon::file
