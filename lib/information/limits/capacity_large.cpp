// SPDX-License-Identifier: Apache-2.0
#include "information/limits/capacity_large.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "information/limits/decomposition.h"
#include "scalar/exact.h"
#include "tensor/matmul.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

constexpr long kFastSweeps = 400;        // before Newton: enough to see which inputs are hopeless
constexpr long kMostForBlocks = 3000;    // inputs in use; beyond, even one factorisation costs minutes
constexpr int kMostIdle = 2;             // Newton steps by blocks in a row that hardly close the bounds, before columns
constexpr double kCloses = 0.7;          // of the gap: a step that leaves less does something
constexpr double kNearly = 1e-12;        // a gap that columns need not close
constexpr double kSlopeOfHopeless = 50;  // times the gap: an input with D_x so far below the largest is not in use at the optimum
constexpr double kWeightOfHopeless = 1e-3;  // of the mean weight: nor has it more than that

// Many quick sweeps:  D_x = sum_y W ln W - sum_y W ln p_y,  each two matrix-vector products. Close to 1e-13 only, as the sums cancel.
class FastSweeps {
 public:
  explicit FastSweeps(const Tensor<double>& w) : w_(w), p_(Shape{1, w.n_cols()}), minus_h_(w.n_rows()) {
    for (long x = 0; x < w.n_rows(); ++x)
      minus_h_[x] = ordered_sum<double>(w.n_cols(), [&](long y) {
        const double v = w[x * w.n_cols() + y];
        return v > 0 ? v * log(v) : 0.0;
      });
  }

  // r after n sweeps, or fewer where the gap is within the tolerance.
  std::vector<double> from(std::vector<double> r, long n, double tolerance, const BlahutWatch& watch) {
    const long n_x = w_.n_rows();
    auto cross = Tensor<double>::to_fill(Shape{n_x, 1});
    for (long sweep = 0; sweep < n; ++sweep) {
      // Compute ln p_y of the outputs that happen
      Tensor<double> row(Shape{1, n_x}, r), log_p(Shape{w_.n_cols(), 1});
      matmul<double>(std::as_const(row).rows(), w_.rows(), p_.rows());
      for (long y = 0; y < w_.n_cols(); ++y) log_p[y] = p_[y] > 0 ? log(p_[y]) : 0;

      // Compute D_x, its largest and the gap
      matmul<double>(w_.rows(), std::as_const(log_p).rows(), cross.rows());
      std::vector<double> d(n_x);
      for (long x = 0; x < n_x; ++x) d[x] = minus_h_[x] - cross[x];
      const CapacityBounds b = capacity_bounds(r, d);
      if (b.upper - b.lower <= tolerance || (watch && !watch(b.upper - b.lower, sweep))) return r;

      // Sweep:  r_x <- r_x c_x / sum r c
      for (long x = 0; x < n_x; ++x) r[x] = r[x] * exp(d[x] - b.lower);
      const double total = ordered_sum<double>(n_x, [&](long x) { return r[x]; });
      for (double& weight : r) weight = weight / total;
    }
    return r;
  }

 private:
  const Tensor<double>& w_;
  Tensor<double> p_;
  std::vector<double> minus_h_;
};

// W diag(1/s) W^T as one product:  U U^T,  U = W diag(1/sqrt(s)),  s = rW
Tensor<double> curvature(const Tensor<double>& w, const std::vector<double>& s) {
  const long n_x = w.n_rows(), n_y = w.n_cols();
  auto u = Tensor<double>::to_fill(w.shape()), h = Tensor<double>::to_fill(Shape{n_x, n_x});
  for (long y = 0; y < n_y; ++y) {
    const double root = s[y] > 0 ? 1 / sqrt(s[y]) : 0;
    for (long x = 0; x < n_x; ++x) u[x * n_y + y] = w[x * n_y + y] * root;
  }
  matmul<double>(std::as_const(u).rows(), std::as_const(u).rows().transposed(), h.rows());
  return h;
}

