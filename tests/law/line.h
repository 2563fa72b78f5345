// SPDX-License-Identifier: Apache-2.0
// line.h — printf into a string: how a test writes the line that it looks for in a page.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <string>

namespace etalon::law {

__attribute__((format(printf, 1, 2))) inline std::string line(const char* format, ...) {
  char text[200];
  va_list numbers;
  va_start(numbers, format);
  std::vsnprintf(text, sizeof text, format, numbers);
  va_end(numbers);
  return text;
}

}  // namespace etalon::law
