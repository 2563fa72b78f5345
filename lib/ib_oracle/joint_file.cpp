// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/joint_file.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/bits.h"
#include "base/error.h"
#include "file/matrix_file.h"
#include "tensor/sum.h"

namespace etalon::ib_oracle {
namespace {

// Float32 entries round by 2^-25 of themselves; decimals of four digits, written by hand, by a few 1e-5 each.
constexpr double kRoundedTable = 1e-3;
constexpr long kMostCells = 1L << 26;

bool all_whole(const Tensor<double>& table) {
  for (long i = 0; i < table.size(); ++i)
    if (table[i] != std::floor(table[i])) return false;
  return true;
}

// A double in JSON: "-0" would be the integer 0 to many a reader.
std::string json_of(double x) { return same_bits(x, -0.0) ? "-0.0" : shortest(x); }

bool near(double sum, double to) { return abs(sum - to) <= kRoundedTable; }

bool every_row_sums_to_1(const Tensor<double>& t) {
  for (long x = 0; x < t.n_rows(); ++x)
    if (!near(ordered_sum<double>(t.n_cols(), [&](long y) { return t[x * t.n_cols() + y]; }), 1)) return false;
  return true;
}

bool every_column_sums_to_1(const Tensor<double>& t) {
  for (long y = 0; y < t.n_cols(); ++y)
    if (!near(ordered_sum<double>(t.n_rows(), [&](long x) { return t[x * t.n_cols() + y]; }), 1)) return false;
  return true;
}

// True if the rows look like samples (x, y): two columns, and each row that occurs does so twice or more on average.
bool looks_like_samples(const Tensor<double>& t) {
  if (t.n_cols() != 2 || t.n_rows() < 4) return false;
  std::set<std::pair<double, double>> rows;
  for (long i = 0; i < t.n_rows(); ++i) rows.insert({t[2 * i], t[2 * i + 1]});
  return 2 * static_cast<long>(rows.size()) <= t.n_rows();
}

constexpr const char* kSamples =
    "the rows repeat: these look like samples (x, y). Count them with `etalon ib samples FILE`, or say --samples";

// The total of the table without its first row, or without its first column.
double total_without(const Tensor<double>& t, bool row) {
  return ordered_sum<double>(t.size(), [&](long i) { return (row ? i / t.n_cols() : i % t.n_cols()) == 0 ? 0.0 : t[i]; });
}

std::string hint_for(const Tensor<double>& table, double total) {
  // Say what the numbers look like, the most telling first
  if (total == 0) return "every entry is 0: is it the right file?";
  if (looks_like_samples(table)) return kSamples;
  if (every_row_sums_to_1(table) && table.n_rows() > 1)
    return "every row sums to 1: this is p(y|x). A joint law is p(x) times it; `etalon ib capacity` takes it as it is";
  if (every_column_sums_to_1(table) && table.n_cols() > 1)
    return "every column sums to 1: this is p(x|y), or p(y|x) on its side. A joint law is one of them times what it is given";

  // Look for names among the numbers
  if (table.n_rows() > 1 && near(total_without(table, true), 1))
    return "without its first row the table sums to 1: if that row holds names, put them in quotes";
  if (table.n_cols() > 1 && near(total_without(table, false), 1))
    return "without its first column the table sums to 1: if that column holds names, put a line of names above, its first cell "
           "empty";

  // Name what else it may be
  if (all_whole(table))
    return "counts are no law: divide them by their total, or say --normalise; if each row is one sample (x, y), say --samples";
  if (near(total, 1))
    return "joint laws are never rescaled silently: float32 and short decimals sum to 1 only roughly; give more digits, or say "
           "--normalise";
  return "joint laws are never rescaled silently: is it p(y|x), or is an entry missing? --normalise divides by the total";
}

// What to do about an entry that is no probability.
const char* hint_for_entry(const Tensor<double>& t, double entry) {
  if (entry < 0 && t.n_cols() == 2 && t.n_rows() >= 4)
    return "rows and columns are counted from 0; if each row is one sample (x, y): `etalon ib samples FILE`";
  return "rows and columns are counted from 0";
}

}  // namespace

JointFile joint_of(Tensor<double> table, const std::string& where, Total total) {
  // Refuse what is no probability, with its place
  for (long i = 0; i < table.size(); ++i)
    if (!(table[i] >= 0 && std::isfinite(table[i])))
      throw Error(
          where, "finite probabilities >= 0",
          shortest(table[i]) + " in row " + std::to_string(i / table.n_cols()) + ", column " + std::to_string(i % table.n_cols()),
          hint_for_entry(table, table[i]));

  // Divide by the total where that is asked for, refuse another total than 1 where not
  const double sum = ordered_sum<double>(table.size(), [&](long i) { return table[i]; });
  std::string remark;
  if (total == Total::divide_by_it) {
    if (looks_like_samples(table)) remark = where + ": " + kSamples;
    if (!(sum > 0 && std::isfinite(sum)))
      throw Error(where, "a positive, finite total", shortest(sum), "there is nothing to divide by");
    for (long i = 0; i < table.size(); ++i) table[i] = table[i] / sum;
  } else if (!(abs(sum - 1) <= information::Joint::kTolerance)) {
    throw Error(where, "a sum of 1 (within 1e-9)", shortest(sum), hint_for(table, sum));
  }
  return {information::Joint(std::move(table)), sum, {}, {}, remark};
}

JointFile read_joint(const std::string& spec, Total total) {
  auto table = file::read_table(spec);
  auto joint = joint_of(std::move(table.values), spec, total);
  joint.x_names = std::move(table.row_names), joint.y_names = std::move(table.column_names);
  if (joint.remark.empty()) joint.remark = std::move(table.remark);
  return joint;
}

JointFile joint_of_samples(const file::SampleColumn& x, const file::SampleColumn& y) {
  // Refuse a table that nobody can have meant: of columns of real numbers
  const long n_x = static_cast<long>(x.values.size()), n_y = static_cast<long>(y.values.size());
  if (n_x > kMostCells / n_y)
    throw Error(x.name + " and " + y.name, "at most 2^26 pairs of values", std::to_string(n_x) + " times " + std::to_string(n_y),
                "real numbers hardly ever repeat: `etalon ib samples FILE --bins N`, or its KSG estimates");

  // Count the pairs
  Tensor<double> counts(Shape{n_x, n_y});
  for (std::size_t i = 0; i < x.symbols.size(); ++i) counts[x.symbols[i] * counts.n_cols() + y.symbols[i]] += 1;
  auto joint = joint_of(std::move(counts), x.name + " and " + y.name, Total::divide_by_it);
  joint.x_names = x.values, joint.y_names = y.values, joint.remark.clear();
  return joint;
}

JointFile read_joint_of_samples(const std::string& spec) {
  const auto samples = file::read_samples(spec);
  if (samples.columns.size() != 2)
    throw Error(spec, "samples of two columns, x and y", std::to_string(samples.columns.size()) + " columns",
                "`etalon ib samples FILE --x COLUMN --y COLUMN --table OUT` counts two of them into a table");
  auto joint = joint_of_samples(samples.columns[0], samples.columns[1]);
  joint.remark = samples.remark;
  return joint;
}

std::string hint_for_rows(const Tensor<double>& table) {
  const double total = ordered_sum<double>(table.size(), [&](long i) { return table[i]; });
  if (near(total, 1) && table.n_rows() > 1) return "the whole table sums to 1: this is p(x, y), which is read with --joint";
  if (every_column_sums_to_1(table))
    return "every column sums to 1: the channel lies on its side; transpose it, so that row x is p(y|x)";
  if (all_whole(table)) return "counts are no channel: --normalise divides each row by its sum";
  if (every_row_sums_to_1(table))
    return "float32 and short decimals sum to 1 only roughly: --normalise divides each row by its sum";
  return "row x is p(y|x): is an entry missing? A table of p(x, y) is read with --joint; --normalise divides each row by its sum";
}

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

std::string joint_json(const information::Joint& joint, const std::vector<std::string>& x_names,
                       const std::vector<std::string>& y_names) {
  const auto list = [](const std::vector<std::string>& names) {
    return nlohmann::json(names).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  std::string rows = joint_json(joint.p());
  rows.pop_back();
  return "{\"p\":\n" + rows + ",\n\"x\": " + list(x_names) + ",\n\"y\": " + list(y_names) + "}\n";
}

}  // namespace etalon::ib_oracle
