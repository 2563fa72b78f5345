// SPDX-License-Identifier: Apache-2.0
// etalon ib plane — what the states of each layer of any model say about what was read and what comes next, as a table and a plot.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "base/bits.h"
#include "base/file.h"
#include "base/terminal.h"
#include "ib/ib.h"
#include "progress.h"
#include "report/plot.h"
#include "say.h"
#include "study/state_plane.h"

namespace etalon::app {
namespace {

struct Options {
  std::vector<std::string> checkpoints;
  std::string labels, temperature = "exact", csv, svg;
  long n_anchors = 100, order = 1;
  std::uint64_t seed = 0;
  Output output;
};

// One file with its layers; files of one layer each are one checkpoint together.
struct Checkpoint {
  std::string name;
  std::vector<std::string> layers;  // specs
  std::vector<study::LayerPoint> points = {};
};

std::string stem(const std::string& spec) { return std::filesystem::path(spec).stem().string(); }

// The name of a layer in a table: that of its array, or of a file that holds one alone.
std::string short_name(const std::string& spec) {
  const auto colon = spec.rfind(':');
  return colon == std::string::npos || std::filesystem::exists(spec) ? stem(spec) : spec.substr(colon + 1);
}

std::vector<Checkpoint> checkpoints_of(const Options& o) {
  // Look into each file
  std::vector<Checkpoint> checkpoints;
  bool several = false;
  for (const auto& spec : o.checkpoints) {
    checkpoints.push_back({stem(spec), file::layers_in(spec)});
    several = several || checkpoints.back().layers.size() > 1;
  }
  if (several) return checkpoints;

  // Put files of one layer each together
  Checkpoint together{"layers", {}};
  for (auto& c : checkpoints) together.layers.push_back(c.layers[0]);
  return {std::move(together)};
}

// Measures every layer, with a line on standard error where it takes long.
study::StateLabels measure(const Options& o, std::vector<Checkpoint>& checkpoints) {
  // Read the labels for the shape of the first layer
  const Shape z = file::RowReader(checkpoints[0].layers[0]).shape();
  const auto labels = study::state_labels(file::read_labels(o.labels, z), z, o.order, o.seed, o.labels);

  // Pass over each layer once; anchors are shared by all of one width
  long n_layers = 0;
  for (const auto& c : checkpoints) n_layers += static_cast<long>(c.layers.size());
  Progress progress("soft entropy", n_layers * labels.n_states);
  std::map<long, information::SoftEntropySetting> anchors;
  for (auto& c : checkpoints)
    for (const auto& spec : c.layers) {
      file::RowReader states(spec);
      const long d = states.n_cols();
      if (!anchors.contains(d))
        anchors.emplace(d,
                        information::soft_entropy_setting(o.n_anchors, d, information::temperature_named(o.temperature), o.seed));
      c.points.push_back(study::layer_point(std::move(states), labels, anchors.at(d), [&](long rows) { progress.advance(rows); }));
    }
  return labels;
}

std::vector<information::SoftPoint> soft_points(const Checkpoint& c, bool control) {
  std::vector<information::SoftPoint> points;
  for (const auto& p : c.points) points.push_back(control ? p.shuffled : p.point);
  return points;
}

std::string plane_csv(const Output& o, const std::vector<Checkpoint>& checkpoints) {
  std::string text = "checkpoint,layer,dimension,eps,I(X;B) " + o.units + ",I(Y;B) " + o.units + ",optimality,shuffled X " +
                     o.units + ",shuffled Y " + o.units + ",H(B) " + o.units + ",I(Z;B) " + o.units + "\n";
  const auto quoted = [](const std::string& name) {
    std::string out = "\"";
    for (const char c : safe_name(name)) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
  };
  const auto in = [&](Nats x) { return "," + shortest(o.in_units(x)); };
  for (const auto& c : checkpoints)
    for (const auto& p : c.points)
      text += quoted(c.name) + "," + quoted(short_name(p.layer)) + "," + std::to_string(p.dimension) + "," + shortest(p.eps) +
              in(p.point.complexity.value) + in(p.point.expressivity.value) + "," + shortest(p.point.optimality()) +
              in(p.shuffled.complexity.value) + in(p.shuffled.expressivity.value) + in(p.h_b) + in(p.ceiling) + "\n";
  return text;
}

std::string plane_svg(const Output& o, const std::vector<Checkpoint>& checkpoints) {
  // Describe the plot
  Plot plot{"Information plane",
            "What the states of each layer say about what comes next (up), for what they say about what was read (right), both "
            "seen through the "
            "anchors. A path follows the layers; the last is ringed. Nothing lies above the dashed line, I(Y;T) = I(X;T), if Y is "
            "independent of the "
            "states given X.",
            {"I(X;B), " + o.units},
            {"I(Y;B), " + o.units},
            {}};

  // Place the layers, and their controls as points
  double most = 0;
  int colour = 0;
  Series control{"shuffled labels", {}, {}, Mark::points, 7};
  for (const auto& c : checkpoints) {
    Series series{c.name, {}, {}, Mark::path, colour++ % 7};
    for (const auto& p : c.points) {
      series.x.push_back(o.in_units(p.point.complexity.value)), series.y.push_back(o.in_units(p.point.expressivity.value));
      control.x.push_back(o.in_units(p.shuffled.complexity.value)), control.y.push_back(o.in_units(p.shuffled.expressivity.value));
      most = std::max({most, series.y.back(), control.y.back()});
    }
    plot.series.push_back(std::move(series));
  }

  // Add the line of data processing
  plot.series.push_back(std::move(control));
  plot.series.push_back({"I(Y;T) = I(X;T)", {0, most}, {0, most}, Mark::dashed, 7});
  return to_svg_file(plot);
}

nlohmann::ordered_json point_json(const Output& o, const std::string& checkpoint, const std::string& layer,
                                  const information::SoftPoint& point, const information::SoftPoint& shuffled) {
  return {{"checkpoint", safe_name(checkpoint)},
          {"layer", safe_name(layer)},
          {"I(X;B)", o.in_units(point.complexity.value)},
          {"I(Y;B)", o.in_units(point.expressivity.value)},
          {"kind", to_string(information::Lower::kind)},
          {"optimality", ib_oracle::number_json(point.optimality())},
          {"shuffled", {{"I(X;B)", o.in_units(shuffled.complexity.value)}, {"I(Y;B)", o.in_units(shuffled.expressivity.value)}}}};
}

void print_json(const Options& o, const std::vector<Checkpoint>& checkpoints, const study::StateLabels& labels) {
  // Say what was measured, and how
  nlohmann::ordered_json object{
      {"units", o.output.units},   {"states", labels.n_states}, {"states_used", labels.rows.size()}, {"labels_of_x", labels.n_x},
      {"labels_of_y", labels.n_y}, {"anchors", o.n_anchors},    {"temperature", o.temperature},      {"seed", o.seed}};
  if (labels.order > 0) object["order"] = labels.order;

  // List the points, and the mean of each checkpoint of several layers
  object["points"] = nlohmann::ordered_json::array();
  object["means"] = nlohmann::ordered_json::array();
  for (const auto& c : checkpoints) {
    for (const auto& p : c.points) {
      auto point = point_json(o.output, c.name, short_name(p.layer), p.point, p.shuffled);
      point["dimension"] = p.dimension, point["eps"] = p.eps;
      point["H(B)"] = o.output.in_units(p.h_b), point["I(Z;B)"] = o.output.in_units(p.ceiling);
      object["points"].push_back(std::move(point));
    }
    if (c.points.size() > 1)
      object["means"].push_back(
          point_json(o.output, c.name, "mean", mean_over_layers(soft_points(c, false)), mean_over_layers(soft_points(c, true))));
  }
  say("%s\n", object.dump(2).c_str());
}

void print_table(const Options& o, const std::vector<Checkpoint>& checkpoints, const study::StateLabels& labels) {
  // Say what was measured, and how
  say("%zu of %ld states, %ld labels of X, %ld of Y%s; %ld anchors, eps by the rule `%s`  (%s)\n", labels.rows.size(),
      labels.n_states, labels.n_x, labels.n_y, labels.order > 0 ? (", n-grams of " + std::to_string(labels.order)).c_str() : "",
      o.n_anchors, o.temperature.c_str(), o.output.units.c_str());

  // Make the first column wide enough
  int width = 5;
  for (const auto& c : checkpoints)
    for (const auto& layer : c.layers) width = std::max(width, static_cast<int>(safe_name(short_name(layer)).size()));
  const auto row = [&](const std::string& name, const information::SoftPoint& p, const information::SoftPoint& shuffled) {
    const auto in = [&](const information::Lower& x) { return o.output.in_units(x.value); };
    say("%-*s  %-12.6f  %-12.6f  %-10.4f  %-12.6f  %.6f\n", width, safe_name(name).c_str(), in(p.complexity), in(p.expressivity),
        p.optimality(), in(shuffled.complexity), in(shuffled.expressivity));
  };

  // Print a line for each layer, and one for the mean
  for (const auto& c : checkpoints) {
    say("\n%s\n%-*s  %-12s  %-12s  %-10s  %-12s  %s\n", safe_name(c.name).c_str(), width, "layer", "I(X;B)", "I(Y;B)", "optimality",
        "shuffled X", "shuffled Y");
    for (const auto& p : c.points) row(short_name(p.layer), p.point, p.shuffled);
    if (c.points.size() > 1) row("mean", mean_over_layers(soft_points(c, false)), mean_over_layers(soft_points(c, true)));
  }
  say("\nOnly the excess of a number over its shuffled control is a sign of anything; both are lower bounds of what the states "
      "tell.\n");
}

void run_plane(const Options& o) {
  auto checkpoints = checkpoints_of(o);
  const auto labels = measure(o, checkpoints);
  if (!o.csv.empty()) write_text(o.csv, plane_csv(o.output, checkpoints));
  if (!o.svg.empty()) write_text(o.svg, plane_svg(o.output, checkpoints));
  if (o.output.json) print_json(o, checkpoints, labels);
  else print_table(o, checkpoints, labels);
}

}  // namespace

void add_ib_plane(CLI::App& ib) {
  // Declare the command, the states and their labels
  CLI::App* command =
      ib.add_subcommand("plane", "Place the layers of any model on the information plane, by soft entropy of its states");
  auto options = std::make_shared<Options>();
  command
      ->add_option(
          "CHECKPOINT", options->checkpoints,
          "files with the states of layers, [N, D] or [N, L, D]: safetensors or .npz with a layer in each array, or a .npy for "
          "each layer, in order; FILE:NAME takes one array of a file")
      ->required();
  command
      ->add_option(
          "--labels", options->labels,
          "labels of the states: two columns, X and Y, [N, 2]; or one for each position of sequences, [N, L], such as tokens: X "
          "is then the last label up to the position, Y the next")
      ->required();

  // Declare the n-grams
  command->add_option("--order", options->order, "of labels [N, L]: how many labels up to the position, and how many after it")
      ->check(CLI::Range(1L, 64L))
      ->capture_default_str();

  // Declare the anchors and the temperature
  command->add_option("--anchors", options->n_anchors, "the number of anchors, which are random directions")
      ->check(CLI::Range(2L, 100000L))
      ->capture_default_str();
  command->add_option("--temperature", options->temperature, "the rule that chooses eps from the number of anchors and D")
      ->check(CLI::IsMember({"exact", "amos", "leading"}))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "the seed of the anchors and of the shuffled labels")->capture_default_str();

  // Declare what is written and printed
  command->add_option("--csv", options->csv, "write the points to this file");
  command->add_option("--svg", options->svg, "write a plot to this file");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "X is what was read, Y what comes next, Z a state, B an anchor that is drawn with probability softmax(cosine / eps).\n"
      "States whose label is -100 are left out. The mean of a checkpoint is over all of its arrays: leave the embedding out.\n"
      "docs/how-to/plane-of-your-model.md shows how to write the states of a PyTorch model.\n"
      "Examples\n"
      "  echo '[[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1], [0, -0.6, 0.8]]' > h0.json\n"
      "  echo '[[0.9, 0.1, 0], [0.9, 0.2, 0], [0, 0.1, 1], [0.1, 0, 1]]' > h1.json\n"
      "  printf 'x,y\\ncat,runs\\ncat,sleeps\\ndog,runs\\ndog,runs\\n' > labels.csv\n"
      "  etalon ib plane h0.json h1.json --labels labels.csv --svg plane.svg\n"
      "  etalon ib plane golden/gpt2-nano/forward.safetensors:act/h.0.resid2 --labels golden/gpt2-nano/inputs.safetensors:tokens");
  command->callback([=] { run_plane(*options); });
}

}  // namespace etalon::app
