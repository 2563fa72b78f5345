// SPDX-License-Identifier: Apache-2.0
// pages.h — the comment at the head of each page of lib/op, put into the command when it is built (app/CMakeLists.txt):
// what `etalon explain softmax` prints is the file one reads, and cannot differ from it.
#pragma once

#include <span>

namespace etalon::app {

struct Page {
  const char* op;
  const char* text;
};
extern const std::span<const Page> kPages;

}  // namespace etalon::app
