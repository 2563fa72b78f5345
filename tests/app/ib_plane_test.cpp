// SPDX-License-Identifier: Apache-2.0
// `etalon ib plane`: the points of layers in files of every kind, which are those that `etalon ib soft` computes.
#include <catch2/catch.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/shell.h"
#include "base/bits.h"
#include "base/file.h"
#include "file/safetensors.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::app;

namespace {

nlohmann::json json_of(const std::string& arguments) {
  const Answer answer = run(arguments, kOutputOnly);
  INFO(answer.out);
  REQUIRE(answer.exit_code == 0);
  return nlohmann::json::parse(answer.out);
}

}  // namespace

TEST_CASE("etalon ib plane: layers of a checkpoint, labels before and after, ignored positions", "[app][plane]") {
  // Three layers of states for four sequences of five tokens
  const Folder folder;
  file::TensorFile model;
  for (const char* name : {"h.10", "h.2"}) add(model, name, normal_tensor(Stream(1, name), Shape{4, 5, 6}, 0, 1), file::Dtype::f32);
  const std::vector<std::int64_t> tokens = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, -100, -100, -100};
  write_safetensors(folder / "step100.safetensors", model);
  file::TensorFile labels;
  add_integers(labels, "tokens", Shape{4, 5}, tokens);
  write_safetensors(folder / "tokens.safetensors", labels);

  const std::string plane = "ib plane --json --anchors 7 --labels " + folder / "tokens.safetensors ";
  const auto out = json_of(plane + folder / "step100.safetensors");
  CHECK(out["states"] == 20);
  CHECK(out["states_used"] ==
        13);  // four of five positions have a next one, and three of these sixteen are not labelled on both sides
  CHECK(out["labels_of_x"] == 9);  // each of 1 to 9 stands before a token
  REQUIRE(out["points"].size() == 2);
  CHECK(out["points"][0]["layer"] == "h.2");
  CHECK(out["points"][1]["layer"] == "h.10");
  CHECK(out["points"][0]["checkpoint"] == "step100");
  CHECK(out["means"].size() == 1);

  // The same by hand: states and labels of these positions alone, for `etalon ib soft`
  file::TensorFile by_hand;
  std::vector<double> states;
  std::vector<std::int64_t> pairs;
  for (long row = 0; row < 20; ++row) {
    if (row % 5 == 4 || tokens[row] < 0 || tokens[row + 1] < 0) continue;
    const auto& all = model.at("h.2").values;
    for (long j = 0; j < 6; ++j) states.push_back(static_cast<double>(static_cast<float>(all[row * 6 + j])));
    pairs.push_back(tokens[row]), pairs.push_back(tokens[row + 1]);
  }
  const long n = static_cast<long>(pairs.size()) / 2;
  CHECK(n == out["states_used"]);
  add(by_hand, "z", Tensor<double>(Shape{n, 6}, states));
  add_integers(by_hand, "pairs", Shape{n, 2}, pairs);
  write_safetensors(folder / "hand.safetensors", by_hand);
  const auto soft = json_of("ib soft --json --anchors 7 " + folder / "hand.safetensors:z " + folder / "hand.safetensors:pairs");
  const auto near = [](const nlohmann::json& a, const nlohmann::json& b) {  // labels are numbered, and so added, in another order
    return a.get<double>() > b.get<double>() - 1e-14 && a.get<double>() < b.get<double>() + 1e-14;
  };
  CHECK(near(soft["records"][3]["value"], out["points"][0]["I(X;B)"]));
  CHECK(near(soft["records"][5]["value"], out["points"][0]["I(Y;B)"]));
  CHECK(soft["records"][0]["value"] == out["points"][0]["H(B)"]);
  const double x = out["points"][0]["I(X;B)"], y = out["points"][0]["I(Y;B)"], optimality = out["points"][0]["optimality"];
  CHECK(optimality == y / x);
  const double other = out["points"][1]["I(X;B)"], mean = out["means"][0]["I(X;B)"];
  CHECK(mean == (x + other) / 2);

  // And given as two columns for the same states
  const auto given =
      json_of("ib plane --json --anchors 7 --labels " + folder / "hand.safetensors:pairs " + folder / "hand.safetensors:z");
  CHECK(given["points"][0]["I(X;B)"] == soft["records"][3]["value"]);
  CHECK(given["points"][0]["I(Y;B)"] == soft["records"][5]["value"]);

  // n-grams of two: a sequence of five has two positions with two up to them and two behind, the last none that are labelled
  CHECK(json_of(plane + "--order 2 " + folder / "step100.safetensors")["states_used"] == 6);
}

