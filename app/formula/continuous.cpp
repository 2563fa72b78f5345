// SPDX-License-Identifier: Apache-2.0
// etalon ib continuous — laws with densities whose mutual information is a formula.
#include "information/limits/continuous.h"

#include <algorithm>
#include <optional>

#include "base/bits.h"
#include "command.h"
#include "ib/ib.h"
#include "ib/number.h"
#include "information/bounds/club.h"

namespace etalon::app {
namespace {

using information::record;
using Records = std::vector<information::Record>;

struct Options {
  std::string law;
  std::optional<double> rho, nu, a, p;
  std::optional<long> n;
  Output output;
};

Records normal(const Options& o) {
  return {record("I(X;Y)", information::normal_information(*o.rho)), record("CLUB", information::club_normal(*o.rho))};
}
Records student(const Options& o) { return {record("I(X;Y)", information::student_information(*o.nu, *o.rho))}; }
Records additive_uniform(const Options& o) { return {record("I(X;Y)", information::additive_uniform_information(*o.a))}; }
Records uniform_mixture(const Options& o) { return {record("I(X;Y)", information::discrete_uniform_mixture_information(*o.n))}; }
Records zero_inflated_poisson(const Options& o) {
  return {record("I(X;Y)", information::zero_inflated_poisson_information(*o.p)),
          record("I(X;Y,B)", information::zero_inflated_poisson_flagged_information(*o.p))};
}

// A law, and the options that are its parameters.
struct Row {
  const char* name;
  std::vector<std::string> needs;
  Records (*records)(const Options&);
};
const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {{"normal", {"--rho"}, normal},
                                         {"student", {"--nu", "--rho"}, student},
                                         {"additive-uniform", {"--a"}, additive_uniform},
                                         {"uniform-mixture", {"--n"}, uniform_mixture},
                                         {"zero-inflated-poisson", {"--p"}, zero_inflated_poisson}};
  return kRows;
}

void run_continuous(const Options& o, const CLI::App& command) {
  // Refuse a parameter that is missing, and one that the law does not have
  const Row& row = *std::find_if(rows().begin(), rows().end(), [&](const Row& r) { return o.law == r.name; });
  std::string heading = o.law;
  nlohmann::ordered_json facts{{"law", o.law}};
  for (const char* name : {"--rho", "--nu", "--a", "--n", "--p"}) {
    const bool needed = std::find(row.needs.begin(), row.needs.end(), name) != row.needs.end();
    const auto* option = command.get_option(name);
    if (needed && option->count() == 0) throw CLI::RequiredError(o.law + " " + name);
    if (!needed && option->count() > 0) throw CLI::ExtrasError(std::vector<std::string>{name});
    if (!needed) continue;

    // Say what it is
    const double x = option->as<double>();
    heading += std::string(", ") + (name + 2) + " " + shortest(x);
    facts[name + 2] = x;
  }
  print(o.output, as_argument([&] { return row.records(o); }), heading, facts);
}

}  // namespace

void add_ib_continuous(CLI::App& ib) {
  // Declare the command and the laws
  CLI::App* command =
      ib.add_subcommand("continuous", "Compute the mutual information of a law with a density, where it is a formula");
  auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  for (const Row& row : rows()) names.emplace_back(row.name);
  command->add_option("LAW", options->law, "the law of X and Y; see below")->required()->check(CLI::IsMember(names));

  // Declare the parameters, of which each law needs its own
  command->add_option("--rho", options->rho, "normal, student: the correlation, from -1 to 1");
  command->add_option("--nu", options->nu, "student: the degrees of freedom");
  command->add_option("--a", options->a, "additive-uniform: half the width of what is added");
  command->add_option("--n", options->n, "uniform-mixture: how many values X has");
  command->add_option("--p", options->p, "zero-inflated-poisson: the probability that Y is replaced by 0");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "normal                 X and Y normal with correlation rho; also the upper bound CLUB, rho^2 / (1 - rho^2)\n"
      "student                X and Y of the bivariate Student distribution with nu degrees of freedom and correlation rho\n"
      "additive-uniform       X uniform on (0, 1), Y = X + U, U uniform on (-a, a)\n"
      "uniform-mixture        X uniform on 0, 1, ..., n-1, Y = X + U, U uniform on (0, 2)\n"
      "zero-inflated-poisson  X exponential with mean 1, Y Poisson with mean X, replaced by 0 with probability p.\n"
      "                       I(X;Y,B), with B the sign that says which zeros are replacements, is the formula in print\n"
      "Examples\n"
      "  etalon ib continuous normal --rho 0.75\n"
      "  etalon ib continuous student --nu 3 --rho 0.75 --units bits\n"
      "  etalon ib continuous zero-inflated-poisson --p 0.15 --json");
  command->callback([=] { run_continuous(*options, *command); });
}

}  // namespace etalon::app
