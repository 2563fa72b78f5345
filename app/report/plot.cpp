// SPDX-License-Identifier: Apache-2.0
#include "report/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/xml.h"
#include "scalar/exact.h"

namespace etalon::app {
namespace {

constexpr double kWidth = 640, kHeight = 360;
constexpr double kLn10 = 0x1.26bb1bbb55516p+1;
constexpr double kLeft = 64, kRight = 20, kTop = 56, kBottom = 48;

std::string number(double v, const char* format = "%.2f") {
  char text[40];
  std::snprintf(text, sizeof text, format, v);
  return text;
}

// Maps one axis to pixels and knows its ticks.
class Scale {
 public:
  Scale(const Axis& axis, double data_low, double data_high, double pixel_low, double pixel_high)
      : logarithmic_(axis.logarithmic), pixel_low_(pixel_low), pixel_high_(pixel_high) {
    low_ = position(axis.low.value_or(data_low));
    high_ = position(axis.high.value_or(data_high));
    if (!(low_ < high_)) low_ -= 0.5, high_ += 0.5;
    choose_ticks(!axis.low, !axis.high);
  }

  bool shows(double v) const { return std::isfinite(v) && (!logarithmic_ || v > 0); }
  double pixel(double v) const {
    const double clamped = std::clamp(position(v), low_ - 0.02 * (high_ - low_), high_ + 0.02 * (high_ - low_));
    return pixel_low_ + (clamped - low_) / (high_ - low_) * (pixel_high_ - pixel_low_);
  }
  const std::vector<double>& ticks() const { return ticks_; }

 private:
  double position(double v) const { return logarithmic_ ? log(v) / kLn10 : v; }

  // Steps of 1, 2 or 5 times a power of ten, about five of them; whole decades on a logarithmic axis
  void choose_ticks(bool may_lower, bool may_raise) {
    const double rough = (high_ - low_) / 5;
    const double power = pow(10.0, std::floor(log(rough) / kLn10));
    double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
    if (logarithmic_) step = std::max(1.0, std::round(step));
    if (may_lower) low_ = std::floor(low_ / step + 1e-9) * step;
    if (may_raise) high_ = std::ceil(high_ / step - 1e-9) * step;
    for (double i = std::ceil(low_ / step - 1e-9); i * step <= high_ + 1e-9 * step; ++i)
      ticks_.push_back(logarithmic_ ? pow(10.0, i * step) : i * step + 0.0);  // + 0.0 turns -0 into 0
  }

