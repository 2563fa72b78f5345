// SPDX-License-Identifier: Apache-2.0
#include "ib/number.h"

#include <cerrno>
#include <cstdlib>

#include "base/bits.h"
#include "ib_oracle/quantity_json.h"

namespace etalon::app {
namespace {

// The whole of `text` as a double, rounded once. False if it is no number.
bool read(const std::string& text, double& x) {
  char* end = nullptr;
  x = std::strtod(text.c_str(), &end);
  return !text.empty() && end == text.c_str() + text.size();
}

// What CLI11 makes of it.
bool survives(const std::string& text, double x) { return same_bits(static_cast<double>(std::strtold(text.c_str(), nullptr)), x); }

}  // namespace

std::string exact_number(const std::string& text) {
  // Take a decimal as it is, unless CLI11 would round it twice
  double x = 0, y = 0;
  if (read(text, x)) return survives(text, x) ? text : hex(x);

  // Divide the two numbers of a quotient; what is neither is CLI11's to refuse
  const auto slash = text.find('/');
  if (slash == std::string::npos || !read(text.substr(0, slash), x) || !read(text.substr(slash + 1), y)) return text;
  const std::string quotient = shortest(x / y);
  return survives(quotient, x / y) ? quotient : hex(x / y);
}

void read_numbers_exactly(const std::vector<CLI::App*>& commands) {
  const auto exactly = [](std::string& text) {
    text = exact_number(text);
    return std::string(text.empty() ? "expected a number, got nothing" : "");  // CLI11 takes nothing for 0
  };
  for (CLI::App* command : commands)
    for (CLI::Option* option : command->get_options())
      if (option->get_type_name().find("FLOAT") != std::string::npos) option->transform(CLI::Validator(exactly, "", ""));
}

void add_number(std::string& heading, nlohmann::ordered_json& facts, const std::string& name, double x) {
  const std::size_t width = 9;
  heading += "\n" + name + std::string(name.size() < width ? width - name.size() : 1, ' ') + shortest(x);
  facts[name] = ib_oracle::number_json(x);
}

}  // namespace etalon::app
