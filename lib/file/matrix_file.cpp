// SPDX-License-Identifier: Apache-2.0
// In this order: JSON; matrices; labels; one tensor of a safetensors file.
#include "file/matrix_file.h"

#include <algorithm>
#include <map>

#include "base/bits.h"
#include "base/error.h"
#include "file/arrays.h"
#include "file/delimited.h"
#include "file/json.h"
#include "file/npy.h"

namespace etalon::file {
namespace {

constexpr const char* kMatrixHint = "a matrix is a list of rows, a joint law has one for each x: [[0.45, 0.05], [0.05, 0.45]]";

std::string_view text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// The whole number that x is.
long whole(double x, const std::string& where) {
  if (!(x > -0x1p53 && x < 0x1p53) || static_cast<double>(static_cast<long>(x)) != x)
    throw Error(where, "whole numbers", shortest(x), "number the labels 0, 1, 2, ...");
  return static_cast<long>(x);
}

// --- JSON ------------------------------------------------------------------------------------------------------------------

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

// The names that an object gives its n rows ("x") or columns ("y"); none where it has no such key.
std::vector<std::string> names_of(const Json& document, const char* key, long n, const std::string& where) {
  if (!document.is_object() || !document.contains(key)) return {};
  const auto& names = document[key];
  const auto refuse = [&](const std::string& got) {
    throw Error(where + ": " + key, "a list of " + std::to_string(n) + " names", got,
                "\"x\" names the rows of \"p\", \"y\" its columns");
  };
  if (!names.is_array() || static_cast<long>(names.size()) != n)
    refuse(names.is_array() ? std::to_string(names.size()) : names.type_name());
  std::vector<std::string> all;
  for (const auto& name : names) {
    if (!name.is_string() && !name.is_number()) refuse(name.type_name());
    all.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  }
  return all;
}

NamedTable parse_table_json(std::string_view text, const std::string& where) {
  const auto document = parse_json(text, where, kMatrixHint);
  NamedTable table{matrix_of(document.is_object() && document.contains("p") ? document["p"] : document, where)};
  table.row_names = names_of(document, "x", table.values.n_rows(), where);
  table.column_names = names_of(document, "y", table.values.n_cols(), where);
  return table;
}

}  // namespace

// --- matrices --------------------------------------------------------------------------------------------------------------

NamedTable table_of(Input input) {
  // Parse text
  if (input.format == Format::json || input.format == Format::text) {
    const auto bytes = text_bytes(input);
    return input.format == Format::json ? parse_table_json(text_of(bytes), input.path)
                                        : parse_named_csv(text_of(bytes), input.path);
  }

  // Fold all axes of an array but the last into rows
  const std::string spec = input.spec;
  const auto array = open_array(std::move(input));
  const Shape shape = array->shape();
  if (shape.rank() < 2)
    throw Error(spec, "an array of rank 2 or more", to_string(shape),
                "rows are samples, or values of x: reshape it to [rows, columns]");
  return {Tensor<double>(Shape{shape.n_rows(), shape.n_cols()}, array->all().values())};
}

Tensor<double> parse_matrix_json(const std::string& text, const std::string& where) { return parse_table_json(text, where).values; }

NamedTable parse_table(std::span<const std::byte> bytes, const std::string& where) {
  return table_of(
      {where, where, "", ByteReader(bytes, where), format_of(bytes.first(std::min<std::size_t>(4096, bytes.size())), where)});
}
Tensor<double> parse_matrix(std::span<const std::byte> bytes, const std::string& where) { return parse_table(bytes, where).values; }

NamedTable read_table(const std::string& spec) { return table_of(open_input(spec)); }
Tensor<double> read_matrix(const std::string& spec) { return read_table(spec).values; }

// --- labels ----------------------------------------------------------------------------------------------------------------

namespace {

constexpr const char* kLabelHint = "one line for each sample, one column for each set of labels: [[0], [0], [1]] or [0, 0, 1]";

// A table of labels, whole numbers or numbers in place of words.
struct LabelTable {
  Shape shape;
  std::vector<long> labels;
};

[[noreturn]] void refuse_labels(const std::string& spec, const Shape& z, const std::string& got) {
  const std::string n = std::to_string(z.n_rows());
  throw Error(spec,
              "labels [" + n + ", 1], one for each row of z" + (z.rank() > 2 ? ", or one for each position of its sequences" : ""),
              got, kLabelHint);
}

// The cells of a text, each word as its number in order of appearance.
struct WordTable {
  std::vector<std::string> words;
  std::vector<long> cells;
  long n_lines = 0, n_cols = 0;
};

WordTable words_of(std::string_view text, const std::string& spec) {
  WordTable t;
  auto& [words, cells, n_lines, n_cols] = t;
  std::map<std::string, long, std::less<>> number;
  for (DelimitedReader reader(text, spec); reader.next(); ++n_lines) {
    // Require as many cells as above
    if (n_lines == 0) n_cols = static_cast<long>(reader.cells().size());
    if (static_cast<long>(reader.cells().size()) != n_cols)
      throw Error(spec, std::to_string(n_cols) + " labels, as in the lines above",
                  std::to_string(reader.cells().size()) + " in line " + std::to_string(reader.line()),
                  "labels with blanks in them stand in quotes");

    // Number the words in them
    for (const Cell& cell : reader.cells()) {
      if (cell.text.empty())
        throw Error(spec, "a label", "nothing" + place(reader.line(), cells.size() % n_cols + 1),
                    "take lines without labels out, of z as well");
      const auto [known, is_new] = number.emplace(cell.text, static_cast<long>(words.size()));
      if (is_new) words.emplace_back(cell.text);
      cells.push_back(known->second);
    }
  }
  return t;
}

// Labels of a text, without a line of names on top: words above numbers, or one line more than there are rows.
LabelTable labels_of_text(std::string_view text, const std::string& spec, const Shape& z) {
  // Pass over a line of names
  auto [words, cells, n_lines, n_cols] = words_of(text, spec);
  const auto fits = [&](long n) { return n == z.n_rows() || (z.rank() > 2 && n == z[0]); };
  const auto is_word = [&words = words](long cell) { return !number_in(words[cell]); };
  const auto below = cells.begin() + n_cols;
  const bool words_above = n_lines > 1 && std::all_of(cells.begin(), below, is_word) && std::none_of(below, cells.end(), is_word);
  if (words_above || (!fits(n_lines) && fits(n_lines - 1))) cells.erase(cells.begin(), below), --n_lines;
  if (!fits(n_lines)) refuse_labels(spec, z, to_string(Shape{n_lines, n_cols}));

  // Take numbers as what they are, where there is no word among them
  LabelTable table{Shape{n_lines, n_cols}, std::move(cells)};
  if (std::any_of(table.labels.begin(), table.labels.end(), is_word)) return table;
  for (long& cell : table.labels) cell = whole(*number_in(words[cell]), spec);
  return table;
}

LabelTable labels_of_json(std::string_view text, const std::string& spec) {
  // Read a list of lists, or a flat list as one column; a word stands where a number does
  const auto document = parse_json(text, spec, kMatrixHint);
  if (!document.is_array() || document.empty()) throw Error(spec, "a list of labels", document.type_name(), kLabelHint);
  const bool flat = !document[0].is_array();
  const std::size_t n_cols = flat ? 1 : document[0].size();
  LabelTable table{Shape{static_cast<long>(document.size()), static_cast<long>(n_cols)}, {}};

  // Number the words
  std::map<std::string, long> number;
  for (std::size_t i = 0; i < document.size(); ++i)
    for (std::size_t k = 0; k < n_cols; ++k) {
      if (!flat && (!document[i].is_array() || document[i].size() != n_cols))
        throw Error(spec, "rows of " + std::to_string(n_cols) + " labels", "another row " + std::to_string(i), kLabelHint);
      const auto& label = flat ? document[i] : document[i][k];
      if (label.is_string())
        table.labels.push_back(number.emplace(label.get<std::string>(), static_cast<long>(number.size())).first->second);
      else if (label.is_number()) table.labels.push_back(whole(label.get<double>(), spec));
      else throw Error(spec, "numbers or words", std::string(label.type_name()) + " in row " + std::to_string(i), kLabelHint);
    }

  // Refuse numbers beside words
  if (!number.empty() && std::any_of(document.begin(), document.end(), [&](const auto& row) {
        return flat ? row.is_number() : std::any_of(row.begin(), row.end(), [](const auto& label) { return label.is_number(); });
      }))
    throw Error(spec, "labels of one kind", "words and numbers", "write all of them as words, or all as numbers");
  return table;
}

LabelTable label_table(const std::string& spec, const Shape& z) {
  Input input = open_input(spec);
  if (input.format == Format::text || input.format == Format::json) {
    const auto bytes = text_bytes(input);
    return input.format == Format::json ? labels_of_json(text_of(bytes), spec) : labels_of_text(text_of(bytes), spec, z);
  }

  // Take the integers of an array; a float is one in a safetensors file only by mistake, while NumPy makes floats of everything
  const bool stored = input.format == Format::safetensors;
  const auto array = open_array(std::move(input));
  if (stored && array->floating()) throw Error(spec, "integers", "floating-point numbers", "store the labels as I64");
  LabelTable table{array->shape(), {}};
  const auto values = array->all();
  for (const double x : values.values()) table.labels.push_back(whole(x, spec));
  return table;
}

}  // namespace

Labels read_labels(const std::string& spec, const Shape& z) {
  // Say which of the shapes it is: [n], [n, k], [N, L] or [N, L, k]
  const auto table = label_table(spec, z);
  const Shape& s = table.shape;
  const long n = z.n_rows(), size = static_cast<long>(table.labels.size());
  const bool per_row = s.rank() <= 2 && s.rank() >= 1 && s[0] == n;
  const bool sequences = !per_row && z.rank() > 2 && s.rank() >= 2 && s[0] == z[0] && s[0] * s[1] == n;
  const bool per_position = sequences && s.rank() == 2, sets = sequences && s.rank() == 3;
  if (n < 1 || size < n || !(per_row || per_position || sets)) refuse_labels(spec, z, to_string(s));

  // Take the columns apart
  Labels labels;
  if (per_position) labels.length = s[1];
  labels.columns.resize(size / n);
  const long k = size / n;
  for (long i = 0; i < size; ++i) labels.columns[i % k].push_back(table.labels[i]);
  return labels;
}

std::vector<std::vector<long>> read_label_columns(const std::string& spec, long n) {
  return read_labels(spec, Shape{n, 1}).columns;
}

// --- one tensor of a safetensors file --------------------------------------------------------------------------------------

namespace {

// The one tensor that is meant, of those that there are.
std::string meant(const Input& input, const std::vector<std::string>& names) {
  if (!input.name.empty()) return input.name;
  if (names.size() == 1) return names[0];
  throw Error(input.spec, "a file of one tensor, or FILE:TENSOR",
              names.empty() ? "an empty file" : std::to_string(names.size()) + " tensors",
              names.empty() ? "name another file" : "say which, as in " + input.spec + ":" + names[0]);
}

}  // namespace

NamedTensor read_named_tensor(const std::string& spec) {
  // Read one tensor of a file; of a pipe all, for it does not go back
  Input input = open_input(spec);
  if (input.bytes.size()) {
    OpenTensors file(input.path);
    const std::string name = meant(input, file.names());
    return {file.only(name), name};
  }
  TensorFile file = parse_safetensors(input.bytes.rest(), input.path);
  std::vector<std::string> names;
  for (const StoredTensor& t : file.tensors) names.push_back(t.name);
  return {std::move(file), meant(input, names)};
}

}  // namespace etalon::file
