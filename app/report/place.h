// SPDX-License-Identifier: Apache-2.0
// place.h — where a label stands clear of the lines.
#pragma once

#include <utility>
#include <vector>

namespace etalon::app {

using Points = std::vector<std::pair<double, double>>;

struct Box {
  double left, top, right, bottom;
};

// What is drawn already, in pixels.
class Clutter {
 public:
  // Points of one line, joined in their order.
  void add_line(const Points& points);
  void add_label(const Box& box) { labels_.push_back(box); }

  // How much of it a box would cover: dots, three pixels apart, of the lines; a label counts a thousand.
  long covered(const Box& box) const;
  // The index of the box that covers least, the first of equals; boxes is not empty.
  std::size_t clearest(const std::vector<Box>& boxes) const;

 private:
  Points dots_;
  std::vector<Box> labels_;
};

}  // namespace etalon::app
