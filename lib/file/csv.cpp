// SPDX-License-Identifier: Apache-2.0
#include "file/csv.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "file/delimited.h"

namespace etalon::file {
namespace {

constexpr const char* kCsvHint =
    "one row a line, one separator (, ; tab or blanks), at most one line of names on top: numpy.savetxt(f, p, '%.17g', ',')";

using Names = std::vector<std::string>;

// A line whose cells outlive the reader's next step.
struct Line {
  explicit Line(const DelimitedReader& reader) : number(reader.line()) {
    for (const Cell& cell : reader.cells()) texts.emplace_back(cell.text), quoted.push_back(cell.quoted);
  }
  long n_numbers() const {
    return std::count_if(texts.begin(), texts.end(), [](const std::string& t) { return number_in(t).has_value(); });
  }
  bool all_quoted() const { return std::find(quoted.begin(), quoted.end(), false) == quoted.end(); }
  std::size_t size() const { return texts.size(); }

  Names texts;
  std::vector<bool> quoted;
  long number;
};

// What to do about a cell that is no number.
const char* hint_for(std::string_view cell, char separator) {
  const auto comma = cell.find(',');
  if (comma != std::string_view::npos && number_in(cell.substr(0, comma)) && number_in(cell.substr(comma + 1)))
    return separator == ';' || separator == '\t' || separator == ' ' ? "numbers are written with a decimal point: 0.5, not 0,5"
                                                                     : kCsvHint;
  if (cell.find_first_of(";\t, ") != std::string_view::npos)
    return "the first line says what separates cells (, ; tab or blanks), and 1/2 is written 0.5";
  const bool word = !cell.empty() && std::all_of(cell.begin(), cell.end(),
                                                 [](unsigned char c) { return std::isalpha(c) != 0 || c == '_' || c >= 0x80; });
  return word ? "if each line is one sample, these are words to count: `etalon ib samples FILE`, or --samples" : kCsvHint;
}

// True if the line `first` holds names; `second` is the line below, or nullptr. Error: it may and may not.
bool holds_names(const Line& first, const Line* second, const std::string& where) {
  // Decide what is beyond doubt
  const auto n_numbers = static_cast<std::size_t>(first.n_numbers());
  if (!second) return false;
  if (first.all_quoted() && !second->all_quoted()) return true;
  if (first.texts[0].empty() && first.size() > 1) return true;
  if (n_numbers == 0 || n_numbers == first.size()) return n_numbers == 0;

  // Refuse the rest, with one word and one number of it
  std::size_t word = 0, number = 0;
  while (number_in(first.texts[word])) ++word;
  while (!number_in(first.texts[number])) ++number;
  throw Error(where, "a first line of numbers or of names",
              shown(first.texts[word]) + " beside " + shown(first.texts[number]) + place(first.number, word + 1),
              word == 0 ? "names that spell numbers stand in quotes, or behind an empty first cell; a row with a name needs a line "
                          "of names above it"
                        : "names that spell numbers stand in quotes; is it a row with a slip?");
}

class TableParser {
 public:
  TableParser(std::string_view text, const std::string& where) : reader_(text, where), where_(where) {}

  NamedTable parse() {
    // Look at the first two lines: the first may hold names
    if (!reader_.next()) throw Error(where_, "rows of numbers", "none", kCsvHint);
    const Line first(reader_);
    const bool more = reader_.next();
    const bool named = more ? holds_names_above(first) : false;

    // Take the rows, the first line among them unless it holds names
    if (!named) add_row(first.texts, first.number);
    if (more) do
        add_row(texts_of(reader_.cells()), reader_.line());
      while (reader_.next());

    // Take the names of the columns from a comment where they have none
    NamedTable table{Tensor<double>(Shape{n_rows_, static_cast<long>(n_cols_)}, std::move(values_)), std::move(row_names_), {}, {}};
    if (named) name_columns(first, table);
    else if (!reader_.comments().empty()) name_columns_by_comment(table);
    return table;
  }

