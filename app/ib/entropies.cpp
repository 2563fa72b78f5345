// SPDX-License-Identifier: Apache-2.0
// etalon ib entropies — H(X), H(Y), H(X,Y), H(Y|X), H(X|Y) and I(X;Y) of a table, exact.
#include "ib/ib.h"
#include "information/law/entropy.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  Output output;
};

void run_entropies(const Options& o) {
  const auto loaded = load_joint(o.input);
  const auto e = information::entropies(loaded.joint);
  print(o.output,
        {exact_record("H(X)", e.x), exact_record("H(Y)", e.y), exact_record("H(X,Y)", e.joint), exact_record("H(Y|X)", e.y_given_x),
         exact_record("H(X|Y)", e.x_given_y), exact_record("I(X;Y)", e.mutual)},
        loaded.heading, loaded.facts);
}

}  // namespace

void add_ib_entropies(CLI::App& ib) {
  CLI::App* command = ib.add_subcommand("entropies", "Compute H(X), H(Y), H(X,Y), H(Y|X), H(X|Y) and I(X;Y), exact up to rounding");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  add_output_options(command, options->output);
  command->footer(
      "Examples\n"
      "  echo '[[0.675, 0.075], [0.075, 0.175]]' > p.json\n"
      "  etalon ib entropies p.json --units bits\n"
      "  printf '27,3\\n3,7\\n' > counts.csv\n"
      "  etalon ib entropies counts.csv --normalise     counts are refused unless you ask for this\n"
      "  etalon ib entropies p.json --json");
  command->callback([=] { run_entropies(*options); });
}

}  // namespace etalon::app