// These rows of a table.
Tensor<double> rows_of(const Tensor<double>& w, const std::vector<long>& chosen) {
  const long n_y = w.n_cols();
  auto part = Tensor<double>::to_fill(Shape{static_cast<long>(chosen.size()), n_y});
  for (std::size_t i = 0; i < chosen.size(); ++i)
    std::copy_n(w.data() + chosen[i] * n_y, n_y, part.data() + static_cast<long>(i) * n_y);
  return part;
}

// newton_step over the inputs that are in use or may be, the others left at 0.
std::vector<double> newton_step_by_blocks(const Tensor<double>& w, const std::vector<double>& r, const Slope& at) {
  // Choose the inputs
  const long n_x = w.n_rows();
  double largest = 0;
  for (const double d : at.log_gain) largest = std::max(largest, d);
  std::vector<long> chosen;
  for (long x = 0; x < n_x; ++x)
    if (r[x] * static_cast<double>(n_x) > kWeightOfHopeless || at.log_gain[x] > largest - kSlopeOfHopeless * at.gap)
      chosen.push_back(x);
  const long k = static_cast<long>(chosen.size());
  if (k > kMostForBlocks) return r;

  // Take their slopes and weights
  std::vector<double> slope(k), q(k);
  for (long i = 0; i < k; ++i) {
    slope[i] = at.height - at.log_gain[chosen[i]];
    q[i] = r[chosen[i]];
  }

  // Put the step back among all inputs
  const auto z = nonnegative_newton_by_blocks(curvature(rows_of(w, chosen), output_law(w, r)), slope, q);
  std::vector<double> out(n_x, 0.0);
  for (long i = 0; i < k; ++i) out[chosen[i]] = z[i];
  return out;
}

// Where Newton's steps by blocks lead nowhere, as for the smooth rows of a band, whose curvature is nearly singular, few inputs are in
// use at the optimum. So they are looked for one after the other: the best input law of some inputs, then all inputs that it shows to
// be worth more, and again (columns, as in bottleneck/columns.h).
class CapacityByColumns {
 public:
  CapacityByColumns(const Tensor<double>& w, const CapacitySetting& setting) : w_(w), setting_(setting) {}

  BlahutSearch from(const BlahutSearch& start) {
    BlahutSearch best = start;
    double smallest = gap_of(best.weight);
    std::vector<double> r = best.weight;
    for (long round = 0; round < kMostRounds && smallest > setting_.tolerance; ++round) {
      // Solve for the chosen inputs alone
      const auto chosen = round == 0 ? heaviest(r) : with_better(r);
      if (chosen.empty()) break;
      r = solved(chosen, r, std::max(setting_.tolerance, kPartOfGap * smallest), best.sweeps);

      // Keep it if it closes the bounds of all
      const double gap = gap_of(r);
      if (gap < smallest) smallest = gap, best.weight = r;
      if (setting_.watch && !setting_.watch(smallest, best.sweeps)) break;
    }
    best.converged = smallest <= setting_.tolerance;
    return best;
  }

 private:
  static constexpr long kMostRounds = 200;
  static constexpr long kFirstInputs = 64, kInputsAtOnce = 16, kMostInputs = 500;

