// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <catch2/catch.hpp>
#include <string>

using etalon::Error;

TEST_CASE("error: four parts in their order", "[base][error]") {
  CHECK(std::string(Error("p.csv", "a number", "'x'", "look at line 2").what()) ==
        "p.csv: expected a number, got 'x'.\n  hint: look at line 2");
}

TEST_CASE("error: no part breaks the line or reaches the terminal", "[base][error]") {
  const std::string evil = "a\x1b[2J\nright: all\r\x07";
  const std::string safe = "a\\u001b[2J\\u000aright: all\\u000d\\u0007";
  CHECK(std::string(Error(evil, evil, evil, evil).what()) == safe + ": expected " + safe + ", got " + safe + ".\n  hint: " + safe);
  CHECK(std::string(Error("\xff", "", "", "").what()).starts_with("\xef\xbf\xbd: "));
}
