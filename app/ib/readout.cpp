// SPDX-License-Identifier: Apache-2.0
// etalon ib readout — what is read off vectors with normal noise on them: T = mu_X + N(0, sigma^2).
#include "base/bits.h"
#include "base/error.h"
#include "file/matrix_file.h"
#include "ib/ib.h"
#include "information/law/entropy.h"
#include "information/readout/noisy_readout.h"

namespace etalon::app {
namespace {

struct Options {
  std::string centres, joint;
  std::vector<double> weights;
  double sigma = 1;
  Output output;
};

// The value if there is one dimension, and the two pairwise bounds.
void add_records(std::vector<information::Record>& records, const std::string& name, const information::Bracket& bounds) {
  records.push_back(record(name + " Bhattacharyya", bounds.lower));
  records.push_back(record(name + " KL", bounds.upper));
}

void run_readout(const Options& o) {
  // Read the centres, and how probable each is
  const auto centres = file::read_matrix(o.centres);
  const information::NoisyReadout readout(centres, o.sigma);
  std::vector<double> p = o.weights;
  if (p.empty()) p.assign(readout.n_x(), 1 / static_cast<double>(readout.n_x()));
  const bool on_a_line = readout.dimension() == 1;
  std::vector<information::Record> records;

  // Take I(X;T), and I(Y;T) for the labels of a table
  if (o.joint.empty()) {
    if (on_a_line) records.push_back(record("I(X;T)", readout.about_x(p)));
    add_records(records, "I(X;T)", readout.bracket_about_x(p));
  } else {
    const auto joint = load_joint({o.joint}).joint;
    if (on_a_line) records = {record("I(X;T)", readout.about_x(joint.p_x())), record("I(Y;T)", readout.about_y(joint))};
    add_records(records, "I(X;T)", readout.bracket_about_x(joint.p_x()));
    add_records(records, "I(Y;T)", readout.bracket_about_y(joint));
    records.push_back(exact_record("I(X;Y)", information::mutual_information(joint)));
  }
  print(o.output, records,
        "centres  " + std::to_string(readout.n_x()) + " x " + std::to_string(readout.dimension()) + ", sigma " + shortest(o.sigma),
        {{"n_x", readout.n_x()}, {"dimension", readout.dimension()}, {"sigma", o.sigma}});
}

}  // namespace

void add_ib_readout(CLI::App& ib) {
  // Declare the command and the centres
  CLI::App* command = ib.add_subcommand("readout", "Compute what is read off vectors with normal noise: I(X;T), T = mu_X + noise");
  auto options = std::make_shared<Options>();
  command->add_option("CENTRES", options->centres, "the vectors mu_x [X, d], one row for each x: JSON, CSV, .npy, or FILE:TENSOR")
      ->required();
  command->add_option("--sigma", options->sigma, "the standard deviation of the noise in each coordinate")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);

  // Declare how probable they are, and what is printed
  auto* weights =
      command
          ->add_option("--weights", options->weights, "the probabilities p(x), separated by commas; without them all are the same")
          ->delimiter(',');
  command->add_option("--joint", options->joint, "a table p(x, y): compute I(Y;T) too, with p(x) from it")->excludes(weights);
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "In one dimension the value is an integral, right to the last digits. In any dimension it lies between two bounds by the\n"
      "distances of the centres (Kolchinsky & Tracey 2017): Bhattacharyya below, KL above.\n"
      "Examples\n"
      "  echo '[[-1], [1]]' > centres.json\n"
      "  etalon ib readout centres.json --sigma 1\n"
      "  echo '[[0, 0], [3, 0], [0, 4]]' > plane.json\n"
      "  echo '[[0.25, 0], [0.25, 0], [0, 0.5]]' > labels.json\n"
      "  etalon ib readout plane.json --joint labels.json --units bits --json");
  command->callback([=] { run_readout(*options); });
}

}  // namespace etalon::app
