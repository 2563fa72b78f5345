// SPDX-License-Identifier: Apache-2.0
#include "file/samples.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/bits.h"
#include "base/error.h"
#include "base/terminal.h"
#include "file/delimited.h"
#include "file/matrix_file.h"

namespace etalon::file {
namespace {

constexpr const char* kSampleHint =
    "one line for each sample, one separator (, ; tab or blanks); cells with blanks in them stand in quotes";

// A column while it is read: the words that occur, and which of them each sample has.
struct Reading {
  std::map<std::string, long, std::less<>> number;
  std::vector<std::string> words;
  std::vector<long> cells;

  void add(std::string_view text) {
    auto known = number.find(text);
    if (known == number.end()) {
      known = number.emplace(text, static_cast<long>(words.size())).first;
      words.emplace_back(text);
    }
    cells.push_back(known->second);
  }
  bool all_numbers() const {
    return std::all_of(words.begin(), words.end(), [](const std::string& w) { return number_in(w).has_value(); });
  }
};

void require_value(const Cell& cell, long line, std::size_t column, const std::string& where) {
  const auto x = number_in(cell.text);
  if (cell.text.empty() || (x && !std::isfinite(*x)))
    throw Error(where, "a value", shown(cell.text) + place(line, column),
                "leave samples out of which a value is missing; say so where you report the result");
}

// True if the cells of the first line name the columns below. `undecided`: nothing speaks for or against it.
bool names_columns(const std::vector<std::string>& first, const std::vector<Reading>& below, bool& undecided,
                   const std::string& where) {
  bool names = false, sample = false;
  for (std::size_t k = 0; k < first.size(); ++k) {
    const bool number = number_in(first[k]).has_value(), above_numbers = below[k].all_numbers();
    names = names || (!number && above_numbers);
    sample = sample || (number && above_numbers) || below[k].number.contains(first[k]);
  }
  if (names && sample)
    throw Error(where, "a first line that holds names, or a sample", "one that may be either: " + shown(first[0]) + " ...",
                "say which: --first-line names, or --first-line sample");
  undecided = !names && !sample;
  return !sample;
}

// The column as it is used: symbols in order of appearance, numbers by what they are.
SampleColumn finished(Reading reading, std::string name) {
  // Note what each word is worth, if all are numbers
  SampleColumn column;
  column.name = std::move(name);
  const bool numbers = reading.all_numbers();
  std::vector<double> worth;
  if (numbers)
    for (const auto& word : reading.words) worth.push_back(*number_in(word) + 0.0);  // + 0.0 turns -0 into 0

  // Number the symbols in order of first appearance; 1 and 1.0 are one
  std::vector<long> symbol_of(reading.words.size(), -1);
  std::map<double, long> by_worth;
  for (const long cell : reading.cells) {
    long& symbol = symbol_of[cell];
    if (symbol < 0 && numbers) symbol = by_worth.emplace(worth[cell], static_cast<long>(column.values.size())).first->second;
    if (symbol < 0) symbol = static_cast<long>(column.values.size());
    if (symbol == static_cast<long>(column.values.size())) column.values.push_back(reading.words[cell]);
    column.symbols.push_back(symbol);
    if (numbers) column.numbers.push_back(worth[cell]);
  }
  return column;
}

Samples samples_of(const NamedTable& table, const std::string& where) {
  Samples samples;
  samples.n = table.values.n_rows();
  samples.remark = table.remark;
  for (long k = 0; k < table.values.n_cols(); ++k) {
    Reading reading;
    for (long i = 0; i < samples.n; ++i) {
      const double x = table.values[i * table.values.n_cols() + k];
      require_value({std::isfinite(x) ? "0" : "nan", false}, i + 1, static_cast<std::size_t>(k) + 1, where);
      reading.add(shortest(x));
    }
    samples.columns.push_back(
        finished(std::move(reading), table.column_names.empty() ? std::to_string(k + 1) : table.column_names[k]));
  }
  return samples;
}

}  // namespace

Samples parse_samples(std::string_view text, const std::string& where, FirstLine first_line) {
  // Set the first line aside
  DelimitedReader reader(text, where);
  if (!reader.next()) throw Error(where, "samples", "none", kSampleHint);
  std::vector<std::string> first;
  for (const Cell& cell : reader.cells()) first.emplace_back(cell.text);
  const long n_first = reader.line();

  // Read the lines below, column by column
  std::vector<Reading> columns(first.size());
  Samples samples;
  for (; reader.next(); ++samples.n) {
    const auto& cells = reader.cells();
    if (cells.size() != columns.size())
      throw Error(where, std::to_string(columns.size()) + " cells, as in the lines above",
                  std::to_string(cells.size()) + " in line " + std::to_string(reader.line()), kSampleHint);
    for (std::size_t k = 0; k < cells.size(); ++k) {
      require_value(cells[k], reader.line(), k + 1, where);
      columns[k].add(cells[k].text);
    }
  }

  // Decide what the first line is
  bool undecided = false;
  const bool names = first_line == FirstLine::names ||
                     (first_line == FirstLine::as_it_tells && samples.n > 0 && names_columns(first, columns, undecided, where));

  // Say that it is taken for names where nothing tells, or put it before the others
  if (undecided) {
    samples.remark = where + ": the first line is taken for names: ";
    for (std::size_t k = 0; k < first.size() && k < 8; ++k) samples.remark += (k ? ", " : "") + shown(first[k]);
    samples.remark += " (if it is a sample: etalon ib samples --first-line sample)";
  }
  if (!names) {
    for (std::size_t k = 0; k < first.size(); ++k) {
      require_value({first[k], false}, n_first, k + 1, where);
      columns[k].add(first[k]);
      std::rotate(columns[k].cells.begin(), columns[k].cells.end() - 1, columns[k].cells.end());
    }
    ++samples.n;
  }

  // Finish the columns
  if (samples.n == 0) throw Error(where, "samples", "a line of names alone", kSampleHint);
  for (std::size_t k = 0; k < first.size(); ++k)
    samples.columns.push_back(finished(std::move(columns[k]), names ? first[k] : std::to_string(k + 1)));
  return samples;
}

Samples read_samples(const std::string& spec, FirstLine first_line) {
  Input input = open_input(spec);
  if (input.format != Format::text) return samples_of(table_of(std::move(input)), spec);
  const auto bytes = text_bytes(input);
  return parse_samples({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, input.path, first_line);
}

const SampleColumn& column_named(const Samples& samples, const std::string& name, const std::string& where) {
  // Look for the name, then for the number
  std::string known;
  for (std::size_t k = 0; k < samples.columns.size(); ++k) {
    if (samples.columns[k].name == name) return samples.columns[k];
    if (k < 20) known += (k ? ", " : "") + safe_name(samples.columns[k].name);
  }
  for (std::size_t k = 0; k < samples.columns.size(); ++k)
    if (std::to_string(k + 1) == name) return samples.columns[k];
  throw Error(where, "the name or the number of a column", "'" + safe_name(name) + "'",
              "there are " + known + (samples.columns.size() > 20 ? ", ..." : ""));
}

SampleColumn combined(const std::vector<const SampleColumn*>& columns) {
  // Leave a single column as it is
  if (columns.empty()) throw Error("file.combined", "a column", "none", "name at least one");
  if (columns.size() == 1) return *columns[0];

  // Number the tuples in order of first appearance
  SampleColumn all;
  std::map<std::vector<long>, long> number;
  for (std::size_t i = 0; i < columns[0]->symbols.size(); ++i) {
    std::vector<long> tuple;
    for (const auto* column : columns) tuple.push_back(column->symbols[i]);
    const auto [known, is_new] = number.emplace(std::move(tuple), static_cast<long>(number.size()));
    all.symbols.push_back(known->second);
    if (!is_new) continue;
    std::string& value = all.values.emplace_back();
    for (const auto* column : columns) value += (value.empty() ? "" : ", ") + column->values[column->symbols[i]];
  }
  for (const auto* column : columns) all.name += (all.name.empty() ? "" : ", ") + column->name;
  return all;
}

}  // namespace etalon::file
