// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include "base/terminal.h"

namespace etalon {

Error::Error(const std::string& where, const std::string& expected, const std::string& got, const std::string& hint)
    : std::runtime_error(safe_name(where) + ": expected " + safe_name(expected) + ", got " + safe_name(got) +
                         ".\n  hint: " + safe_name(hint)) {}

}  // namespace etalon
