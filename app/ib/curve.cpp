// SPDX-License-Identifier: Apache-2.0
// etalon ib curve — the most that can be kept about Y for what is kept of X.
#include <algorithm>

#include "base/bits.h"
#include "base/file.h"
#include "ib/ib.h"
#include "information/bottleneck/rate.h"
#include "progress.h"
#include "report/plot.h"
#include "say.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  Output output;
  std::vector<double> betas, rates;
  CurveOptions curve{60};
  information::BottleneckSetting setting;
  bool unproved = false;
};

using Points = std::vector<information::BottleneckPoint>;

// Each from the one below, with a line on standard error where it takes long.
Points solved(const Options& o, const information::Joint& joint) {
  auto betas = o.betas.empty() ? information::default_betas(joint, o.curve.n_betas) : o.betas;
  for (const double beta : betas)
    if (!(beta >= 0)) information::bottleneck(joint, beta, o.setting);  // refuses: NaN has no place in an order
  std::sort(betas.begin(), betas.end());
  Points points;
  Progress progress("bottleneck curve", static_cast<long>(betas.size()));
  for (const double beta : betas) {
    const auto warm = points.empty() ? std::vector<information::Clusters>{} : std::vector{points.back().clusters};
    points.push_back(information::bottleneck(joint, beta, o.setting, warm));
    progress.advance();
  }
  return points;
}

std::string curve_csv(const Output& o, const Points& points) {
  std::string text = "beta,I(X;T) " + o.units + ",I(T;Y) " + o.units + ",L " + o.units + ",min L from " + o.units + ",to " +
                     o.units + ",certificate,cells,clusters,degeneracy,sweeps,converged\n";
  for (const auto& p : points)
    text += shortest(p.beta) + "," + shortest(o.in_units(p.i_x)) + "," + shortest(o.in_units(p.i_y)) + "," +
            shortest(o.in_units(p.lagrangian)) + "," + shortest(o.in_units(p.minimum.lower.value)) + "," +
            shortest(o.in_units(p.minimum.upper.value)) + "," + to_string(p.certificate()) + "," +
            std::to_string(p.minimum.upper.how.iterations) + "," + std::to_string(p.clusters.weight.size()) + "," +
            to_string(p.degeneracy()) + "," + std::to_string(p.sweeps) + "," + (p.converged ? "1" : "0") + "\n";
  return text;
}

