// SPDX-License-Identifier: Apache-2.0
#include "information/readout/binning.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "base/bits.h"
#include "base/error.h"
#include "scalar/entropy_terms.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

constexpr long kMostSamples = (1L << 31) - 1;  // N^2 is a long
constexpr double kMostTables = 5e6;

// A cell of a table of counts, as far as the estimate sees it.
struct Cell {
  long n_xy, n_x_n_y;
  auto operator<=>(const Cell&) const = default;
};

// The occupied cells and how many rows and columns they lie in.
struct Counts {
  std::vector<Cell> cells;
  long n = 0, n_rows = 0, n_cols = 0;
};

// With e = (n_xy N - n_x n_y) / (n_x n_y),
//
//   sum over occupied cells (n_x n_y / N^2) phi(1 + e)  +  sum over empty cells n_x n_y / N^2
//
// The second sum is 1 - sum over occupied cells n_x n_y / N^2, an integer over N^2.
double plug_in(std::vector<Cell>& cells, long n) {
  std::sort(cells.begin(), cells.end());
  const double n2 = static_cast<double>(n) * static_cast<double>(n);
  long empty = n * n;
  double total = 0;
  for (const Cell& cell : cells) {
    const double product = static_cast<double>(cell.n_x_n_y);
    total = total + product / n2 * phi(static_cast<double>(cell.n_xy * n - cell.n_x_n_y) / product);
    empty -= cell.n_x_n_y;
  }
  return total + static_cast<double>(empty) / n2;
}

double estimate_of(Counts& counts, BiasCorrection correction) {
  const double value = plug_in(counts.cells, counts.n);
  if (correction == BiasCorrection::none) return value;
  const long n_occupied = static_cast<long>(counts.cells.size());
  return value + static_cast<double>(counts.n_rows + counts.n_cols - n_occupied - 1) / static_cast<double>(2 * counts.n);
}

Counts counts_of(const std::vector<long>& x, const std::vector<long>& y) {
  std::map<long, long> n_x, n_y;
  std::map<std::pair<long, long>, long> n_xy;
  for (std::size_t i = 0; i < x.size(); ++i) ++n_x[x[i]], ++n_y[y[i]], ++n_xy[{x[i], y[i]}];
  Counts counts{{}, static_cast<long>(x.size()), static_cast<long>(n_x.size()), static_cast<long>(n_y.size())};
  for (const auto& [pair, n] : n_xy) counts.cells.push_back({n, n_x.at(pair.first) * n_y.at(pair.second)});
  return counts;
}

// What to say of labels that never repeat; empty if they do.
std::string artefact(const Counts& counts) {
  const bool x_alone = counts.n_rows == counts.n, y_alone = counts.n_cols == counts.n;
  if (x_alone && y_alone) return "every sample has labels of its own: the value is ln N, whatever the law";
  if (x_alone) return "every sample has an X label of its own: the value is H(Y) of the samples, whatever the law";
  if (y_alone) return "every sample has a Y label of its own: the value is H(X) of the samples, whatever the law";
  return {};
}

Provenance provenance(const Counts& counts, BiasCorrection correction) {
  Provenance how;
  how.alphabet = counts.n_rows;
  how.choices = {{"samples", std::to_string(counts.n)},
                 {"bins of X", std::to_string(counts.n_rows)},
                 {"bins of Y", std::to_string(counts.n_cols)},
                 {"ln N", shortest(log(static_cast<double>(counts.n)))},
                 {"bias correction", to_string(correction)}};
  if (const auto warning = artefact(counts); !warning.empty() && counts.n > 1) how.choices.emplace_back("artefact", warning);
  return how;
}

// C(n + k - 1, n), to a few ulp: how many tables of n counts in k cells there are.
double n_tables(long n, long k) {
  double tables = 1;
  for (long j = 1; j < k && tables <= 1e300; ++j) tables = tables * static_cast<double>(n + j) / static_cast<double>(j);
  return tables;
}

