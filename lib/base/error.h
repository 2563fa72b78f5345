// SPDX-License-Identifier: Apache-2.0
// error.h — how the library refuses.
//
// Every refusal is an Error with the same four parts, in the same order: WHERE it happened, WHAT was expected, what we GOT, and a
// HINT that says what to do. A message without a hint is not finished.
//
// The parts may quote names and text from a stranger's file. Each passes safe_name (base/terminal.h) here: none can break the line, or
// write a line of its own.
#pragma once

#include <stdexcept>
#include <string>

namespace etalon {

struct Error : std::runtime_error {
  Error(const std::string& where, const std::string& expected, const std::string& got, const std::string& hint);
};

}  // namespace etalon
