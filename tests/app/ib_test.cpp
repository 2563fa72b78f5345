// SPDX-License-Identifier: Apache-2.0
// `etalon ib` as a user meets it. The commands of docs/information.md are run by tests/house/commands_in_docs.py.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "app/shell.h"
#include "base/file.h"
#include "file/safetensors.h"

using namespace etalon;
using namespace etalon::app;

namespace {

// The record of that name in what `--json` printed.
nlohmann::json record(const std::string& out, const std::string& name) {
  const auto document = nlohmann::json::parse(out);
  for (const auto& r : document["records"])
    if (r["name"] == name) return r;
  return {};
}

}  // namespace

TEST_CASE("etalon ib: json, csv, svg, bits; a source's joint law goes back in", "[app][information]") {
  const Folder folder;
  const Answer source = run("ib source even --length 3 --json --out " + folder / "even.json");
  REQUIRE(source.exit_code == 0);
  const Answer entropies = run("ib entropies --json " + folder / "even.json");
  REQUIRE(entropies.exit_code == 0);
  const double i = record(source.out, "I(X;Y)")["value"], again = record(entropies.out, "I(X;Y)")["value"];
  CHECK(i > 0.1);
  CHECK(again > i * (1 - 1e-14));
  CHECK(again < i * (1 + 1e-14));

  const Answer curve = run("ib curve --json --units bits --betas 8,20 --csv " + folder / "c.csv" + " --svg " + folder / "c.svg" +
                           " " + folder / "even.json");
  REQUIRE(curve.exit_code == 0);
  const auto points = nlohmann::json::parse(curve.out)["points"];
  REQUIRE(points.size() == 2);
  CHECK(points[0]["I(X;T)"].get<double>() / (0.37222632221803075 / 0.69314718055994531) > 1 - 1e-11);
  CHECK(points[0]["I(X;T)"].get<double>() / (0.37222632221803075 / 0.69314718055994531) < 1 + 1e-11);
  CHECK(points[0]["minimum"]["certificate"] == "proved");
  CHECK(points[0]["minimum"]["degeneracy"] == "none");
  CHECK_THAT(read_text(folder / "c.csv"), Catch::StartsWith("beta,I(X;T) bits,I(T;Y) bits") && Catch::Contains("\n20,"));
  CHECK_THAT(read_text(folder / "c.svg"), Catch::Contains("<svg") && Catch::Contains("</svg>"));
}

TEST_CASE("etalon ib: a table divided by its total says so; labels and representations from a safetensors file",
          "[app][information]") {
  const Folder folder;
  write_text(folder / "counts.csv", "sun,rain\n27,3\n3,7\n");
  CHECK_THAT(run("ib entropies " + folder / "counts.csv").out, Catch::Contains("counts are no law"));
  const Answer divided = run("ib entropies --normalise " + folder / "counts.csv");
  CHECK(divided.exit_code == 0);
  CHECK_THAT(divided.out, Catch::Contains("divided by its total 40") && Catch::Contains("I(X;Y)   0.165806839061498"));
  CHECK(nlohmann::json::parse(run("ib entropies --json --normalise " + folder / "counts.csv").out)["divided_by"] == 40);

  file::TensorFile file;
  add(file, "z", Tensor<double>(Shape{4, 3}, {1, 0, 0, 0.75, 0.5, 0, 0, 0, 1, 0, -0.5, 0.75}), file::Dtype::bf16);
  add_integers(file, "labels", Shape{4, 2}, {0, 5, 0, 6, 1, 5, 1, 6});
  write_safetensors(folder / "hidden.safetensors", file);
  const std::string spec = folder / "hidden.safetensors";
  const Answer soft = run("ib soft --json --anchors 7 " + spec + ":z " + spec + ":labels");
  REQUIRE(soft.exit_code == 0);
  CHECK(record(soft.out, "I(X;B)[0]")["kind"] == "lower bound");
  CHECK(record(soft.out, "I(X;B)[0]")["choices"]["anchors"] == 7);
  CHECK(record(soft.out, "I(X;B)[0]")["value"] > record(soft.out, "I(X;B)[1]")["value"]);
  CHECK(record(soft.out, "shuffled[1]")["value"].is_number());
  CHECK_THAT(run("ib soft " + spec + ":z " + spec + ":z").out, Catch::Contains("integers"));
}

