// SPDX-License-Identifier: Apache-2.0
// json.h — the one door through which JSON enters: every reader parses here, so that all refuse alike.
//
// READS     RFC 8259, objects in the order of their keys. -0 keeps its sign, which the parser behind this door reads as the integer 0.
// REFUSES   text that is not JSON or not UTF-8; brackets deeper than kDeepest, which could exhaust the stack of whoever walks the
//           document; a key twice in one object, of which one would silently win; a zero byte, at which half of the world stops
//           reading; a key longer than kLongestKey; a number that no double holds; more than kLongestText bytes. Each with its place:
//           line and column, counted from 1 in bytes.
// COST      n log n in the length of the text, whatever it says.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace etalon::file {

using Json = nlohmann::ordered_json;

inline constexpr int kDeepest = 32;
inline constexpr std::size_t kLongestKey = 4096;
inline constexpr std::uint64_t kLongestText = std::uint64_t{1} << 28;

// The document. `where` names the text in errors, `hint` ends them. Error: as REFUSES says.
Json parse_json(std::string_view text, const std::string& where, const std::string& hint);

// The same of a file; its text alone, for whoever also hashes it. Error: as read_file (base/file.h); a file that is too long, which
// is not read.
Json read_json(const std::filesystem::path& path, const std::string& hint);
std::string read_json_text(const std::filesystem::path& path);

// The number that a decimal is, as an integer where it is one; none if it is no finite decimal.
std::optional<Json> json_number(std::string_view decimal);

// Foreign text in quotes, cut to a length that a message survives.
std::string in_quotes(std::string_view text);

}  // namespace etalon::file
