// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/joint_file.h"

#include <cmath>

#include "base/bits.h"
#include "base/error.h"
#include "file/matrix_file.h"
#include "tensor/sum.h"

namespace etalon::ib_oracle {
namespace {

// Float32 entries round by 2^-25 of themselves; decimals of four digits, written by hand, by a few 1e-5 each.
constexpr double kRoundedTable = 1e-3;

bool all_whole(const Tensor<double>& table) {
  for (long i = 0; i < table.size(); ++i)
    if (table[i] != std::floor(table[i])) return false;
  return true;
}

// A double in JSON: "-0" would be the integer 0 to many a reader.
std::string json_of(double x) { return same_bits(x, -0.0) ? "-0.0" : shortest(x); }

std::string hint_for(const Tensor<double>& table, double total) {
  if (all_whole(table)) return "counts are no law: divide them by their total, or say --normalise";
  if (abs(total - 1) <= kRoundedTable)
    return "joint laws are never rescaled silently: float32 and short decimals sum to 1 only roughly; give more digits, or say "
           "--normalise";
  return "joint laws are never rescaled silently: is it p(y|x), or is an entry missing? --normalise divides by the total";
}

}  // namespace

JointFile joint_of(Tensor<double> table, const std::string& where, Total total) {
  for (long i = 0; i < table.size(); ++i)
    if (!(table[i] >= 0 && std::isfinite(table[i])))
      throw Error(
          where, "finite probabilities >= 0",
          shortest(table[i]) + " in row " + std::to_string(i / table.n_cols()) + ", column " + std::to_string(i % table.n_cols()),
          "rows and columns are counted from 0");
  const double sum = ordered_sum<double>(table.size(), [&](long i) { return table[i]; });
  if (total == Total::divide_by_it) {
    if (!(sum > 0 && std::isfinite(sum)))
      throw Error(where, "a positive, finite total", shortest(sum), "there is nothing to divide by");
    for (long i = 0; i < table.size(); ++i) table[i] = table[i] / sum;
  } else if (!(abs(sum - 1) <= information::Joint::kTolerance)) {
    throw Error(where, "a sum of 1 (within 1e-9)", shortest(sum), hint_for(table, sum));
  }
  return {information::Joint(std::move(table)), sum};
}

JointFile read_joint(const std::string& spec, Total total) { return joint_of(file::read_matrix(spec), spec, total); }

information::Joint parse_joint_json(const std::string& text, const std::string& where) {
  return joint_of(file::parse_matrix_json(text, where), where).joint;
}

std::string joint_json(const Tensor<double>& joint) {
  std::string out = "[";
  for (long x = 0; x < joint.n_rows(); ++x) {
    out += x ? ",\n [" : "[";
    for (long y = 0; y < joint.n_cols(); ++y) out += (y ? ", " : "") + json_of(joint[x * joint.n_cols() + y]);
    out += "]";
  }
  return out + "]\n";
}

}  // namespace etalon::ib_oracle