TEST_CASE("etalon ib capacity: rows or a joint law, between two numbers", "[app][information]") {
  const Folder folder;
  write_text(folder / "z.csv", "1,0\n0.5,0.5\n");
  write_text(folder / "joint.csv", "0.7,0\n0.15,0.15\n");
  const Answer rows = run("ib capacity --json --units bits " + folder / "z.csv");
  REQUIRE(rows.exit_code == 0);
  // The Z channel: log2(5/4)
  const auto r = record(rows.out, "capacity");
  CHECK(r["certificate"] == "dual");
  const double lower = r.contains("between") ? r["between"][0] : r["value"],
               upper = r.contains("between") ? r["between"][1] : r["value"];
  CHECK(lower > 0.3219280948873623 - 1e-14);
  CHECK(upper < 0.3219280948873623 + 1e-14);
  CHECK(record(run("ib capacity --json --joint --units bits " + folder / "joint.csv").out, "capacity") == r);
  CHECK(run("ib capacity " + folder / "joint.csv").exit_code == 3);
  CHECK_THAT(run("ib capacity " + folder / "joint.csv").out, Catch::Contains("--joint"));
}

TEST_CASE("etalon ib curve and encoder: proved, at a rate, and below the curve", "[app][information]") {
  const Folder folder;
  write_text(folder / "p.json", "[[0.675, 0.075], [0.075, 0.175]]");
  write_text(folder / "q.csv", "0.9,0.1\n0.2,0.8\n");
  CHECK_THAT(run("ib curve --points 5 " + folder / "p.json").out, Catch::Contains("Proved: no encoder has an L that is lower"));
  CHECK_THAT(run("ib curve --points 5 --unproved " + folder / "p.json").out, Catch::Contains("is not proved"));
  const Answer at = run("ib curve --json --rates 0.1 " + folder / "p.json");
  const Answer encoder = run("ib encoder --json " + folder / "p.json" + " " + folder / "q.csv");
  REQUIRE(at.exit_code == 0);
  REQUIRE(encoder.exit_code == 0);
  CHECK(record(at.out, "I_Y(0.1)")["between"][1] < 0.1);
  CHECK(record(encoder.out, "deficit")["between"][0] > 1e-4);
  CHECK(run("ib curve --betas 2,nan " + folder / "p.json").exit_code == 3);
}

TEST_CASE("etalon ib bounds: a direction for each, left out aloud where it cannot be counted", "[app][information]") {
  const Folder folder;
  write_text(folder / "p.json", "[[0.675, 0.075], [0.075, 0.175]]");
  write_text(folder / "q.csv", "0.8,0.2\n0.4,0.6\n");
  write_text(folder / "f.csv", "0.2,-1\n-1,1\n");
  const Answer all = run("ib bounds --json --samples 2,5 --decoder " + folder / "q.csv" + " --critic " + folder / "f.csv" + " " +
                         folder / "p.json");
  REQUIRE(all.exit_code == 0);
  const double i = record(all.out, "I(X;Y)")["value"];
  const auto document = nlohmann::json::parse(all.out);
  for (const auto& r : document["records"]) {
    INFO(r.dump());
    if (r["kind"] == "lower bound") CHECK(r["value"] <= i);
    if (r["kind"] == "upper bound") CHECK(r["value"] >= i);
  }
  CHECK(record(all.out, "vclub")["kind"] == "not a bound");
  CHECK(record(all.out, "infonce(5)")["kind"] == "lower bound");
  const double barber_agakov = record(all.out, "barber-agakov")["value"];
  CHECK(barber_agakov > 0.132889105);  // docs/information.md: 0.13288911
  CHECK(barber_agakov < 0.132889115);
  const Answer many = run("ib bounds --samples 100000 " + folder / "p.json");
  CHECK(many.exit_code == 0);
  CHECK_THAT(run("ib bounds --critic " + folder / "q.csv" + " --decoder " + folder / "p.json" + " " + folder / "p.json").out,
             Catch::Contains("sum to 1"));
}

