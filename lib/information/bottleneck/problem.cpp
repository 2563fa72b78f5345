// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/problem.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "base/error.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

constexpr double kSameRow = 1e-15;  // rows W_x that differ by rounding only

// Entries: a larger law with symmetries keeps its ties in the given order, to save hours
constexpr long kTiesAreBroken = 128L * 128;

using Order = std::vector<long>;
using Key = std::vector<std::pair<double, long>>;

// What a row (or column) of the law looks like from outside: its entries, each with the colour of the other side, sorted.
template <class Entry>
std::vector<Key> keys(const std::vector<long>& colours, const std::vector<long>& others, Entry entry) {
  std::vector<Key> all(colours.size());
  for (std::size_t i = 0; i < colours.size(); ++i) {
    all[i].emplace_back(0.0, colours[i]);
    for (std::size_t j = 0; j < others.size(); ++j)
      all[i].emplace_back(entry(static_cast<long>(i), static_cast<long>(j)), others[j]);
    std::sort(all[i].begin() + 1, all[i].end());
  }
  return all;
}

// The rank of each key among the different ones; how many there are.
std::pair<std::vector<long>, long> ranked(const std::vector<Key>& all) {
  Order order(all.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](long i, long j) { return all[i] < all[j]; });
  std::vector<long> rank(all.size());
  long next = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    next += k > 0 && all[order[k - 1]] < all[order[k]];
    rank[order[k]] = next;
  }
  return {rank, next + 1};
}

struct Colours {
  std::vector<long> rows, columns;
};

// Refines until nothing new is told apart; returns how many colours there are on both sides.
long refine(const Tensor<double>& p, Colours& c) {
  const long n_y = p.n_cols();
  for (long before = -1;;) {
    const auto [rows, n_rows] = ranked(keys(c.rows, c.columns, [&](long x, long y) { return p[x * n_y + y]; }));
    c.rows = rows;
    const auto [columns, n_columns] = ranked(keys(c.columns, c.rows, [&](long y, long x) { return p[x * n_y + y]; }));
    c.columns = columns;
    if (n_rows + n_columns == before) return before;
    before = n_rows + n_columns;
  }
}

// Gives the first of the first colour that several share a colour of its own. False if all are told apart.
bool individualise(std::vector<long>& colours) {
  const long n = static_cast<long>(colours.size());
  for (long colour = 0; colour < n; ++colour) {
    const auto first = std::find(colours.begin(), colours.end(), colour);
    if (first == colours.end() || std::count(colours.begin(), colours.end(), colour) < 2) continue;
    for (long& other : colours) other = 2 * other + 1;
    *first -= 1;
    return true;
  }
  return false;
}

Order by_colour(const std::vector<long>& colours) {
  Order order(colours.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](long i, long j) { return colours[i] < colours[j]; });
  return order;
}

std::pair<Order, Order> canonical_order(const Tensor<double>& p) {
  Colours c{std::vector<long>(p.n_rows(), 0), std::vector<long>(p.n_cols(), 0)};
  do refine(p, c);
  while (p.size() <= kTiesAreBroken && (individualise(c.columns) || individualise(c.rows)));
  return {by_colour(c.rows), by_colour(c.columns)};
}

Tensor<double> chosen(const Tensor<double>& p, const Order& rows, const Order& columns) {
  auto out = Tensor<double>::to_fill(Shape{static_cast<long>(rows.size()), static_cast<long>(columns.size())});
  for (long x = 0; x < out.n_rows(); ++x)
    for (long y = 0; y < out.n_cols(); ++y) out[x * out.n_cols() + y] = p[rows[x] * p.n_cols() + columns[y]];
  return out;
}

Order possible(const std::vector<double>& p) {
  Order out;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] > 0) out.push_back(static_cast<long>(i));
  return out;
}

Order composed(const Order& outer, const Order& inner) {
  Order out;
  for (const long i : inner) out.push_back(outer[i]);
  return out;
}

// Rows with one W_x added up: [X', Y], and the merged row of each.
std::pair<Tensor<double>, Order> merged(const Tensor<double>& p) {
  const long n_y = p.n_cols();
  std::vector<double> sums, laws;
  std::multimap<double, long> by_first;  // of the merged rows: W_x0, number
  Order row_of;
  long n = 0;
  for (long x = 0; x < p.n_rows(); ++x) {
    // Normalise the row to W_x
    const double* row = p.data() + x * n_y;
    const double p_x = ordered_sum<double>(n_y, [&](long y) { return row[y]; });

    // Look for the earliest row with the same W_x, among those whose first entry is
    const auto same = [&](long k) {
      for (long y = 0; y < n_y; ++y)
        if (!(abs(laws[k * n_y + y] - row[y] / p_x) <= kSameRow)) return false;
      return true;
    };
    const double first = row[0] / p_x;
    long k = n;
    for (auto at = by_first.lower_bound(first - 2 * kSameRow); at != by_first.end() && at->first <= first + 2 * kSameRow; ++at)
      if (at->second < k && same(at->second)) k = at->second;
    row_of.push_back(k);

    // Add to it, if there is one
    if (k < n) {
      for (long y = 0; y < n_y; ++y) sums[k * n_y + y] = sums[k * n_y + y] + row[y];
      continue;
    }

    // Begin a new merged row otherwise
    by_first.emplace(first, n++);
    for (long y = 0; y < n_y; ++y) {
      sums.push_back(row[y]);
      laws.push_back(row[y] / p_x);
    }
  }
  return {Tensor<double>(Shape{n, n_y}, std::move(sums)), row_of};
}

}  // namespace

