// SPDX-License-Identifier: Apache-2.0
// samples.h — raw samples: one line for each, one column for each thing that was observed. Words and numbers.
//
//   day,weather       x;y            0.12  -1.3         any matrix that matrix_file.h reads
//   sunday,sun        1;1            2.5    0.4
//   monday,rain       0;1            ...
//
// SYMBOLS     Two cells of a column are one symbol if they spell the same; in a column of numbers, if they are the same number. A
//             column is one of numbers if all its cells are. Symbols are numbered in order of first appearance.
// FIRST LINE  Whether it holds names or is a sample, it tells itself, or the caller does:
//
//               words above a column of numbers                        names
//               a number above numbers, or a cell that occurs again    a sample
//               both, in different columns                             refused
//               words that never occur again, above words              names, which the remark says
//
// REFUSES     with line and column: an empty cell, nan, infinity (a sample without a value is left out by whoever knows why), a line
//             of another length.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace etalon::file {

enum class FirstLine { as_it_tells, names, sample };

struct SampleColumn {
  std::string name;                 // "weather"; "1", "2", ... where the file has no names
  std::vector<long> symbols;        // [N], 0 .. values.size()-1
  std::vector<std::string> values;  // what each symbol spells
  std::vector<double> numbers;      // [N] of a column of numbers, else empty
};

struct Samples {
  std::vector<SampleColumn> columns;
  long n = 0;
  std::string remark = {};  // what a user should hear about how it was read
};

// From a file of any format, or from text. Error: as REFUSES says; as the formats say; no samples.
Samples read_samples(const std::string& spec, FirstLine first = FirstLine::as_it_tells);
Samples parse_samples(std::string_view text, const std::string& where, FirstLine first = FirstLine::as_it_tells);

// The column that `name` means: a name, or a number from 1 on. Error: no such column, with those that there are.
const SampleColumn& column_named(const Samples& samples, const std::string& name, const std::string& where);

// Several columns as one, whose symbols are the tuples that occur; `numbers` stays empty. Error: none.
SampleColumn combined(const std::vector<const SampleColumn*>& columns);

}  // namespace etalon::file