namespace {

// The cells of a CSV, line by line.
std::vector<std::vector<std::string>> cells(const std::string& text) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.emplace_back();
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) lines.back().push_back(cell);
  }
  return lines;
}

// Where a plot puts the points of a series, by the numbers in their titles: "label: x, y" -> (x, y, cx, cy).
struct Placed {
  double x, y, cx, cy;
};
std::vector<Placed> placed(const std::string& svg, const std::string& label) {
  std::vector<Placed> points;
  const std::regex circle("cx=\"([-0-9.]+)\" cy=\"([-0-9.]+)\"[^>]*><title>" + label + ": ([-+0-9.e]+), ([-+0-9.e]+)</title>");
  for (std::sregex_iterator i(svg.begin(), svg.end(), circle), end; i != end; ++i)
    points.push_back({std::stod((*i)[3]), std::stod((*i)[4]), std::stod((*i)[1]), std::stod((*i)[2])});
  return points;
}

}  // namespace

TEST_CASE("etalon ib curve: each column of the CSV and each axis of the plot holds what it says", "[app][information]") {
  const Folder folder;
  write_text(folder / "p.json", "[[0.675, 0.075], [0.075, 0.175]]");
  const Answer curve =
      run("ib curve --json --betas 3,5,20 --csv " + folder / "c.csv" + " --svg " + folder / "c.svg" + " " + folder / "p.json");
  REQUIRE(curve.exit_code == 0);
  const auto points = nlohmann::json::parse(curve.out)["points"];
  const auto table = cells(read_text(folder / "c.csv"));
  REQUIRE(table.size() == 4);
  CHECK(table[0] == std::vector<std::string>{"beta", "I(X;T) nats", "I(T;Y) nats", "L nats", "min L from nats", "to nats",
                                             "certificate", "cells", "clusters", "degeneracy", "sweeps", "converged",
                                             "min L by search from nats"});
  for (std::size_t k = 0; k < 3; ++k) {
    const auto& row = table[k + 1];
    const auto number = [&](std::size_t column) { return std::stod(row.at(column)); };
    CHECK(number(0) == points[k]["beta"]);
    CHECK(number(1) == points[k]["I(X;T)"]);
    CHECK(number(2) == points[k]["I(T;Y)"]);
    CHECK(number(3) == points[k]["L"]);
    CHECK(number(4) == points[k]["minimum"]["between"][0]);
    CHECK(number(5) == points[k]["minimum"]["between"][1]);
    CHECK(row[6] == "proved");
    CHECK(number(7) == points[k]["minimum"]["iterations"]);
    CHECK(row[8] == "2");
    CHECK(row[9] == "none");
    CHECK(number(10) == points[k]["sweeps"]);
    CHECK(row[11] == "1");
    CHECK(number(12) == points[k]["lower_found"]);
    // docs/information.md: 3 0.197839920 0.070503635, ..., so that no column can be another
    CHECK(number(1) > 2 * number(2));
  }

  // A point that keeps more of X lies further right, one that knows more of Y higher, each by its own scale
  const auto marks = placed(read_text(folder / "c.svg"), "");
  REQUIRE(marks.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(marks[k].x == Approx(points[k]["I(X;T)"].get<double>()).epsilon(1e-5));
    CHECK(marks[k].y == Approx(points[k]["I(T;Y)"].get<double>()).epsilon(1e-5));
  }
  CHECK(marks[1].cx > marks[0].cx);
  CHECK(marks[1].cy < marks[0].cy);
  const double right = (marks[2].cx - marks[0].cx) / (marks[2].x - marks[0].x),
               up = (marks[0].cy - marks[2].cy) / (marks[2].y - marks[0].y);
  CHECK((marks[1].cx - marks[0].cx) / (marks[1].x - marks[0].x) == Approx(right).epsilon(1e-2));
  CHECK((marks[0].cy - marks[1].cy) / (marks[1].y - marks[0].y) == Approx(up).epsilon(1e-2));
  const std::string svg = read_text(folder / "c.svg");
  CHECK(svg.find("I(X;T), nats") < svg.find("I(T;Y), nats"));  // across, then up
}

