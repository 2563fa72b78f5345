// SPDX-License-Identifier: Apache-2.0
// ib.h — what the subcommands of `etalon ib` share: where p(x, y) comes from, units, and one way to print records.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ib_oracle/quantity_json.h"
#include "information/law/joint.h"

namespace etalon::app {

// Each in its own file, ib/<name>.cpp; ib.cpp lists them in the order of the help.
void add_ib_entropies(CLI::App& ib);
void add_ib_bounds(CLI::App& ib);
void add_ib_curve(CLI::App& ib, int& exit_code);
void add_ib_encoder(CLI::App& ib);
void add_ib_capacity(CLI::App& ib, int& exit_code);
void add_ib_rate_distortion(CLI::App& ib);
void add_ib_samples(CLI::App& ib);
void add_ib_soft(CLI::App& ib);
void add_ib_plane(CLI::App& ib);
void add_ib_source(CLI::App& ib);
void add_ib_check(CLI::App& ib, int& exit_code);

// Laws and estimators of which the library knows the value: by their parameters alone (app/formula), and from tables.
void add_ib_channel(CLI::App& ib);
void add_ib_continuous(CLI::App& ib);
void add_ib_gaussian(CLI::App& ib);
void add_ib_rate_formula(CLI::App& ib);
void add_ib_temperature(CLI::App& ib);
void add_ib_conditional(CLI::App& ib);
void add_ib_critical_beta(CLI::App& ib);
void add_ib_deterministic(CLI::App& ib);
void add_ib_divergence(CLI::App& ib);
void add_ib_expectation(CLI::App& ib);
void add_ib_ksg(CLI::App& ib);
void add_ib_optima(CLI::App& ib);
void add_ib_readout(CLI::App& ib);

// --units and --json.
struct Output {
  std::string units = "nats";
  bool json = false;

  ib_oracle::Unit unit() const { return units == "bits" ? ib_oracle::Unit::bits : ib_oracle::Unit::nats; }
  double in_units(Nats x) const { return ib_oracle::in_unit(x, unit()); }
};
void add_output_options(CLI::App* command, Output& o);

// --points, --csv and --svg: how many points a curve has, and the files that it is written to.
struct CurveOptions {
  long n_betas;
  std::string csv = {}, svg = {};
};
void add_curve_options(CLI::App* command, CurveOptions& o);

// FILE, --normalise and --samples. `samples_flag`: its name, where the command has another option of that name.
struct JointInput {
  std::string file;
  bool normalise = false, samples = false;
};
void add_joint_options(CLI::App* command, JointInput& input, const char* samples_flag = "--samples");

// The law, and what must be said about how it came to be one.
struct LoadedJoint {
  information::Joint joint;
  nlohmann::ordered_json facts;  // n_x, n_y; the names of x and y, divided_by, samples, where there are any
  std::string heading;           // the same in words
};
LoadedJoint load_joint(const JointInput& input);

// "sun, rain, ... (--json prints all)": at most eight names, safe to print.
std::string listed(const std::vector<std::string>& names);

// (K_x - 1)(K_y - 1)/(2 N): by so much, to first order, the plug-in value of N samples of K_x and K_y values is too large.
Nats plug_in_bias(long n_x, long n_y, long n_samples);

// Prints a heading and a line for each record; or one JSON object: units, the facts, then "records".
void print(const Output& o, const std::vector<information::Record>& records, const std::string& heading,
           const nlohmann::ordered_json& facts);

// A value of a formula with finitely many terms.
information::Record exact_record(const char* name, Nats value);

}  // namespace etalon::app
