// SPDX-License-Identifier: Apache-2.0
#include "file/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/input_file.h"

namespace etalon::file {
namespace {

// A pointer into the text that tells how far the parser has come: its events do not.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

// Builds the document from the parser's events: a brace, a key, a value. What REFUSES names is refused before it is kept.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, const std::string& where, const std::string& hint)
      : text_(text), where_(where), hint_(hint), reached_(text.data()) {}

  Json document;

  void parse() {
    const Cursor first(text_.data(), &reached_), last(text_.data() + text_.size(), &reached_);
    Json::sax_parse(first, last, this);
  }

  bool null() override { return keep(nullptr); }
  bool boolean(bool value) override { return keep(value); }
  bool number_unsigned(number_unsigned_t value) override { return keep(value); }
  bool number_float(number_float_t value, const string_t&) override { return keep(value); }
  bool binary(binary_t&) override { return false; }  // JSON has none

  // What is signed is below 0, or -0
  bool number_integer(number_integer_t value) override { return value == 0 ? keep(-0.0) : keep(value); }

  bool string(string_t& value) override {
    require_no_zero_byte(value);
    return keep(std::move(value));
  }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool end_object() override { return close(); }

  bool key(string_t& key) override {
    require_no_zero_byte(key);
    if (key.size() > kLongestKey)
      refuse("keys of at most " + std::to_string(kLongestKey) + " bytes", "one of " + std::to_string(key.size()));
    if (!open_.back().keys.insert(key).second) refuse("each key once", "a second " + in_quotes(key) + within());
    open_.back().key = std::move(key);
    return true;
  }

  bool parse_error(std::size_t, const std::string& token, const nlohmann::detail::exception& fault) override {
    constexpr int kOverflow = 406;  // nlohmann's number for it
    if (fault.id == kOverflow) refuse("numbers that a double holds", in_quotes(token));
    std::string what = fault.what();
    what = what.substr(what.find(": ") + 2);  // without the parser's name and its own count of columns
    refuse("JSON", what.size() > kLongestReason ? what.substr(0, kLongestReason) + "..." : what);
  }

 private:
  static constexpr std::size_t kLongestReason = 240;

  // An array or object that is not closed yet, and of an object the keys that were seen.
  struct Open {
    Json* value;
    std::string key;
    std::set<std::string> keys;
  };

  // Puts a value where the parser stands. At the end of an object: its keys are new, and a search for them would be quadratic.
  Json& place(Json value) {
    if (open_.empty()) return document = std::move(value);
    if (open_.back().value->is_array()) {
      auto& items = open_.back().value->get_ref<Json::array_t&>();
      items.push_back(std::move(value));
      return items.back();
    }
    Json::object_t::Container& items = open_.back().value->get_ref<Json::object_t&>();
    items.emplace_back(open_.back().key, std::move(value));
    return items.back().second;
  }
  bool keep(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json value) {
    if (open_.size() == kDeepest) refuse("at most " + std::to_string(kDeepest) + " brackets inside each other", "more");
    Json& placed = place(std::move(value));
    open_.push_back({&placed, {}, {}});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  void require_no_zero_byte(const std::string& text) const {
    if (text.find('\0') != std::string::npos) refuse("text without a zero byte", in_quotes(text));
  }

  // " in claims[3]": the object that the parser is in; "" for the outermost.
  std::string within() const {
    std::string path;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      const Json& parent = *open_[i].value;
      if (parent.is_array()) path += "[" + std::to_string(parent.size() - 1) + "]";
      else path += (path.empty() ? "" : ".") + open_[i].key;
    }
    return path.empty() ? "" : " in " + (path.size() > kLongestReason ? path.substr(0, kLongestReason) + "..." : path);
  }

  [[noreturn]] void refuse(const std::string& expected, const std::string& got) const {
    const std::string_view before = text_.substr(0, reached_ - text_.data());
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.find_last_of('\n') + 1;  // npos + 1 = 0
    throw Error(where_, expected, got + " at line " + std::to_string(line) + ", column " + std::to_string(before.size() - start),
                hint_);
  }

  std::string_view text_;
  const std::string &where_, &hint_;
  const char* reached_;
  std::vector<Open> open_;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& where, const std::string& hint) {
  // Refuse a zero byte, which the parser takes for the end
  const std::size_t zero = text.find('\0');
  if (zero != std::string_view::npos)
    throw Error(where, "JSON, which is text", "a zero byte at byte " + std::to_string(zero), hint);
  if (text.size() > kLongestText)
    throw Error(where, "at most " + std::to_string(kLongestText) + " bytes of JSON", std::to_string(text.size()), hint);

  // Build the document, event by event
  Builder builder(text, where, hint);
  builder.parse();
  return std::move(builder.document);
}

std::string read_json_text(const std::filesystem::path& path) { return read_text_up_to(path, kLongestText); }

Json read_json(const std::filesystem::path& path, const std::string& hint) {
  return parse_json(read_json_text(path), path.string(), hint);
}

std::optional<Json> json_number(std::string_view decimal) {
  const char* const end = decimal.data() + decimal.size();
  const auto is_read = [&](auto& x) {
    const auto read = std::from_chars(decimal.data(), end, x);
    return read.ec == std::errc() && read.ptr == end;
  };
  long whole = 0;
  double x = 0;
  if (decimal != "-0" && is_read(whole)) return Json(whole);
  if (is_read(x) && std::isfinite(x)) return Json(x);
  return std::nullopt;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMost = 80;
  return "\"" + (text.size() > kMost ? std::string(text.substr(0, kMost)) + "..." : std::string(text)) + "\"";
}

}  // namespace etalon::file
