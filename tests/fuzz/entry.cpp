// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls: the one reader that is linked with it.
#include <cstdint>

#include "fuzz/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  etalon::fuzz::Reader::all().front().accepts(std::as_bytes(std::span(data, size)));
  return 0;
}