TEST_CASE("etalon ib plane: files of one layer each, a table, csv and svg", "[app][plane]") {
  const Folder folder;
  write_text(folder / "h0.json", "[[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1], [0, -0.6, 0.8]]");
  write_text(folder / "h1.csv", "0.9,0.1,0\n0.9,0.2,0\n0,0.1,1\n0.1,0,1\n");
  write_text(folder / "labels.csv", "x,y\ncat,runs\ncat,sleeps\ndog,runs\ndog,runs\n");
  const Answer table = run("ib plane " + folder / "h0.json" + " " + folder / "h1.csv" + " --labels " + folder / "labels.csv" +
                           " --units bits --svg " + folder / "p.svg" + " --csv " + folder / "p.csv");
  REQUIRE(table.exit_code == 0);
  CHECK_THAT(table.out, Catch::Contains("4 of 4 states, 2 labels of X, 2 of Y; 100 anchors, eps by the rule `exact`  (bits)") &&
                            Catch::Contains("\nlayers\nlayer  I(X;B)") && Catch::Contains("\nh0 ") && Catch::Contains("\nh1 ") &&
                            Catch::Contains("\nmean "));
  CHECK_THAT(read_text(folder / "p.csv"), Catch::StartsWith("checkpoint,layer,dimension,eps,I(X;B) bits,I(Y;B) bits,optimality") &&
                                              Catch::Contains("\n\"layers\",\"h1\",3,"));
  CHECK_THAT(read_text(folder / "p.svg"),
             Catch::Contains("<svg") && Catch::Contains(">I(X;B), bits<") && Catch::Contains("shuffled labels"));

  // The same numbers in each: X to the right and Y up, in the order of the head of the table
  const auto json = json_of("ib plane --units bits --json " + folder / "h0.json" + " " + folder / "h1.csv" + " --labels " +
                            folder / "labels.csv");
  const std::string csv = read_text(folder / "p.csv");
  for (const auto& point : json["points"]) {
    const double x = point["I(X;B)"], y = point["I(Y;B)"];
    CHECK(x != y);
    char numbers[80];
    std::snprintf(numbers, sizeof numbers, "layers: %.6g, %.6g<", x, y);
    CHECK_THAT(read_text(folder / "p.svg"), Catch::Contains(numbers));
    std::snprintf(numbers, sizeof numbers, "  %-12.6f  %-12.6f  %-10.4f", x, y, y / x);
    CHECK_THAT(table.out, Catch::Contains("\n" + point["layer"].get<std::string>() + "   " + numbers));
    CHECK_THAT(csv, Catch::Contains(point["layer"].get<std::string>() + "\",3," + shortest(point["eps"]) + "," + shortest(x) + "," +
                                    shortest(y) + "," + shortest(point["optimality"]) + "," +
                                    shortest(point["shuffled"]["I(X;B)"]) + "," + shortest(point["shuffled"]["I(Y;B)"]) + "," +
                                    shortest(point["H(B)"]) + "," + shortest(point["I(Z;B)"]) + "\n"));
  }

  // What does not fit
  const auto refused = [&](const std::string& arguments, const char* because) {
    const Answer answer = run("ib plane " + arguments);
    INFO(answer.out);
    CHECK(answer.exit_code == 3);
    CHECK_THAT(answer.out, Catch::Contains(because) && Catch::Contains("hint:"));
  };
  const std::string labels = " --labels " + folder / "labels.csv ";
  write_text(folder / "three.csv", "1,0\n0,1\n1,1\n");
  refused(folder / "h0.json " + folder / "three.csv" + labels, "three.csv: expected 4 rows, one for each label, got 3");
  write_text(folder / "zero.csv", "1,0\n0,1\n0,0\n1,1\n");
  refused(folder / "zero.csv" + labels, "zero.csv: expected states with a direction, got a zero vector in row 2");
  write_text(folder / "one.csv", "cat\ncat\ndog\ndog\n");
  refused(folder / "h0.json --labels " + folder / "one.csv", "two columns of labels, X and Y");
  refused("/dev/null" + labels, "a device");
  refused(folder / "none.npy" + labels, "nothing there");
  CHECK(run("ib plane " + folder / "h0.json").exit_code == 2);
}
