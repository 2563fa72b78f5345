// SPDX-License-Identifier: Apache-2.0
#include "base/terminal.h"

#include <cstddef>
#include <cstdio>

namespace etalon {
namespace {

constexpr char32_t kNoCharacter = 0xFFFFFFFF;

// A code point and the bytes that spell it; kNoCharacter and one byte where no UTF-8 stands.
struct Character {
  char32_t code;
  std::size_t n_bytes;
};

// The Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
Character first_character(std::string_view text) {
  // Tell the length by the first byte
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < n) return {kNoCharacter, 1};

  // Take six bits from each byte that follows
  char32_t code = lead & (0xFF >> (n + 1));
  for (std::size_t i = 1; i < n; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {kNoCharacter, 1};
    code = code << 6 | (byte(i) & 0x3F);
  }

  // Refuse what no text may hold
  const bool overlong = (n == 3 && code < 0x800) || (n == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {kNoCharacter, 1};
  return {code, n};
}

// Control characters, the separators of lines and paragraphs, and what turns the direction of writing (Unicode, annex 9).
bool is_harmful(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

std::string safe(std::string_view text, std::string_view kept) {
  std::string out;
  while (!text.empty()) {
    const auto [code, n] = first_character(text);
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(code & 0xFFFF));
    if (code == kNoCharacter) out += "\xEF\xBF\xBD";
    else if (is_harmful(code) && kept.find(text.front()) == std::string_view::npos) out += escape;
    else out += text.substr(0, n);
    text.remove_prefix(n);
  }
  return out;
}

}  // namespace

std::string safe_text(std::string_view text) { return safe(text, "\n\t"); }
std::string safe_name(std::string_view name) { return safe(name, ""); }

}  // namespace etalon