TEST_CASE("etalon ib curve: the encoder is printed, and it is the optimum", "[app][information]") {
  const Folder folder;
  write_text(folder / "p.json", "[[0.675, 0.075], [0.075, 0.175]]");
  const Answer curve = run("ib curve --json --betas 5 --encoder " + folder / "p.json");
  REQUIRE(curve.exit_code == 0);
  const auto point = nlohmann::json::parse(curve.out)["points"][0];
  REQUIRE(point["q(t|x)"].size() == 2);
  REQUIRE(point["q(t)"].size() == 2);

  // q(t) and p(y|t) follow from q(t|x) and the table
  const double p_x[] = {0.75, 0.25}, w[][2] = {{0.9, 0.1}, {0.3, 0.7}};
  for (int t = 0; t < 2; ++t) {
    const double a = p_x[0] * point["q(t|x)"][0][t].get<double>(), b = p_x[1] * point["q(t|x)"][1][t].get<double>();
    CHECK(point["q(t)"][t] == Approx(a + b).epsilon(1e-12));
    CHECK(point["p(y|t)"][t][0] == Approx((a * w[0][0] + b * w[1][0]) / (a + b)).epsilon(1e-12));
  }

  // The same encoder lies on the curve
  write_text(folder / "q.json", point["q(t|x)"].dump());
  CHECK(record(run("ib encoder --json " + folder / "p.json" + " " + folder / "q.json").out, "deficit")["between"][1] < 1e-12);
  CHECK_THAT(run("ib curve --betas 5 --encoder " + folder / "p.json").out,
             Catch::Contains("q(t|x=1)") && Catch::Contains("p(y|t=1)"));
  CHECK(run("ib encoder --svg " + folder / "e.svg" + " " + folder / "p.json" + " " + folder / "q.json").exit_code == 0);
  const auto encoder = placed(read_text(folder / "e.svg"), "the encoder");
  REQUIRE(encoder.size() == 1);
  CHECK(encoder[0].x == Approx(point["I(X;T)"].get<double>()).epsilon(1e-4));
  CHECK(encoder[0].y == Approx(point["I(T;Y)"].get<double>()).epsilon(1e-4));
}

TEST_CASE("etalon ib curve: rates are written too, and beyond four y an estimate stands beside the proof", "[app][information]") {
  const Folder folder;
  write_text(folder / "p.json", "[[0.675, 0.075], [0.075, 0.175]]");
  REQUIRE(run("ib curve --rates 0.1,0.2 --csv " + folder / "r.csv" + " --svg " + folder / "r.svg" + " " + folder / "p.json")
              .exit_code == 0);
  const auto table = cells(read_text(folder / "r.csv"));
  REQUIRE(table.size() == 3);
  CHECK(table[0] == std::vector<std::string>{"I(X;T) nats", "I(T;Y) from nats", "to nats", "to by search nats", "beta"});
  CHECK(std::stod(table[1][0]) == 0.1);
  CHECK(std::stod(table[1][1]) < 0.05);
  CHECK(std::stod(table[1][2]) - std::stod(table[1][1]) < 1e-12);
  CHECK(std::stod(table[1][4]) > 2.7);
  CHECK(placed(read_text(folder / "r.svg"), "at the given rates").size() == 2);

  // Five y: [proved] says little, the search says more
  std::string wide = "[";
  for (int x = 0; x < 5; ++x) {
    wide += x ? ",[" : "[";
    for (int y = 0; y < 5; ++y) wide += (y ? "," : "") + std::string(x == y ? "0.12" : y == 4 ? "0.04" : x == 4 ? "0.02" : "0.02");
    wide += "]";
  }
  write_text(folder / "wide.json", wide + "]");
  const Answer at = run("ib curve --normalise --json --rates 0.2 " + folder / "wide.json");
  REQUIRE(at.exit_code == 0);
  const auto proved = record(at.out, "I_Y(0.2)")["between"], found = record(at.out, "I_Y(0.2) by search");
  CHECK(proved[1].get<double>() - proved[0].get<double>() > 0.01);
  CHECK(found["kind"] == "estimate");
  const double low = found.contains("between") ? found["between"][0] : found["value"],
               high = found.contains("between") ? found["between"][1] : found["value"];
  CHECK(high - low < 1e-6);
  CHECK(low >= proved[0]);
  CHECK_THAT(run("ib curve --normalise --betas 4 " + folder / "wide.json").out,
             Catch::Contains("grid") && Catch::Contains("(by search: "));
}

