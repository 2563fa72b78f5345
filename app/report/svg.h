// SPDX-License-Identifier: Apache-2.0
// svg.h — the few elements of SVG that plots are made of, each with its colours in plain attributes and a class beside them.
#pragma once

#include <string>

#include "report/place.h"

namespace etalon::app::svg {

inline constexpr const char *kInk = "#1c2024", *kSoft = "#60646c", *kGrid = "#e3e5e9", *kPaper = "#ffffff";
inline constexpr double kText = 12;  // pixels: ticks, notes and the legend

// "12.35": pixels, or what else the format says.
std::string number(double v, const char* format = "%.2f");

// An estimate of how wide words are, rather too wide than too narrow.
double width_of(const std::string& words);

// What an element looks like: the attributes that come before its coordinates.
std::string look_of_grid();
std::string look_of_rule();
std::string look_of_ground();  // half-transparent paper, behind a label
std::string look_of_frame();
std::string stroke(int colour, bool dashed = false);  // an entry of the palette as a line
std::string fill(int colour);                         // and as an area

std::string line(double x1, double y1, double x2, double y2, const std::string& look);
std::string rectangle(const Box& box, const std::string& look);
// `inside` stands between the tags.
std::string circle(double x, double y, double radius, const std::string& look, const std::string& inside = "");
std::string polyline(const Points& points, const std::string& look);

enum class Anchor { start, middle, end };
struct Letters {
  const char* css;
  const char* colour;
  double size;
  Anchor anchor = Anchor::start;
};
std::string text(double x, double y, const Letters& look, const std::string& words);

// `inside`, cut off at the box, or some pixels outside it so that dots on its edge are whole. Coordinates stay the same.
std::string window(const Box& box, double wider, const std::string& inside);

}  // namespace etalon::app::svg
