// SPDX-License-Identifier: Apache-2.0
#include "file/arrays.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/terminal.h"
#include "file/npz.h"
#include "file/safetensors_header.h"

namespace etalon::file {
namespace {

constexpr std::size_t kFirstBytes = 4096;

// FILE and NAME of FILE:NAME; the second empty where the first is all.
std::pair<std::string, std::string> split(const std::string& spec) {
  std::error_code failed;
  const std::size_t colon = spec.rfind(':');
  if (colon == std::string::npos || colon == 0 || std::filesystem::exists(spec, failed)) return {spec, ""};
  return {spec.substr(0, colon), spec.substr(colon + 1)};
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (std::size_t i = 0; i < names.size() && i < 8; ++i) all += (i ? ", " : "") + safe_name(names[i]);
  return all + (names.size() > 8 ? ", ..." : "");
}

// The one name of these that is meant. Error: several, and none is asked for.
std::string one_of(const std::vector<std::string>& names, const Input& input) {
  if (!input.name.empty()) return input.name;
  if (names.size() == 1) return names[0];
  throw Error(input.spec, "a file of one array, or FILE:NAME",
              names.empty() ? "an empty file" : std::to_string(names.size()) + " arrays",
              names.empty() ? "name another file"
                            : "say which, as in " + input.spec + ":" + safe_name(names[0]) + "; there are " + listed(names));
}

// --- .npy ------------------------------------------------------------------------------------------------------------------

class NpyArray : public ArrayReader {
 public:
  explicit NpyArray(NpyReader npy) : npy_(std::move(npy)) {
    if (npy_.fortran_order()) whole_ = npy_.all();  // C order needs all of it
  }
  const std::string& where() const override { return npy_.where(); }
  const Shape& shape() const override { return npy_.shape(); }
  bool floating() const override { return npy_.dtype().floating(); }
  void read(std::span<double> out) override {
    if (!npy_.fortran_order()) return npy_.read(out);
    if (static_cast<long>(out.size()) > whole_.size() - at_)
      throw Error(where(), "more numbers", "the end of the array", "ask for fewer");
    std::copy_n(whole_.data() + at_, out.size(), out.begin());
    at_ += static_cast<long>(out.size());
  }

 private:
  NpyReader npy_;
  Tensor<double> whole_;
  long at_ = 0;
};

// --- safetensors -----------------------------------------------------------------------------------------------------------

// A file whose header is read: where each tensor lies.
struct TensorDirectory {
  explicit TensorDirectory(ByteReader reader) : where(reader.where()), bytes(reader.random()) {
    // Read the length of the header, which may be wrong, and the header
    std::byte first[kLengthBytes];
    const std::size_t came = bytes->read_at(0, first);
    const std::uint64_t n_header = header_length(std::span(first, came), bytes->size(), where);
    std::string header(n_header, '\0');
    header.resize(bytes->read_at(kLengthBytes, std::as_writable_bytes(std::span(header))));

    // Find the tensors
    data_at = kLengthBytes + n_header;
    places = parse_header(header, where).entries;
    require_tiling(places, bytes->size() - data_at, where);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& place : places) all.push_back(place.name);
    return all;
  }

  std::string where;
  std::shared_ptr<RandomBytes> bytes;
  std::uint64_t data_at = 0;
  std::vector<TensorEntry> places;
};

class StoredArray : public ArrayReader {
 public:
  StoredArray(const TensorDirectory& file, const TensorEntry& place)
      : where_(file.where + ":" + place.name),
        dtype_(place.dtype),
        shape_(std::vector<long>(place.shape.begin(), place.shape.end())),
        source_(range_of(file.bytes, file.data_at + place.begin, place.end - place.begin), where_, {}) {}
  const std::string& where() const override { return where_; }
  const Shape& shape() const override { return shape_; }
  bool floating() const override { return is_floating(dtype_); }
  void read(std::span<double> out) override {
    const std::size_t width = bytes_of(dtype_);
    std::byte buffer[8 * 4096];
    for (std::size_t at = 0; at < out.size();) {
      // Read as many bytes as a buffer holds
      const std::size_t n = std::min<std::size_t>(out.size() - at, 4096);
      if (source_.read(std::span(buffer, n * width)) < n * width)
        throw Error(where_, std::to_string(shape_.size()) + " numbers", "the end of the tensor before",
                    "did the file change while it was read?");

      // Decode each number of them
      for (std::size_t i = 0; i < n; ++i) {
        std::uint64_t word = 0;
        for (std::size_t b = 0; b < width; ++b) word |= std::to_integer<std::uint64_t>(buffer[i * width + b]) << (8 * b);
        out[at + i] = decoded(dtype_, word);
      }
      at += n;
    }
  }

