// SPDX-License-Identifier: Apache-2.0
// number.h — numbers on the command line of `etalon ib`, and numbers that are no information in what it prints.
//
// READ      CLI11 reads a decimal as a long double and then rounds to double: twice, which one decimal in some thousand feels in
//           its last bit. Here a decimal becomes the nearest double. "1/3" is the double nearest to the quotient of the two.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace etalon::app {

// Makes every option of numbers of these commands read them so.
void read_numbers_exactly(const std::vector<CLI::App*>& commands);

// The text that CLI11 reads as what `text` means: `text` itself unless its value would change or it is a quotient.
std::string exact_number(const std::string& text);

// A number such as beta or alpha: a line below the heading, and a field of the JSON.
void add_number(std::string& heading, nlohmann::ordered_json& facts, const std::string& name, double x);

// The rows of a table, as the JSON of an encoder shows them.
template <class Table>
nlohmann::ordered_json rows_json(const Table& table) {
  auto rows = nlohmann::ordered_json::array();
  for (long i = 0; i < table.n_rows(); ++i)
    rows.push_back(std::vector<double>(table.data() + i * table.n_cols(), table.data() + (i + 1) * table.n_cols()));
  return rows;
}

}  // namespace etalon::app
