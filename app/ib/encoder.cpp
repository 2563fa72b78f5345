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
  CLI::App* command = ib.add_subcommand("encoder", "I(X;T), I(T;Y) of an encoder q(t|x), and how far it lies below the curve");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command->add_option("ENCODER", options->encoder, "q(t|x) [X, T], each row a law: the same formats")->required();
  add_output_options(command, options->output);
  command->footer(
      "deficit = I_Y(I(X;T)) - I(T;Y): what the best encoder of the same I(X;T) knows more about Y. 0 is optimal.\n"
      "Example\n"
      "  etalon ib encoder p.json q.csv --units bits");
  command->callback([=] { run_encoder(*options); });
}

}  // namespace etalon::app
