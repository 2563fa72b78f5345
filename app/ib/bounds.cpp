// etalon ib bounds — every bound on I(X;Y) that a table, a critic, a decoder or K samples give, with its direction.
#include "ib_oracle/bounds.h"

#include <cstdio>

#include "base/error.h"
#include "file/matrix_file.h"
#include "ib/ib.h"
#include "information/law/entropy.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  Output output;
  std::string critic, decoder, prior;
  std::vector<long> samples = {2, 4, 8};
};

// A bound that cannot be counted is left out aloud, not fatal for the others.
void add(std::vector<information::Record>& records, const std::string& name, const information::Joint& joint,
         const ib_oracle::BoundInput& input) {
  try {
    auto r = *ib_oracle::bound_named(name, joint, input);
    if (input.samples) r.name += "(" + std::to_string(*input.samples) + ")";
    records.push_back(std::move(r));
  } catch (const Error& e) {
    if (!input.samples) throw;
    std::fprintf(stderr, "left out: %s\n", e.what());
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
  CLI::App* command = ib.add_subcommand("bounds", "Bounds on I(X;Y), each with its direction, in whole expectations");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command->add_option("--critic", options->critic, "f(x, y) [X, Y]: Donsker-Varadhan, NWJ, TUBA, InfoNCE, DV of K samples");
  command->add_option("--decoder,--q", options->decoder, "q(y|x) [X, Y]: Barber-Agakov, and vCLUB (not a bound)");
  command->add_option("--prior", options->prior, "r(y) [1, Y]: the VIB rate");
  command->add_option("--samples", options->samples, "K of leave-one-out, InfoNCE and DV, separated by commas")
      ->delimiter(',')
      ->check(CLI::Range(2L, 1000000L))
      ->capture_default_str();

  // Declare what it prints, and show examples
  add_output_options(command, options->output);
  command->footer(
      "Without --critic, InfoNCE and DV have the best critic; DV of K samples then is an upper bound. docs/bounds.md has a card "
      "for each.\n"
      "Examples\n"
      "  etalon ib bounds p.json --samples 2,16\n"
      "  etalon ib bounds p.csv --decoder model.csv --critic f.npy --json");
  command->callback([=] { run_bounds(*options); });
}

}  // namespace etalon::app
