// SPDX-License-Identifier: Apache-2.0
// plot.h — line plots as SVG text: nothing to load, nothing to run, the same bytes for the same numbers.
//
// Debian has no C++ plotting library that writes files without a display or a second program
// (docs/decisions/0004-plots.md), and a report needs five kinds of line: so here they are.
//
// COLOURS  Every element says its own colour in plain attributes, which any program that draws SVG understands. It has a class
//          beside them, by which a page in a browser may give it another: kPlotStyle does, for dark screens.
// LABELS   The label of a rule stands where it covers no line, if there is such a place, and else on a ground of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/scale.h"

namespace etalon::app {

// path: points joined in their order, a square at the first and a ring around the last; marked: a line with a dot at every point.
enum class Mark { line, dashed, points, path, marked };

struct Series {
  std::string label;
  std::vector<double> x, y;  // the same length; points that are not finite (or not positive on a log axis) are left out
  Mark mark = Mark::line;
  int colour = 0;  // 0..7, an index into the palette
};

// A straight line across the plot: at y (horizontal) or at x (vertical).
struct Rule {
  enum class Across { horizontal, vertical } across;
  double at;
  std::string label;
};

// A small picture beside the plot: the same lines on other axes, with a frame around what the plot itself shows.
struct Inset {
  Axis x, y;
};

struct Plot {
  std::string title;
  std::string caption;  // one or two sentences under the plot: what to look for
  Axis x, y;
  std::vector<Series> series;
  std::vector<Rule> rules = {};
  std::optional<Inset> inset = {};
};

// inside: title and legend are part of the picture; outside: the page has them.
enum class Legend { inside, outside };

// A complete <svg> element, 640 wide, with a <title> for readers that do not see it. Series k is a group of class "g<k>".
std::string to_svg(const Plot& plot, Legend legend = Legend::inside);

// The same on a white ground: a file that stands alone.
std::string to_svg_file(const Plot& plot);

// "#2563c9": entry `index` of the palette, counted in a circle.
std::string colour_of(int index);

// For a page that embeds plots: the palette as variables --c0 .. --c7, for light and for dark screens, and the classes of to_svg.
extern const char* const kPlotStyle;

}  // namespace etalon::app
