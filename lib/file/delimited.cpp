// SPDX-License-Identifier: Apache-2.0
#include "file/delimited.h"

#include <charconv>

#include "base/error.h"
#include "base/terminal.h"

namespace etalon::file {
namespace {

constexpr const char* kQuotes = "a cell in quotes ends with a quote; a quote inside is written twice: \"say \"\"so\"\"\"";

std::string_view trimmed(std::string_view s, const char* blanks) {
  const auto first = s.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view() : s.substr(first, s.find_last_not_of(blanks) - first + 1);
}

// True if the tab at `at` separates cells: no comma beside it, and something behind it.
bool separates(std::string_view line, std::size_t at) {
  const auto before = line.find_last_not_of(" \t", at), after = line.find_first_not_of(" \t\r", at);
  if (after == std::string_view::npos) return false;
  return line[after] != ',' && (before == std::string_view::npos || line[before] != ',');
}

// The separator that the first line asks for; `text` begins there.
char separator_of(std::string_view text) {
  bool tab = false, comma = false, blank = false, quoted = false;
  const std::string_view line = text.substr(0, text.find('\n'));
  for (std::size_t at = 0; at < line.size(); ++at) {
    // Look at what stands outside quotes only
    const char c = line[at];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;

    // Take a semicolon at once, and remember what else there is
    if (c == ';') return ';';
    tab = tab || (c == '\t' && separates(line, at));
    comma = comma || c == ',';
    blank = blank || c == ' ' || c == '\t';
  }
  return tab ? '\t' : comma || !blank ? ',' : ' ';
}

}  // namespace

DelimitedReader::DelimitedReader(std::string_view text, std::string where) : text_(text), where_(std::move(where)) {
  // Pass over a byte order mark; refuse the one of another encoding
  if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff"))
    throw Error(where_, "text in UTF-8", "text in UTF-16", "save it as UTF-8: iconv -f UTF-16 -t UTF-8");

  // Take off empty lines at the end
  for (auto last = text_.rfind('\n'); last != std::string_view::npos && trimmed(text_.substr(last), " \t\r\n").empty();
       last = text_.rfind('\n'))
    text_ = text_.substr(0, last);

  // Set comments on top aside
  while (at_ < text_.size()) {
    const auto end = std::min(text_.find('\n', at_), text_.size());
    const auto line = trimmed(text_.substr(at_, end - at_), " \t\r");
    if (!line.starts_with('#')) break;
    comments_.push_back(trimmed(line.substr(1), " \t"));
    at_ = std::min(end + 1, text_.size()), ++next_line_;
  }
  separator_ = separator_of(trimmed(text_.substr(at_), "\r\n"));
}

bool DelimitedReader::next() {
  // Stop behind the last line
  cells_.clear(), unescaped_.clear();
  line_ = next_line_;
  if (at_ >= text_.size()) return false;
  const auto end = std::min(text_.find('\n', at_), text_.size());
  if (trimmed(text_.substr(at_, end - at_), " \t\r").empty())
    throw Error(where_, "a row of cells", "an empty line " + std::to_string(line_), "take empty lines out");

  // Read cell after cell; blanks as a separator may also stand at both ends
  while (separator_ == ' ' && !at_end_of_line() && is_blank(text_[at_])) ++at_;
  for (;;) {
    read_cell();
    while (!at_end_of_line() && is_blank(text_[at_])) ++at_;
    if (at_end_of_line()) break;
    if (separator_ != ' ') ++at_;
  }
  ++at_, ++next_line_;
  return true;
}

void DelimitedReader::read_cell() {
  while (!at_end_of_line() && is_blank(text_[at_])) ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return read_quoted();
  const std::size_t first = at_;
  while (!at_end_of_line() && text_[at_] != separator_ && !(separator_ == ' ' && is_blank(text_[at_]))) ++at_;
  cells_.push_back({trimmed(text_.substr(first, at_ - first), separator_ == '\t' ? " \r" : " \t\r"), false});
}

void DelimitedReader::read_quoted() {
  // Find the quote that closes: the first that is not doubled
  const std::size_t first = ++at_;
  bool doubled = false;
  for (;; ++at_) {
    if (at_ >= text_.size())
      throw Error(where_, "a closing quote",
                  "none for column " + std::to_string(cells_.size() + 1) + " of line " + std::to_string(line_), kQuotes);
    if (text_[at_] == '\n') ++next_line_;
    if (text_[at_] != '"') continue;
    if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
    doubled = true, ++at_;
  }
  std::string_view inside = text_.substr(first, at_++ - first);

  // Make one quote of two
  if (doubled) {
    std::string& plain = unescaped_.emplace_back();
    for (std::size_t i = 0; i < inside.size(); ++i) {
      plain += inside[i];
      if (inside[i] == '"') ++i;
    }
    inside = plain;
  }
  cells_.push_back({inside, true});

  // Require that the cell ends here
  const std::size_t behind = at_;
  while (!at_end_of_line() && is_blank(text_[at_])) ++at_;
  if (!at_end_of_line() && text_[at_] != separator_ && !(separator_ == ' ' && at_ > behind))
    throw Error(where_, "a separator behind a closing quote", shown(text_.substr(at_, 1)) + place(line_, cells_.size()), kQuotes);
}

std::optional<double> number_in(std::string_view cell) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  double x = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), x);
  if (cell.empty() || error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return x;
}

std::string shown(std::string_view cell) { return cell.empty() ? "nothing" : "'" + safe_name(cell.substr(0, 30)) + "'"; }

std::string place(long line, std::size_t column) {
  return " at line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace etalon::file
