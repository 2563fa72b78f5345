// SPDX-License-Identifier: Apache-2.0
// etalon ib ksg — mutual information from nearest neighbours, as the fraction that it is.
#include "information/readout/ksg.h"

#include "file/matrix_file.h"
#include "ib/ib.h"

namespace etalon::app {
namespace {

struct Options {
  std::string x, y;
  long k = 3;
  Output output;
};

void run_ksg(const Options& o) {
  // Compute the two estimators, and the mistake that is common
  using information::KsgRule;
  const auto x = file::read_matrix(o.x), y = file::read_matrix(o.y);
  std::vector<information::Record> records;
  std::string heading = "x  " + std::to_string(x.n_rows()) + " x " + std::to_string(x.n_cols()) + ", y  " +
                        std::to_string(y.n_rows()) + " x " + std::to_string(y.n_cols()) + ", k " + std::to_string(o.k);
  for (const auto rule : {KsgRule::ksg1, KsgRule::ksg2, KsgRule::ksg1_inclusive}) {
    const auto estimate = information::ksg(x, y, o.k, rule);
    records.push_back(record(to_string(rule), estimate.mutual));
    if (rule == KsgRule::ksg1_inclusive) records.back().kind = information::BoundKind::not_a_bound;

    // Print the fraction, in nats, where there is one
    if (!estimate.denominator.empty())
      heading += std::string("\n") + to_string(rule) + " = " + estimate.numerator + "/" + estimate.denominator + " nats";
  }
  print(o.output, records, heading, {{"samples", x.n_rows()}, {"k", o.k}});
}

}  // namespace

void add_ib_ksg(CLI::App& ib) {
  // Declare the command and its options
  CLI::App* command = ib.add_subcommand("ksg", "Estimate I(X;Y) from nearest neighbours (KSG), as the exact fraction that it is");
  auto options = std::make_shared<Options>();
  command->add_option("X", options->x, "the samples of X [N, d_x], one row each: JSON, CSV, .npy, or FILE:TENSOR")->required();
  command->add_option("Y", options->y, "the samples of Y [N, d_y], in the same formats")->required();
  command->add_option("--k", options->k, "how many neighbours")->capture_default_str()->check(CLI::PositiveNumber);
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "For fixed samples the estimate is a fraction (Kraskov, Stoegbauer & Grassberger 2004), printed where N is at most about "
      "80:\n"
      "what another implementation must give. `KSG-1 inclusive` counts with <= for <, the k-th neighbour too: a common mistake, "
      "printed so that\n"
      "you recognise its value. Distances are largest coordinate differences. Ties are refused, and no noise is added.\n"
      "Example\n"
      "  python3 -c 'from math import *; print([[sin(i)] for i in range(1, 17)])' > x.json\n"
      "  python3 -c 'from math import *; print([[sin(i) + 0.3 * cos(5 * i)] for i in range(1, 17)])' > y.json\n"
      "  etalon ib ksg x.json y.json --k 3");
  command->callback([=] { run_ksg(*options); });
}

}  // namespace etalon::app
