// SPDX-License-Identifier: Apache-2.0
#include "file/csv.h"
#include "fuzz/reader.h"

using namespace etalon::fuzz;

// As many names as there are rows and columns, or none.
const Reader table("table", [](Bytes bytes) {
  const auto read = etalon::file::parse_named_csv(text_of(bytes), "fuzz");
  const auto rows = read.row_names.size(), columns = read.column_names.size();
  require(rows == 0 || static_cast<long>(rows) == read.values.n_rows(), "a name for each row");
  require(columns == 0 || static_cast<long>(columns) == read.values.n_cols(), "a name for each column");
});
