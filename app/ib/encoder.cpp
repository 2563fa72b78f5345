// SPDX-License-Identifier: Apache-2.0
// etalon ib encoder — where an encoder q(t|x) lies on the information plane, and how far below the curve.
#include "base/bits.h"
#include "file/matrix_file.h"
#include "ib/ib.h"
#include "information/bottleneck/rate.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  Output output;
  std::string encoder;
};

void run_encoder(const Options& o) {
  const auto loaded = load_joint(o.input);
  const auto encoder = file::read_matrix(o.encoder);
  const auto distance = information::distance_from_curve(loaded.joint, encoder);
  auto deficit = record("deficit", distance.deficit);
  deficit.how.choices = {{"beta", shortest(distance.beta)}};
  print(o.output, {record("I(X;T)", distance.plane.i_x), record("I(T;Y)", distance.plane.i_y), deficit},
        loaded.heading + ", q(t|x)  " + std::to_string(encoder.n_rows()) + " x " + std::to_string(encoder.n_cols()), loaded.facts);
}

}  // namespace

void add_ib_encoder(CLI::App& ib) {
  CLI::App* command = ib.add_subcommand(
      "encoder", "Compute I(X;T) and I(T;Y) of an encoder q(t|x), and how far it lies below the bottleneck curve");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command->add_option("ENCODER", options->encoder, "the table q(t|x) [X, T], whose rows add up to 1, in the same formats")
      ->required();
  add_output_options(command, options->output);
  command->footer(
      "The deficit is the height of the curve at I(X;T), less I(T;Y): how much more the best encoder with the same I(X;T) knows\n"
      "about Y. A deficit of 0 is optimal.\n"
      "Example\n"
      "  echo '[[0.675, 0.075], [0.075, 0.175]]' > p.json\n"
      "  echo '[[0.9, 0.1], [0.4, 0.6]]' > q.json\n"
      "  etalon ib encoder p.json q.json --units bits");
  command->callback([=] { run_encoder(*options); });
}

}  // namespace etalon::app
