// SPDX-License-Identifier: Apache-2.0
// etalon ib bounds — every bound on I(X;Y) that a table, a critic, a decoder or K samples give, with its direction.
#include "ib_oracle/bounds.h"

#include <cstdio>

#include "base/error.h"
#include "file/matrix_file.h"
#include "ib/ib.h"
#include "information/law/entropy.h"
#include "say.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  Output output;
  std::string critic, decoder, prior;
  std::vector<long> samples = {2, 4, 8};
};

// A bound that cannot be counted, or has no value, is left out aloud, not fatal for the others.
void add(std::vector<information::Record>& records, const std::string& name, const information::Joint& joint,
         const ib_oracle::BoundInput& input) {
  try {
    auto r = *ib_oracle::bound_named(name, joint, input);
    if (input.samples) r.name += "(" + std::to_string(*input.samples) + ")";
    records.push_back(std::move(r));
  } catch (const ib_oracle::NoNumber& e) {
    note("left out: %s\n", e.what());
  } catch (const Error& e) {
    if (!input.samples) throw;
    note("left out: %s\n", e.what());
  }
}

void run_bounds(const Options& o) {
  // Read the law and what the bounds need beside it
  const auto loaded = load_joint(o.input);
  ib_oracle::BoundInput input;
  if (!o.critic.empty()) input.critic = file::read_matrix(o.critic);
  if (!o.decoder.empty()) input.decoder = file::read_matrix(o.decoder);
  if (!o.prior.empty()) input.prior = file::read_matrix(o.prior);

  // Take I(X;Y) and the bounds that need no samples
  std::vector<information::Record> records = {exact_record("I(X;Y)", information::mutual_information(loaded.joint))};
  const auto alone = ib_oracle::bounds_for(input);
  for (const auto& name : alone) add(records, name, loaded.joint, input);

  // Take the others for each number of samples
  input.samples = 1;
  for (const auto& name : ib_oracle::bounds_for(input)) {
    if (std::find(alone.begin(), alone.end(), name) != alone.end()) continue;
    for (const long k : o.samples) {
      input.samples = k;
      add(records, name, loaded.joint, input);
    }
  }
  print(o.output, records, loaded.heading, loaded.facts);
}

}  // namespace

void add_ib_bounds(CLI::App& ib) {
  // Declare the command, the law and what bounds need beside it
  CLI::App* command = ib.add_subcommand("bounds", "Compute lower and upper bounds on I(X;Y), each with its direction");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input, "--from-samples");  // --samples is the K of some bounds
  command->add_option("--critic", options->critic,
                      "a critic f(x, y) [X, Y]; adds Donsker-Varadhan (DV), NWJ, TUBA, InfoNCE and DV of K samples");
  command->add_option("--decoder,--q", options->decoder,
                      "a model q(y|x) [X, Y]; adds Barber-Agakov and vCLUB (which is not a bound)");
  command->add_option("--prior", options->prior, "a distribution r(y) [1, Y]; adds the VIB rate");
  command
      ->add_option("--samples", options->samples, "the numbers of samples K for leave-one-out, InfoNCE and DV, separated by commas")
      ->delimiter(',')
      ->check(CLI::Range(1L, 1000000L))
      ->capture_default_str();

  // Declare what it prints
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "Every expectation is taken over the whole table, never over a sample. docs/bounds.md says when each bound holds.\n"
      "Without --critic, InfoNCE and DV use the best critic; DV of K samples is then an upper bound.\n"
      "Examples\n"
      "  echo '[[0.675, 0.075], [0.075, 0.175]]' > p.json\n"
      "  etalon ib bounds p.json --samples 2,16\n"
      "  echo '[[0.8, 0.2], [0.4, 0.6]]' > q.json\n"
      "  etalon ib bounds p.json --decoder q.json --json");
  command->callback([=] { run_bounds(*options); });
}

}  // namespace etalon::app
