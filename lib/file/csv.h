// SPDX-License-Identifier: Apache-2.0
// csv.h — a table of numbers as text, with or without names of its rows and columns. delimited.h says what lines and cells are.
//
//   sun,rain            ,sun,rain              "day";"sun";"rain"       day  sun  rain
//   0.675,0.075         sun,0.675,0.075        "sun";"0.675";0.075      sun  .675 .075
//   0.075,0.175         rain,0.075,0.175       "rain";"0.075";0.175     rain .075 .175
//
// NAMES      What the first line is must be beyond doubt, for a row that is taken for names is lost:
//
//              only numbers                                     a row; even "2019,2020": see the next line
//              only cells in quotes, above a line with others   names, whatever they spell
//              a first cell that is empty                       names; below it stand the names of the rows
//              no numbers                                       names, unless it is the only line
//              numbers beside other words                       refused: is it a row with a slip, or are they names?
//
//            The first column holds the names of the rows where the line of names begins with an empty cell or is one cell short, or
//            where no cell of it below the names is a number. A comment on top that fits the columns names them, too, as
//            numpy.savetxt writes it. Names that spell numbers are remarked upon.
// NUMBERS    1, -0.5, +2.5e-3, with a decimal point, in quotes or not.
// REFUSES    with line and column: an empty cell, a row of another length, words, decimal commas, NaN, infinity, a number that no
//            double holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace etalon::file {

// A matrix and what its rows and columns are called; no names where the file has none.
struct NamedTable {
  Tensor<double> values;
  std::vector<std::string> row_names = {}, column_names = {};
  std::string remark = {};  // what a user should hear about how it was read; empty as a rule
};

// [rows, columns], at least one of each. `where` names the text in errors. Error: as REFUSES says; no rows.
NamedTable parse_named_csv(std::string_view text, const std::string& where);
Tensor<double> parse_csv(std::string_view text, const std::string& where);

}  // namespace etalon::file
