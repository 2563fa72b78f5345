// SPDX-License-Identifier: Apache-2.0
#include "file/safetensors.h"

#include "fuzz/reader.h"

using namespace etalon::fuzz;

const Reader safetensors("safetensors", [](Bytes bytes) {
  const auto once = etalon::file::serialise_safetensors(etalon::file::parse_safetensors(bytes, "fuzz"));
  const auto twice = etalon::file::serialise_safetensors(etalon::file::parse_safetensors(once, "again"));
  require(once == twice, "a file that was written again reads otherwise");
});
