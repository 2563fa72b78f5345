// SPDX-License-Identifier: Apache-2.0
// choices.h — where templated code may choose by midpoint(), and why no outcome can be wrong.
//
// A ball's midpoint is one number of many. To choose by it is right only where every branch is the same real number; then the
// choice saves digits, or an overflow, and nothing else. Everywhere else the code asks decided_less or decided_zero
// (scalar/scalar.h), which are certain or refuse.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "house/rules.h"

namespace etalon::house {

struct Choice {
  const char *path, *line;  // the line of code, without its comment and the blanks around it
  const char* because;
};

inline const char* const kAnyShift = "exp(m) cancels: any number m gives the same output, and m is a constant, not a value";
inline const char* const kOneSigma =
    "exp(x) / (1 + exp(x)) and 1 / (1 + exp(-x)) are one number; the choice keeps exp's argument below 0";
inline const char* const kSecondPass = "in exact arithmetic the second projection takes off exactly 0";
inline const char* const kScaledBack = "a power of two, multiplied in and out again";

inline const char* const kRefusal = "refuses a number that is not finite; no branch computes anything";

inline const std::vector<Choice>& choices() {
  static const std::vector<Choice> all = {
      {"lib/op/softmax.h", "double m = midpoint(x_i[seen[0]]);", kAnyShift},
      {"lib/op/softmax.h", "for (const long j : seen) m = m < midpoint(x_i[j]) ? midpoint(x_i[j]) : m;", kAnyShift},
      {"lib/op/cross_entropy.h",
       "Row(const Tensor<S>& logits, long i) : x(logits.data() + i * logits.n_cols()), v(logits.n_cols()), m(midpoint(x[0])) {",
       kAnyShift},
      {"lib/op/cross_entropy.h", "for (long k = 1; k < v; ++k) m = m < midpoint(x[k]) ? midpoint(x[k]) : m;", kAnyShift},
      {"lib/op/silu.h", "if (midpoint(x) < 0) {", kOneSigma},
      {"lib/head/gradient.h", "if (!std::isfinite(midpoint(x[j]))) refuse_entry(name, row, midpoint(x[j]), j);", kRefusal},
      {"lib/head/gradient.h", "if (!std::isfinite(midpoint(l[i]))) detail::refuse_logit(midpoint(l[i]), i / l.n_cols());",
       kRefusal},
      {"lib/head/gradient.h", "double m = midpoint(row[0]);", kAnyShift},
      {"lib/head/gradient.h", "for (long j = 1; j < v; ++j) m = m < midpoint(row[j]) ? midpoint(row[j]) : m;", kAnyShift},
      {"lib/head/gradient.h", "const bool y_is_largest = midpoint(below) == 0;",
       "log1p(others + expm1(-below)) and log(others + exp(-below)) = log(z) are one number; the first keeps digits near 0"},
      {"lib/head/basis.h", "for (long j = 0; j < n; ++j) largest = std::max(largest, std::fabs(midpoint(x[j])));", kScaledBack},
      {"lib/head/basis.h", "const double before = midpoint(norm(row, n));", kSecondPass},
      {"lib/head/basis.h", "if (midpoint(rest) < before / 2) {", kSecondPass},
      {"lib/information/bounds/critic_body.h", "const double v = midpoint(f[law.at(x, y)]);", kAnyShift},
      {"lib/information/law/require_law.h", "return shortest(midpoint(x));", kRefusal},
      {"lib/tensor/rows.h", "double most = midpoint(x(i, 0));", kAnyShift},
      {"lib/tensor/rows.h", "for (long j = 1; j < x.cols; ++j) most = midpoint(x(i, j)) > most ? midpoint(x(i, j)) : most;",
       kAnyShift},
      {"lib/information/readout/soft_entropy_body.h", "{\"\", shortest(midpoint(setting_.eps))},",
       "printed in a record; no branch computes anything"},
      {"lib/information/readout/soft_entropy_body.h",
       "const auto magnitude = [row](long k) { return to_bits(midpoint(row[k])) & kMagnitude; };",
       "the largest gives a power of two that the division by the length takes out again; a row of zeros is decided or refused"},
      {"lib/information/readout/soft_entropy_body.h", "const double eps = midpoint(setting_.eps);", kRefusal},
      {"lib/information/readout/soft_entropy_body.h", "const double length2 = midpoint(product_sum<S>(w.n_cols(), entry, entry));",
       "refuses anchors that were not normalised; no branch computes anything"},
  };
  return all;
}

inline std::string trimmed(const std::string& line) {
  const auto from = line.find_first_not_of(" \t"), to = line.find_last_not_of(" \t\r");
  return from == std::string::npos ? "" : line.substr(from, to - from + 1);
}

// The lines of one file that call midpoint() without standing on the list; path is relative to the top of the house.
inline std::vector<std::string> unlisted_choices(const std::string& path, const std::string& source) {
  std::vector<std::string> complaints;
  std::istringstream lines(code_of(source));
  long number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find("midpoint") == std::string::npos) continue;
    bool listed = false;
    for (const Choice& choice : choices()) listed |= path == choice.path && trimmed(line) == choice.line;
    if (!listed)
      complaints.push_back(path + ":" + std::to_string(number) + ": " + trimmed(line) +
                           "\n  does the outcome matter? then ask decided_less; if not, say why in tests/house/choices.h");
  }
  return complaints;
}

// True if the choice is still made where the list says.
inline bool is_made(const Choice& choice, const std::string& source) {
  std::istringstream lines(code_of(source));
  for (std::string line; std::getline(lines, line);)
    if (trimmed(line) == choice.line) return true;
  return false;
}

}  // namespace etalon::house
