// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/bending.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "information/law/entropy.h"
#include "scalar/exact.h"

namespace etalon::information {
namespace {

constexpr double kTooShort = 1e-6;    // of the whole curve: nobody sees a piece so short
constexpr double kLargestBeta = 1e7;  // beyond, the encoder is as good as hard and L is rounding
constexpr long kLargeLaw = 256;
constexpr double kBeyondTheChord = 4;
constexpr double kSamePoint = 1e-9;  // of the whole curve

// Where the curve ends: I(X;T) = H(X) of the merged rows. Without the encoder, which is as large as the square of the table.
BottleneckPoint all_kept(const BottleneckProblem& problem) {
  BottleneckPoint point;
  point.beta = std::numeric_limits<double>::infinity();
  point.i_x = entropy(problem.p_x);
  point.i_y = mutual_information(Joint(problem.p));
  return point;
}

}  // namespace

BendingCurve::BendingCurve(const BottleneckProblem& problem)
    : points_{bottleneck(problem, 1, {.prove = Prove::minimum}), all_kept(problem)}, straight_{0} {
  dearest_ = problem.n_x() > kLargeLaw ? kBeyondTheChord * chord(0) : kLargestBeta;
}

double BendingCurve::length(std::size_t k) const {
  const BottleneckPoint &a = points_[k], &b = points_[k + 1], &all = points_.back();
  return (b.i_x - a.i_x).value / all.i_x.value + (b.i_y - a.i_y).value / all.i_y.value;
}

double BendingCurve::chord(std::size_t k) const {
  const double gained = (points_[k + 1].i_y - points_[k].i_y).value;
  if (!(gained > 0)) return std::numeric_limits<double>::infinity();
  return std::max(1.0, (points_[k + 1].i_x - points_[k].i_x).value / gained);
}

std::size_t BendingCurve::longest() const {
  std::size_t best = points_.size();
  for (std::size_t k = 0; k < straight_.size(); ++k)
    if (!straight_[k] && length(k) > kTooShort && chord(k) < dearest_ && (best == points_.size() || length(k) > length(best)))
      best = k;
  return best;
}

std::optional<double> BendingCurve::next() const {
  const std::size_t k = longest();
  if (k == points_.size()) return std::nullopt;
  return chord(k);
}

std::vector<Clusters> BendingCurve::warm_starts() const {
  const std::size_t k = longest();
  std::vector<Clusters> starts;
  if (k == points_.size()) return starts;
  for (const BottleneckPoint& end : {points_[k], points_[k + 1]})
    if (end.clusters.weight.size() > 1 && std::isfinite(end.beta)) starts.push_back(end.clusters);
  return starts;
}

void BendingCurve::add(BottleneckPoint point) {
  const std::size_t k = longest();
  if (k == points_.size()) return;
  const BottleneckPoint &low = points_[k], &high = points_[k + 1], &all = points_.back();

  // Call the piece straight if nothing lies above its chord
  const double above = (low.i_x.value - point.beta * low.i_y.value) - point.lagrangian.value;
  const auto near = [&](const BottleneckPoint& end) { return abs((point.i_x - end.i_x).value) <= kSamePoint * all.i_x.value; };
  if (!(above > 0x1p-48 * (1 + point.beta)) || near(low) || near(high) || !(point.i_x > low.i_x && point.i_x < high.i_x)) {
    straight_[k] = 1;
    // Nothing is worth keeping up to this price
    if (k == 0 && point.i_x.value == 0) points_[0] = std::move(point);
    return;
  }

  // Put the point between the two ends
  points_.insert(points_.begin() + static_cast<std::ptrdiff_t>(k) + 1, std::move(point));
  straight_.insert(straight_.begin() + static_cast<std::ptrdiff_t>(k) + 1, 0);
}

}  // namespace etalon::information
