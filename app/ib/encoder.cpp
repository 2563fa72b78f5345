// SPDX-License-Identifier: Apache-2.0
// etalon ib encoder — where an encoder q(t|x) lies on the information plane, and how far below the curve.
#include "base/bits.h"
#include "base/file.h"
#include "file/matrix_file.h"
#include "ib/curve_output.h"
#include "ib/ib.h"
#include "information/bottleneck/rate.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  Output output;
  std::string encoder, svg;
};

constexpr long kPointsOfPlot = 32;

// The curve, the encoder, and the point of the curve above it.
std::string encoder_svg(const Output& o, const information::Joint& joint, const information::DistanceFromCurve& distance) {
  const double i_x = o.in_units(distance.plane.i_x.upper.value), i_y = o.in_units(distance.plane.i_y.lower.value);
  const double curve = i_y + o.in_units(distance.deficit.upper.value);
  return curve_svg(
      o, information::entropies(joint), bending_points(joint, kPointsOfPlot),
      {{"the encoder", {i_x}, {i_y}, Mark::points, 3}, {"below the curve", {i_x, i_x}, {i_y, curve}, Mark::dashed, 3}});
}

void run_encoder(const Options& o) {
  // Read both tables, and measure
  const auto loaded = load_joint(o.input);
  const auto encoder = file::read_matrix(o.encoder);
  const auto distance = information::distance_from_curve(loaded.joint, encoder);

  // Write the plot, and print
  if (!o.svg.empty()) write_text(o.svg, encoder_svg(o.output, loaded.joint, distance));
  auto deficit = record("deficit", distance.deficit);
  deficit.how.choices = {{"beta", shortest(distance.beta)}};
  print(o.output, {record("I(X;T)", distance.plane.i_x), record("I(T;Y)", distance.plane.i_y), deficit},
        loaded.heading + ", q(t|x)  " + std::to_string(encoder.n_rows()) + " x " + std::to_string(encoder.n_cols()), loaded.facts);
}

}  // namespace

void add_ib_encoder(CLI::App& ib) {
  // Declare the command, what it reads and what it writes
  CLI::App* command = ib.add_subcommand(
      "encoder", "Compute I(X;T) and I(T;Y) of an encoder q(t|x), and how far it lies below the bottleneck curve");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command->add_option("ENCODER", options->encoder, "the table q(t|x) [X, T], whose rows add up to 1, in the same formats")
      ->required();
  command->add_option("--svg", options->svg, "write a plot of the encoder and the curve to this file");
  add_output_options(command, options->output);

  // Show an example, and run
  command->footer(
      "The deficit is the height of the curve at I(X;T), less I(T;Y): how much more the best encoder with the same I(X;T) knows\n"
      "about Y. A deficit of 0 is optimal.\n"
      "Example\n"
      "  echo '[[0.675, 0.075], [0.075, 0.175]]' > p.json\n"
      "  echo '[[0.9, 0.1], [0.4, 0.6]]' > q.json\n"
      "  etalon ib encoder p.json q.json --units bits --svg encoder.svg");
  command->callback([=] { run_encoder(*options); });
}

}  // namespace etalon::app
