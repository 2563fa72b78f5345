// SPDX-License-Identifier: Apache-2.0
#include "report/svg.h"

#include <cstdio>

#include "base/xml.h"
#include "report/plot.h"

namespace etalon::app::svg {
namespace {

std::string attribute(const char* name, const std::string& value) { return " " + std::string(name) + "=\"" + value + "\""; }
std::string attribute(const char* name, double value) { return attribute(name, number(value)); }

std::string thin(const char* css, const char* colour, const char* width) {
  return attribute("class", css) + attribute("fill", "none") + attribute("stroke", colour) + attribute("stroke-width", width);
}

}  // namespace

std::string number(double v, const char* format) {
  char text[40];
  std::snprintf(text, sizeof text, format, v);
  return text;
}

double width_of(const std::string& words) { return 0.6 * kText * static_cast<double>(words.size()); }

std::string look_of_grid() { return thin("grid", kGrid, "1"); }
std::string look_of_rule() { return thin("rule", kSoft, "1.3") + attribute("stroke-dasharray", "2 3"); }
std::string look_of_frame() { return thin("frame", kSoft, "1"); }
std::string look_of_ground() {
  return attribute("class", "ground") + attribute("fill", kPaper) + attribute("fill-opacity", "0.88");
}

std::string stroke(int colour, bool dashed) {
  return thin(("s" + std::to_string(colour % 8)).c_str(), colour_of(colour).c_str(), "2") + attribute("stroke-linejoin", "round") +
         (dashed ? attribute("stroke-dasharray", "6 4") : "");
}
std::string fill(int colour) { return attribute("class", "f" + std::to_string(colour % 8)) + attribute("fill", colour_of(colour)); }

std::string line(double x1, double y1, double x2, double y2, const std::string& look) {
  return "<line" + look + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) + "/>";
}

std::string rectangle(const Box& box, const std::string& look) {
  return "<rect" + look + attribute("x", box.left) + attribute("y", box.top) + attribute("width", box.right - box.left) +
         attribute("height", box.bottom - box.top) + "/>";
}

std::string circle(double x, double y, double radius, const std::string& look, const std::string& inside) {
  return "<circle" + look + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) + ">" + inside + "</circle>";
}

std::string polyline(const Points& points, const std::string& look) {
  std::string all;
  for (const auto& [x, y] : points) all += number(x) + "," + number(y) + " ";
  return "<polyline" + look + attribute("points", all) + "/>";
}

std::string text(double x, double y, const Letters& look, const std::string& words) {
  constexpr const char* kAnchors[] = {"start", "middle", "end"};
  return "<text" + attribute("class", look.css) + attribute("fill", look.colour) + attribute("font-size", number(look.size, "%g")) +
         attribute("text-anchor", kAnchors[static_cast<int>(look.anchor)]) + attribute("x", x) + attribute("y", y) + ">" +
         xml_escaped(words) + "</text>";
}

std::string window(const Box& box, double wider, const std::string& inside) {
  const std::string x = number(box.left - wider), y = number(box.top - wider);
  const std::string width = number(box.right - box.left + 2 * wider), height = number(box.bottom - box.top + 2 * wider);
  return "<svg" + attribute("x", x) + attribute("y", y) + attribute("width", width) + attribute("height", height) +
         attribute("viewBox", x + " " + y + " " + width + " " + height) + attribute("overflow", "hidden") + ">" + inside + "</svg>";
}

}  // namespace etalon::app::svg
