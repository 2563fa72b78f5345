// SPDX-License-Identifier: Apache-2.0
#include "file/json.h"

#include "fuzz/reader.h"

using namespace etalon;
using namespace etalon::fuzz;

const Reader json("json", [](Bytes bytes) {
  // A number alone, as information quantities keep it
  const std::string text = text_of(bytes);
  if (const auto number = file::json_number(text)) require(number->is_number(), "a number that is none");

  // A document
  const auto document = file::parse_json(text, "fuzz", "none");
  const std::string written = document.dump();
  require(file::parse_json(written, "again", "none").dump() == written, "a document that was written again reads otherwise");
});
