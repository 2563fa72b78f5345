// SPDX-License-Identifier: Apache-2.0
#include "report/plot.h"

#include <algorithm>
#include <cmath>

#include "base/xml.h"
#include "report/place.h"
#include "report/svg.h"

namespace etalon::app {
namespace {

using namespace svg;

constexpr const char* kPalette[] = {"#2563c9", "#d1453b", "#1f8a5b", "#8b4fc4", "#b8730a", "#0f8b9d", "#c2407f", "#5d6570"};
constexpr double kWidth = 640, kLeft = 64, kRight = 26, kBottom = 48, kDrawn = 260;  // pixels; kDrawn: height between the axes

// The rectangle between the axes; an inset takes some of its width.
Box area(double top, bool beside_inset) { return {kLeft, top, kWidth - (beside_inset ? 216 : kRight), top + kDrawn}; }

// The pixels of the points that both axes show.
Points placed(const Series& s, const Scale& x, const Scale& y) {
  Points points;
  for (std::size_t i = 0; i < s.x.size() && i < s.y.size(); ++i)
    if (x.shows(s.x[i]) && y.shows(s.y[i])) points.emplace_back(x.pixel(s.x[i]), y.pixel(s.y[i]));
  return points;
}

// A dot at every point, with its numbers for a pointer that rests on it.
std::string dots(const Series& s, const Scale& x, const Scale& y, double radius) {
  std::string all;
  for (std::size_t i = 0; i < s.x.size() && i < s.y.size(); ++i) {
    if (!x.shows(s.x[i]) || !y.shows(s.y[i])) continue;
    const std::string numbers = s.label + ": " + number(s.x[i], "%.6g") + ", " + number(s.y[i], "%.6g");
    all += circle(x.pixel(s.x[i]), y.pixel(s.y[i]), radius, fill(s.colour), "<title>" + xml_escaped(numbers) + "</title>");
  }
  return all;
}

std::string square(const std::pair<double, double>& at, double half, int colour) {
  return rectangle({at.first - half, at.second - half, at.first + half, at.second + half}, stroke(colour));
}

std::string draw(const Series& s, const Scale& x, const Scale& y) {
  const Points points = placed(s, x, y);
  if (points.empty()) return "";
  switch (s.mark) {
    case Mark::points: return dots(s, x, y, 3);
    case Mark::marked: return polyline(points, stroke(s.colour)) + dots(s, x, y, 3);
    case Mark::path:
      return polyline(points, stroke(s.colour) + " stroke-opacity=\"0.55\"") + dots(s, x, y, 2.4) +
             square(points.front(), 5, s.colour) + circle(points.back().first, points.back().second, 7, stroke(s.colour));
    default: return polyline(points, stroke(s.colour, s.mark == Mark::dashed));
  }
}

std::string draw_axes(const Plot& plot, const Scale& x, const Scale& y, const Box& box) {
  std::string out;
  for (const double tick : x.ticks()) {
    out += line(x.pixel(tick), box.top, x.pixel(tick), box.bottom, look_of_grid());
    out += text(x.pixel(tick), box.bottom + 18, {"tick", kSoft, kText, Anchor::middle}, number(tick, "%g"));
  }
  for (const double tick : y.ticks()) {
    out += line(box.left, y.pixel(tick), box.right, y.pixel(tick), look_of_grid());
    out += text(box.left - 8, y.pixel(tick) + 4, {"tick", kSoft, kText, Anchor::end}, number(tick, "%g"));
  }
  out += text((box.left + box.right) / 2, box.bottom + 40, {"xlabel", kSoft, 13, Anchor::middle}, plot.x.label);
  return out + text(8, box.top - 16, {"ylabel", kSoft, 13}, plot.y.label);
}

std::string draw_line(const Rule& rule, const Scale& x, const Scale& y, const Box& box) {
  const double at = rule.across == Rule::Across::horizontal ? y.pixel(rule.at) : x.pixel(rule.at);
  return rule.across == Rule::Across::horizontal ? line(box.left, at, box.right, at, look_of_rule())
                                                 : line(at, box.top, at, box.bottom, look_of_rule());
}

// The label of a rule beside its line, at the clearest of some places.
std::string draw_label(const Rule& rule, const Scale& x, const Scale& y, const Box& box, Clutter& clutter) {
  // List the places: along the line, on either side of it
  if (rule.label.empty()) return "";
  const bool horizontal = rule.across == Rule::Across::horizontal;
  const double width = width_of(rule.label), height = kText + 4;
  std::vector<Box> places;
  for (const double share : {1.0, 0.0, 0.5, 0.75, 0.25})
    for (const bool second : {false, true}) {
      const double at = horizontal ? y.pixel(rule.at) : x.pixel(rule.at);
      const double left = horizontal ? box.left + 4 + share * (box.right - box.left - 8 - width) : second ? at - 4 - width : at + 4;
      const double top =
          horizontal ? (second ? at + 2 : at - 2 - height) : box.top + 2 + (1 - share) * (box.bottom - box.top - 4 - height);
      if (left >= box.left && left + width <= box.right && top >= box.top - 2 && top + height <= box.bottom + 2)
        places.push_back({left, top, left + width, top + height});
    }
  if (places.empty()) return "";

  // Write it at the clearest, on a ground where that is not clear
  const Box place = places[clutter.clearest(places)];
  const std::string ground = clutter.covered(place) > 0 ? rectangle(place, look_of_ground()) : "";
  clutter.add_label(place);
  const bool to_the_right = place.left + place.right > box.left + box.right;  // larger letters then grow towards the middle
  return ground + text(to_the_right ? place.right : place.left, place.bottom - 4,
                       {"note", kInk, kText, to_the_right ? Anchor::end : Anchor::start}, rule.label);
}

// Everything, small, beside the plot; a frame around what the plot shows.
std::string draw_inset(const Plot& plot, const Scale& shown_x, const Scale& shown_y, const Box& box) {
  // Lay out its own axes
  const Box inside{box.right + 42, box.top + 14, kWidth - 8, box.top + 14 + 0.45 * kDrawn};
  const Scale x(plot.inset->x, Range(plot.inset->x.logarithmic), inside.left, inside.right);
  const Scale y(plot.inset->y, Range(plot.inset->y.logarithmic), inside.bottom, inside.top);

  // Draw the lines, the ends of paths, and a frame around what the plot shows
  std::string lines;
  for (const Rule& rule : plot.rules) lines += draw_line(rule, x, y, inside);
  for (std::size_t k = 0; k < plot.series.size(); ++k) {
    const Series& s = plot.series[k];
    const Points points = placed(s, x, y);
    if (points.empty()) continue;
    lines += "<g class=\"g" + std::to_string(k) + "\">" + polyline(points, stroke(s.colour) + " stroke-opacity=\"0.8\"");
    if (s.mark == Mark::path)
      lines += square(points.front(), 3, s.colour) + circle(points.back().first, points.back().second, 4, stroke(s.colour));
    lines += "</g>";
  }
  const Box frame{x.pixel(shown_x.low()), y.pixel(shown_y.high()), x.pixel(shown_x.high()), y.pixel(shown_y.low())};
  const std::string drawn = rectangle(inside, look_of_frame()) + window(inside, 0, lines + rectangle(frame, look_of_rule()));

  // Write the ends of its axes
  const Letters small{"small", kSoft, 10}, small_end{"small", kSoft, 10, Anchor::end};
  return drawn + text(inside.left, inside.top - 6, {"small", kSoft, 10}, "the whole") +
         text(inside.left, inside.bottom + 13, small, number(x.low(), "%.3g")) +
         text(inside.right, inside.bottom + 13, small_end, number(x.high(), "%.3g")) +
         text(inside.left - 4, inside.bottom, small_end, number(y.low(), "%.3g")) +
         text(inside.left - 4, inside.top + 9, small_end, number(y.high(), "%.2g"));
}

// The legend from `top` down, row by row; `top` becomes its end.
std::string draw_legend(const Plot& plot, double& top) {
  std::string out;
  double at = kLeft;
  for (const Series& s : plot.series) {
    // Begin a row where this one is full
    if (s.label.empty()) continue;
    const double width = 40 + width_of(s.label);
    if (at > kLeft && at + width > kWidth) at = kLeft, top += 18;

    // Draw a piece of the line, and the name
    out += s.mark == Mark::points ? circle(at + 9, top - 4, 4, fill(s.colour))
                                  : line(at, top - 4, at + 18, top - 4, stroke(s.colour, s.mark == Mark::dashed));
    out += text(at + 24, top, {"note", kInk, kText}, s.label);
    at += width;
  }
  top += 18;
  return out;
}

// The range of all data along one axis, the rules included.
Range range_of(const Plot& plot, bool along_x) {
  Range range((along_x ? plot.x : plot.y).logarithmic);
  for (const Series& s : plot.series)
    for (const double v : along_x ? s.x : s.y) range.include(v);
  for (const Rule& rule : plot.rules)
    if ((rule.across == Rule::Across::vertical) == along_x) range.include(rule.at);
  return range;
}

}  // namespace

const char* const kPlotStyle = R"(
:root{--ink:#1c2024;--soft:#60646c;--line:#e3e5e9;--paper:#ffffff;--c0:#2563c9;--c1:#d1453b;--c2:#1f8a5b;--c3:#8b4fc4;--c4:#b8730a;--c5:#0f8b9d;--c6:#c2407f;--c7:#5d6570}
@media (prefers-color-scheme:dark){:root{--ink:#eceef1;--soft:#a2a9b4;--line:#33383f;--paper:#17191c;--c0:#74a7ff;--c1:#ff8a80;--c2:#5fd3a0;--c3:#c39bf5;--c4:#f0b35a;--c5:#58cfe0;--c6:#f58cbd;--c7:#a9b1bd}}
svg.plot{display:block;width:100%;max-width:760px;height:auto}
svg.plot text{fill:var(--soft)}svg.plot .title,svg.plot .note{fill:var(--ink)}svg.plot .ground{fill:var(--paper)}
svg.plot .grid{stroke:var(--line)}svg.plot .rule,svg.plot .frame{stroke:var(--soft)}
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}.s6{stroke:var(--c6)}.s7{stroke:var(--c7)}
.f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}.f6{fill:var(--c6)}.f7{fill:var(--c7)}
)";

std::string colour_of(int index) { return kPalette[index % 8]; }

std::string to_svg(const Plot& plot, Legend legend) {
  // Write title and legend, and see how much room they take
  double top = 22;
  std::string head;
  if (legend == Legend::inside) {
    head = text(kLeft, top, {"title", kInk, 15}, plot.title);
    top += 22;
    head += draw_legend(plot, top);
  }
  const Box box = area(top + 14, plot.inset.has_value());

  // Place the data, so that labels can stand clear of it
  const Scale x(plot.x, range_of(plot, true), box.left, box.right), y(plot.y, range_of(plot, false), box.bottom, box.top);
  Clutter clutter;
  for (const Series& s : plot.series) clutter.add_line(placed(s, x, y));

  // Draw axes and rules, the data in a window, then inset and labels over it
  std::string out = head + draw_axes(plot, x, y, box), data;
  for (const Rule& rule : plot.rules) data += draw_line(rule, x, y, box);
  for (std::size_t k = 0; k < plot.series.size(); ++k)
    data += "<g class=\"g" + std::to_string(k) + "\">" + draw(plot.series[k], x, y) + "</g>";
  out += window(box, 5, data);
  if (plot.inset) out += draw_inset(plot, x, y, box);
  for (const Rule& rule : plot.rules) out += draw_label(rule, x, y, box, clutter);

  // Put it into an element of its size
  const std::string height = number(box.bottom + kBottom, "%g");
  return "<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 " + height + "\" width=\"640\" height=\"" +
         height + "\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\" role=\"img\"><title>" + xml_escaped(plot.title) +
         "</title>" + out + "</svg>\n";
}

std::string to_svg_file(const Plot& plot) {
  std::string out = to_svg(plot);
  const auto after_title = out.find("</title>") + std::string("</title>").size();
  out.insert(after_title, "<rect width=\"100%\" height=\"100%\" fill=\"" + std::string(kPaper) + "\"/>");
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + out;
}

}  // namespace etalon::app
