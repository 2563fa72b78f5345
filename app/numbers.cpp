// SPDX-License-Identifier: Apache-2.0
#include "numbers.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>

namespace etalon::app {
namespace {

// "" or what is wrong, as CLI11 wants it. What is no number at all is left to CLI11, which says so.
using Check = std::function<std::string(const std::string&)>;

std::string check_integer(const std::string& text) {
  errno = 0;
  std::strtoll(text.c_str(), nullptr, 0);
  return errno == ERANGE ? text + " is beyond the integers of 64 bits" : "";
}

std::string check_unsigned(const std::string& text) {
  if (text.find('-') != std::string::npos) return text + " is negative; the least is 0";
  errno = 0;
  std::strtoull(text.c_str(), nullptr, 0);
  return errno == ERANGE ? text + " is beyond the integers of 64 bits" : "";
}

std::string check_real(const std::string& text, bool has_range) {
  errno = 0;
  const double x = std::strtod(text.c_str(), nullptr);
  if (errno == ERANGE && (x == 0 || std::isinf(x))) return text + " is beyond the numbers of 64 bits";
  return has_range && !std::isfinite(x) ? text + " is in no range" : "";
}

// By the type that CLI11 prints: "FLOAT:FLOAT in [0 - 100]" has a range, "FLOAT" has none.
Check check_for(const std::string& type) {
  const std::string plain = type.substr(0, type.find_first_of(":,"));
  const bool has_range = type.find(':') != std::string::npos;
  if (plain == "INT") return check_integer;
  if (plain == "UINT") return check_unsigned;
  if (plain == "FLOAT") return [has_range](const std::string& text) { return check_real(text, has_range); };
  return {};
}

}  // namespace

void refuse_saturated_numbers(CLI::App& command) {
  for (CLI::Option* option : command.get_options())
    if (const Check check = check_for(option->get_type_name())) option->check(check);
  for (CLI::App* sub : command.get_subcommands([](CLI::App*) { return true; })) refuse_saturated_numbers(*sub);
}

}  // namespace etalon::app
