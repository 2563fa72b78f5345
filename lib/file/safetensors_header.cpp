// SPDX-License-Identifier: Apache-2.0
#include "file/safetensors_header.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "file/json_field.h"

namespace etalon::file {
namespace {

constexpr std::uint64_t kMostBytes = std::numeric_limits<std::int64_t>::max();
constexpr long kMostEntries = 1L << 62;  // as an extent or an offset
constexpr const char* kWriteHint = "write the file with safetensors' own library or with file/safetensors.h";
constexpr const char* kDamagedHint = "the file is damaged or is no safetensors file; write it again";

TensorEntry read_entry(const std::string& name, const Field& field) {
  // Read the dtype by its name
  TensorEntry entry;
  field.only({kDtypeKey, kShapeKey, kOffsetsKey});
  entry.name = name;
  const auto dtype = dtype_named(field[kDtypeKey].text());
  if (!dtype) field[kDtypeKey].refuse("one of the dtypes " + dtype_names());
  entry.dtype = *dtype;

  // Read the extents, and where the data begins and ends
  for (std::size_t axis = 0; axis < field[kShapeKey].size(); ++axis)
    entry.shape.push_back(static_cast<std::uint64_t>(field[kShapeKey][axis].integer(0, kMostEntries)));
  const Field offsets = field[kOffsetsKey];
  if (offsets.size() != 2) offsets.refuse("two data_offsets, begin and end", std::to_string(offsets.size()));
  entry.begin = static_cast<std::uint64_t>(offsets[0].integer(0, kMostEntries));
  entry.end = static_cast<std::uint64_t>(offsets[1].integer(0, kMostEntries));
  return entry;
}

// Bytes that the shape and the dtype ask for. An extent of 0 makes it 0, but may not hide a product beyond 2^63.
std::uint64_t n_bytes_of(const TensorEntry& entry, const std::string& where) {
  std::uint64_t product = bytes_of(entry.dtype);
  bool empty = false;
  for (const std::uint64_t extent : entry.shape) {
    empty |= extent == 0;
    if (extent != 0 && product > kMostBytes / extent)
      throw Error(where, "a shape whose entries can be counted", "extents whose product passes 2^63 bytes",
                  "the header is damaged");
    product *= extent == 0 ? 1 : extent;
  }
  return empty ? 0 : product;
}

}  // namespace

std::uint64_t header_length(std::span<const std::byte> first, std::uint64_t n_file, const std::string& where) {
  const char* const hint = "the file was cut short, or is no safetensors file";
  if (first.size() < kLengthBytes)
    throw Error(where, "at least the 8 bytes of the header's length", std::to_string(first.size()) + " bytes", hint);
  std::uint64_t n = 0;
  for (std::uint64_t i = 0; i < kLengthBytes; ++i) n |= std::to_integer<std::uint64_t>(first[i]) << (8 * i);
  if (n > kLongestHeader || n > n_file - kLengthBytes)
    throw Error(where, "a header of at most 100 MB and inside the file's " + std::to_string(n_file) + " bytes",
                std::to_string(n) + " bytes", hint);
  return n;
}

TensorHeader parse_header(std::string_view text, const std::string& where) {
  // The parser skips a byte order mark and blanks; the format knows neither
  if (text.empty() || text[0] != '{')
    throw Error(where, "a header that is one JSON object, from its first byte on", text.empty() ? "an empty one" : "other bytes",
                kDamagedHint);
  const Json document = parse_json(text, where + ", header", kDamagedHint);

  // Read the metadata and the entry of each tensor
  TensorHeader header;
  for (const auto& [name, value] : document.items()) {
    const Field field(value, where + ", " + in_quotes(name), "", kWriteHint);
    if (name != kMetadataKey) header.entries.push_back(read_entry(name, field));
    else
      for (const auto& [key, text_field] : field.members()) header.metadata[key] = text_field.text();
  }
  return header;
}

void require_tiling(const std::vector<TensorEntry>& entries, std::uint64_t n_data, const std::string& where) {
  const char* const hint = "the file was cut short, or its header belongs to other data; copy or write it again";
  const auto place = [&](const TensorEntry& entry) { return where + ", " + in_quotes(entry.name); };

  // Hold each tensor's offsets to the data and to its size
  std::vector<const TensorEntry*> by_offset;
  for (const TensorEntry& entry : entries) {
    if (entry.begin > entry.end || entry.end > n_data)
      throw Error(place(entry), "offsets inside the " + std::to_string(n_data) + " bytes of data",
                  "[" + std::to_string(entry.begin) + ", " + std::to_string(entry.end) + "]", hint);
    const std::uint64_t n = n_bytes_of(entry, place(entry));
    if (entry.end - entry.begin != n)
      throw Error(place(entry), std::to_string(n) + " bytes for its shape and dtype " + name_of(entry.dtype),
                  std::to_string(entry.end - entry.begin), hint);
    by_offset.push_back(&entry);
  }

  // Sort the tensors by where they begin, an empty one before another
  std::stable_sort(by_offset.begin(), by_offset.end(), [](const TensorEntry* a, const TensorEntry* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });

  // Require each to begin where the one before ends, and the last to end with the data
  std::uint64_t reached = 0;
  for (const TensorEntry* entry : by_offset) {
    if (entry->begin != reached)
      throw Error(place(*entry), "data that begins at byte " + std::to_string(reached) + ", where the tensor before ends",
                  "byte " + std::to_string(entry->begin) + (entry->begin < reached ? ", an overlap" : ", a gap"), hint);
    reached = entry->end;
  }
  if (reached != n_data)
    throw Error(where, "data that ends with the last tensor, at byte " + std::to_string(reached),
                std::to_string(n_data - reached) + " bytes more", hint);
}

}  // namespace etalon::file