  bool logarithmic_;
  double pixel_low_, pixel_high_, low_ = 0, high_ = 1;
  std::vector<double> ticks_;
};

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void include(double v, bool logarithmic) {
    if (!std::isfinite(v) || (logarithmic && v <= 0)) return;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  // Some range for an axis that has no data
  void default_if_empty(bool logarithmic) {
    if (low <= high) return;
    low = logarithmic ? 0.1 : 0;
    high = 1;
  }
};

std::string line(double x1, double y1, double x2, double y2, const char* css) {
  return "<line class=\"" + std::string(css) + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
         "\" y2=\"" + number(y2) + "\"/>";
}

std::string text(double x, double y, const char* css, const std::string& words, const std::string& extra = "") {
  return "<text class=\"" + std::string(css) + "\" x=\"" + number(x) + "\" y=\"" + number(y) + "\"" + extra + ">" +
         xml_escaped(words) + "</text>";
}

std::string axes(const Plot& plot, const Scale& x, const Scale& y) {
  std::string svg;
  for (const double tick : x.ticks()) {
    svg += line(x.pixel(tick), kTop, x.pixel(tick), kHeight - kBottom, "grid");
    svg += text(x.pixel(tick), kHeight - kBottom + 16, "tick mid", number(tick, "%g"));
  }
  for (const double tick : y.ticks()) {
    svg += line(kLeft, y.pixel(tick), kWidth - kRight, y.pixel(tick), "grid");
    svg += text(kLeft - 8, y.pixel(tick) + 4, "tick end", number(tick, "%g"));
  }
  svg += text((kLeft + kWidth - kRight) / 2, kHeight - 10, "label mid", plot.x.label);
  const double middle = (kTop + kHeight - kBottom) / 2;
  svg += text(16, middle, "label mid", plot.y.label, " transform=\"rotate(-90 16 " + number(middle) + ")\"");
  return svg;
}

std::string draw(const Series& s, const Scale& x, const Scale& y) {
  // Place the points that the axes show, each with its numbers for a pointer that rests on it
  const std::string colour = std::to_string(s.colour % 8);
  std::string points, dots;
  double last_x = 0, last_y = 0;
  for (std::size_t i = 0; i < s.x.size() && i < s.y.size(); ++i) {
    if (!x.shows(s.x[i]) || !y.shows(s.y[i])) continue;
    last_x = x.pixel(s.x[i]), last_y = y.pixel(s.y[i]);
    points += number(last_x) + "," + number(last_y) + " ";
    dots += "<circle class=\"f" + colour + "\" cx=\"" + number(last_x) + "\" cy=\"" + number(last_y) + "\" r=\"3\"><title>" +
            xml_escaped(s.label) + ": " + number(s.x[i], "%.6g") + ", " + number(s.y[i], "%.6g") + "</title></circle>";
  }
  if (points.empty()) return "";

  // Draw them as dots, as a line, or as a path with a ring at its end
  const std::string dash = s.mark == Mark::dashed ? " dashed" : "";
  const std::string stroke = "<polyline class=\"s" + colour + dash + "\" points=\"" + points + "\"/>";
  switch (s.mark) {
    case Mark::points: return dots;
    case Mark::path:
      return stroke + dots + "<circle class=\"s" + colour + "\" cx=\"" + number(last_x) + "\" cy=\"" + number(last_y) +
             "\" r=\"7\"/>";
    default: return stroke;
  }
}

std::string draw(const Rule& rule, const Scale& x, const Scale& y) {
  if (rule.across == Rule::Across::horizontal) {
    const double at = y.pixel(rule.at);
    return line(kLeft, at, kWidth - kRight, at, "rule") + text(kWidth - kRight - 4, at - 5, "note end", rule.label);
  }
  const double at = x.pixel(rule.at);
  return line(at, kTop, at, kHeight - kBottom, "rule") + text(at + 5, kTop + 12, "note", rule.label);
}

std::string legend(const Plot& plot) {
  std::string svg;
  double at = kLeft;
  for (const Series& s : plot.series) {
    if (s.label.empty()) continue;
    const std::string colour = std::to_string(s.colour % 8);
    svg += s.mark == Mark::points ? "<circle class=\"f" + colour + "\" cx=\"" + number(at + 9) + "\" cy=\"38\" r=\"4\"/>"
                                  : line(at, 38, at + 18, 38, ("s" + colour + (s.mark == Mark::dashed ? " dashed" : "")).c_str());
    svg += text(at + 24, 42, "note", s.label);
    at += 40 + 6.4 * static_cast<double>(s.label.size());
  }
  return svg;
}

}  // namespace

const char* const kPlotStyle = R"(
:root{--ink:#1c2024;--soft:#60646c;--line:#e3e5e9;--paper:#ffffff;--c0:#2563c9;--c1:#d1453b;--c2:#1f8a5b;--c3:#8b4fc4;--c4:#b8730a;--c5:#0f8b9d;--c6:#c2407f;--c7:#5d6570}
@media (prefers-color-scheme:dark){:root{--ink:#eceef1;--soft:#a2a9b4;--line:#33383f;--paper:#17191c;--c0:#74a7ff;--c1:#ff8a80;--c2:#5fd3a0;--c3:#c39bf5;--c4:#f0b35a;--c5:#58cfe0;--c6:#f58cbd;--c7:#a9b1bd}}
svg.plot{max-width:100%;height:auto;font-family:system-ui,'DejaVu Sans',sans-serif}
svg.plot text{fill:var(--soft);font-size:11px}svg.plot .title{fill:var(--ink);font-size:14px;font-weight:600}
svg.plot .mid{text-anchor:middle}svg.plot .end{text-anchor:end}svg.plot .label{font-size:12px}svg.plot .note{fill:var(--ink)}
svg.plot .grid{stroke:var(--line);stroke-width:1}svg.plot .rule{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:2 3}
svg.plot .dashed{stroke-dasharray:6 4}svg.plot polyline,svg.plot circle[class^=s]{fill:none;stroke-linejoin:round}
.s0{stroke:var(--c0);stroke-width:2}.s1{stroke:var(--c1);stroke-width:2}.s2{stroke:var(--c2);stroke-width:2}.s3{stroke:var(--c3);stroke-width:2}
.s4{stroke:var(--c4);stroke-width:2}.s5{stroke:var(--c5);stroke-width:2}.s6{stroke:var(--c6);stroke-width:2}.s7{stroke:var(--c7);stroke-width:2}
.f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}.f6{fill:var(--c6)}.f7{fill:var(--c7)}
)";

std::string to_svg(const Plot& plot) {
  // Find the range of the data, the rules included
  Range xs, ys;
  for (const Series& s : plot.series) {
    for (const double v : s.x) xs.include(v, plot.x.logarithmic);
    for (const double v : s.y) ys.include(v, plot.y.logarithmic);
  }
  for (const Rule& rule : plot.rules)
    rule.across == Rule::Across::horizontal ? ys.include(rule.at, plot.y.logarithmic) : xs.include(rule.at, plot.x.logarithmic);
  xs.default_if_empty(plot.x.logarithmic);
  ys.default_if_empty(plot.y.logarithmic);
  const Scale x(plot.x, xs.low, xs.high, kLeft, kWidth - kRight), y(plot.y, ys.low, ys.high, kHeight - kBottom, kTop);

  // Write the frame, then rules and data over it
  std::string svg =
      "<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 360\" width=\"640\" height=\"360\" "
      "role=\"img\"><title>" +
      xml_escaped(plot.title) + "</title>";
  svg += text(kLeft, 20, "title", plot.title) + legend(plot) + axes(plot, x, y);
  for (const Rule& rule : plot.rules) svg += draw(rule, x, y);
  for (const Series& s : plot.series) svg += draw(s, x, y);
  return svg + "</svg>\n";
}

std::string to_svg_file(const Plot& plot) {
  std::string svg = to_svg(plot);
  const auto after_open = svg.find('>') + 1;
  svg.insert(after_open, "<style>" + std::string(kPlotStyle) + "svg.plot{background:var(--paper)}</style>");
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg;
}

}  // namespace etalon::app
