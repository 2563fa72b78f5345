// SPDX-License-Identifier: Apache-2.0
#include "report/scale.h"

#include <algorithm>
#include <cmath>

#include "scalar/exact.h"

namespace etalon::app {
namespace {

constexpr double kLn10 = 0x1.26bb1bbb55516p+1;

}  // namespace

void Range::include(double v) {
  if (!std::isfinite(v) || (logarithmic_ && v <= 0)) return;
  low_ = empty_ ? v : std::min(low_, v);
  high_ = empty_ ? v : std::max(high_, v);
  empty_ = false;
}

Scale::Scale(const Axis& axis, const Range& data, double pixel_low, double pixel_high)
    : logarithmic_(axis.logarithmic), pixel_low_(pixel_low), pixel_high_(pixel_high) {
  low_ = position(axis.low.value_or(data.low()));
  high_ = position(axis.high.value_or(data.high()));
  if (!(low_ < high_)) low_ -= 0.5, high_ += 0.5;
  choose_ticks(!axis.low, !axis.high);
}

bool Scale::shows(double v) const { return std::isfinite(v) && (!logarithmic_ || v > 0); }

double Scale::pixel(double v) const {
  const double length = high_ - low_, at = std::clamp(position(v), low_ - 5 * length, high_ + 5 * length);
  return pixel_low_ + (at - low_) / length * (pixel_high_ - pixel_low_);
}

double Scale::low() const { return value(low_); }
double Scale::high() const { return value(high_); }

double Scale::position(double v) const { return logarithmic_ ? log(v) / kLn10 : v; }
double Scale::value(double position) const { return logarithmic_ ? pow(10.0, position) : position; }

void Scale::choose_ticks(bool may_lower, bool may_raise) {
  // Choose the step
  const double rough = (high_ - low_) / 5;
  const double power = pow(10.0, std::floor(log(rough) / kLn10));
  double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
  if (logarithmic_) step = std::max(1.0, std::round(step));

  // Move the ends to ticks where the axis leaves that open, and list the ticks
  if (may_lower) low_ = std::floor(low_ / step + 1e-9) * step;
  if (may_raise) high_ = std::ceil(high_ / step - 1e-9) * step;
  for (double i = std::ceil(low_ / step - 1e-9); i * step <= high_ + 1e-9 * step; ++i)
    ticks_.push_back(value(i * step) + 0.0);  // + 0.0 turns -0 into 0
}

}  // namespace etalon::app
