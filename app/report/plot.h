// SPDX-License-Identifier: Apache-2.0
// plot.h — line plots as SVG text: nothing to load, nothing to run, the same bytes for the same numbers.
//
// Debian has no C++ plotting library that writes files without a display or a second program
// (docs/decisions/0004-plots.md), and a report needs five kinds of line: so here they are.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace etalon::app {

struct Axis {
  std::string label;
  bool logarithmic = false;
  std::optional<double> low = {}, high = {};  // default: the data's range, rounded to ticks
};

enum class Mark { line, dashed, points, path };  // path: points joined in their order, the last one marked

struct Series {
  std::string label;
  std::vector<double> x, y;  // the same length; points that are not finite (or not positive on a log axis) are left out
  Mark mark = Mark::line;
  int colour = 0;  // 0..7, an index into the palette of the page (CSS variables --c0 .. --c7)
};

// A straight line across the plot: at y (horizontal) or at x (vertical).
struct Rule {
  enum class Across { horizontal, vertical } across;
  double at;
  std::string label;
};

struct Plot {
  std::string title;
  std::string caption;  // one or two sentences under the plot: what to look for
  Axis x, y;
  std::vector<Series> series;
  std::vector<Rule> rules = {};
};

// A complete <svg> element, 640 x 360, with a <title> for readers that do not see it.
std::string to_svg(const Plot& plot);

// The same with its own palette and background: a file that stands alone.
std::string to_svg_file(const Plot& plot);

// The palette and type rules that to_svg refers to; a page that embeds plots includes it once.
extern const char* const kPlotStyle;

}  // namespace etalon::app
