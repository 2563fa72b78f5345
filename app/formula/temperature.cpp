// SPDX-License-Identifier: Apache-2.0
// etalon ib temperature — eps of soft entropy for m anchors in d dimensions, by each of its rules.
#include "information/readout/temperature.h"

#include "command.h"
#include "ib/ib.h"
#include "ib/number.h"
#include "say.h"

namespace etalon::app {
namespace {

struct Options {
  long n_anchors = 100, dimension = 0;
  bool json = false;
};

void run_temperature(const Options& o) {
  // Take eps by each rule; amos has no value in two dimensions
  using information::Temperature;
  std::string text = "eps for " + std::to_string(o.n_anchors) + " anchors in " + std::to_string(o.dimension) + " dimensions";
  nlohmann::ordered_json facts{{"anchors", o.n_anchors}, {"dimension", o.dimension}};
  for (const auto rule : {Temperature::exact, Temperature::amos, Temperature::leading}) {
    if (rule == Temperature::amos && o.dimension < 3) {
      text += "\namos     undefined below 3 dimensions";
      facts["amos"] = nullptr;
      continue;
    }
    add_number(text, facts, to_string(rule), information::temperature(rule, o.n_anchors, o.dimension));
  }

  // Print the concentration that the exact rule stands for, too
  add_number(text, facts, "kappa", 1 / information::temperature(Temperature::exact, o.n_anchors, o.dimension));
  say("%s\n", (o.json ? facts.dump(2) : text).c_str());
}

}  // namespace

void add_ib_temperature(CLI::App& ib) {
  // Declare the command and its options
  CLI::App* command = ib.add_subcommand("temperature", "Compute eps of soft entropy for m anchors in d dimensions, by each rule");
  auto options = std::make_shared<Options>();
  command->add_option("--anchors", options->n_anchors, "the number of anchors, m")->capture_default_str();
  command->add_option("--dimension", options->dimension, "the number of dimensions, d")->required();
  command->add_flag("--json", options->json, "print one JSON object");

  // Show examples, and run
  command->footer(
      "exact: a von Mises-Fisher density with concentration kappa = 1/eps has a KL divergence of ln m from the uniform one.\n"
      "amos: the same with a lower bound of that divergence, as the authors' code. leading: 1/sqrt(2 d ln m).\n"
      "Example\n"
      "  etalon ib temperature --anchors 100 --dimension 768");
  command->callback([=] { as_argument([&] { run_temperature(*options); }); });
}

}  // namespace etalon::app
