// SPDX-License-Identifier: Apache-2.0
// The door of JSON: what hangs, crashes or lies elsewhere is refused here, with its place.
#include "file/json.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "file/json_field.h"
#include "folder.h"

using namespace etalon;
using namespace etalon::file;

namespace {

void refuses(const std::string& text, const std::string& because) {
  INFO(text.substr(0, 200));
  CHECK_THROWS_WITH(parse_json(text, "c.json", "look"),
                    Catch::StartsWith("c.json: expected ") && Catch::Contains(because) && Catch::EndsWith("hint: look"));
}

}  // namespace

TEST_CASE("json: a document is what it says, in its order", "[json]") {
  const auto j =
      parse_json(R"json( {"b": [1, -2, 3.5, "x\u00e9", true, null, {}], "a": {"deep": [[18446744073709551615]]}} )json", "j", "");
  CHECK(j.dump() == "{\"b\":[1,-2,3.5,\"x\xc3\xa9\",true,null,{}],\"a\":{\"deep\":[[18446744073709551615]]}}");
  CHECK(j["b"][0].is_number_unsigned());
  CHECK(j["b"][1].is_number_integer());
  CHECK(parse_json("\xef\xbb\xbf[1]", "j", "").size() == 1);
  CHECK(parse_json("7", "j", "") == 7);
}

TEST_CASE("json: -0 keeps its sign, however it is spelt", "[json]") {
  for (const char* zero : {"-0", "-0.0", "-0e5", "-0e-320"}) {
    INFO(zero);
    CHECK(same_bits(parse_json("[" + std::string(zero) + "]", "j", "")[0].get<double>(), -0.0));
  }
  CHECK(parse_json("-0", "j", "").dump() == "-0.0");
  CHECK(same_bits(parse_json("0", "j", "").get<double>(), 0.0));
  CHECK(parse_json("-1", "j", "").get<long>() == -1);
}

TEST_CASE("json: a key twice is refused with the key and its place, spelt however", "[json][errors]") {
  refuses(R"json({"I": 0.1, "I": 0.368})json", R"json(each key once, got a second "I" at line 1, column 14)json");
  refuses("{\"a\": [{\"b\": {\"c\": 1,\n  \"c\": 2}}]}", "a second \"c\" in a[0].b at line 2, column 5");
  refuses(R"json({"a": 1, "\u0061": 2})json", "a second \"a\"");
  CHECK(parse_json(R"json([{"a": 1}, {"a": 2, "b": {"a": 3}}])json", "j", "").size() == 2);
}

TEST_CASE("json: brackets nest as deep as the limit, and no deeper", "[json][errors]") {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK_NOTHROW(parse_json(nested(kDeepest), "j", ""));
  refuses(nested(kDeepest + 1), "at most 32 brackets inside each other, got more at line 1, column 33");
  refuses(std::string(2000000, '['), "brackets inside each other");
  std::string objects;
  for (int i = 0; i < 300000; ++i) objects += "{\"a\":";
  refuses(objects, "brackets inside each other");
}

TEST_CASE("json: a zero byte, a long key, a number that no double holds", "[json][errors]") {
  refuses(std::string("[1]\0garbage", 11), "a zero byte at byte 3");
  refuses(R"json({"I(X;Y)\u0000": 7})json", "without a zero byte, got \"I(X;Y)\\u0000\"");
  refuses(R"json(["a\u0000b"])json", "without a zero byte");
  CHECK_NOTHROW(parse_json("{\"" + std::string(kLongestKey, 'k') + "\": 1}", "j", ""));
  refuses("{\"" + std::string(kLongestKey + 1, 'k') + "\": 1}", "keys of at most 4096 bytes, got one of 4097");
  refuses("[1,\n 1e999]", "numbers that a double holds, got \"1e999\" at line 2");
  refuses("[-1e999]", "numbers that a double holds");
  refuses("[" + std::string(400, '9') + "]", "numbers that a double holds");
  CHECK(parse_json("1e308", "j", "").get<double>() == 1e308);
}

TEST_CASE("json: what is no JSON is refused with its place, and in few words", "[json][errors]") {
  refuses("", "expected JSON, got ");
  refuses("{\"a\": 1,\n \"b\": }", "at line 2, column 7");
  refuses("[1] 2", "expected JSON, got ");
  refuses("[nan]", "expected JSON, got ");
  refuses("[\"\xff\"]", "expected JSON, got ");
  refuses("[\"\\ud800\"]", "expected JSON, got ");
  refuses("[1] // no", "expected JSON, got ");
  try {
    parse_json("{\"" + std::string(100000, 'x'), "c.json", "look");
    FAIL("was read");
  } catch (const Error& e) {
    CHECK(std::string(e.what()).size() < 1000);
  }
}

TEST_CASE("json: half a million keys cost what they weigh", "[json]") {
  // With a search through the keys at each of them this would take an hour
  std::string text = "{\"k\": 0";
  for (int i = 0; i < 500000; ++i) text += ",\"" + std::to_string(i) + "\":0";
  CHECK(parse_json(text + "}", "j", "").size() == 500001);
  refuses(text + ",\"k\": 1}", "a second \"k\"");
}

TEST_CASE("json: a file that is too long is not read", "[json][errors]") {
  const Folder folder;
  write_text(folder / "j.json", "[1, 2]");
  CHECK(read_json(folder / "j.json", "").size() == 2);
  std::filesystem::resize_file(folder / "j.json", std::uintmax_t{1} << 40);
  CHECK_THROWS_WITH(read_json(folder / "j.json", ""), Catch::Contains("at most 268435456 bytes, got 1099511627776"));
  CHECK_THROWS_WITH(read_json(folder / "no.json", ""), Catch::Contains("nothing there"));
}

TEST_CASE("json: a decimal alone", "[json]") {
  CHECK(json_number("17")->is_number_integer());
  CHECK(json_number("-2.5e-3")->get<double>() == -2.5e-3);
  CHECK(same_bits(json_number("-0")->get<double>(), -0.0));
  for (const char* text : {"", "x", "1x", "nan", "inf", "-inf", "1e999", " 1"}) CHECK_FALSE(json_number(text));
}

TEST_CASE("json: a field knows its path, keys with a zero byte inside are told apart", "[json]") {
  const Json document = {{"claims", Json::object()}};
  Json with_zero = Json::object();
  with_zero["a"] = 1;
  with_zero[std::string("a\0", 2)] = 2;
  const auto members = Field(with_zero, "j").members();
  REQUIRE(members.size() == 2);
  CHECK(members[0].second.integer(0, 9) == 1);
  CHECK(members[1].second.integer(0, 9) == 2);
  CHECK(Field(with_zero, "j")[std::string("a\0", 2)].integer(0, 9) == 2);
  CHECK_THROWS_WITH(Field(document, "j")["claims"]["x"], Catch::StartsWith("j: claims.x: expected a value"));
  CHECK_THROWS_WITH(Field(document, "j")["claims"].integer(0, 1), Catch::Contains("an integer from 0 to 1"));
  CHECK_THROWS_WITH(Field(Json(3), "j").members(), Catch::Contains("an object"));
}
