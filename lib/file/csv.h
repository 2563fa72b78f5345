// SPDX-License-Identifier: Apache-2.0
// csv.h — a table of numbers as text: one row a line, commas between, and at most one line of names on top.
//
//   sun,rain          the line of names may be left out; "# sun,rain", as numpy.savetxt writes it, is one too
//   0.675,0.075
//   0.075,0.175
//
// READS     decimal numbers (1, -0.5, 2.5e-3) with spaces or tabs around them; lines that end in \n or \r\n; a byte order mark.
// REFUSES   everything else, with its line and column (both from 1, the column counts cells): other separators, quotes, a column of
//           names, an empty cell or line, a row of another length, NaN, infinity, a number that no double holds.
#pragma once

#include <string>
#include <string_view>

#include "tensor/tensor.h"

namespace etalon::file {

// [rows, columns], at least one of each. `where` names the text in errors. Error: as REFUSES says; no rows.
Tensor<double> parse_csv(std::string_view text, const std::string& where);

}  // namespace etalon::file
