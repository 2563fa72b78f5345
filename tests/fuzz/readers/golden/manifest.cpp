// SPDX-License-Identifier: Apache-2.0
#include "golden/manifest.h"

#include "fuzz/reader.h"

using namespace etalon;
using namespace etalon::fuzz;

const Reader manifest("manifest", [](Bytes bytes) {
  const std::string once = golden::to_text(golden::parse_manifest(text_of(bytes), "fuzz"));
  require(golden::to_text(golden::parse_manifest(once, "again")) == once, "a manifest that was written again reads otherwise");
});
