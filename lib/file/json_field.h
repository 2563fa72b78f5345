// SPDX-License-Identifier: Apache-2.0
// json_field.h — a value inside a JSON document that remembers where it stands.
//
// Field(document, "manifest.json")["tensors"][12]["shape"] refuses with "manifest.json: tensors[12].shape".
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "file/json.h"

namespace etalon::file {

// A refusal of any function below is an Error at the field's path, with `hint` at its end.
class Field {
 public:
  // Both the document and `hint` outlive the field.
  static constexpr const char* kGoldenHint = "docs/golden-format.md describes every field; was the file edited?";
  Field(const Json& value, std::string where, std::string path = "", const char* hint = kGoldenHint)
      : value_(value), where_(std::move(where)), path_(std::move(path)), hint_(hint) {}

  // True if this is an object with that key and a value there other than null.
  bool has(const std::string& key) const { return value_.is_object() && value_.contains(key) && !value_.at(key).is_null(); }

  // The value at a key of an object, at an index of a list; how many values a list has. Error: there is none; no object, no list.
  Field operator[](const std::string& key) const {
    if (!value_.is_object()) refuse("an object");
    if (!value_.contains(key)) Field(value_, where_, path_.empty() ? key : path_ + "." + key, hint_).refuse("a value", "nothing");
    return {value_.at(key), where_, path_.empty() ? key : path_ + "." + key, hint_};
  }
  Field operator[](int i) const { return (*this)[static_cast<std::size_t>(i)]; }
  Field operator[](std::size_t i) const {
    if (!value_.is_array() || i >= value_.size()) refuse("a list longer than " + std::to_string(i));
    return {value_.at(i), where_, path_ + "[" + std::to_string(i) + "]", hint_};
  }
  std::size_t size() const {
    if (!value_.is_array()) refuse("a list");
    return value_.size();
  }

  // The keys and values of an object, in order. Error: no object.
  std::vector<std::pair<std::string, Field>> members() const {
    if (!value_.is_object()) refuse("an object");
    std::vector<std::pair<std::string, Field>> all;
    for (const auto& [key, value] : value_.items())
      all.push_back({key, Field(value, where_, path_.empty() ? key : path_ + "." + key, hint_)});
    return all;
  }

  // Refuses an object with any other key: a misspelt one is not passed over.
  void only(std::initializer_list<std::string_view> known) const {
    if (!value_.is_object()) refuse("an object");
    for (const auto& [key, value] : value_.items())
      if (std::find(known.begin(), known.end(), key) == known.end())
        Field(value, where_, path_.empty() ? key : path_ + "." + key, hint_).refuse("a field that there is", in_quotes(key));
  }

  // The value as what it must be; a range includes both ends. Error: it is something else.
  std::string text() const {
    if (!value_.is_string()) refuse("text");
    return value_.get<std::string>();
  }
  bool boolean() const {
    if (!value_.is_boolean()) refuse("true or false");
    return value_.get<bool>();
  }
  long integer(long least, long most) const {
    const std::string range = "an integer from " + std::to_string(least) + " to " + std::to_string(most);
    if (!value_.is_number_integer()) refuse(range);
    const bool huge = value_.is_number_unsigned() && value_.get<std::uint64_t>() > std::uint64_t{1} << 62;
    if (huge || value_.get<long>() < least || value_.get<long>() > most) refuse(range);
    return value_.get<long>();
  }
  double number() const {
    if (!value_.is_number() || !std::isfinite(value_.get<double>())) refuse("a finite number");
    return value_.get<double>();
  }
  // A finite number >= 0.
  double size_of_error() const {
    if (!value_.is_number() || !std::isfinite(value_.get<double>()) || !(value_.get<double>() >= 0)) refuse("a finite number >= 0");
    return value_.get<double>();
  }
  bool is_null() const { return value_.is_null(); }
  const Json& json() const { return value_; }

  // Refuses this value, with what was expected in its place; `got` is the start of its JSON unless it is given.
  [[noreturn]] void refuse(const std::string& expected) const {
    std::string got = value_.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (got.size() > 60) got = got.substr(0, 57) + "...";
    refuse(expected, got);
  }
  [[noreturn]] void refuse(const std::string& expected, const std::string& got) const {
    throw Error(where_ + ": " + (path_.empty() ? "the document" : path_), expected, got, hint_);
  }

 private:
  const Json& value_;
  std::string where_, path_;
  const char* hint_;
};

}  // namespace etalon::file
