// etalon ib — what one thing says about another: entropies, the bottleneck curve, toy sources.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "command.h"
#include "commands.h"
#include "information/bottleneck.h"
#include "information/soft_entropy.h"
#include "model/source.h"
#include "oracle/joint_file.h"
#include "plot.h"

namespace etalon::app {
namespace {

struct Options {
  std::string file, units = "nats", csv, svg, out, labels, anchors, temperature = "exact";
  bool json = false;
  std::vector<double> betas;
  long n_betas = 60, max_sweeps = information::BottleneckSetting{}.max_sweeps, length = 1, n_anchors = 100;
  double eps = 0;
  std::uint64_t seed = 0;
  model::SourceSpec source;

  // The one place where nats become what was asked for
  double in_units(Nats x) const { return units == "bits" ? in_bits(x).value : x.value; }
};

// Rows of a name and an amount, as a table or as one JSON object.
void print(const Options& o, const std::vector<std::pair<const char*, Nats>>& rows, nlohmann::ordered_json object = {}) {
  if (o.json) {
    object["units"] = o.units;
    for (const auto& [name, x] : rows) object[name] = o.in_units(x);
    std::printf("%s\n", object.dump(2).c_str());
    return;
  }
  for (const auto& [name, x] : rows) std::printf("%-8s %-20s %s\n", name, shortest(o.in_units(x)).c_str(), o.units.c_str());
}

void run_entropies(const Options& o) {
  const auto joint = oracle::read_joint(o.file);
  const auto e = information::entropies(joint);
  if (!o.json) std::printf("p(x, y)  %ld x %ld\n", joint.n_x(), joint.n_y());
  print(o,
        {{"H(X)", e.x}, {"H(Y)", e.y}, {"H(X,Y)", e.joint}, {"H(Y|X)", e.y_given_x}, {"H(X|Y)", e.x_given_y}, {"I(X;Y)", e.mutual}},
        {{"n_x", joint.n_x()}, {"n_y", joint.n_y()}});
}

std::string curve_csv(const Options& o, const std::vector<information::BottleneckPoint>& points) {
  std::string text = "beta,I(X;T) " + o.units + ",I(T;Y) " + o.units + ",L " + o.units + ",clusters,sweeps,converged\n";
  for (const auto& p : points)
    text += shortest(p.beta) + "," + shortest(o.in_units(p.i_x)) + "," + shortest(o.in_units(p.i_y)) + "," +
            shortest(o.in_units(p.lagrangian)) + "," + std::to_string(p.clusters.weight.size()) + "," + std::to_string(p.sweeps) +
            "," + (p.converged ? "1" : "0") + "\n";
  return text;
}

std::string curve_json(const Options& o, const information::Entropies& e, const std::vector<information::BottleneckPoint>& points) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const auto& p : points)
    rows.push_back({{"beta", p.beta},
                    {"I(X;T)", o.in_units(p.i_x)},
                    {"I(T;Y)", o.in_units(p.i_y)},
                    {"L", o.in_units(p.lagrangian)},
                    {"clusters", p.clusters.weight.size()},
                    {"sweeps", p.sweeps},
                    {"converged", p.converged},
                    {"optimum", to_string(p.kind)}});
  return nlohmann::ordered_json{{"units", o.units}, {"H(X)", o.in_units(e.x)}, {"I(X;Y)", o.in_units(e.mutual)}, {"points", rows}}
             .dump(2) +
         "\n";
}

