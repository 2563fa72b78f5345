// SPDX-License-Identifier: Apache-2.0
// Plots read back: a point of the picture lies at the numbers that the data files hold, by the ticks that a reader goes by; a picture
// needs no style sheet; the report says what was found, in the numbers of metrics.jsonl.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "app/shell.h"
#include "base/file.h"
#include "missing.h"

using namespace etalon;
using namespace etalon::app;

namespace {

using Point = std::pair<double, double>;

// Value = offset + slope * pixel, from the first and the last tick of one axis.
struct ReadAxis {
  double offset = 0, slope = 0;
  double at(double pixel) const { return offset + slope * pixel; }
};

// The ticks of the picture are texts of class "tick": below the plot in the middle of their line, beside it at the end of theirs.
ReadAxis read_axis(const std::string& svg, bool along_x) {
  // Collect (pixel, value)
  static const std::regex tick(R"re(<text class="tick"[^>]*text-anchor="(middle|end)" x="([^"]*)" y="([^"]*)">([^<]*)</text>)re");
  std::vector<Point> ticks;
  for (std::sregex_iterator it(svg.begin(), svg.end(), tick), end; it != end; ++it)
    if (((*it)[1] == "middle") == along_x)
      ticks.emplace_back(along_x ? std::stod((*it)[2]) : std::stod((*it)[3]) - 4,
                         std::stod((*it)[4]));  // a letter's middle is 4 higher

  // Draw the line through the two ends
  REQUIRE(ticks.size() >= 2);
  const auto [p0, v0] = ticks.front();
  const auto [p1, v1] = ticks.back();
  const double slope = (v1 - v0) / (p1 - p0);
  return {v0 - slope * p0, slope};
}

// The points of every line of the picture, as values.
std::vector<std::vector<Point>> read_lines(const std::string& svg) {
  const ReadAxis x = read_axis(svg, true), y = read_axis(svg, false);
  static const std::regex polyline(R"re(<polyline[^>]*points="([^"]*)")re");
  std::vector<std::vector<Point>> lines;
  for (std::sregex_iterator it(svg.begin(), svg.end(), polyline), end; it != end; ++it) {
    lines.emplace_back();
    std::istringstream points((*it)[1]);
    char comma = 0;
    for (double px = 0, py = 0; points >> px >> comma >> py;) lines.back().emplace_back(x.at(px), y.at(py));
  }
  return lines;
}

// True if some line passes through the point, to the hundredth of a pixel that is written.
bool is_drawn(const std::string& svg, const Point& wanted) {
  const double dx = std::fabs(read_axis(svg, true).slope) * 0.03, dy = std::fabs(read_axis(svg, false).slope) * 0.03;
  for (const auto& line : read_lines(svg))
    for (const auto& [x, y] : line)
      if (std::fabs(x - wanted.first) < dx && std::fabs(y - wanted.second) < dy) return true;
  return false;
}

// What stands on an axis: the text of that class.
std::string label_of(const std::string& svg, const char* css) {
  std::smatch found;
  const std::regex label(std::string("<text class=\"") + css + R"re("[^>]*>([^<]*)</text>)re");
  return std::regex_search(svg, found, label) ? found[1].str() : "";
}

// Two columns of a CSV file with a header.
std::vector<Point> columns(const std::string& file, std::size_t a, std::size_t b) {
  std::istringstream text(read_text(file));
  std::vector<Point> rows;
  std::string line;
  for (std::getline(text, line); std::getline(text, line);) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    rows.emplace_back(std::stod(cells.at(a)), std::stod(cells.at(b)));
  }
  return rows;
}

// The elements that draw and name no colour of their own.
std::vector<std::string> colourless(const std::string& svg) {
  static const std::regex element(R"re(<(line|polyline|circle|rect|text)\b[^>]*>)re");
  std::vector<std::string> found;
  for (std::sregex_iterator it(svg.begin(), svg.end(), element), end; it != end; ++it) {
    const std::string all = it->str();
    const bool coloured = std::regex_search(all, std::regex(R"re((stroke|fill)="#[0-9a-f]{6}")re"));
    if (!coloured) found.push_back(all);
  }
  return found;
}

struct Svg {
  Folder folder;
  std::string csv = folder / "c.csv", svg;
  explicit Svg(const std::string& command) {
    write_text(folder.path / "p.json", "[[0.675, 0.075], [0.075, 0.175]]");
    write_text(folder.path / "law.json", "[[0.75, 0.25]]");
    write_text(folder.path / "d.json", "[[0, 1], [1, 0]]");
    const Answer answer = shell("cd " + folder.path.string() + " && " ETALON_BINARY_DIR "/app/etalon ib " + command +
                                " --csv c.csv --svg c.svg 2>&1");
    INFO(answer.out);
    REQUIRE(answer.exit_code == 0);
    svg = read_text(folder.path / "c.svg");
  }
};

}  // namespace

TEST_CASE("plot: the bottleneck curve lies where its CSV says, I(X;T) to the right and I(T;Y) upwards", "[app][plot]") {
  const Svg curve("curve p.json --betas 4,6,20");
  CHECK_THAT(label_of(curve.svg, "xlabel"), Catch::StartsWith("I(X;T)"));
  CHECK_THAT(label_of(curve.svg, "ylabel"), Catch::StartsWith("I(T;Y)"));
  const auto points = columns(curve.csv, 1, 2);
  REQUIRE(points.size() == 3);
  for (const auto& [x, y] : points) {
    INFO(x << ", " << y);
    CHECK(is_drawn(curve.svg, {x, y}));
    if (x > 0.01) CHECK_FALSE(is_drawn(curve.svg, {y, x}));  // planted: the axes exchanged
  }
}

TEST_CASE("plot: the rate-distortion curve lies where its CSV says, D to the right and R upwards", "[app][plot]") {
  const Svg curve("rate-distortion law.json d.json --betas 2,3,5");
  CHECK_THAT(label_of(curve.svg, "xlabel"), Catch::StartsWith("E d(X, T)"));
  CHECK_THAT(label_of(curve.svg, "ylabel"), Catch::StartsWith("I(X;T)"));
  const auto points = columns(curve.csv, 1, 2);
  REQUIRE(points.size() == 3);
  for (const auto& [d, r] : points) {
    INFO(d << ", " << r);
    CHECK(is_drawn(curve.svg, {d, r}));
    CHECK_FALSE(is_drawn(curve.svg, {r, d}));
  }
}

TEST_CASE("plot: a picture that stands alone needs no style sheet", "[app][plot]") {
  const Svg curve("curve p.json --betas 4,6,20");
  CHECK(curve.svg.find("var(") == std::string::npos);
  CHECK(curve.svg.find("<style") == std::string::npos);
  CHECK(colourless(curve.svg) == std::vector<std::string>{});
  CHECK(colourless("<line class=\"s0\" x1=\"0\"/>").size() == 1);
  CHECK(colourless("<line stroke=\"var(--c0)\"/>").size() == 1);
}

TEST_CASE("report: the plots, the sentences and the head of the page hold the numbers of the run", "[app][plot][report]") {
  // Run, and take the last measurement of the first experiment
  const Folder folder;
  REQUIRE(shell("cd " + folder.path.string() +
                " && SOURCE_DATE_EPOCH=86400 " ETALON_BINARY_DIR "/app/etalon run --steps 20 --out 'a b' >/dev/null 2>&1")
              .exit_code == 0);
  const std::string page = read_text(folder.path / "a b" / "report.html");
  std::vector<nlohmann::json> all;
  std::istringstream lines(read_text(folder.path / "a b" / "metrics.jsonl"));
  for (std::string text; std::getline(lines, text);) {
    all.push_back(nlohmann::json::parse(text));
    if (all.back()["experiment"] != all.front()["experiment"]) {
      all.pop_back();
      break;
    }
  }
  REQUIRE(all.size() >= 2);

  // Read the first plot, the loss: every measurement lies on the line, at its step
  const std::string first =
      page.substr(page.find("<svg class=\"plot\""), page.find("<figcaption>") - page.find("<svg class=\"plot\""));
  CHECK(label_of(first, "xlabel") == "step");
  CHECK(label_of(first, "ylabel") == "nats per token");
  for (const auto& m : all) {
    INFO(m["step"]);
    CHECK(is_drawn(first, {m["step"].get<double>(), m["loss_nats"].get<double>()}));
    CHECK_FALSE(is_drawn(first, {m["step"].get<double>(), m["loss_nats"].get<double>() + 0.05}));
  }

  // Read the sentences
  const auto text = [](const char* format, double x) {
    char out[64];
    std::snprintf(out, sizeof out, format, x);
    return std::string(out);
  };
  const auto& m = all.back();
  const double loss = m["loss_nats"].get<double>(), floor = m["floor_nats"].get<double>();
  CHECK(missing(page, "After 20 steps the training loss is " + text("%.4f", loss) + " nats per token, " +
                          text("%.4f", loss - floor) + " above the floor of " + text("%.4f", floor) +
                          ", which no model can beat.") == "");
  CHECK(missing(page, "what the model predicts is " + text("%.4f", m["exact"]["divergence_nats"].get<double>()) +
                          " nats from the true distribution") == "");
  CHECK(missing(page, "The head destroys " + text("%.1f", 100 * m["head"]["destroyed_ratio"].get<double>()) + " % of the norm") ==
        "");
  CHECK(missing(page, "Random heads of rank 8 destroy " + text("%.1f", 100 * m["head"]["random_head_baseline"].get<double>()) +
                          " % (root mean square") == "");
  CHECK(missing(page, "a step of any optimiser leaves at least " +
                          text("%.1f", 100 * m["head"]["residual_bound_2d"].get<double>()) + " %") == "");
  CHECK(missing(page, "knows " + text("%.4f", m["plane"].back()["i_y_nats"].get<double>()) + " nats about the next symbol") == "");

  // Read the head of the page, the verdict, and what is no number for people
  for (const char* part :
       {"<code>etalon run --steps 20 --out &#39;a b&#39;</code>", "1970-01-02 00:00 UTC", "<dt>version</dt><dd>0.",
        "Etalon's own engine", "no other program", "type=\"checkbox\"", "~svg .g1{display:none}"})
    CHECK(missing(page, part) == "");
  CHECK_FALSE(std::regex_search(page, std::regex(R"re(<b>[^<]*e[-+][0-9][0-9])re")));
}

TEST_CASE("report: where the head has the rank of the vocabulary nothing is destroyed, and no chance is spoken of",
          "[app][plot][report]") {
  const Folder folder;
  REQUIRE(run("run --built-in every-source --steps 2 --out " + folder.path.string(), kOutputOnly).exit_code == 0);
  const std::string page = read_text(folder.path / "report.html");
  CHECK(missing(page,
                "The head has a rank of 2, as large as the vocabulary: all of the gradient passes, and nothing is destroyed.") ==
        "");
  CHECK(page.find("The head destroys 0.0 %") == std::string::npos);
  CHECK(missing(page, "this batch sets no bound") == "");
}
