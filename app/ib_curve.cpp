// etalon ib curve — the most that can be kept about Y for what is kept of X.
#include <cstdio>

#include "base/bits.h"
#include "base/file.h"
#include "ib.h"
#include "information/bottleneck.h"
#include "plot.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  Output output;
  std::vector<double> betas;
  long n_betas = 60, max_sweeps = information::BottleneckSetting{}.max_sweeps;
  std::string csv, svg;
};

using Points = std::vector<information::BottleneckPoint>;

std::string curve_csv(const Output& o, const Points& points) {
  std::string text = "beta,I(X;T) " + o.units + ",I(T;Y) " + o.units + ",L " + o.units + ",clusters,sweeps,converged\n";
  for (const auto& p : points)
    text += shortest(p.beta) + "," + shortest(o.in_units(p.i_x)) + "," + shortest(o.in_units(p.i_y)) + "," +
            shortest(o.in_units(p.lagrangian)) + "," + std::to_string(p.clusters.weight.size()) + "," + std::to_string(p.sweeps) +
            "," + (p.converged ? "1" : "0") + "\n";
  return text;
}

std::string curve_json(const Output& o, const LoadedJoint& loaded, const information::Entropies& e, const Points& points) {
  nlohmann::ordered_json object{{"units", o.units}}, rows = nlohmann::ordered_json::array();
  object.update(loaded.facts);
  object["records"] = {oracle::to_json(exact_record("H(X)", e.x), o.unit()),
                       oracle::to_json(exact_record("I(X;Y)", e.mutual), o.unit())};
  for (const auto& p : points)
    rows.push_back({{"beta", p.beta},
                    {"I(X;T)", o.in_units(p.i_x)},
                    {"I(T;Y)", o.in_units(p.i_y)},
                    {"L", o.in_units(p.lagrangian)},
                    {"clusters", p.clusters.weight.size()},
                    {"sweeps", p.sweeps},
                    {"converged", p.converged},
                    {"optimum", to_string(p.certificate())}});
  object["points"] = rows;
  return object.dump(2) + "\n";
}

std::string curve_svg(const Output& o, const information::Entropies& e, const Points& points) {
  Series curve{"best encoders found", {0}, {0}, Mark::line, 0};
  for (const auto& p : points) {
    curve.x.push_back(o.in_units(p.i_x));
    curve.y.push_back(o.in_units(p.i_y));
  }
  const double mutual = o.in_units(e.mutual);
  return to_svg_file(
      {"Information bottleneck",
       "How much an encoding T of X can keep about Y (up) for what it keeps about X (right). Nothing lies above the dashed line, "
       "I(T;Y) = I(X;T), nor above I(X;Y).",
       {"I(X;T), " + o.units},
       {"I(T;Y), " + o.units},
       {curve, {"data processing", {0, mutual}, {0, mutual}, Mark::dashed, 1}},
       {{Rule::Across::horizontal, mutual, "I(X;Y)"}}});
}

void run_curve(const Options& o) {
  const auto loaded = load_joint(o.input);
  const auto e = information::entropies(loaded.joint);
  information::BottleneckSetting setting;
  setting.max_sweeps = o.max_sweeps;
  const auto points = information::bottleneck_curve(
      loaded.joint, o.betas.empty() ? information::default_betas(loaded.joint, o.n_betas) : o.betas, setting);

  if (!o.csv.empty()) write_text(o.csv, curve_csv(o.output, points));
  if (!o.svg.empty()) write_text(o.svg, curve_svg(o.output, e, points));
  if (o.output.json) {
    std::printf("%s", curve_json(o.output, loaded, e, points).c_str());
    return;
  }
  const auto in_units = [&](Nats x) { return o.output.in_units(x); };
  if (o.input.normalise) std::printf("%s\n", loaded.heading.c_str());
  std::printf("H(X) %.6f  I(X;Y) %.6f  (%s)\n\n", in_units(e.x), in_units(e.mutual), o.output.units.c_str());
  std::printf("%12s  %-12s  %-12s  %-13s %s\n", "beta", "I(X;T)", "I(T;Y)", "L", "clusters");
  for (const auto& p : points)
    std::printf("%12.6g  %-12.9f  %-12.9f  %-13.6g %zu%s\n", p.beta, in_units(p.i_x), in_units(p.i_y), in_units(p.lagrangian),
                p.clusters.weight.size(), p.converged ? "" : "  (still moving: raise --max-sweeps)");
  std::printf("\nEach point is an encoder that exists; that none is better is not proved.\n");
}

}  // namespace

void add_ib_curve(CLI::App& ib) {
  CLI::App* command = ib.add_subcommand("curve", "The bottleneck curve: I(T;Y) against I(X;T) of the best encoders found");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command->add_option("--betas", options->betas, "prices to solve for, separated by commas (default: chosen from p)")
      ->delimiter(',');
  command->add_option("--points", options->n_betas, "how many betas to choose")->capture_default_str()->check(CLI::Range(2, 10000));
  command->add_option("--max-sweeps", options->max_sweeps, "per start")->capture_default_str()->check(CLI::PositiveNumber);
  command->add_option("--csv", options->csv, "write the points to this file");
  command->add_option("--svg", options->svg, "write a plot to this file");
  add_output_options(command, options->output);
  command->footer(
      "beta is what a nat about Y is worth in nats about X: a ratio, the same in bits.\n"
      "Examples\n"
      "  etalon ib curve p.json --betas 2,5,20\n"
      "  etalon ib curve p.csv --units bits --csv curve.csv --svg curve.svg");
  command->callback([=] { run_curve(*options); });
}

}  // namespace etalon::app
