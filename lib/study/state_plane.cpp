// SPDX-License-Identifier: Apache-2.0
#include "study/state_plane.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/bits.h"
#include "base/error.h"
#include "information/readout/ngram_labels.h"

namespace etalon::study {
namespace {

constexpr long kTogether = 4096;  // rows

long n_different(const std::vector<long>& labels) { return static_cast<long>(std::set<long>(labels.begin(), labels.end()).size()); }

// The n labels before and after each position, without those of which one is ignored.
void take_ngrams(const file::Labels& labels, const Shape& z, long order, StateLabels& taken) {
  const auto& tokens = labels.columns[0];
  const auto ngrams = information::ngram_labels(tokens, z[0], labels.length, order);
  for (std::size_t k = 0; k < ngrams.rows.size(); ++k) {
    const long row = ngrams.rows[k];
    const auto first = tokens.begin() + (row - order + 1), end = tokens.begin() + (row + order + 1);
    if (std::find(first, end, kIgnoredLabel) != end) continue;
    taken.rows.push_back(row);
    taken.x.push_back(ngrams.input[order - 1][k]);
    taken.y.push_back(ngrams.output[order - 1][k]);
  }
}

void take_columns(const file::Labels& labels, StateLabels& taken) {
  for (long row = 0; row < taken.n_states; ++row) {
    const long x = labels.columns[0][row], y = labels.columns[1][row];
    if (x == kIgnoredLabel || y == kIgnoredLabel) continue;
    taken.rows.push_back(row), taken.x.push_back(x), taken.y.push_back(y);
  }
}

// Refuses a state that points nowhere, where it stands in the file.
void require_direction(const double* z, long d, long row, const std::string& where) {
  const double* const end = z + d;
  const double* const bad = std::find_if_not(z, end, [](double v) { return std::isfinite(v); });
  const bool zero = std::all_of(z, end, [](double v) { return v == 0; });
  if (bad != end || zero)
    throw Error(where, "states with a direction", (zero ? "a zero vector" : shortest(*bad)) + " in row " + std::to_string(row),
                "did the training diverge? A padded position is left out where its label is -100");
}

}  // namespace

StateLabels state_labels(const file::Labels& labels, const Shape& z, long order, std::uint64_t seed, const std::string& where) {
  // Take the labels before and after each position of sequences, or the two columns that are given
  StateLabels taken;
  taken.n_states = z.n_rows();
  if (labels.length > 0) {
    taken.order = order;
    take_ngrams(labels, z, order, taken);
  } else {
    if (labels.columns.size() != 2)
      throw Error(
          where, "two columns of labels, X and Y, or labels [N, L] of sequences",
          std::to_string(labels.columns.size()) + " for each row",
          "a plane needs what the states come from and what they are for; `etalon ib soft` measures one or more sets of labels");
    take_columns(labels, taken);
  }

  // Count, and shuffle for the control
  if (taken.rows.empty()) throw Error(where, "labels other than -100", "none", "-100 says that a position is ignored");
  taken.n_x = n_different(taken.x), taken.n_y = n_different(taken.y);
  taken.shuffled_x = information::shuffled(taken.x, seed), taken.shuffled_y = information::shuffled(taken.y, seed + 1);
  return taken;
}

LayerPoint layer_point(file::RowReader states, const StateLabels& labels, const information::SoftEntropySetting& anchors,
                       const std::function<void(long)>& progress) {
  // Refuse a layer of other positions
  if (states.n_rows() != labels.n_states)
    throw Error(states.spec(), std::to_string(labels.n_states) + " rows, one for each label", std::to_string(states.n_rows()),
                "all layers hold the states of the same positions");
  const std::vector<long>* const sets[] = {&labels.x, &labels.y, &labels.shuffled_x, &labels.shuffled_y};
  information::SoftEntropy soft(anchors, std::size(sets));
  const long d = states.n_cols();

  // Read some rows at a time, and take those of them that are used
  std::size_t next = 0;
  for (long row = 0; row < labels.n_states;) {
    const auto rows = states.next(kTogether);
    const std::size_t first = next;
    std::vector<double> used;
    for (; next < labels.rows.size() && labels.rows[next] < row + rows.n_rows(); ++next) {
      const double* z = rows.data() + (labels.rows[next] - row) * d;
      require_direction(z, d, labels.rows[next], states.spec());
      used.insert(used.end(), z, z + d);
    }

    // Add them with their labels
    std::vector<std::vector<long>> of_rows;
    for (const auto* set : sets)
      of_rows.emplace_back(set->begin() + static_cast<long>(first), set->begin() + static_cast<long>(next));
    if (next > first) soft.add(Tensor<double>(Shape{static_cast<long>(next - first), d}, std::move(used)), of_rows);
    row += rows.n_rows();
    progress(rows.n_rows());
  }

  // Read off the point and its control
  const auto r = soft.result();
  return {states.spec(), d,        r.eps, {r.labels[0].mutual, r.labels[1].mutual}, {r.labels[2].mutual, r.labels[3].mutual},
          r.h_b,         r.ceiling};
}

}  // namespace etalon::study
