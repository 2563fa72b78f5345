// SPDX-License-Identifier: Apache-2.0
#include "file/matrix_file.h"

#include <algorithm>

#include "base/bits.h"
#include "base/error.h"
#include "base/input_file.h"
#include "file/csv.h"
#include "file/json.h"
#include "file/npy.h"

namespace etalon::file {
namespace {

constexpr const char* kMatrixHint = "a matrix is a list of rows, a joint law has one for each x: [[0.45, 0.05], [0.05, 0.45]]";

// FILE and TENSOR of FILE:TENSOR; the second empty where the first is all.
std::pair<std::string, std::string> split(const std::string& spec) {
  std::error_code failed;  // of a name too long to be one
  const std::size_t colon = spec.rfind(':');
  if (colon == std::string::npos || std::filesystem::exists(spec, failed)) return {spec, ""};
  return {spec.substr(0, colon), spec.substr(colon + 1)};
}

// Eight bytes of length, then JSON.
bool looks_like_safetensors(std::span<const std::byte> bytes) {
  return bytes.size() > 8 && bytes[7] == std::byte{0} && bytes[8] == std::byte{'{'};
}

std::string_view text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool looks_like_json(std::string_view text, const std::string& where) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return where.ends_with(".json") || (first != std::string_view::npos && (text[first] == '[' || text[first] == '{'));
}

// The whole number that x is.
long whole(double x, const std::string& where) {
  if (!(x > -0x1p53 && x < 0x1p53) || static_cast<double>(static_cast<long>(x)) != x)
    throw Error(where, "whole numbers", shortest(x), "number the labels 0, 1, 2, ...");
  return static_cast<long>(x);
}

// All of a file, after its head has shown that it is .npy, or else a text of bearable length.
std::vector<std::byte> read_table(const std::string& path) {
  // Refuse what is neither
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 30;
  InputFile file(path);
  auto bytes = file.read(8);
  const bool is_text = !looks_like_npy(bytes);
  if (is_text && std::find(bytes.begin(), bytes.end(), std::byte{0}) != bytes.end())
    throw Error(path, "JSON, CSV, .npy or safetensors", "other bytes", "is it the right file?");
  if (is_text && file.size().value_or(0) > kLongest)
    throw Error(path, "a text of at most 2^30 bytes", std::to_string(*file.size()), "write it as .npy: numpy.save(f, p)");

  // Read the rest
  const auto rest = file.rest();
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

Tensor<double> matrix_of(const Json& rows, const std::string& where) {
  // Refuse what is no list of lists; the first row says how long rows are
  if (!rows.is_array() || rows.empty() || !rows[0].is_array() || rows[0].empty())
    throw Error(where, "a list of lists of numbers", rows.is_array() ? "a list without rows" : rows.type_name(), kMatrixHint);
  const std::size_t n_cols = rows[0].size();

  // Take the numbers row by row
  std::vector<double> values;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].is_array() || rows[i].size() != n_cols)
      throw Error(where, "rows of " + std::to_string(n_cols) + " numbers", "another row " + std::to_string(i), kMatrixHint);
    for (std::size_t k = 0; k < n_cols; ++k) {
      if (!rows[i][k].is_number())
        throw Error(where, "numbers",
                    std::string(rows[i][k].type_name()) + " at [" + std::to_string(i) + ", " + std::to_string(k) + "]",
                    kMatrixHint);
      values.push_back(rows[i][k].get<double>());
    }
  }
  return Tensor<double>(Shape{static_cast<long>(rows.size()), static_cast<long>(n_cols)}, std::move(values));
}

}  // namespace

Tensor<double> parse_matrix_json(const std::string& text, const std::string& where) {
  const auto document = parse_json(text, where, kMatrixHint);
  return matrix_of(document.is_object() && document.contains("p") ? document["p"] : document, where);
}

