// SPDX-License-Identifier: Apache-2.0
// etalon ib optima — all optima at one beta: one point, or the two ends of a straight piece of the curve.
#include "command.h"
#include "ib/ib.h"
#include "ib/number.h"
#include "information/bottleneck/rate.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  double beta = 0;
  Output output;
};

void run_optima(const Options& o) {
  // Find both ends
  const auto loaded = load_joint(o.input);
  const auto range = as_argument([&] { return information::optimal_range(loaded.joint, o.beta); });
  auto heading = loaded.heading;
  auto facts = loaded.facts;
  add_number(heading, facts, "beta", o.beta);
  heading += std::string("\noptima   ") + (range.degeneracy == information::Degeneracy::none ? "one" : to_string(range.degeneracy));

  // Print what is known of them: limits, by extrapolation, where there are two
  information::Provenance how;
  how.certificate = information::Certificate::none;
  how.degeneracy = range.degeneracy;
  const auto ends = [&](const char* name, Nats low, Nats high) {
    return information::Record{name, information::BoundKind::exact, low, high, how};
  };
  print(o.output, {ends("I(X;T)", range.low.i_x, range.high.i_x), ends("I(T;Y)", range.low.i_y, range.high.i_y)}, heading, facts);
}

}  // namespace

void add_ib_optima(CLI::App& ib) {
  // Declare the command and its options
  CLI::App* command = ib.add_subcommand("optima", "Compute all optima at one beta: one point, or the ends of a straight piece");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command->add_option("--beta", options->beta, "the beta at which to look")->required();
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "At a degenerate beta a whole piece of the curve is optimal: `continuum of optima` (erasure channels, Y = f(X) at beta 1), "
      "or\n"
      "`first-order jump`, where the two ends are optimal and what lies between is a mixture of them. Then I(X;T) and I(T;Y) are\n"
      "printed as [low, high]: the limits from both sides of beta, by extrapolation, to about 1e-12 nats.\n"
      "Example\n"
      "  etalon ib channel bec --error 0.25 --reverse --out inverse.json\n"
      "  etalon ib optima inverse.json --beta 2");
  command->callback([=] { run_optima(*options); });
}

}  // namespace etalon::app