 private:
  static std::vector<std::string_view> texts_of(const std::vector<Cell>& cells) {
    std::vector<std::string_view> texts;
    for (const Cell& cell : cells) texts.push_back(cell.text);
    return texts;
  }

  // Whether the first line holds names, and if so whether the lines below begin with names of their own.
  bool holds_names_above(const Line& first) {
    const Line second(reader_);
    if (!holds_names(first, &second, where_)) return false;
    const bool one_short = first.size() + 1 == second.size();
    by_place_ = (first.texts[0].empty() && first.size() > 1) || one_short;
    named_rows_ = by_place_ || (second.size() > 1 && !number_in(second.texts[0]) && !second.texts[0].empty());
    return true;
  }

  template <class Texts>
  void add_row(const Texts& cells, long line) {
    // Take the name in front; where it is taken for one because it is no number, none of the column is
    std::size_t first = 0;
    if (named_rows_) {
      if (!by_place_ && number_in(cells[0])) refuse_number(row_names_.at(0), first_line_, 0);
      if (row_names_.empty()) first_line_ = line;
      row_names_.emplace_back(cells[0]);
      first = 1;
    }

    // Take the numbers, as many as in the rows above
    for (std::size_t k = first; k < cells.size(); ++k) {
      const auto x = number_in(cells[k]);
      if (!x) refuse_number(cells[k], line, k);
      if (!std::isfinite(*x)) throw Error(where_, "a finite number", shown(cells[k]) + place(line, k + 1), kCsvHint);
      values_.push_back(*x);
    }
    if (n_rows_ == 0) n_cols_ = cells.size() - first;
    if (cells.size() - first != n_cols_ || n_cols_ == 0)
      throw Error(where_, std::to_string(n_cols_) + " numbers, as in the rows above",
                  std::to_string(cells.size() - first) + " in line " + std::to_string(line), kCsvHint);
    ++n_rows_;
  }

  [[noreturn]] void refuse_number(std::string_view cell, long line, std::size_t column) const {
    throw Error(where_, "a number", shown(cell) + place(line, column + 1), hint_for(cell, reader_.separator()));
  }

  void name_columns(const Line& first, NamedTable& table) const {
    // Leave out what stands above the names of the rows
    const bool corner = named_rows_ && first.size() == n_cols_ + 1;
    table.column_names.assign(first.texts.begin() + (corner ? 1 : 0), first.texts.end());
    if (table.column_names.size() != n_cols_)
      throw Error(where_, std::to_string(n_cols_) + " names in the first line, as many as there are columns",
                  std::to_string(table.column_names.size()), kCsvHint);

    // Say aloud that numbers were taken for names
    std::string numbers;
    for (const auto& name : table.column_names)
      if (number_in(name)) numbers += (numbers.empty() ? "" : ", ") + shown(name);
    if (numbers.size() > 100) numbers = numbers.substr(0, 100) + " ...";
    if (!numbers.empty()) table.remark = where_ + ": the first line is taken for names: " + numbers;
  }

  void name_columns_by_comment(NamedTable& table) const {
    DelimitedReader comment(reader_.comments().back(), where_);
    try {
      if (!comment.next() || comment.cells().size() != n_cols_) return;
    } catch (const Error&) {
      return;  // a comment may be anything
    }
    const Line names(comment);
    if (names.n_numbers() == 0) table.column_names = names.texts;
  }

  DelimitedReader reader_;
  const std::string& where_;
  std::vector<double> values_;
  Names row_names_;
  bool named_rows_ = false, by_place_ = false;  // by_place_: the line of names says so
  std::size_t n_cols_ = 0;
  long n_rows_ = 0, first_line_ = 0;
};

}  // namespace

NamedTable parse_named_csv(std::string_view text, const std::string& where) { return TableParser(text, where).parse(); }

Tensor<double> parse_csv(std::string_view text, const std::string& where) { return parse_named_csv(text, where).values; }

}  // namespace etalon::file
