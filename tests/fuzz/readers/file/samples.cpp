// SPDX-License-Identifier: Apache-2.0
#include "file/samples.h"

#include "fuzz/reader.h"

using namespace etalon::fuzz;

// Every column has a symbol for each sample, and a value for each symbol.
const Reader samples("samples", [](Bytes bytes) {
  const auto read = etalon::file::parse_samples(text_of(bytes), "fuzz");
  for (const auto& column : read.columns) {
    require(static_cast<long>(column.symbols.size()) == read.n, "a symbol for each sample");
    for (const long symbol : column.symbols)
      require(symbol >= 0 && symbol < static_cast<long>(column.values.size()), "a symbol that is one");
  }
});
