// SPDX-License-Identifier: Apache-2.0
// findings.h — what a run found, in sentences: each is computed from the numbers, says what they are compared with, and claims no more.
#pragma once

#include <string>
#include <vector>

#include "study/run.h"

namespace etalon::app {

struct Finding {
  std::string about;     // "Loss": one or two words
  std::string sentence;  // plain text
};

std::vector<Finding> findings(const study::Result& result);

}  // namespace etalon::app