TEST_CASE("etalon ib curve: proofs are limited in time and cells, and what is solved is kept", "[app][information]") {
  const Folder folder;
  std::string large = "[";
  for (int x = 0; x < 20; ++x) {
    large += x ? ",[" : "[";
    for (int y = 0; y < 4; ++y) large += (y ? "," : "") + std::to_string(1 + (7 * x + 5 * y * y + x * x * y) % 11);
    large += "]";
  }
  write_text(folder / "large.json", large + "]");
  const std::string curve = "ib curve --normalise ";

  // After the time is over points are found and not proved
  const Answer brief = run(curve + "--points 12 --certify 0.001s --json " + folder / "large.json", kOutputOnly);
  REQUIRE(brief.exit_code == 0);
  const auto points = nlohmann::json::parse(brief.out)["points"];
  CHECK(points.size() == 12);
  CHECK(points.back()["minimum"]["certificate"] == "none");

  // Few cells: a proof with a wide gap
  const Answer few = run(curve + "--betas 30 --max-cells 40 --json " + folder / "large.json");
  CHECK(nlohmann::json::parse(few.out)["points"][0]["minimum"]["iterations"] <= 42);

  // Ctrl-C: what is solved is printed and written, and the exit code says that it is not all
  const Answer stopped = shell("timeout --preserve-status -s INT 1 " ETALON_BINARY_DIR "/app/etalon " + curve +
                               "--points 200 --csv " + folder / "kept.csv" + " " + folder / "large.json" + " 2>&1; echo exit $?");
  INFO(stopped.out);
  CHECK_THAT(stopped.out, Catch::Contains("interrupted: ") && Catch::Contains("clusters") && Catch::Contains("exit 130"));
  CHECK(cells(read_text(folder / "kept.csv")).size() > 1);
  CHECK(cells(read_text(folder / "kept.csv")).size() < 200);
  CHECK(run(curve + "--certify 5parsecs " + folder / "large.json").exit_code == 2);
  CHECK(run(curve + "--certify 5s --unproved " + folder / "large.json").exit_code == 2);
}

TEST_CASE("etalon ib bounds: a decoder that rules out what happens proves -infinity, and the others stay", "[app][information]") {
  const Folder folder;
  write_text(folder / "p.json", "[[0.675, 0.075], [0.075, 0.175]]");
  write_text(folder / "q.json", "[[1, 0], [0, 1]]");
  const Answer sure = run("ib bounds --json --decoder " + folder / "q.json" + " " + folder / "p.json", kOutputOnly);
  REQUIRE(sure.exit_code == 0);
  CHECK(record(sure.out, "barber-agakov")["value"] == "-infinity");
  CHECK_THAT(record(sure.out, "barber-agakov")["why_infinite"].get<std::string>(), Catch::Contains("probability 0"));
  CHECK(record(sure.out, "vclub").is_null());
  CHECK_THAT(run("ib bounds --decoder " + folder / "q.json" + " " + folder / "p.json").out,
             Catch::Contains("left out: bound vclub"));
  write_text(folder / "rare.json", "[[1e-20, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]");
  const Answer rare = run("ib bounds --json " + folder / "rare.json");
  CHECK(record(rare.out, "pairwise-bhattacharyya")["value"] == Approx(0.69314718055994531).epsilon(1e-13));
}

