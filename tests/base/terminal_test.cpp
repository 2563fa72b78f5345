// SPDX-License-Identifier: Apache-2.0
#include "base/terminal.h"

#include <catch2/catch.hpp>
#include <string>

using etalon::safe_name;
using etalon::safe_text;

TEST_CASE("terminal: no escape sequence, no forged line, no turned writing is printed", "[base][terminal]") {
  CHECK(safe_name("x\x1b[2J\nright: all") == "x\\u001b[2J\\u000aright: all");
  CHECK(safe_text("a\tb\r\n") == "a\tb\\u000d\n");
  CHECK(safe_text("\xc2\x9b"
                  "31m") ==
        "\\u009b"
        "31m");  // CSI as one code point
  CHECK(safe_name("\xe2\x80\xae"
                  "txt") ==
        "\\u202e"
        "txt");  // right-to-left override
  CHECK(safe_text(std::string_view("\0\x7f", 2)) == "\\u0000\\u007f");
}

TEST_CASE("terminal: text is kept as it is, and what is no UTF-8 is replaced", "[base][terminal]") {
  for (const std::string text : {"plain", "\xc3\xa9talon", "\xe2\x86\x92", "\xf0\x9f\x98\x80", ""}) CHECK(safe_name(text) == text);
  const std::string no = "\xef\xbf\xbd";
  CHECK(safe_text("\xff") == no);
  CHECK(safe_text("\xc0\xaf") == no + no);           // "/" spelt in two bytes
  CHECK(safe_text("\xed\xa0\x80") == no + no + no);  // a surrogate
  CHECK(safe_text("\xe2\x82") == no + no);           // cut off
  CHECK(safe_text("\xf4\x90\x80\x80").size() == 4 * no.size());
  CHECK(safe_text(safe_text("\x1b\xff")) == safe_text("\x1b\xff"));
}
