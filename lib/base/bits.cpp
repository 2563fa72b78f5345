// SPDX-License-Identifier: Apache-2.0
#include "base/bits.h"

#include <charconv>

namespace etalon {

std::string shortest(double x) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, x).ptr;
  return {text, end};
}

}  // namespace etalon
