// SPDX-License-Identifier: Apache-2.0
#include "report/place.h"

#include <algorithm>
#include <cmath>

namespace etalon::app {

void Clutter::add_line(const Points& points) {
  constexpr double kApart = 3;
  for (std::size_t i = 0; i < points.size(); ++i) {
    dots_.push_back(points[i]);
    if (i == 0) continue;
    const auto [x0, y0] = points[i - 1];
    const auto [x1, y1] = points[i];
    const double n = std::min(std::ceil(std::max(std::fabs(x1 - x0), std::fabs(y1 - y0)) / kApart), 4000.0);
    for (double k = 1; k < n; ++k) dots_.emplace_back(x0 + (x1 - x0) * k / n, y0 + (y1 - y0) * k / n);
  }
}

long Clutter::covered(const Box& box) const {
  const long n = std::count_if(dots_.begin(), dots_.end(), [&](const auto& dot) {
    return box.left <= dot.first && dot.first <= box.right && box.top <= dot.second && dot.second <= box.bottom;
  });
  const long n_labels = std::count_if(labels_.begin(), labels_.end(), [&](const Box& other) {
    return box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
  });
  return n + 1000 * n_labels;
}

std::size_t Clutter::clearest(const std::vector<Box>& boxes) const {
  std::size_t best = 0;
  for (std::size_t i = 1; i < boxes.size(); ++i)
    if (covered(boxes[i]) < covered(boxes[best])) best = i;
  return best;
}

}  // namespace etalon::app