// Every way to put n samples into the cells of positive probability, with its weight n!/(prod n_xy!) prod p_xy^n_xy.
class Tables {
 public:
  Tables(const Joint& joint, long n) : joint_(joint), n_(n), n_x_(joint.n_x()), n_y_(joint.n_y()), counts_(joint.p().size()) {
    for (long i = 0; i < joint.p().size(); ++i)
      if (joint.p()[i] > 0) support_.push_back(i);
  }

  double expected(BiasCorrection correction) {
    correction_ = correction;
    fill(0, n_, 1);
    return total_;
  }
  long seen() const { return seen_; }

 private:
  // `left` samples for cells from `next` on; weight: of what is placed already
  void fill(std::size_t next, long left, double weight) {
    // Give the last cell all that are left: a table is complete
    const double p = joint_.p()[support_[next]];
    if (next + 1 == support_.size()) {
      for (long i = 0; i < left; ++i) weight = weight * p;
      counts_[support_[next]] = left;
      total_ = fma(weight, value(), total_);
      ++seen_;
      return;
    }

    // Put c = 0, 1, ... into this cell, with weight binomial(left, c) p^c: exact integers as long as they are below 2^53
    double choices = 1, power = 1;
    for (long c = 0; c <= left; ++c) {
      counts_[support_[next]] = c;
      fill(next + 1, left - c, weight * (choices * power));
      choices = choices * static_cast<double>(left - c) / static_cast<double>(c + 1);
      power = power * p;
    }
    counts_[support_[next]] = 0;
  }

  double value() {
    // Count the rows and the columns
    n_x_.assign(n_x_.size(), 0), n_y_.assign(n_y_.size(), 0);
    for (const long i : support_) n_x_[i / joint_.n_y()] += counts_[i], n_y_[i % joint_.n_y()] += counts_[i];

    // List the occupied cells
    Counts& c = scratch_;
    c.n = n_;
    c.cells.clear();
    for (const long i : support_)
      if (counts_[i] > 0) c.cells.push_back({counts_[i], n_x_[i / joint_.n_y()] * n_y_[i % joint_.n_y()]});
    const auto occupied = [](long n) { return n > 0; };
    c.n_rows = std::count_if(n_x_.begin(), n_x_.end(), occupied);
    c.n_cols = std::count_if(n_y_.begin(), n_y_.end(), occupied);
    return estimate_of(c, correction_);
  }

  const Joint& joint_;
  long n_;
  std::vector<long> n_x_, n_y_, counts_, support_;
  BiasCorrection correction_ = BiasCorrection::none;
  Counts scratch_;
  double total_ = 0;
  long seen_ = 0;
};

}  // namespace

Bins::Bins(std::vector<double> edges, Outside outside) : edges_(std::move(edges)), outside_(outside) {
  if (edges_.size() < 2)
    throw Error("information.bins", "at least 2 edges", std::to_string(edges_.size()), "n bins have n + 1 edges");
  for (std::size_t k = 0; k < edges_.size(); ++k)
    if (!std::isfinite(edges_[k]) || (k > 0 && !(edges_[k - 1] < edges_[k])))
      throw Error("information.bins", "finite edges that increase", shortest(edges_[k]) + " as edge " + std::to_string(k),
                  "for everything beyond the last edge ask for Outside::own_bin");
}

Bins Bins::equal(double low, double high, long n, Outside outside) {
  if (n < 1 || !(low < high) || !std::isfinite(high - low))
    throw Error("information.bins", "n >= 1 bins from low < high",
                std::to_string(n) + " bins from " + shortest(low) + " to " + shortest(high), "30 bins from -1 to 1 suit tanh");
  std::vector<double> edges;
  for (long k = 0; k < n; ++k) edges.push_back(low + static_cast<double>(k) * ((high - low) / static_cast<double>(n)));
  edges.push_back(high);
  return Bins(std::move(edges), outside);
}