std::string curve_svg(const Options& o, const information::Entropies& e, const std::vector<information::BottleneckPoint>& points) {
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
  const auto joint = oracle::read_joint(o.file);
  const auto e = information::entropies(joint);
  information::BottleneckSetting setting;
  setting.max_sweeps = o.max_sweeps;
  const auto points =
      information::bottleneck_curve(joint, o.betas.empty() ? information::default_betas(joint, o.n_betas) : o.betas, setting);

  if (!o.csv.empty()) write_text(o.csv, curve_csv(o, points));
  if (!o.svg.empty()) write_text(o.svg, curve_svg(o, e, points));
  if (o.json) {
    std::printf("%s", curve_json(o, e, points).c_str());
    return;
  }
  std::printf("H(X) %.6f  I(X;Y) %.6f  (%s)\n\n", o.in_units(e.x), o.in_units(e.mutual), o.units.c_str());
  std::printf("%12s  %-12s  %-12s  %-13s %s\n", "beta", "I(X;T)", "I(T;Y)", "L", "clusters");
  for (const auto& p : points)
    std::printf("%12.6g  %-12.9f  %-12.9f  %-13.6g %zu%s\n", p.beta, o.in_units(p.i_x), o.in_units(p.i_y), o.in_units(p.lagrangian),
                p.clusters.weight.size(), p.converged ? "" : "  (still moving: raise --max-sweeps)");
  std::printf("\nEach point is an encoder that exists; that none is better is not proved.\n");
}

void run_source(const Options& o) {
  const auto source = model::make_source(o.source);
  const auto i = source->information(o.length);
  if (!o.out.empty()) write_text(o.out, oracle::joint_json(source->joint(o.length).joint));
  if (!o.json) std::printf("%s, contexts of %ld symbols\n", source->name().c_str(), o.length);
  print(o, {{"H(Y)", i.next}, {"H(Y|X)", i.next_given_context}, {"I(X;Y)", i.mutual}},
        {{"source", source->name()}, {"length", o.length}});
}

information::SoftEntropySetting soft_setting(const Options& o, long dimension) {
  if (o.anchors.empty() && o.eps == 0)
    return information::soft_entropy_setting(o.n_anchors, dimension, information::temperature_named(o.temperature), o.seed);
  auto w = o.anchors.empty() ? information::anchors(o.seed, o.n_anchors, dimension)
                             : information::normalised_rows(oracle::read_matrix(o.anchors), "ib soft --anchor-file");
  const auto rule = information::temperature_named(o.temperature);
  const double eps = o.eps != 0 ? o.eps : information::temperature(rule, w.n_rows(), dimension);
  return {std::move(w), eps, rule};
}

// One column of labels for each row of z; whole numbers.
std::vector<long> read_labels(const std::string& file, long n) {
  const auto column = oracle::read_matrix(file);
  if (column.n_cols() != 1 || column.n_rows() != n)
    throw Error(file, "labels [" + std::to_string(n) + ", 1], one for each row of z", to_string(column.shape()),
                "as JSON: [[0], [0], [1]]");
  std::vector<long> labels;
  for (const double x : column.values()) {
    if (!(x > -0x1p53 && x < 0x1p53) || static_cast<double>(static_cast<long>(x)) != x)
      throw Error(file, "whole numbers", shortest(x), "number the labels 0, 1, 2, ...");
    labels.push_back(static_cast<long>(x));
  }
  return labels;
}

void run_soft(const Options& o) {
  const auto z = oracle::read_matrix(o.file);
  const auto labels = read_labels(o.labels, z.n_rows());
  information::SoftEntropy soft(soft_setting(o, z.n_cols()), 2);
  soft.add(z, {labels, information::shuffled(labels, o.seed)});
  const auto r = soft.result();
  const std::string rule = o.eps != 0 ? "given" : to_string(r.temperature);
  if (!o.json)
    std::printf("z %ld x %ld, %ld labels, %ld anchors, eps %s (%s)\n", r.n_samples, r.dimension, r.labels[0].n_labels, r.n_anchors,
                shortest(r.eps).c_str(), rule.c_str());
  print(o,
        {{"H(B)", r.h_b},
         {"H(B|Z)", r.h_b_given_z},
         {"I(Z;B)", r.ceiling},
         {"I(X;B)", r.labels[0].mutual.value},
         {"shuffled", r.labels[1].mutual.value}},
        {{"samples", r.n_samples},
         {"labels", r.labels[0].n_labels},
         {"anchors", r.n_anchors},
         {"eps", r.eps},
         {"rule", rule},
         {"efficiency", r.efficiency}});
}

