// SPDX-License-Identifier: Apache-2.0
#include "record/by_name.h"

#include "base/error.h"
#include "record/op_case.h"
#include "record/record.h"

namespace etalon::record {
namespace {

const std::string kPages = "op/";

}  // namespace

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& spec : built_in_cases()) names.push_back(spec.name);
  for (const auto& op : op_names()) names.push_back(kPages + op);
  return names;
}

void require_case(const std::string& name) {
  std::string known;
  for (const std::string& there : case_names()) {
    if (there == name) return;
    known += (known.empty() ? "" : ", ") + there;
  }
  throw Error("case", "one of " + known, "'" + name + "'", "`etalon list` shows the cases");
}

std::optional<std::string> page_of(const std::string& case_name) {
  if (!case_name.starts_with(kPages)) return std::nullopt;
  return case_name.substr(kPages.size());
}

golden::Golden make_case(const std::string& name, const std::string& command) {
  if (const auto op = page_of(name)) return make_op_golden(*op, command);
  return make_golden(subject(built_in_case(name)), command);
}

golden::Golden engine_case(const std::string& name, const std::string& command) {
  if (const auto op = page_of(name)) return engine_op_golden(*op, command);
  return engine_golden(subject(built_in_case(name)), command);
}

}  // namespace etalon::record
