// SPDX-License-Identifier: Apache-2.0
#include "study/curve.h"

#include <algorithm>

namespace etalon::study {
namespace {

constexpr double kTwoLaws = 1e-12;  // nats, see curve.h

// bottleneck_curve, one point at a time: each from the one below.
std::vector<information::BottleneckPoint> solved(const information::Joint& joint, const std::function<void(long)>& on_point) {
  std::vector<information::BottleneckPoint> points;
  for (const double beta : information::default_betas(joint, kCurvePoints)) {
    const auto warm = points.empty() ? std::vector<information::Clusters>{} : std::vector{points.back().clusters};
    points.push_back(information::bottleneck(joint, beta, {}, warm));
    on_point(static_cast<long>(points.size()) - 1);
  }
  return points;
}

}  // namespace

Nats allowed_by_curve(const std::vector<information::BottleneckPoint>& curve, Nats i_x) {
  Nats least = i_x;  // T learns of Y only through X
  for (const auto& p : curve) {
    const bool proved = p.certificate() == information::Certificate::proved;
    const Nats line((i_x.value - (proved ? p.minimum.lower.value : p.lower_found.value).value) / p.beta);
    least = line < least ? line : least;
  }
  return least;
}

bool is_proved(const std::vector<information::BottleneckPoint>& curve) {
  return std::all_of(curve.begin(), curve.end(), [](const auto& p) { return p.certificate() == information::Certificate::proved; });
}

SourceCurve::SourceCurve(const information::Joint& merged, const std::function<void(long)>& on_point)
    : merged_(merged), points_(solved(merged, on_point)), envelope_(information::envelope(merged, points_)) {}

information::Bracket SourceCurve::distance(const information::EnclosedPlane& plane, Sharpness sharpness) const {
  // Read the envelope over the rates that the plane allows
  const Nats most_rate = plane.i_x.upper.value, least_rate = plane.i_x.lower.value;
  const auto at_most = envelope_.at(most_rate), at_least = envelope_.at(least_rate);
  double upper = at_most.upper.value.value, lower = at_least.lower.value.value;
  auto how = at_most.upper.how;

  // Narrow it: by the lines of the points that were found, or by a search at this rate
  if (!is_proved(points_)) {
    upper = std::min(upper, allowed_by_curve(points_, most_rate).value);
    how.certificate = information::Certificate::grid;
  } else if (sharpness == Sharpness::search) {
    // Search once: from the greater rate to the lesser, the curve falls by no more than the rate
    const auto found = information::bottleneck_at_rate(merged_, most_rate).i_y;
    upper = std::min(upper, found.upper.value.value);
    lower = std::max(lower, found.lower.value.value - (most_rate - least_rate).value);
    how.iterations += found.upper.how.iterations;
  }

  // Take off what is known of Y, and widen by what the two laws differ
  return {{Nats(std::max(0.0, lower - plane.i_y.upper.value.value - kTwoLaws)), at_least.lower.how},
          {Nats(std::max(0.0, upper - plane.i_y.lower.value.value + kTwoLaws)), how}};
}

}  // namespace etalon::study
