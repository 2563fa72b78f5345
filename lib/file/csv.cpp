// SPDX-License-Identifier: Apache-2.0
#include "file/csv.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "base/error.h"

namespace etalon::file {
namespace {

constexpr const char* kCsvHint =
    "one row a line, commas between the numbers, at most one line of names on top: numpy.savetxt(f, p, '%.17g', ',')";

std::string_view trimmed(std::string_view s) {
  const auto first = s.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view() : s.substr(first, s.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> pieces(std::string_view text, char separator) {
  std::vector<std::string_view> all;
  for (;;) {
    const auto end = text.find(separator);
    all.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return all;
    text.remove_prefix(end + 1);
  }
}

// The number that the whole cell spells, finite or not.
std::optional<double> number(std::string_view cell) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  double x = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), x);
  if (cell.empty() || error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return x;
}

bool is_names(const std::vector<std::string_view>& cells) {
  for (const auto cell : cells)
    if (!number(trimmed(cell))) return true;
  return false;
}

// At most 30 characters of untrusted text, safe to stand in a message.
std::string shown(std::string_view text) {
  std::string safe(text.substr(0, 30));
  for (char& c : safe)
    if (c < ' ' || c > '~') c = '?';
  return safe.empty() ? "nothing" : "'" + safe + "'";
}

std::string place(std::size_t line, std::size_t column) {
  return " at line " + std::to_string(line) + ", column " + std::to_string(column);
}

double entry(std::string_view cell, std::size_t line, std::size_t column, const std::string& where) {
  const auto x = number(cell);
  const bool other = cell.find_first_of(";\t ") != std::string_view::npos;
  if (!x)
    throw Error(where, "a number", shown(cell) + place(line, column),
                other ? "numbers are separated by commas, and 1/2 is written 0.5" : kCsvHint);
  if (!std::isfinite(*x)) throw Error(where, "a finite number", shown(cell) + place(line, column), kCsvHint);
  return *x;
}

}  // namespace

Tensor<double> parse_csv(std::string_view text, const std::string& where) {
  // Take off the byte order mark and the empty lines at the end
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  auto lines = pieces(text, '\n');
  while (!lines.empty() && trimmed(lines.back()).empty()) lines.pop_back();

  std::vector<double> values;
  std::size_t n_cols = 0;
  long n_rows = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // Pass over a first line of names
    const auto cells = pieces(lines[i], ',');
    if (i == 0 && (trimmed(lines[0]).starts_with('#') || is_names(cells))) {
      // Read an only line as a row that went wrong; where it begins with #, there is no row
      if (lines.size() > 1) continue;
      if (trimmed(lines[0]).starts_with('#')) break;
    }

    // Read a row of numbers, as many as in the rows above
    if (trimmed(lines[i]).empty()) throw Error(where, "numbers", "an empty line " + std::to_string(i + 1), kCsvHint);
    for (std::size_t k = 0; k < cells.size(); ++k) values.push_back(entry(trimmed(cells[k]), i + 1, k + 1, where));
    if (n_rows == 0) n_cols = cells.size();
    if (cells.size() != n_cols)
      throw Error(where, std::to_string(n_cols) + " numbers, as in the rows above",
                  std::to_string(cells.size()) + " in line " + std::to_string(i + 1), kCsvHint);
    ++n_rows;
  }
  if (n_rows == 0) throw Error(where, "rows of numbers", "none", kCsvHint);
  return Tensor<double>(Shape{n_rows, static_cast<long>(n_cols)}, std::move(values));
}

}  // namespace etalon::file
