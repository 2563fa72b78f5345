// SPDX-License-Identifier: Apache-2.0
#include "golden/distances.h"

#include <algorithm>
#include <cstdio>

#include "base/terminal.h"
#include "golden/tensor_name.h"

namespace etalon::golden {
namespace {

// "y", "x_bar"; "act", "dact", "grad", "step2"; the loss is an activation.
std::string group_of(const Manifest& manifest, const TensorEntry& entry) {
  if (manifest.kind == kOpCase) return entry.name.ends_with(in_example("", kOutput)) ? kOutput : "x_bar";
  const std::string name = entry.name == kLossName ? activation_name(kLossName) : entry.name;
  return name.substr(0, name.find('/'));
}

double lower_median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<long>(values.size() - 1) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::string number(const char* format, double x) {
  char text[40];
  std::snprintf(text, sizeof text, format, x);
  return text;
}

}  // namespace

std::vector<DistanceRow> distances(const Manifest& manifest) {
  // Take the distances of all judged tensors into the row of their group; a new group begins a row
  std::vector<DistanceRow> rows;
  std::vector<std::vector<double>> medians;
  for (const TensorEntry& entry : manifest.tensors) {
    if (entry.is_given() || !entry.engine) continue;
    const std::string group = group_of(manifest, entry);
    auto row = std::find_if(rows.begin(), rows.end(), [&](const DistanceRow& r) { return r.group == group; });
    if (row == rows.end()) {
      row = rows.insert(rows.end(), {manifest.name, group, 0, 0, 0, {}});
      medians.emplace_back();
    }
    medians[row - rows.begin()].push_back(entry.engine->median_ulp);
    ++row->n_tensors;
    row->max_ulp = std::max(row->max_ulp, entry.engine->max_ulp);
    if (entry.engine->of_bound) row->of_bound = std::max(row->of_bound.value_or(0), *entry.engine->of_bound);
  }

  // Sum the medians up in one
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].median_ulp = lower_median(medians[i]);
  return rows;
}

std::string distance_table(const std::vector<DistanceRow>& rows) {
  char line[200];
  std::snprintf(line, sizeof line, "%-24s %-7s %8s %11s %11s %9s\n", "case", "what", "tensors", "median ulp", "max ulp",
                "of BOUND");
  std::string text = line;
  for (const DistanceRow& r : rows) {
    std::snprintf(line, sizeof line, "%-24s %-7s %8ld %11s %11s %9s\n", safe_name(r.case_name).c_str(), safe_name(r.group).c_str(),
                  r.n_tensors, number("%.6g", r.median_ulp).c_str(), number("%.3g", r.max_ulp).c_str(),
                  r.of_bound ? number("%.3f", *r.of_bound).c_str() : "");
    text += line;
  }
  return text;
}

}  // namespace etalon::golden
