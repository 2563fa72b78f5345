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
  CLI::App* command = ib.add_subcommand("entropies", "H(X), H(Y), H(X,Y), H(Y|X), H(X|Y), I(X;Y), exact");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  add_output_options(command, options->output);
  command->footer(
      "Examples\n"
      "  etalon ib entropies p.json --units bits\n"
      "  etalon ib entropies counts.csv --normalise     counts become a law only where you say so\n"
      "  etalon ib entropies p.npy --json | jq '.records[] | select(.name == \"I(X;Y)\").value'");
  command->callback([=] { run_entropies(*options); });
}

}  // namespace etalon::app
