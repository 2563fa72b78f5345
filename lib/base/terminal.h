// SPDX-License-Identifier: Apache-2.0
// terminal.h — text of unknown origin, made safe to print.
//
// A name in somebody's file may hold an escape sequence that moves the cursor, a character that turns the direction of the line, or
// a line break with a forged verdict behind it. What is printed holds none of these: each such code point becomes its escape in
// JSON, \u001b, so that text stays text and JSON stays JSON; a byte that is no UTF-8 becomes U+FFFD.
//
//   safe_text    everything that reaches a terminal passes it (app/say.h): it keeps the line breaks and tabs that a program writes
//   safe_name    for one name, a cell, a quotation: it keeps none
#pragma once

#include <string>
#include <string_view>

namespace etalon {

// Both are idempotent, and the identity on printable text.
std::string safe_text(std::string_view text);
std::string safe_name(std::string_view name);

}  // namespace etalon