TEST_CASE("etalon ib rate-distortion: the binary symmetric source", "[app][information]") {
  const Folder folder;
  write_text(folder / "p.csv", "0.5\n0.5\n");
  write_text(folder / "d.json", "[[0, 1], [1, 0]]");
  // R(0.1) = 1 - h(0.1) bits
  const Answer at =
      run("ib rate-distortion --json --units bits --distortion 0.1,0.5 " + folder / "p.csv" + " " + folder / "d.json");
  REQUIRE(at.exit_code == 0);
  const auto r = record(at.out, "R(0.1)");
  const double lower = r.contains("between") ? r["between"][0] : r["value"],
               upper = r.contains("between") ? r["between"][1] : r["value"];
  CHECK(lower > 0.5310044064107188 - 1e-12);
  CHECK(upper < 0.5310044064107188 + 1e-12);
  const Answer curve = run("ib rate-distortion --points 5 --csv " + folder / "c.csv" + " --svg " + folder / "c.svg" + " " +
                           folder / "p.csv" + " " + folder / "d.json");
  CHECK(curve.exit_code == 0);
  CHECK_THAT(read_text(folder / "c.csv"), Catch::StartsWith("beta,D,R nats,"));
  CHECK_THAT(read_text(folder / "c.svg"), Catch::Contains("</svg>"));
  CHECK(run("ib rate-distortion " + folder / "d.json" + " " + folder / "d.json").exit_code == 3);
  CHECK(run("ib rate-distortion " + folder / "p.csv").exit_code == 2);
}

TEST_CASE("etalon ib check: a right claim is 0, a wrong one 1 with its defect, a broken file 3", "[app][information]") {
  const Folder folder;
  const std::string joint = "{\"joint\": [[0.675, 0.075], [0.075, 0.175]], \"units\": \"bits\", \"claims\": ";
  write_text(folder / "right.json", joint + "{\"I(X;Y)\": 0.23920870, \"H(X)\": 0.811278}}");
  write_text(folder / "wrong.json", joint + "{\"I(X;Y)\": 0.1658068}}");
  write_text(folder / "unknown.json", joint + "{\"I(X;Y)\": 0.2}}");
  write_text(folder / "broken.json", joint + "{\"I(X;Y)\"");
  const Answer right = run("ib check " + folder / "right.json");
  CHECK(right.exit_code == 0);
  CHECK_THAT(right.out, Catch::EndsWith("right: 2 of 2 claims are right\n"));
  const Answer wrong = run("ib check " + folder / "wrong.json");
  CHECK(wrong.exit_code == 1);
  CHECK_THAT(wrong.out, Catch::Contains("defect    nats-as-bits") && Catch::Contains("WRONG: 0 of 1"));
  const auto json = nlohmann::json::parse(run("ib check --json " + folder / "wrong.json").out);
  CHECK(json["right"] == false);
  CHECK(json["verdicts"][0]["defects"][0]["name"] == "nats-as-bits");
  CHECK_THAT(run("ib check " + folder / "unknown.json").out, Catch::Contains("defect    unknown"));
  CHECK(run("ib check " + folder / "broken.json").exit_code == 3);
  CHECK(run("ib check").exit_code == 2);
  CHECK_THAT(run("ib check --defects").out, Catch::Contains("alphabet-capped"));
}

TEST_CASE("etalon ib refuses: malformed input is 3, usage is 2", "[app][information][errors]") {
  const Folder folder;
  write_text(folder / "short.json", "[[0.5, 0.4]]");
  write_text(folder / "text.json", "hello");
  write_text(folder / "z.json", "[[1, 0], [0, 0]]");
  write_text(folder / "labels.json", "[[0], [0.5]]");
  const auto refused = [](const std::string& arguments, int exit_code, const char* because) {
    const Answer answer = run(arguments);
    CHECK(answer.exit_code == exit_code);
    CHECK_THAT(answer.out, Catch::Contains(because));
  };
  refused("ib entropies " + folder / "short.json", 3, "never rescaled");
  refused("ib entropies " + folder / "text.json", 3, "text.json: expected JSON");
  refused("ib entropies " + folder / "missing.npy", 3, "nothing there");
  refused("ib curve --betas nan " + folder / "short.json", 3, "hint:");
  refused("ib soft " + folder / "z.json" + " " + folder / "labels.json", 3, "whole numbers");
  refused("ib source parity", 3, "n_bits");
  refused("ib source nonsense", 2, "noisy_spamlang");
  refused("ib entropies", 2, "FILE");
  refused("ib", 2, "subcommand");
}
