// SPDX-License-Identifier: Apache-2.0
// etalon ib critical-beta — the least beta at which anything is worth keeping, and the jump there if there is one.
#include <algorithm>

#include "ib/ib.h"
#include "ib/number.h"
#include "information/bottleneck/maximal_correlation.h"
#include "information/bottleneck/rate.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  bool unproved = false;
  Output output;
};

// The probability that the best guess of X from T is wrong:  1 - sum_t max_x p_x q(t|x).
double guess_error(const information::Joint& joint, const Tensor<double>& encoder) {
  double right = 0;
  for (long t = 0; t < encoder.n_cols(); ++t) {
    double most = 0;
    for (long x = 0; x < encoder.n_rows(); ++x) most = std::max(most, joint.p_x()[x] * encoder[x * encoder.n_cols() + t]);
    right += most;
  }
  return 1 - right;
}

// 1/rho^2, where T that says nothing stops being stable: to the last digits unless the table is large.
double stability_limit(const information::Joint& joint) {
  if (std::min(joint.n_x(), joint.n_y()) > information::kMostForCorrelation)
    return 1 / information::second_singular_value_squared(joint);
  const double rho = information::maximal_correlation(joint);
  return 1 / (rho * rho);
}

void run_critical_beta(const Options& o) {
  // Find it, and where the trivial solution stops being stable
  const auto loaded = load_joint(o.input);
  information::BottleneckSetting setting;
  if (o.unproved) setting.prove = information::Prove::nothing;
  const auto critical = information::critical_beta(loaded.joint, setting);
  const double limit = stability_limit(loaded.joint);
  const bool never = critical.beta == information::kInfinity;

  // Say what happens there
  auto heading = loaded.heading + "\nat beta  " +
                 (never                  ? "nothing is ever worth keeping: X and Y are independent"
                  : critical.first_order ? "the optimum jumps from nothing to I(X;T) below (first order)"
                                         : "the optimum leaves I(X;T) = 0 continuously");

  // Print the two betas, and the point beyond a jump
  auto facts = loaded.facts;
  add_number(heading, facts, "beta", critical.first_order || never ? critical.beta : limit);
  add_number(heading, facts, "1/rho^2", never ? critical.beta : limit);
  facts["first_order"] = critical.first_order;
  std::vector<information::Record> records;
  if (critical.first_order) {
    const auto& jump = critical.jump;
    add_number(heading, facts, "guess_error", guess_error(loaded.joint, jump.encoder));
    facts["encoder"] = rows_json(jump.encoder);
    records = {exact_record("I(X;T)", jump.i_x), exact_record("I(T;Y)", jump.i_y)};
  }
  print(o.output, records, heading, facts);
}

}  // namespace

void add_ib_critical_beta(CLI::App& ib) {
  // Declare the command and its options
  CLI::App* command =
      ib.add_subcommand("critical-beta", "Compute the least beta at which anything is worth keeping, and how the optimum leaves 0");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command->add_flag("--unproved", options->unproved, "do not prove the optimum at the jump: faster, for large tables");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "1/rho^2, with rho the largest correlation of a function of X with a function of Y, is where T that says nothing stops "
      "being\n"
      "a local optimum. The optimum may jump before: then the point beyond the jump is printed, and guess_error, the probability\n"
      "that the best guess of X from its T is wrong (--json prints the encoder). Beyond 300 rows and columns 1/rho^2 has 6 "
      "digits.\n"
      "Example\n"
      "  echo '[[8, 1, 1], [1, 8, 1], [1, 1, 8]]' > ternary.json\n"
      "  etalon ib critical-beta ternary.json --normalise");
  command->callback([=] { run_critical_beta(*options); });
}

}  // namespace etalon::app
