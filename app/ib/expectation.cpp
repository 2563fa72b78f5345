// SPDX-License-Identifier: Apache-2.0
// etalon ib expectation — what the plug-in estimate of N samples gives on average, by counting all tables of N.
#include "base/bits.h"
#include "ib/ib.h"
#include "information/law/entropy.h"
#include "information/readout/binning.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  std::vector<long> sizes = {8};
  Output output;
};

void run_expectation(const Options& o) {
  const auto loaded = load_joint(o.input);
  std::vector<information::Record> records = {exact_record("I(X;Y)", information::mutual_information(loaded.joint))};
  for (const long n : o.sizes) {
    using information::BiasCorrection;
    const std::string of = "(" + std::to_string(n) + ")";
    records.push_back(record("E plug-in" + of, information::expected_plug_in(loaded.joint, n)));
    records.push_back(record("E Miller-Madow" + of, information::expected_plug_in(loaded.joint, n, BiasCorrection::miller_madow)));
  }
  print(o.output, records, loaded.heading, loaded.facts);
}

}  // namespace

void add_ib_expectation(CLI::App& ib) {
  // Declare the command and its options
  CLI::App* command = ib.add_subcommand(
      "expectation", "Compute what estimates from N samples give on average: plug-in and Miller-Madow, over all tables of counts");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command->add_option("--size", options->sizes, "the numbers of samples N, separated by commas")
      ->delimiter(',')
      ->check(CLI::Range(1L, 1000000L))
      ->capture_default_str();
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "Every table of N counts is enumerated, with its probability: the mean is exact, nothing is drawn. Its distance from I(X;Y) "
      "is\n"
      "the bias. `etalon ib bounds --samples` does the same for InfoNCE, leave-one-out and Donsker-Varadhan.\n"
      "Example\n"
      "  echo '[[0.45, 0.05], [0.05, 0.45]]' > p.json\n"
      "  etalon ib expectation p.json --size 8,16");
  command->callback([=] { run_expectation(*options); });
}

}  // namespace etalon::app