 private:
  std::string where_;
  Dtype dtype_;
  Shape shape_;
  ByteReader source_;
};

std::unique_ptr<ArrayReader> open_tensor(Input input) {
  const TensorDirectory file(std::move(input.bytes));
  const std::string name = one_of(file.names(), input);
  for (const auto& place : file.places)
    if (place.name == name) return std::make_unique<StoredArray>(file, place);
  throw Error(input.path, "a tensor \"" + safe_name(name) + "\"", std::to_string(file.places.size()) + " tensors without it",
              "it holds " + listed(file.names()));
}

// Digits compared as the numbers they spell, everything else byte by byte.
bool naturally_before(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    // Compare one character
    if (!digit(a[i]) || !digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
      continue;
    }

    // Compare two numbers: of two without leading zeros the longer is larger
    while (i + 1 < a.size() && a[i] == '0' && digit(a[i + 1])) ++i;
    while (j + 1 < b.size() && b[j] == '0' && digit(b[j + 1])) ++j;
    std::size_t i_end = i, j_end = j;
    while (i_end < a.size() && digit(a[i_end])) ++i_end;
    while (j_end < b.size() && digit(b[j_end])) ++j_end;
    if (i_end - i != j_end - j) return i_end - i < j_end - j;
    if (const int order = a.compare(i, i_end - i, b, j, j_end - j); order != 0) return order < 0;
    i = i_end, j = j_end;
  }
  return a.size() - i != b.size() - j ? a.size() - i < b.size() - j : a < b;
}

}  // namespace

Format format_of(std::span<const std::byte> first, const std::string& where) {
  // Know a format by the bytes that it begins with
  if (looks_like_npy(first)) return Format::npy;
  if (looks_like_zip(first)) return Format::npz;
  if (first.size() > 8 && first[7] == std::byte{0} && first[8] == std::byte{'{'})
    return Format::safetensors;  // a length, then JSON

  // Refuse what is no text
  const bool utf16 = first.size() >= 2 && ((first[0] == std::byte{0xff} && first[1] == std::byte{0xfe}) ||
                                           (first[0] == std::byte{0xfe} && first[1] == std::byte{0xff}));
  if (!utf16 && std::find(first.begin(), first.end(), std::byte{0}) != first.end())
    throw Error(where, ".npy, .npz, safetensors, JSON or CSV", "bytes that are none of them",
                "is it the right file? Was it copied completely?");

  // Tell JSON from other text by its first bracket
  for (const std::byte b : first) {
    const char c = static_cast<char>(b);
    if (c == '[' || c == '{') return Format::json;
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') break;
  }
  return where.ends_with(".json") ? Format::json : Format::text;
}

Input open_input(const std::string& spec) {
  const auto [path, name] = split(spec);
  Input input{spec, path, name, ByteReader(path), Format::text};
  input.format = format_of(input.bytes.peek(kFirstBytes), path);
  if (!name.empty() && input.format != Format::npz && input.format != Format::safetensors)
    throw Error(spec, "a .npz or safetensors file before the colon", "another format", "arrays have names in these two only");
  return input;
}

std::vector<std::byte> text_bytes(Input& input) { return input.bytes.rest(std::uint64_t{1} << 30); }

Tensor<double> ArrayReader::all() {
  constexpr long kTogether = 1L << 20;
  std::vector<double> values;
  for (long left = shape().size(); left > 0;) {
    const std::size_t before = values.size();
    values.resize(before + std::min(left, kTogether));
    read(std::span(values).subspan(before));
    left -= static_cast<long>(values.size() - before);
  }
  return Tensor<double>(shape(), std::move(values));
}

std::unique_ptr<ArrayReader> open_array(Input input) {
  if (input.format == Format::npy) return std::make_unique<NpyArray>(NpyReader(std::move(input.bytes)));
  if (input.format == Format::safetensors) return open_tensor(std::move(input));
  if (input.format != Format::npz) throw Error(input.spec, ".npy, .npz or safetensors", "text", "write it with numpy.save");
  const Npz archive(std::move(input.bytes));
  return std::make_unique<NpyArray>(archive.open(one_of(archive.names(), input)));
}

std::vector<std::string> layers_in(const std::string& spec) {
  Input input = open_input(spec);
  std::vector<std::string> names;
  if (!input.bytes.size()) throw Error(spec, "a file", "a pipe", "layers are read one after the other: write them into a file");
  if (!input.name.empty() || (input.format != Format::npz && input.format != Format::safetensors)) return {spec};

  // Take the floating arrays of rank 2 or more, in order
  if (input.format == Format::npz) {
    const Npz archive(std::move(input.bytes));
    for (const auto& name : archive.names())
      if (const auto array = archive.open(name); array.dtype().floating() && array.shape().rank() >= 2) names.push_back(name);
  } else {
    for (const auto& place : TensorDirectory(std::move(input.bytes)).places)
      if (is_floating(place.dtype) && place.shape.size() >= 2) names.push_back(place.name);
    std::sort(names.begin(), names.end(), naturally_before);
  }

  // Name them as the command line would
  if (names.empty())
    throw Error(spec, "arrays [N, D] or [N, L, D] of floating-point numbers", "none", "write the states of the layers into it");
  for (auto& name : names) name = input.path + ":" + name;
  return names;
}

}  // namespace etalon::file
