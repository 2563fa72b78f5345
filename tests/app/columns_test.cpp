// SPDX-License-Identifier: Apache-2.0
// Columns and axes mean what stands above and beside them: what is written is read again and held to what must be true of it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <sstream>

#include "app/experiments.h"
#include "app/shell.h"
#include "base/file.h"

using namespace etalon;
using namespace etalon::app;

namespace {

using Row = std::map<std::string, double>;  // by the name of the column; of words, NaN

std::vector<Row> read_csv(const std::string& path) {
  std::istringstream text(read_text(path));
  std::vector<std::string> names;
  std::vector<Row> rows;
  for (std::string line; std::getline(text, line);) {
    std::istringstream cells(line);
    Row row;
    std::size_t k = 0;
    for (std::string cell; std::getline(cells, cell, ','); ++k) {
      if (rows.empty() && names.size() == k) names.push_back(cell);
      else row[names.at(k)] = std::strtod(cell.c_str(), nullptr);
    }
    if (!row.empty()) rows.push_back(row);
  }
  return rows;
}

struct Point {
  double x, y;
};

// Each <svg> of a page by itself.
std::vector<std::string> plots_of(const std::string& page) {
  std::vector<std::string> plots;
  for (std::size_t at = page.find("<svg"); at != std::string::npos; at = page.find("<svg", at + 4))
    plots.push_back(page.substr(at, page.find("</svg>", at) - at));
  return plots;
}

// The pixels of every line that is drawn, the longest first.
std::vector<std::vector<Point>> lines_of(const std::string& svg) {
  static const std::regex line(R"re((?:points|\bd)="([^"]*)")re"), number(R"re(([-+.\deE]+)[ ,]+([-+.\deE]+))re");
  std::vector<std::vector<Point>> lines;
  for (std::sregex_iterator it(svg.begin(), svg.end(), line), end; it != end; ++it) {
    const std::string points = (*it)[1];
    lines.emplace_back();
    for (std::sregex_iterator p(points.begin(), points.end(), number); p != end; ++p)
      lines.back().push_back({std::stod((*p)[1]), std::stod((*p)[2])});
  }
  std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return lines;
}

// The words of the label of x, and of y.
std::string label_of(const std::string& svg, bool of_y) {
  const std::regex label(std::string(R"re(<text class=")re") + (of_y ? "ylabel" : "xlabel") + R"re("[^>]*>([^<]*)</text>)re");
  std::smatch found;
  return std::regex_search(svg, found, label) ? found[1].str() : "";
}

// What stands at a pixel, by two ticks of the axis that lies (x) or stands (y).
class Ruler {
 public:
  Ruler(const std::string& svg, bool upright) {
    const std::regex tick(std::string(R"re(<text class="tick"[^>]*text-anchor=")re") + (upright ? "end" : "middle") +
                          R"re("[^>]*\b)re" + (upright ? "y" : "x") + R"re(="([-.\d]+)"[^>]*>([-+.\deE]+)</text>)re");
    for (std::sregex_iterator it(svg.begin(), svg.end(), tick), end; it != end; ++it)
      ticks_.emplace_back(std::stod((*it)[1]) - (upright ? 4 : 0), std::stod((*it)[2]));  // letters stand 4 below their line
    REQUIRE(ticks_.size() >= 2);
  }
  double at(double pixel) const {
    const auto [p, v] = ticks_.front();
    const auto [q, w] = ticks_.back();
    return v + (pixel - p) / (q - p) * (w - v);
  }

 private:
  std::vector<std::pair<double, double>> ticks_;  // pixel, number
};

// How far the middle of a line lies above the chord, in pixels; in an SVG, up is less.
double bulge(const std::vector<Point>& line) {
  const Point a = line.front(), b = line.back();
  double most = 0;
  for (const Point& p : line) {
    const double chord = b.x == a.x ? a.y : a.y + (b.y - a.y) * (p.x - a.x) / (b.x - a.x);
    if (std::fabs(chord - p.y) > std::fabs(most)) most = chord - p.y;
  }
  return most;
}

const std::string kTable = "[[0.675, 0.075], [0.075, 0.175]]\n";

}  // namespace

TEST_CASE("columns: of the bottleneck curve, L = I(X;T) - beta I(T;Y) in every row", "[app][ib][columns]") {
  const Folder folder;
  write_text(folder / "p.json", kTable);
  for (const std::string units : {"nats", "bits"}) {
    REQUIRE(run("ib curve " + (folder / "p.json") + " --units " + units + " --csv " + (folder / "c.csv")).exit_code == 0);
    const auto rows = read_csv(folder / "c.csv");
    REQUIRE(rows.size() > 20);
    long n_kept = 0;
    for (const Row& row : rows) {
      const double i_x = row.at("I(X;T) " + units), i_y = row.at("I(T;Y) " + units), l = row.at("L " + units);
      CHECK(l == Approx(i_x - row.at("beta") * i_y).epsilon(1e-12).margin(1e-12));
      CHECK(i_y <= i_x + 1e-12);
      CHECK(row.at("min L from " + units) <= row.at("to " + units));
      CHECK(row.at("to " + units) <= l + 1e-9);
      CHECK(row.at("clusters") <= 4);
      n_kept += i_y > 0.01;
    }
    CHECK(n_kept > 10);
  }
}

TEST_CASE("columns: of rate-distortion, R + beta D lies between the bounds of every row", "[app][ib][columns]") {
  const Folder folder;
  write_text(folder / "law.json", "[[0.75, 0.25]]\n");
  write_text(folder / "hamming.json", "[[0, 1], [1, 0]]\n");
  REQUIRE(run("ib rate-distortion " + (folder / "law.json") + " " + (folder / "hamming.json") + " --csv " + (folder / "c.csv"))
              .exit_code == 0);
  const auto rows = read_csv(folder / "c.csv");
  REQUIRE(rows.size() > 10);
  long n_paid = 0;
  for (const Row& row : rows) {
    const double d = row.at("D"), r = row.at("R nats"), value = r + row.at("beta") * d;
    CHECK(value >= row.at("min I + beta D from nats") - 1e-9);
    CHECK(value <= row.at("to nats") + 1e-6);
    CHECK(d <= 0.25 + 1e-9);  // a constant guess is wrong a quarter of the time
    n_paid += r > 0.1 && d > 1e-6;
  }
  CHECK(n_paid > 3);
}

TEST_CASE("axes: I(X;T) runs to the right, I(T;Y) upwards, and the curve is concave", "[app][ib][columns]") {
  const Folder folder;
  write_text(folder / "p.json", kTable);
  REQUIRE(run("ib curve " + (folder / "p.json") + " --svg " + (folder / "c.svg") + " --csv " + (folder / "c.csv")).exit_code == 0);
  const std::string svg = read_text(folder / "c.svg");
  CHECK_THAT(label_of(svg, false), Catch::StartsWith("I(X;T)"));
  CHECK_THAT(label_of(svg, true), Catch::StartsWith("I(T;Y)"));
  const auto curve = lines_of(svg).at(0);
  REQUIRE(curve.size() > 10);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    CHECK(curve[i].x >= curve[i - 1].x - 0.02);  // a larger beta keeps more of both
    CHECK(curve[i].y <= curve[i - 1].y + 0.02);
  }
  CHECK(bulge(curve) > 3);

  // Read the plot by its ticks: it ends where the table does, and passes through every row
  const Ruler x(svg, false), y(svg, true);
  for (const Row& row : read_csv(folder / "c.csv")) {
    double nearest = 1e9;
    for (const Point& p : curve)
      nearest = std::min(nearest, std::fabs(x.at(p.x) - row.at("I(X;T) nats")) + std::fabs(y.at(p.y) - row.at("I(T;Y) nats")));
    CHECK(nearest < 0.005);
  }
}

TEST_CASE("axes: in the report steps run to the right, and no layer knows more of Y than of X", "[app][run][columns]") {
  // Read the report of a small run
  const Folder folder;
  write_text(folder / "e.json", tiny("first", 100, R"(, "readout_sigma": 0.5)"));
  REQUIRE(run("run " + (folder / "e.json") + " --out " + (folder / "out")).exit_code == 0);
  static const std::regex dot(
      R"re(<circle [^>]*cx="([-.\d]+)" cy="([-.\d]+)"[^>]*>\s*<title>[^<]*: ([-+.\deE]+), ([-+.\deE]+)</title>)re");
  long n_of_steps = 0, n_planes = 0, n_dots = 0;
  for (const std::string& plot : plots_of(read_text(folder / "out/report.html"))) {
    INFO(plot.substr(0, 300));
    // A line over steps goes to the right
    if (label_of(plot, false).starts_with("step")) {
      ++n_of_steps;
      for (const auto& line : lines_of(plot))
        for (std::size_t i = 1; i < line.size(); ++i) CHECK(line[i].x > line[i - 1].x);
    }

    // Each dot stands where its numbers say: x to the right, y up
    std::vector<std::pair<Point, Point>> dots;
    for (std::sregex_iterator it(plot.begin(), plot.end(), dot), end; it != end; ++it)
      dots.push_back({{std::stod((*it)[1]), std::stod((*it)[2])}, {std::stod((*it)[3]), std::stod((*it)[4])}});
    for (const auto& [pixel, value] : dots)
      for (const auto& [other_pixel, other] : dots) {
        if (value.x < other.x) CHECK(pixel.x <= other_pixel.x + 0.02);
        if (value.y < other.y) CHECK(pixel.y >= other_pixel.y - 0.02);
      }
    n_dots += static_cast<long>(dots.size());

    // On the information plane I(T;Y) <= I(X;T), and the curve above is concave
    if (!label_of(plot, false).starts_with("I(X;T)")) continue;
    ++n_planes;
    CHECK_THAT(label_of(plot, true), Catch::StartsWith("I(T;Y)"));
    for (const auto& [pixel, value] : dots) CHECK(value.y <= value.x + 1e-6);
  }
  CHECK(n_of_steps >= 2);
  CHECK(n_planes >= 1);
  CHECK(n_dots >= 4);
}