  double gap_of(const std::vector<double>& r) {
    at_ = capacity_slope(w_, r);
    return at_.gap;
  }
  std::vector<long> heaviest(const std::vector<double>& r) const {
    std::vector<long> order = highest(r);
    order.resize(std::min<std::size_t>(order.size(), kFirstInputs));
    return order;
  }
  // Those in use, and those of the largest D_x above the rest that are peaks among their neighbours in the table; without peaks, any.
  std::vector<long> with_better(const std::vector<double>& r) const {
    std::vector<long> chosen;
    for (long x = 0; x < w_.n_rows(); ++x)
      if (r[x] > 0) chosen.push_back(x);
    const auto order = highest(at_.log_gain);
    for (const bool peaks : {true, false}) {
      long added = 0;
      for (const long x : order) {
        if (added == kInputsAtOnce || static_cast<long>(chosen.size()) >= kMostInputs || at_.log_gain[x] <= at_.height) break;
        if (r[x] > 0 || (peaks && !is_peak(x)) || std::count(chosen.begin(), chosen.end(), x)) continue;
        chosen.push_back(x);
        ++added;
      }
      if (added > 0) return chosen;
    }
    return {};
  }
  bool is_peak(long x) const {
    const auto& d = at_.log_gain;
    return (x == 0 || d[x] >= d[x - 1]) && (x + 1 == w_.n_rows() || d[x] >= d[x + 1]);
  }
  static std::vector<long> highest(const std::vector<double>& values) {
    std::vector<long> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](long a, long b) { return values[a] > values[b]; });
    return order;
  }

  // The best law of these inputs, to a small part of the gap that is left; as a law of all.
  std::vector<double> solved(const std::vector<long>& chosen, const std::vector<double>& before, double tolerance,
                             long& sweeps) const {
    const long k = static_cast<long>(chosen.size());
    // Begin at the law before, with a little for each new input
    const Tensor<double> part = rows_of(w_, chosen);
    std::vector<double> start(k);
    for (long i = 0; i < k; ++i) start[i] = before[chosen[i]] + kFirstWeight / static_cast<double>(k);
    const double total = ordered_sum<double>(k, [&](long i) { return start[i]; });
    for (double& weight : start) weight = weight / total;

    // Search among these rows alone
    const auto search = blahut_search(
        std::move(start), tolerance, kMostSweeps, [&](const std::vector<double>& r) { return capacity_slope(part, r, true); },
        [&](const std::vector<double>& r, const Slope& at) {
          std::vector<double> slope;
          for (const double d : at.log_gain) slope.push_back(at.height - d);
          return nonnegative_newton(curvature(part, output_law(part, r)), slope, r);
        });
    sweeps += search.sweeps;
    std::vector<double> all(w_.n_rows(), 0.0);
    for (long i = 0; i < k; ++i) all[chosen[i]] = search.weight[i];
    return all;
  }
  static constexpr long kMostSweeps = 60;
  static constexpr double kPartOfGap = 1e-2;
  static constexpr double kFirstWeight = 0.01;  // of all inputs together that may come into use

  const Tensor<double>& w_;
  const CapacitySetting& setting_;
  Slope at_{};
};

using Propose = std::function<std::vector<double>(const std::vector<double>&, const Slope&)>;

// Newton's steps by blocks, until some of them in a row hardly close the bounds.
BlahutSearch search_by_blocks(const Tensor<double>& w, std::vector<double> start, const CapacitySetting& setting) {
  double before = kInfinity;
  int idle = 0;
  const Propose propose = [&](const auto& r, const Slope& at) {
    idle = at.gap < kCloses * before ? 0 : idle + 1;
    before = at.gap;
    return idle < kMostIdle ? newton_step_by_blocks(w, r, at) : r;
  };
  const BlahutWatch watch = [&](double gap, long sweeps) {
    return idle < kMostIdle && (!setting.watch || setting.watch(gap, sweeps));
  };
  return blahut_search(
      std::move(start), setting.tolerance, setting.max_sweeps, [&](const std::vector<double>& r) { return capacity_slope(w, r); },
      propose, watch);
}

}  // namespace

BlahutSearch search_large_channel(const Tensor<double>& w, const CapacitySetting& setting) {
  const std::vector<double> even(w.n_rows(), 1 / static_cast<double>(w.n_rows()));
  const auto start = FastSweeps(w).from(even, std::min(kFastSweeps, setting.max_sweeps), setting.tolerance, setting.watch);
  const BlahutSearch search = search_by_blocks(w, start, setting);
  const bool open = !search.converged && search.sweeps < setting.max_sweeps && capacity_slope(w, search.weight).gap > kNearly;
  return open ? CapacityByColumns(w, setting).from(search) : search;
}

}  // namespace etalon::information
