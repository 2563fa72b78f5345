// SPDX-License-Identifier: Apache-2.0
#include "information/limits/blahut.h"

#include <cmath>
#include <limits>

#include "tensor/sum.h"

namespace etalon::information {
namespace {

constexpr long kSweepsFirst = 16;         // they bring q near enough for a quadratic model
constexpr double kNearRounding = 1e-12;   // a gap this small may be at its floor
constexpr long kPatience = 30;            // evaluations without a smaller gap there
constexpr double kShortestStep = 0x1p-6;  // of a Newton step: a shorter one is no better than a sweep

bool normalise(std::vector<double>& q) {
  const double total = ordered_sum<double>(static_cast<long>(q.size()), [&](long t) { return q[t]; });
  if (!(total > 0) || !std::isfinite(total)) return false;
  for (double& weight : q) weight = weight / total;
  return true;
}

std::vector<double> swept(const std::vector<double>& q, const Slope& at) {
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t t = 0; t < q.size(); ++t)
    if (q[t] > 0 && at.log_gain[t] > largest) largest = at.log_gain[t];
  std::vector<double> next(q);
  for (std::size_t t = 0; t < q.size(); ++t)
    if (q[t] > 0) next[t] = q[t] * exp(at.log_gain[t] - largest);
  normalise(next);
  return next;
}

bool better(const Slope& a, const Slope& b) {
  return std::isfinite(a.height) && std::isfinite(a.gap) && (a.height > b.height || a.gap < b.gap / 2);
}

}  // namespace

BlahutSearch blahut_search(std::vector<double> q, double tolerance, long max_sweeps,
                           const std::function<Slope(const std::vector<double>&)>& evaluate,
                           const std::function<std::vector<double>(const std::vector<double>&, const Slope&)>& propose,
                           const BlahutWatch& watch) {
  BlahutSearch best{q, 1};
  Slope at = evaluate(q);
  double smallest = at.gap;
  bool halved = static_cast<bool>(propose);  // by the last step: within the tolerance there may still be something to gain
  for (long sweeps = 1, stale = 0;; ++stale) {
    // Keep the q with the smallest gap
    if (at.gap < smallest || sweeps == 1) best.weight = q, smallest = at.gap, stale = 0;
    best.sweeps = sweeps;
    best.converged = smallest <= tolerance;

    // Stop within the tolerance, once the gap no longer halves; or where nothing more is to be had
    if ((best.converged && !halved) || smallest == 0) return best;
    if (sweeps >= max_sweeps || (smallest < kNearRounding && stale > kPatience)) return best;
    if (watch && !watch(smallest, sweeps)) return best;

    // Try the Newton step, half of it, a quarter, ..., until f rises or the gap halves
    bool accepted = false;
    halved = false;
    if (propose && (sweeps >= kSweepsFirst || best.converged)) {
      const std::vector<double> proposed = propose(q, at);
      for (double step = 1; !accepted && step > kShortestStep && sweeps < max_sweeps; step = step / 2) {
        std::vector<double> tried(q);
        for (std::size_t t = 0; t < q.size(); ++t) tried[t] = step == 1 ? proposed[t] : fma(step, proposed[t] - q[t], q[t]);
        if (!normalise(tried)) break;
        Slope there = evaluate(tried);
        ++sweeps;
        accepted = better(there, at);
        halved = accepted && there.gap < at.gap / 2;
        if (accepted) q = std::move(tried), at = std::move(there);
      }
    }

    // Sweep where Newton has nothing to offer
    if (accepted || best.converged || sweeps >= max_sweeps) continue;
    q = swept(q, at);
    at = evaluate(q);
    ++sweeps;
  }
}

}  // namespace etalon::information
