// SPDX-License-Identifier: Apache-2.0
// etalon ib rate-distortion — the least I(X;T) at a price, or at a distortion, between two bounds.
#include "information/limits/rate_distortion.h"

#include <cmath>
#include <cstdio>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "file/matrix_file.h"
#include "ib/ib.h"
#include "progress.h"
#include "report/plot.h"
#include "say.h"
#include "scalar/exact.h"

namespace etalon::app {
namespace {

struct Options {
  std::string law, distortion;
  std::vector<double> betas, at;
  CurveOptions curve{40};
  information::RateDistortionSetting setting;
  Output output;
};

using Points = std::vector<information::RateDistortionPoint>;

// Geometric around one over the distortion that is at stake; Error: none is.
std::vector<double> default_betas(const std::vector<double>& p, const Tensor<double>& d, long n) {
  const auto range = information::distortion_range(p, d);
  const double stake = std::isfinite(range.most) ? range.most - range.least : 1;
  if (!(stake > 0))
    throw Error("ib rate-distortion", "a distortion that depends on what is known about x",
                "one that is the same whatever is known", "is the table d(x, t) right? --betas computes points all the same");
  std::vector<double> betas;
  for (long i = 0; i < n; ++i) betas.push_back(0.5 / stake * pow(200, static_cast<double>(i) / static_cast<double>(n - 1)));
  return betas;
}

nlohmann::ordered_json point_json(const Output& o, const information::RateDistortionPoint& p) {
  return {{"beta", ib_oracle::number_json(p.beta)},
          {"D", p.distortion},
          {"R", o.in_units(p.rate)},
          {"minimum", ib_oracle::to_json(record("min I + beta D", p.minimum), o.unit())},
          {"converged", p.converged}};
}

std::string curve_csv(const Output& o, const Points& points) {
  std::string text = "beta,D,R " + o.units + ",min I + beta D from " + o.units + ",to " + o.units + ",sweeps,converged\n";
  for (const auto& p : points)
    text += shortest(p.beta) + "," + shortest(p.distortion) + "," + shortest(o.in_units(p.rate)) + "," +
            shortest(o.in_units(p.minimum.lower.value)) + "," + shortest(o.in_units(p.minimum.upper.value)) + "," +
            std::to_string(p.minimum.upper.how.iterations) + "," + (p.converged ? "1" : "0") + "\n";
  return text;
}

std::string curve_svg(const Output& o, const Points& points) {
  Series curve{"channels that reach it", {}, {}, Mark::line, 0};
  for (const auto& p : points) {
    curve.x.push_back(p.distortion);
    curve.y.push_back(o.in_units(p.rate));
  }
  return to_svg_file({"Rate-distortion",
                      "The least information about X (up) that keeps the mean distortion (right). Nothing lies below.",
                      {"E d(X, T)"},
                      {"I(X;T), " + o.units},
                      {curve}});
}

// R at given distortions.
void run_at(const Options& o, const std::vector<double>& p, const Tensor<double>& d, const std::string& heading,
            nlohmann::ordered_json facts) {
  std::vector<information::Record> records;
  for (const double distortion : o.at) {
    const auto r = information::rate_at_distortion(p, d, distortion, o.setting);
    auto each = record("R(" + shortest(distortion) + ")", r.rate);
    each.how.choices.emplace_back("beta", shortest(r.beta));
    records.push_back(std::move(each));
  }
  print(o.output, records, heading, facts);
}

void run_curve(const Options& o, const std::vector<double>& p, const Tensor<double>& d, const std::string& heading,
               nlohmann::ordered_json facts) {
  // Solve for each price
  const auto betas = o.betas.empty() ? default_betas(p, d, o.curve.n_betas) : o.betas;
  Points points;
  {
    Progress progress("rate-distortion", static_cast<long>(betas.size()));
    for (const double beta : betas) {
      points.push_back(information::rate_distortion(p, d, beta, o.setting));
      progress.advance();
    }
  }

  // Write the files that were asked for, then JSON or a table
  if (!o.curve.csv.empty()) write_text(o.curve.csv, curve_csv(o.output, points));
  if (!o.curve.svg.empty()) write_text(o.curve.svg, curve_svg(o.output, points));
  if (o.output.json) {
    nlohmann::ordered_json object{{"units", o.output.units}};
    object.update(facts);
    object["points"] = nlohmann::ordered_json::array();
    for (const auto& point : points) object["points"].push_back(point_json(o.output, point));
    say("%s\n", object.dump(2).c_str());
    return;
  }
  say("%s  (%s)\n\n%12s  %-12s  %-14s %-10s\n", heading.c_str(), o.output.units.c_str(), "beta", "D", "R", "gap");
  for (const auto& point : points)
    say("%12.6g  %-12.9f  %-14.9f %-10.1e%s\n", point.beta, point.distortion, o.output.in_units(point.rate),
        o.output.in_units(point.minimum.gap()), point.converged ? "" : "  (not converged: raise --max-sweeps)");
}

void run_rate_distortion(const Options& o) {
  const auto law = file::read_matrix(o.law);
  if (law.n_rows() != 1 && law.n_cols() != 1)
    throw Error(o.law, "a law p(x): one row or one column", to_string(law.shape()), "[[0.5, 0.5]], or a number a line");
  const auto d = file::read_matrix(o.distortion);
  const std::string heading = "d(x, t)  " + std::to_string(d.n_rows()) + " x " + std::to_string(d.n_cols());
  const nlohmann::ordered_json facts{{"n_x", d.n_rows()}, {"n_t", d.n_cols()}};
  o.at.empty() ? run_curve(o, law.values(), d, heading, facts) : run_at(o, law.values(), d, heading, facts);
}

}  // namespace

void add_ib_rate_distortion(CLI::App& ib) {
  // Declare the command and what it reads
  CLI::App* command = ib.add_subcommand(
      "rate-distortion", "Compute the smallest I(X;T) for a given mean distortion, between two bounds (Blahut 1972)");
  auto options = std::make_shared<Options>();
  command->add_option("P", options->law, "the distribution p(x), one row or one column: JSON, CSV, .npy, or FILE:TENSOR")
      ->required();
  command->add_option("D", options->distortion, "the distortions d(x, t) [X, T], in the same formats")->required();

  // Declare the points that it solves for, and when it stops
  auto* betas = command
                    ->add_option("--betas", options->betas,
                                 "solve for these prices of distortion, in nats per unit of distortion, separated by commas")
                    ->delimiter(',');
  command->add_option("--distortion", options->at, "compute R at these mean distortions, separated by commas, in place of a curve")
      ->delimiter(',')
      ->excludes(betas);
  command->add_option("--max-sweeps", options->setting.max_sweeps, "the largest number of iterations for each beta")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);

  // Declare how many points there are, what is written and what is printed
  add_curve_options(command, options->curve);
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "Each point minimises I(X;T) + beta E d(X, T): beta is what one unit of distortion is worth in nats.\n"
      "Examples\n"
      "  echo '[[0.75, 0.25]]' > law.json\n"
      "  echo '[[0, 1], [1, 0]]' > hamming.json\n"
      "  etalon ib rate-distortion law.json hamming.json --distortion 0.1 --units bits\n"
      "  etalon ib rate-distortion law.json hamming.json --csv curve.csv --svg curve.svg");
  command->callback([=] { run_rate_distortion(*options); });
}

}  // namespace etalon::app