BottleneckProblem::BottleneckProblem(const Joint& given) : joint(given), n_given_y(given.n_y()) {
  // Sort what is possible, merge equal rows, sort again what is left: a row that was split ends where the whole one would
  const Order xs = possible(given.p_x()), ys = possible(given.p_y());
  const auto there = chosen(given.p(), xs, ys);
  const auto [rows, columns] = canonical_order(there);
  const auto [sums, merged_row] = merged(chosen(there, rows, columns));
  const auto [last_rows, last_columns] = canonical_order(sums);
  p = chosen(sums, last_rows, last_columns);

  // Keep the unmerged law in the first order, and the way from each given x to its merged row
  y_of = composed(composed(ys, columns), last_columns);
  joint = Joint(chosen(given.p(), composed(xs, rows), y_of));
  Order place(last_rows.size());
  for (std::size_t k = 0; k < last_rows.size(); ++k) place[last_rows[k]] = static_cast<long>(k);
  row_of.assign(given.n_x(), -1);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    merged_of.push_back(place[merged_row[k]]);
    row_of[xs[rows[k]]] = merged_of.back();
  }

  // Compute W_x, sum_y W ln W and the marginals
  w = p;
  const long n_y = p.n_cols();
  for (long x = 0; x < p.n_rows(); ++x) {
    double* row = w.data() + x * n_y;
    p_x.push_back(ordered_sum<double>(n_y, [&](long y) { return row[y]; }));
    for (long y = 0; y < n_y; ++y) row[y] = row[y] / p_x[x];
    minus_h.push_back(ordered_sum<double>(n_y, [&](long y) { return row[y] == 0 ? 0.0 : row[y] * log(row[y]); }));
  }
  for (long y = 0; y < n_y; ++y) p_y.push_back(ordered_sum<double>(p.n_rows(), [&](long x) { return p[x * n_y + y]; }));
}

Tensor<double> BottleneckProblem::own_encoder(const Tensor<double>& q, const std::vector<double>& weight) const {
  const long n_t = q.n_cols(), n_given_x = static_cast<long>(row_of.size());
  auto encoder = Tensor<double>::to_fill(Shape{n_given_x, n_t});
  for (long x = 0; x < n_given_x; ++x)
    for (long t = 0; t < n_t; ++t) encoder[x * n_t + t] = row_of[x] < 0 ? weight[t] : q[row_of[x] * n_t + t];
  return encoder;
}

Clusters BottleneckProblem::own(const Clusters& ordered) const {
  const long n_t = ordered.centre.n_rows();
  Clusters out{ordered.weight, Tensor<double>(Shape{n_t, n_given_y})};
  for (long t = 0; t < n_t; ++t)
    for (long y = 0; y < n_y(); ++y) out.centre[t * n_given_y + y_of[y]] = ordered.centre[t * n_y() + y];
  return out;
}

Clusters BottleneckProblem::ordered(const Clusters& own) const {
  const long n_t = static_cast<long>(own.weight.size());
  if (n_t < 1 || own.centre.shape() != Shape{n_t, n_given_y})
    throw Error("information.bottleneck", "T >= 1 weights and centres [T, " + std::to_string(n_given_y) + "]",
                std::to_string(n_t) + " weights, centres " + to_string(own.centre.shape()),
                "one column for each y of the joint law");
  Clusters out{own.weight, Tensor<double>::to_fill(Shape{n_t, n_y()})};
  for (long t = 0; t < n_t; ++t)
    for (long y = 0; y < n_y(); ++y) out.centre[t * n_y() + y] = own.centre[t * n_given_y + y_of[y]];
  return out;
}

long BottleneckProblem::n_components() const {
  // Give each y the smallest label of those that share an x with it, until nothing changes
  std::vector<long> label(n_y());
  std::iota(label.begin(), label.end(), 0);
  for (bool changed = true; changed;) {
    changed = false;
    for (long x = 0; x < n_x(); ++x) {
      long least = n_y();
      for (long y = 0; y < n_y(); ++y)
        if (w[x * n_y() + y] > 0) least = std::min(least, label[y]);
      for (long y = 0; y < n_y(); ++y)
        if (w[x * n_y() + y] > 0 && label[y] != least) {
          label[y] = least;
          changed = true;
        }
    }
  }

  // Count the different labels
  std::sort(label.begin(), label.end());
  return std::unique(label.begin(), label.end()) - label.begin();
}

}  // namespace etalon::information