long Bins::number_of(double x) const {
  const bool inside = x >= edges_.front() && x < edges_.back();
  if (x != x || (!inside && outside_ == Outside::refuse))
    throw Error("information.bins", "a number in [" + shortest(edges_.front()) + ", " + shortest(edges_.back()) + ")", shortest(x),
                x != x ? "did the training diverge?" : "widen the edges, or say what happens outside: clamp, or a bin of its own");
  const long k = std::upper_bound(edges_.begin(), edges_.end(), x) - edges_.begin() - 1;  // the last edge <= x
  return outside_ == Outside::clamp ? std::clamp(k, 0L, size() - 1) : k;
}

Binned binned_rows(const Tensor<double>& x, const Bins& bins) {
  if (x.shape().rank() < 1 || x.size() < 1)
    throw Error("information.binned_rows", "x [N, d] with at least one row", to_string(x.shape()), "one row for each sample");

  // Number each distinct tuple of bins in order of first appearance
  std::map<std::vector<long>, long> number;
  Binned binned;
  std::vector<long> tuple(x.n_cols());
  for (long i = 0; i < x.n_rows(); ++i) {
    for (long j = 0; j < x.n_cols(); ++j) try {
        tuple[j] = bins.number_of(x[i * x.n_cols() + j]);
      } catch (const Error& e) {
        throw Error("information.binned_rows", "rows that the bins take", "[" + std::to_string(i) + ", " + std::to_string(j) + "]",
                    e.what());
      }
    binned.labels.push_back(number.emplace(tuple, static_cast<long>(number.size())).first->second);
  }

  // Write down the definition
  binned.n_labels = static_cast<long>(number.size());
  binned.definition = std::to_string(bins.size()) + " bins from " + shortest(bins.edges().front()) + " to " +
                      shortest(bins.edges().back()) + ", half open, outside: " + to_string(bins.outside());
  return binned;
}

Estimate plug_in_information(const std::vector<long>& x, const std::vector<long>& y, BiasCorrection correction) {
  if (x.size() != y.size() || x.empty() || x.size() > kMostSamples)
    throw Error("information.plug_in", "two columns of the same 1 to 2^31 - 1 samples",
                std::to_string(x.size()) + " and " + std::to_string(y.size()), "one label of each kind for each sample");
  Counts counts = counts_of(x, y);
  return {Nats(estimate_of(counts, correction)), provenance(counts, correction)};
}

Estimate plug_in_information(const Binned& x, const Binned& y, BiasCorrection correction) {
  Estimate estimate = plug_in_information(x.labels, y.labels, correction);
  if (!x.definition.empty()) estimate.how.choices.emplace_back("definition of X", x.definition);
  if (!y.definition.empty()) estimate.how.choices.emplace_back("definition of Y", y.definition);
  return estimate;
}

Exact expected_plug_in(const Joint& joint, long n, BiasCorrection correction) {
  const long n_cells = std::count_if(joint.p().values().begin(), joint.p().values().end(), [](double p) { return p > 0; });
  const double tables = n < 1 ? 0 : n_tables(n, n_cells);
  if (!(n >= 1 && tables <= kMostTables && n <= kMostSamples))
    throw Error("information.expected_plug_in", "n >= 1 samples and at most 5000000 tables of counts",
                "n = " + std::to_string(n) + ", " + std::to_string(n_cells) + " cells: " + shortest(tables) + " tables",
                "fewer samples or cells; the first order of the bias is (|X| - 1)(|Y| - 1)/(2n)");
  Tables all_tables(joint, n);
  Provenance how;
  const double value = all_tables.expected(correction);
  how.certificate = Certificate::enumeration;
  how.iterations = all_tables.seen();
  how.alphabet = n_cells;
  how.choices = {{"samples", std::to_string(n)}, {"bias correction", to_string(correction)}};
  return {Nats(value), how};
}

}  // namespace etalon::information
