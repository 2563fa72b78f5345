// SPDX-License-Identifier: Apache-2.0
// missing.h — a failed search that says what was not found: CHECK(missing(page, line) == "") prints the line.
#pragma once

#include <string>

namespace etalon {

// `part` if the text does not hold it, "" if it does.
inline std::string missing(const std::string& text, const std::string& part) {
  return text.find(part) == std::string::npos ? part : "";
}

}  // namespace etalon
