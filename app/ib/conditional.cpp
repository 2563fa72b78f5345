// SPDX-License-Identifier: Apache-2.0
// etalon ib conditional — three variables: what each pair says about each other, alone and once the third is known.
#include "information/law/conditional.h"

#include "base/bits.h"
#include "file/array_file.h"
#include "ib/ib.h"
#include "ib_oracle/joint_file.h"
#include "information/law/entropy.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  Output output;
};

struct LoadedTriple {
  information::Triple law;
  double given_total;
};

// The table is checked, and divided by its total if that is asked for, as p(x, (y, z)).
LoadedTriple load_triple(const JointInput& input) {
  const auto p = file::read_array(input.file, 3);
  const Shape shape = p.shape();
  const auto file = ib_oracle::joint_of(p.reshaped(Shape{shape[0], shape[1] * shape[2]}), input.file,
                                        input.normalise ? ib_oracle::Total::divide_by_it : ib_oracle::Total::must_be_one);
  return {information::Triple(file.joint.p().reshaped(shape)), file.given_total};
}

void run_conditional(const Options& o) {
  // Read the law, and its variables in other orders
  const auto [law, total] = load_triple(o.input);
  const auto xzy = law.reordered(0, 2, 1), yzx = law.reordered(1, 2, 0), yxz = law.reordered(1, 0, 2), zxy = law.reordered(2, 0, 1);
  using information::conditional_mutual_information, information::mutual_information;
  const Nats xy = mutual_information(law.xy()), all = information::entropy(law.p().values());
  const auto given_z = conditional_mutual_information(law);

  // Compute pairs, pairs given the third, and one against both others
  std::vector<information::Record> records = {exact_record("H(X,Y,Z)", all),
                                              exact_record("I(X;Y)", xy),
                                              exact_record("I(X;Z)", mutual_information(law.xz())),
                                              exact_record("I(Y;Z)", mutual_information(law.yz())),
                                              record("I(X;Y|Z)", given_z),
                                              record("I(X;Z|Y)", conditional_mutual_information(xzy)),
                                              record("I(Y;Z|X)", conditional_mutual_information(yzx)),
                                              exact_record("I(X;Y,Z)", mutual_information(law.x_yz())),
                                              exact_record("I(Y;X,Z)", mutual_information(yxz.x_yz())),
                                              exact_record("I(Z;X,Y)", mutual_information(zxy.x_yz())),
                                              exact_record("I(X;Y;Z)", xy - given_z.value)};

  // Print them
  nlohmann::ordered_json facts{{"n_x", law.n_x()}, {"n_y", law.n_y()}, {"n_z", law.n_z()}};
  std::string heading =
      "p(x, y, z)  " + std::to_string(law.n_x()) + " x " + std::to_string(law.n_y()) + " x " + std::to_string(law.n_z());
  if (o.input.normalise) {
    heading += ", divided by its total " + shortest(total);
    facts["divided_by"] = total;
  }
  print(o.output, records, heading, facts);
}

}  // namespace

void add_ib_conditional(CLI::App& ib) {
  // Declare the command and its options
  CLI::App* command =
      ib.add_subcommand("conditional", "Compute I(X;Y|Z) and its relatives for a table p(x, y, z) of three variables");
  auto options = std::make_shared<Options>();
  command
      ->add_option("FILE", options->input.file,
                   "the table p(x, y, z): a JSON list of x, each a list of y, each a list of numbers; .npy; or FILE:TENSOR")
      ->required();
  command->add_flag("--normalise", options->input.normalise, "divide the table by the sum of its entries first, and say so");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "I(X;Y|Z) is what X says about Y to somebody who knows Z. I(X;Y;Z) = I(X;Y) - I(X;Y|Z) is what Z takes away of it, and\n"
      "negative where Z adds to it.\n"
      "Example, in which Z is the parity of two coins\n"
      "  echo '[[[0.25, 0], [0, 0.25]], [[0, 0.25], [0.25, 0]]]' > parity.json\n"
      "  etalon ib conditional parity.json --units bits");
  command->callback([=] { run_conditional(*options); });
}

}  // namespace etalon::app
