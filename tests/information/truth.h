// SPDX-License-Identifier: Apache-2.0
// truth.h — closed forms computed at 50 digits, by name, and how far a double is from one.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "information/law/joint.h"
#include "scalar/ball.h"

namespace etalon::truth {

// The decimal digits of a value, as they stand in the file. Fails the test if there is no such name.
inline std::string digits(const std::string& name) {
  static const auto table = nlohmann::json::parse(read_text(ETALON_SOURCE_DIR "/tests/information/data/truth.json"));
  return table.at(name).at("value").get<std::string>();
}

// The nearest double: a conversion of at most 20 digits, rounded once.
inline double value(const std::string& name) { return std::stod(digits(name)); }

// |x - y| / |y|, and |x| if y is 0.
inline double off(double x, double y) { return y == 0 ? etalon::abs(x) : etalon::abs((x - y) / y); }

inline information::Joint joint(long n_x, long n_y, std::vector<double> p) {
  return information::Joint(Tensor<double>(Shape{n_x, n_y}, std::move(p)));
}

// p(x) W(y|x) with W = 1-e on the diagonal, e/(n-1) elsewhere.
inline information::Joint symmetric_channel(std::vector<double> p, double e) {
  const long n = static_cast<long>(p.size());
  Tensor<double> t(Shape{n, n});
  for (long x = 0; x < n; ++x)
    for (long y = 0; y < n; ++y) t[x * n + y] = p[x] * (x == y ? 1 - e : e / static_cast<double>(n - 1));
  return information::Joint(std::move(t));
}
inline information::Joint bsc(double e) { return symmetric_channel({0.5, 0.5}, e); }

// Uniform bit, erased with probability e: columns 0, erased, 1.
inline information::Joint bec(double e) { return joint(2, 3, {(1 - e) / 2, e / 2, 0, 0, e / 2, (1 - e) / 2}); }

}  // namespace etalon::truth
