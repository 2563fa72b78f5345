// SPDX-License-Identifier: Apache-2.0
// delimited.h — text with cells: a row a line, one separator throughout, quotes as RFC 4180 has them.
//
// SEPARATOR   The first line that is no comment says it: `;` if it holds one outside quotes, else a tab, else `,`, else blanks (one
//             or more together). A tab beside a comma, or at the end of the line, is a blank.
// CELLS       Blanks around a cell do not count. A cell that begins with a double quote ends with the next one, and may hold
//             separators, line breaks and, doubled, quotes.
// COMMENTS    Lines on top that begin with # are comments. Below they are cells as others are; "#" in quotes is a cell anywhere.
// LINES       end in \n or \r\n. A byte order mark is passed over, and so are empty lines at the end.
//
// ERRORS      An empty line in between, a quote that is not closed, text behind a closing quote; each with its line.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::file {

struct Cell {
  std::string_view text;
  bool quoted = false;
};

// A cursor over the lines. The text outlives it; a cell lives until the next line is read.
class DelimitedReader {
 public:
  DelimitedReader(std::string_view text, std::string where);

  // Reads the next line; false at the end.
  bool next();
  const std::vector<Cell>& cells() const { return cells_; }
  long line() const { return line_; }  // of the first character of what was read, from 1

  char separator() const { return separator_; }                                // ; \t , or a blank
  const std::vector<std::string_view>& comments() const { return comments_; }  // without their #

 private:
  bool is_blank(char c) const { return c == ' ' || (c == '\t' && separator_ != '\t') || c == '\r'; }
  void read_cell();
  void read_quoted();
  bool at_end_of_line() const { return at_ >= text_.size() || text_[at_] == '\n'; }

  std::string_view text_;
  std::string where_;
  std::size_t at_ = 0;
  long line_ = 0, next_line_ = 1;
  char separator_ = ',';
  std::vector<std::string_view> comments_;
  std::vector<Cell> cells_;
  std::deque<std::string> unescaped_;  // cells that held doubled quotes
};

// The number that the whole cell spells, finite or not, with a decimal point.
std::optional<double> number_in(std::string_view cell);

// A cell as a message shows it: in quotes, at most 30 bytes, nothing that a terminal obeys; "nothing" for an empty one.
std::string shown(std::string_view cell);

// " at line 2, column 3", both from 1; columns count cells.
std::string place(long line, std::size_t column);

}  // namespace etalon::file
