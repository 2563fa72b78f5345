// SPDX-License-Identifier: Apache-2.0
#include "scalar/ratio.h"

#include <charconv>
#include <numeric>

#include "base/error.h"

namespace etalon {
namespace {

constexpr long kLimit = 1L << 53;

[[noreturn]] void refuse(const std::string& text) {
  throw Error("a rational constant", "a number such as 3, 0.002, 1e-5 or 1/500, below 2^53 above and below the line",
              "'" + text + "'", "it is read exactly, so it has to be short");
}

long parse_digits(const std::string& digits, const std::string& whole) {
  long value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc() || end != digits.data() + digits.size() || value >= kLimit || value <= -kLimit) refuse(whole);
  return value;
}

// n times 10^power; refuses what does not fit.
long times_ten(long n, long power, const std::string& whole) {
  for (; power > 0; --power) {
    if (n >= kLimit / 10 || n <= -kLimit / 10) refuse(whole);
    n *= 10;
  }
  return n;
}

Ratio reduced(long num, long den) {
  const long common = std::gcd(num, den);
  return {num / common, den / common};
}

}  // namespace

Ratio parse_ratio(const std::string& text) {
  // Read p/q as it stands
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    const long num = parse_digits(text.substr(0, slash), text), den = parse_digits(text.substr(slash + 1), text);
    if (den <= 0) refuse(text);
    return reduced(num, den);
  }

  // Move the point of  digits [. digits] [e exponent]  to the end, and count the power of ten that is left
  const auto e = text.find_first_of("eE");
  std::string digits = text.substr(0, e);
  long power = e == std::string::npos ? 0 : parse_digits(text.substr(e + 1), text);
  if (const auto point = digits.find('.'); point != std::string::npos) {
    power -= static_cast<long>(digits.size() - point - 1);
    digits.erase(point, 1);
  }

  // Put the power of ten above or below the line
  if (power < -20 || power > 20) refuse(text);
  const long num = parse_digits(digits, text);
  return power >= 0 ? Ratio{times_ten(num, power, text), 1} : reduced(num, times_ten(1, -power, text));
}

std::string to_string(Ratio r) {
  // It ends as a decimal exactly when the denominator divides a power of ten
  long power = 0, scale = 1;
  while (scale % r.den != 0 && power < 15) scale *= 10, ++power;
  const long factor = scale / r.den;
  if (scale % r.den != 0 || (r.num != 0 && factor > kLimit / (r.num < 0 ? -r.num : r.num)))
    return std::to_string(r.num) + "/" + std::to_string(r.den);

  // Write the numerator over 10^power, the point where it belongs
  std::string digits = std::to_string((r.num < 0 ? -r.num : r.num) * factor);
  if (static_cast<long>(digits.size()) <= power)
    digits = std::string(static_cast<std::size_t>(power + 1) - digits.size(), '0') + digits;
  if (power > 0) digits.insert(digits.size() - static_cast<std::size_t>(power), ".");
  if (r.num < 0) digits.insert(digits.begin(), '-');
  return digits;
}

}  // namespace etalon
