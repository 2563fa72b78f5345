// SPDX-License-Identifier: Apache-2.0
// report.h — a verdict for people, for programs and for continuous integration.
#pragma once

#include <string>

#include "golden/check.h"

namespace etalon::golden {

// One fault makes most of what follows it wrong: the first lines are enough to see where it began.
inline constexpr std::size_t kFirstRows = 12;

struct ReportOptions {
  bool all = false;          // a line for every tensor; else the first kFirstRows of those that are wrong or flagged
  bool worst_first = false;  // lines by error over tolerance, largest first; else in the order of judging
};

// A table and a conclusion.
std::string table(const Verdict& verdict, const Golden& golden, const ReportOptions& options = {});

// One object; every tensor once. Numbers that are not finite are null.
std::string json(const Verdict& verdict);

// A JUnit document: one suite for each file of the case, one test case for each tensor.
std::string junit(const Verdict& verdict, const Golden& golden);

}  // namespace etalon::golden
