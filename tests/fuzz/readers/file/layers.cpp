// SPDX-License-Identifier: Apache-2.0
#include "file/row_reader.h"
#include "fuzz/reader.h"

using namespace etalon::fuzz;

// The layers of a file of any format, read some rows at a time.
const Reader layers("layers", [](Bytes bytes) {
  for (const auto& spec : etalon::file::layers_in(as_file(bytes))) {
    etalon::file::RowReader rows(spec);
    while (rows.next(3).size() > 0) {
    }
  }
});