nlohmann::ordered_json point_json(const Output& o, const information::BottleneckPoint& p) {
  return {{"beta", p.beta},
          {"I(X;T)", o.in_units(p.i_x)},
          {"I(T;Y)", o.in_units(p.i_y)},
          {"L", o.in_units(p.lagrangian)},
          {"minimum", ib_oracle::to_json(record("min L", p.minimum), o.unit())},
          {"clusters", p.clusters.weight.size()},
          {"sweeps", p.sweeps},
          {"converged", p.converged}};
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

void print_table(const Output& o, const Points& points) {
  say("%12s  %-12s  %-12s  %-13s %-9s %-7s %s\n", "beta", "I(X;T)", "I(T;Y)", "L", "gap", "", "clusters");
  bool all_proved = true;
  for (const auto& p : points) {
    const bool proved = p.certificate() == information::Certificate::proved;
    all_proved = all_proved && proved;
    const auto degeneracy = p.degeneracy();
    say("%12.6g  %-12.9f  %-12.9f  %-13.6g %-9.1e %-7s %zu%s%s\n", p.beta, o.in_units(p.i_x), o.in_units(p.i_y),
        o.in_units(p.lagrangian), o.in_units(p.minimum.gap()), to_string(p.certificate()), p.clusters.weight.size(),
        degeneracy == information::Degeneracy::none ? "" : (std::string("  ") + to_string(degeneracy)).c_str(),
        p.converged ? "" : "  (not converged: raise --max-sweeps)");
  }
  say(all_proved ? "\nProved: no encoder has an L that is lower by more than the gap.\n"
                 : "\nWhere a line does not say `proved`, an encoder with these values exists; that there is no better one "
                   "is not proved.\n");
}

// The curve at given rates, each between two numbers.
void run_rates(const Options& o, const LoadedJoint& loaded) {
  std::vector<information::Record> records;
  for (const double rate : o.rates) {
    const auto at = information::bottleneck_at_rate(loaded.joint, ib_oracle::from_unit(rate, o.output.unit()), o.setting);
    auto each = record("I_Y(" + shortest(rate) + ")", at.i_y);
    each.how.choices = {{"beta", shortest(at.beta)}, {"mixture", at.share < 1 ? "two encoders" : "one encoder"}};
    records.push_back(std::move(each));
  }
  print(o.output, records, loaded.heading, loaded.facts);
}

void run_curve(Options o) {
  // Read the law; at given rates, solve for them alone
  const auto loaded = load_joint(o.input);
  if (o.unproved) o.setting.prove = information::Prove::nothing;
  if (!o.rates.empty()) {
    run_rates(o, loaded);
    return;
  }

  // Solve, and write the files that are asked for
  const auto e = information::entropies(loaded.joint);
  const auto points = solved(o, loaded.joint);
  if (!o.curve.csv.empty()) write_text(o.curve.csv, curve_csv(o.output, points));
  if (!o.curve.svg.empty()) write_text(o.curve.svg, curve_svg(o.output, e, points));

  // Print JSON, or a table
  if (o.output.json) {
    nlohmann::ordered_json object{{"units", o.output.units}};
    object.update(loaded.facts);
    for (const auto& [name, x] : {std::pair("H(X)", e.x), std::pair("I(X;Y)", e.mutual)})
      object["records"].push_back(ib_oracle::to_json(exact_record(name, x), o.output.unit()));
    for (const auto& p : points) object["points"].push_back(point_json(o.output, p));
    say("%s\n", object.dump(2).c_str());
    return;
  }
  if (o.input.normalise) say("%s\n", loaded.heading.c_str());
  say("H(X) %.6f  I(X;Y) %.6f  (%s)\n\n", o.output.in_units(e.x), o.output.in_units(e.mutual), o.output.units.c_str());
  print_table(o.output, points);
}

}  // namespace

void add_ib_curve(CLI::App& ib) {
  // Declare the command and the points that it solves for
  CLI::App* command =
      ib.add_subcommand("curve", "Compute the bottleneck curve: the largest I(T;Y) for each I(X;T), with a proof of each point");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command
      ->add_option("--betas", options->betas,
                   "the values of beta to solve for, separated by commas; by default they are chosen from the table")
      ->delimiter(',');
  command
      ->add_option("--rates", options->rates,
                   "compute the curve at these values of I(X;T), separated by commas, in the unit of --units")
      ->delimiter(',');

  // Declare how well each is proved, and when the search stops
  command->add_flag("--unproved", options->unproved, "find the points without proving them: faster, for large tables");
  command->add_option("--max-sweeps", options->setting.max_sweeps, "the largest number of iterations for each set of clusters")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);

  // Declare how many points there are, what is written and what is printed
  add_curve_options(command, options->curve);
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "Each point is an encoder q(t|x) that minimises L = I(X;T) - beta I(T;Y): one nat about Y is worth beta nats about X.\n"
      "`proved` (possible where y has at most 4 values): no encoder has an L that is lower by more than `gap`.\n"
      "`grid`: a search found no encoder that is better, which is not a proof.\n"
      "Examples\n"
      "  echo '[[0.675, 0.075], [0.075, 0.175]]' > p.json\n"
      "  etalon ib curve p.json --betas 2,5,20\n"
      "  etalon ib curve p.json --rates 0.1,0.2          the largest I(T;Y) of an encoder with I(X;T) = 0.1 nats, and 0.2\n"
      "  etalon ib curve p.json --units bits --csv curve.csv --svg curve.svg");
  command->callback([=] { run_curve(*options); });
}

}  // namespace etalon::app