Tensor<double> parse_matrix(std::span<const std::byte> bytes, const std::string& where) {
  if (!looks_like_npy(bytes)) {
    const auto text = text_of(bytes);
    return looks_like_json(text, where) ? parse_matrix_json(std::string(text), where) : parse_csv(text, where);
  }
  auto matrix = parse_npy(bytes, where);
  if (matrix.shape().rank() != 2)
    throw Error(where, "an array of rank 2", to_string(matrix.shape()), "reshape it to [rows, columns]");
  return matrix;
}

bool names_safetensors(const std::string& spec) {
  const auto [file, tensor] = split(spec);
  return !tensor.empty() || looks_like_safetensors(InputFile(file).read(9));
}

NamedTensor read_named_tensor(const std::string& spec) {
  const auto [path, tensor] = split(spec);
  OpenTensors file(path);
  if (!tensor.empty()) return {file.only(tensor), tensor};
  const auto names = file.names();
  if (names.size() != 1)
    throw Error(spec, "a file of one tensor, or FILE:TENSOR",
                names.empty() ? "an empty file" : std::to_string(names.size()) + " tensors",
                names.empty() ? "name another file" : "say which, as in " + spec + ":" + names[0]);
  return {file.only(names[0]), names[0]};
}

Tensor<double> read_matrix(const std::string& spec) {
  if (!names_safetensors(spec)) return parse_matrix(read_table(spec), spec);
  const auto named = read_named_tensor(spec);
  auto x = named.file.tensor(named.name);
  if (x.shape().rank() < 2) throw Error(spec, "a tensor of rank 2 or more", to_string(x.shape()), "rows are samples");
  return x.reshaped(Shape{x.n_rows(), x.n_cols()});
}

namespace {

// A table of labels, whole numbers as doubles: what holds one column may leave its axis out.
Tensor<double> label_table(const std::string& spec) {
  // Take the integers of a safetensors file
  if (names_safetensors(spec)) {
    const auto named = read_named_tensor(spec);
    const auto& stored = named.file.at(named.name);
    if (is_floating(stored.dtype))
      throw Error(spec, "integers", std::string("dtype ") + name_of(stored.dtype), "store the labels as I64");
    std::vector<double> values;
    for (const auto label : stored.integers) values.push_back(static_cast<double>(label));
    const long n_cols = stored.shape.rank() >= 2 ? stored.shape.n_cols() : 1;
    return Tensor<double>(Shape{n_cols ? stored.shape.size() / n_cols : 0, n_cols}, std::move(values));
  }

  // Take the numbers of a .npy file, an array of rank 1 as one column
  const auto bytes = read_table(spec);
  if (looks_like_npy(bytes)) {
    auto x = parse_npy(bytes, spec, NpyNumbers::integers_too);
    return x.shape().rank() == 1 ? x.reshaped(Shape{x.size(), 1}) : x;
  }

  // Take CSV as it is, and a flat JSON list as one column
  if (!looks_like_json(text_of(bytes), spec)) return parse_csv(text_of(bytes), spec);
  auto document = parse_json(text_of(bytes), spec, kMatrixHint);
  if (document.is_array() && !document.empty() && document[0].is_number())
    for (auto& label : document) label = Json::array({label});
  return matrix_of(document, spec);
}

}  // namespace

std::vector<std::vector<long>> read_label_columns(const std::string& spec, long n) {
  const auto table = label_table(spec);
  if (table.shape().rank() != 2 || table.n_rows() != n || table.n_cols() < 1)
    throw Error(spec, "labels [" + std::to_string(n) + ", 1], one for each row of z", to_string(table.shape()),
                "one line for each sample, one column for each set of labels: [[0], [0], [1]] or [0, 0, 1]");
  std::vector<std::vector<long>> columns(table.n_cols());
  for (long i = 0; i < table.size(); ++i) columns[i % table.n_cols()].push_back(whole(table[i], spec));
  return columns;
}

}  // namespace etalon::file
