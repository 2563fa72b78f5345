// SPDX-License-Identifier: Apache-2.0
// etalon ib — what one thing says about another, for people who have a table.
#include "ib/ib.h"

#include <algorithm>
#include <cstdio>

#include "base/bits.h"
#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "ib/number.h"
#include "ib_oracle/joint_file.h"
#include "say.h"

namespace etalon::app {

void add_output_options(CLI::App* command, Output& o) {
  command->add_option("--units", o.units, "the unit in which information is printed: nats or bits")
      ->check(CLI::IsMember({"nats", "bits"}))
      ->capture_default_str();
  command->add_flag("--json", o.json, "print one JSON object");
}

void add_curve_options(CLI::App* command, CurveOptions& o) {
  command->add_option("--points", o.n_betas, "how many points to compute")->capture_default_str()->check(CLI::Range(2, 10000));
  command->add_option("--csv", o.csv, "write the points to this file");
  command->add_option("--svg", o.svg, "write a plot to this file");
}

void add_joint_options(CLI::App* command, JointInput& input, const char* samples_flag) {
  command
      ->add_option("FILE", input.file,
                   "the table p(x, y), one row for each x: JSON, CSV, .npy, .npz or safetensors (FILE:NAME); - is standard input")
      ->required();
  auto* normalise =
      command->add_flag("--normalise", input.normalise,
                        "divide the table by the sum of its entries first, and say so; for counts and float32 tables");
  command->add_flag(samples_flag, input.samples, "FILE holds samples, a line (x, y) for each: use their relative frequencies")
      ->excludes(normalise);
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (std::size_t i = 0; i < names.size() && i < 8; ++i) all += (i ? ", " : "") + safe_name(names[i]);
  return all + (names.size() > 8 ? ", ... (--json prints all)" : "");
}

Nats plug_in_bias(long n_x, long n_y, long n_samples) {
  return Nats(static_cast<double>(n_x - 1) * static_cast<double>(n_y - 1) / (2 * static_cast<double>(n_samples)));
}

LoadedJoint load_joint(const JointInput& input) {
  // Read the table or count the samples, and pass on what was remarked
  const auto total = input.normalise ? ib_oracle::Total::divide_by_it : ib_oracle::Total::must_be_one;
  const auto file = input.samples ? ib_oracle::read_joint_of_samples(input.file) : ib_oracle::read_joint(input.file, total);
  if (!file.remark.empty()) note("%s\n", safe_name(file.remark).c_str());
  const auto& p = file.joint;
  LoadedJoint loaded{
      p, {{"n_x", p.n_x()}, {"n_y", p.n_y()}}, "p(x, y)  " + std::to_string(p.n_x()) + " x " + std::to_string(p.n_y())};

  // Say how it came to be a law
  if (input.normalise) {
    loaded.facts["divided_by"] = file.given_total;
    loaded.heading += ", divided by its total " + shortest(file.given_total);
  }
  if (input.samples) {
    const long n = static_cast<long>(file.given_total);
    loaded.facts["samples"] = n;
    loaded.heading += ", relative frequencies of " + std::to_string(n) + " samples";
    note(
        "Of these samples the values are exact, of what they were drawn from they are estimates: I(X;Y) is too large by about %.2g "
        "nats,\n"
        "(|X| - 1)(|Y| - 1)/(2N). `etalon ib samples` prints corrected estimates and a control.\n",
        plug_in_bias(p.n_x(), p.n_y(), n).value);
  }

  // Name its rows and columns
  for (const auto& [axis, names] : {std::pair("x", file.x_names), std::pair("y", file.y_names)}) {
    if (names.empty()) continue;
    for (const auto& name : names) loaded.facts[axis].push_back(safe_name(name));
    loaded.heading += std::string("\n") + axis + "        " + listed(names);
  }
  return loaded;
}

information::Record exact_record(const char* name, Nats value) { return {name, information::BoundKind::exact, value, value, {}}; }

void print(const Output& o, const std::vector<information::Record>& records, const std::string& heading,
           const nlohmann::ordered_json& facts) {
  // Print one object
  if (o.json) {
    nlohmann::ordered_json object{{"units", o.units}};
    object.update(facts);
    object["records"] = nlohmann::ordered_json::array();
    for (const auto& r : records) object["records"].push_back(ib_oracle::to_json(r, o.unit()));
    say("%s\n", object.dump(2).c_str());
    return;
  }

  // Print the heading and a line for each record otherwise, the names in one column
  std::size_t width = 8;
  for (const auto& r : records) width = std::max(width, r.name.size());
  say("%s\n", heading.c_str());
  for (const auto& r : records) {
    const bool exact = r.kind == information::BoundKind::exact;
    say("%-*s %-20s %s%s%s\n", static_cast<int>(width), r.name.c_str(), ib_oracle::value_text(r, o.unit()).c_str(), o.units.c_str(),
        exact ? "" : (std::string("   ") + to_string(r.kind)).c_str(),
        r.how.why_infinite.empty() ? "" : ("   " + r.how.why_infinite).c_str());
  }
}

void add_ib(CLI::App& etalon, int& exit_code) {
  // Declare the group
  CLI::App* ib = etalon.add_subcommand(
      "ib", "Compute entropies, bounds, channel capacity and the information bottleneck of a joint distribution p(x, y)");
  ib->require_subcommand(1);
  ib->footer(
      "A table is a file: JSON, CSV (separated by , ; tabs or blanks, with or without names), .npy, .npz or safetensors;\n"
      "FILE:NAME is one array of several, - is standard input. It has one row for each x and one column for each y, and its\n"
      "entries add up to 1. Raw samples are read by `etalon ib samples`, and by the other subcommands with --samples.\n"
      "docs/information.md explains what the numbers mean, and `etalon ib SUBCOMMAND --help` shows examples.\n"
      "Example\n"
      "  echo '[[0.675, 0.075], [0.075, 0.175]]' > p.json\n"
      "  etalon ib entropies p.json");

  // Add its subcommands, in the order of the help
  add_ib_entropies(*ib);
  add_ib_bounds(*ib);
  add_ib_curve(*ib, exit_code);
  add_ib_encoder(*ib);
  add_ib_capacity(*ib, exit_code);
  add_ib_rate_distortion(*ib);
  add_ib_samples(*ib);
  add_ib_soft(*ib);
  add_ib_plane(*ib);
  add_ib_source(*ib);
  add_ib_check(*ib, exit_code);
  for (const auto add : {add_ib_divergence, add_ib_conditional, add_ib_critical_beta, add_ib_optima, add_ib_deterministic,
                         add_ib_readout, add_ib_expectation, add_ib_ksg, add_ib_channel, add_ib_gaussian, add_ib_continuous,
                         add_ib_rate_formula, add_ib_temperature})
    add(*ib);

  // Let all of them read numbers in one way
  read_numbers_exactly(ib->get_subcommands({}));
}

}  // namespace etalon::app
