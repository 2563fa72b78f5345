// SPDX-License-Identifier: Apache-2.0
#include "scalar/ratio.h"

#include <catch2/catch.hpp>

using namespace etalon;

TEST_CASE("ratio: a decimal is read as the rational that it spells", "[scalar][ratio]") {
  CHECK(parse_ratio("0.00001") == Ratio{1, 100000});
  CHECK(parse_ratio("1e-8") == Ratio{1, 100000000});
  CHECK(parse_ratio("2.5e-3") == Ratio{1, 400});
  CHECK(parse_ratio("0.999") == Ratio{999, 1000});
  CHECK(parse_ratio("10000") == Ratio{10000, 1});
  CHECK(parse_ratio("2/6") == Ratio{1, 3});
  CHECK(parse_ratio("-1.5") == Ratio{-3, 2});
  CHECK(parse_ratio("0.0") == Ratio{0, 1});
}

TEST_CASE("ratio: written and read again it is the same", "[scalar][ratio]") {
  for (const Ratio r : {Ratio{1, 100000}, {999, 1000}, {10000, 1}, {1, 3}, {-3, 8}, {0, 1}, {1, 100000000}, {1, 9007199254740991}})
    CHECK(parse_ratio(to_string(r)) == r);
  CHECK(to_string(Ratio{1, 100000000}) == "0.00000001");
  CHECK(to_string(Ratio{1, 3}) == "1/3");
  CHECK(to_string(Ratio{-1, 8}) == "-0.125");
}

TEST_CASE("ratio: what is not a short number is refused", "[scalar][ratio]") {
  for (const char* text : {"", ".", "1/0", "1/-2", "a", "1.2.3", "1e", "1e99", "0x10", "1 ", " 1", "nan", "9007199254740993", "1/",
                           "1e-21", "--1", "+1"})
    CHECK_THROWS_WITH(parse_ratio(text), Catch::Contains("hint:"));
}
