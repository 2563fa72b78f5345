// SPDX-License-Identifier: Apache-2.0
// by_name.h — golden cases by their names, whichever kind they are.
//
//   NAME       a model's case (cases.h)                 gpt2-nano-stress
//   op/NAME    the cases of one page (op_case.h)        op/softmax
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "golden/golden.h"

namespace etalon::record {

// Every case that the project publishes: the models' in the order of their table, then the pages' in the order of the book.
std::vector<std::string> case_names();

// Error: no case has that name; lists those there are.
void require_case(const std::string& name);

// "softmax" of "op/softmax"; nothing for a model's case.
std::optional<std::string> page_of(const std::string& case_name);

// What the engine makes of the case: with tolerances, or its own values alone. `command` is what a reader types to make it again.
// Error: no such case; lists those there are.
golden::Golden make_case(const std::string& name, const std::string& command);
golden::Golden engine_case(const std::string& name, const std::string& command);

}  // namespace etalon::record
