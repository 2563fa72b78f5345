// SPDX-License-Identifier: Apache-2.0
// certified.h — what the command asks of lib/certify. A build without Arb (ETALON_CERTIFY=OFF) compiles uncertified.cpp in place of
// certified.cpp: both functions then refuse.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "golden/golden.h"

namespace etalon::app {

// The case of `etalon list`, or op/NAME, certified; progress is logged. Error: no such case; this build cannot certify.
golden::Golden certified_case(const std::string& name, const std::string& command);

// Proves the cases in the folders again and prints what was found to standard output, as JSON if asked. Returns whether all of it
// is what is proved. Error: as golden::read_golden; this build cannot certify.
bool verify_cases(const std::vector<std::filesystem::path>& folders, bool json);

}  // namespace etalon::app
