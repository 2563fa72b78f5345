// SPDX-License-Identifier: Apache-2.0
// scale.h — one axis of a plot: which value stands at which pixel, and which values get a tick.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace etalon::app {

struct Axis {
  std::string label = {};
  bool logarithmic = false;
  std::optional<double> low = {}, high = {};  // default: the data's range, rounded to ticks
};

// The smallest and the largest of some values that an axis can show.
class Range {
 public:
  explicit Range(bool logarithmic) : logarithmic_(logarithmic) {}
  void include(double v);
  // 0 to 1 (or 0.1 to 1) if there was no value.
  double low() const { return empty_ ? (logarithmic_ ? 0.1 : 0) : low_; }
  double high() const { return empty_ ? 1 : high_; }

 private:
  bool logarithmic_, empty_ = true;
  double low_ = 0, high_ = 0;
};

class Scale {
 public:
  // From the ends of the axis, or of `data` where it has none, to two pixels.
  Scale(const Axis& axis, const Range& data, double pixel_low, double pixel_high);

  // True for a value that has a place: finite, and positive on a logarithmic axis.
  bool shows(double v) const;
  // Outside the axis too, as far as five times its length.
  double pixel(double v) const;
  // Steps of 1, 2 or 5 times a power of ten, about five of them; whole decades on a logarithmic axis.
  const std::vector<double>& ticks() const { return ticks_; }
  // The two ends, as values.
  double low() const;
  double high() const;

 private:
  double position(double v) const;
  double value(double position) const;
  void choose_ticks(bool may_lower, bool may_raise);

  bool logarithmic_;
  double pixel_low_, pixel_high_, low_ = 0, high_ = 1;
  std::vector<double> ticks_;
};

}  // namespace etalon::app