void add_output_options(CLI::App* command, Options& o) {
  command->add_option("--units", o.units, "nats or bits")->check(CLI::IsMember({"nats", "bits"}))->capture_default_str();
  command->add_flag("--json", o.json, "print one JSON object");
}

void add_source_options(CLI::App* command, Options& o) {
  command->add_option("KIND", o.source.kind, "the kind of source")->required()->check(CLI::IsMember(model::source_kinds()));
  command->add_option("--vocab", o.source.vocab_size, "V");
  command->add_option("--order", o.source.order, "of a Markov source")->capture_default_str();
  command->add_option("--bits", o.source.n_bits, "of a parity block");
  command->add_option("--states", o.source.n_states, "of a hidden Markov source");
  command->add_option("--eps", o.source.eps, "noise")->capture_default_str();
  command->add_option("--probabilities", o.source.probabilities, "row after row, separated by commas")->delimiter(',');
  command->add_option("--seed", o.source.seed, "of the rows of a Markov source without --probabilities")->capture_default_str();
  command->add_option("--length", o.length, "symbols in the context")->capture_default_str()->check(CLI::NonNegativeNumber);
  command->add_option("--out", o.out, "write p(context, next) as JSON, contexts with the same future merged");
}

}  // namespace

void add_ib(CLI::App& etalon, int&) {
  CLI::App* ib = etalon.add_subcommand("ib", "Entropies and the information bottleneck of a joint law p(x, y)");
  ib->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const char* file_help = "p(x, y): a JSON list of rows, or a .npy array of float32 or float64";

  CLI::App* entropies = ib->add_subcommand("entropies", "H(X), H(Y), H(X,Y), H(Y|X), H(X|Y), I(X;Y), exact");
  entropies->add_option("FILE", options->file, file_help)->required();
  add_output_options(entropies, *options);
  entropies->callback([=] { run_entropies(*options); });

  CLI::App* curve = ib->add_subcommand("curve", "The bottleneck curve: I(T;Y) against I(X;T) of the best encoders found");
  curve->add_option("FILE", options->file, file_help)->required();
  curve->add_option("--betas", options->betas, "prices to solve for, separated by commas (default: chosen from p)")->delimiter(',');
  curve->add_option("--points", options->n_betas, "how many betas to choose")->capture_default_str()->check(CLI::Range(2, 10000));
  curve->add_option("--max-sweeps", options->max_sweeps, "per start")->capture_default_str()->check(CLI::PositiveNumber);
  curve->add_option("--csv", options->csv, "write the points to this file");
  curve->add_option("--svg", options->svg, "write a plot to this file");
  add_output_options(curve, *options);
  curve->callback([=] { run_curve(*options); });

  CLI::App* soft = ib->add_subcommand("soft", "Soft entropy: what labels say about representations, as seen by m anchors");
  soft->add_option("Z", options->file, "representations [N, d]: .npy, or a JSON list of rows")->required();
  soft->add_option("LABELS", options->labels, "one whole number for each row, as a column [N, 1]")->required();
  soft->add_option("--anchors", options->n_anchors, "how many")->capture_default_str();
  soft->add_option("--anchor-file", options->anchors, "the anchors themselves [m, d], instead of random ones");
  soft->add_option("--temperature", options->temperature, "the rule for eps")
      ->check(CLI::IsMember({"exact", "amos", "leading"}))
      ->capture_default_str();
  soft->add_option("--eps", options->eps, "eps itself, instead of a rule")->check(CLI::PositiveNumber);
  soft->add_option("--seed", options->seed, "of the anchors and of the shuffled labels")->capture_default_str();
  add_output_options(soft, *options);
  soft->callback([=] { run_soft(*options); });

  CLI::App* source = ib->add_subcommand("source", "What a toy source's contexts say about the next symbol, exact");
  add_source_options(source, *options);
  add_output_options(source, *options);
  source->callback([=] { run_source(*options); });
}

}  // namespace etalon::app
