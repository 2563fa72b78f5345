// SPDX-License-Identifier: Apache-2.0
// etalon ib gaussian — the information bottleneck of jointly normal vectors, by its formula.
#include "information/bottleneck/gaussian.h"

#include <algorithm>
#include <optional>

#include "base/bits.h"
#include "command.h"
#include "file/matrix_file.h"
#include "ib/ib.h"
#include "ib/number.h"
#include "information/bounds/club.h"
#include "scalar/exact.h"

namespace etalon::app {
namespace {

struct Options {
  std::vector<double> rho;
  std::string s_x, s_xy, s_y;
  std::optional<double> beta, rate;
  Output output;
};

std::string joined(const std::vector<double>& values) {
  std::string text;
  for (const double x : values) text += (text.empty() ? "" : "  ") + shortest(x);
  return text;
}

nlohmann::ordered_json numbers_json(const std::vector<double>& values) {
  auto list = nlohmann::ordered_json::array();
  for (const double x : values) list.push_back(ib_oracle::number_json(x));
  return list;
}

// The canonical correlations that are given, or those of the covariances: the largest first.
std::vector<double> correlations(const Options& o) {
  // Refuse both, neither, and covariances that are not all there
  const int n_files = !o.s_x.empty() + !o.s_xy.empty() + !o.s_y.empty();
  if (o.rho.empty() == (n_files == 0) || n_files % 3 != 0)
    throw CLI::RequiredError("either --rho, or all of --covariance-x, --covariance-xy and --covariance-y,");

  // Sort those that are given, and solve for the others
  auto rho = o.rho;
  std::sort(rho.begin(), rho.end(), [](double a, double b) { return abs(a) > abs(b); });
  if (!rho.empty()) return rho;
  return information::canonical_pairs(file::read_matrix(o.s_x), file::read_matrix(o.s_xy), file::read_matrix(o.s_y)).rho;
}

information::GaussianBottleneckPoint point(const Options& o, const std::vector<double>& rho) {
  if (o.beta) return information::gaussian_bottleneck(rho, *o.beta);
  return information::gaussian_bottleneck_at_rate(rho, ib_oracle::from_unit(*o.rate, o.output.unit()));
}

void print_gaussian(const Options& o, const std::vector<double>& rho) {
  // Take what is known without a price
  const auto critical = information::gaussian_critical_betas(rho);
  std::string heading = "rho      " + joined(rho) + "\nbeta_c   " + joined(critical);
  nlohmann::ordered_json facts{{"rho", rho}, {"critical_betas", numbers_json(critical)}};
  std::vector<information::Record> records = {record("I(X;Y)", information::gaussian_information(rho)),
                                              record("CLUB", information::club_normal(rho))};

  // Take the optimum at a price, or at a rate
  if (o.beta || o.rate) {
    const auto at = point(o, rho);
    add_number(heading, facts, "beta", at.beta);
    heading += "\ngains    " + joined(at.gain);
    facts["gains"] = numbers_json(at.gain);
    facts["components"] = at.n_active;
    for (const auto& [name, value] : {std::pair("I(X;T)", at.i_x), std::pair("I(T;Y)", at.i_y), std::pair("L", at.lagrangian)})
      records.push_back(record(name, value));
  }
  print(o.output, records, heading, facts);
}

void run_gaussian(const Options& o) {
  const auto rho = correlations(o);
  as_argument([&] { print_gaussian(o, rho); });
}

}  // namespace

void add_ib_gaussian(CLI::App& ib) {
  // Declare the command and the law
  CLI::App* command = ib.add_subcommand("gaussian", "Compute the information bottleneck of jointly normal vectors, by its formula");
  auto options = std::make_shared<Options>();
  command->add_option("--rho", options->rho, "the canonical correlations, separated by commas; of two numbers, their correlation")
      ->delimiter(',');
  command->add_option("--covariance-x", options->s_x,
                      "in their place: the covariances of X [n, n]: JSON, CSV, .npy, or FILE:TENSOR");
  command->add_option("--covariance-xy", options->s_xy, "the covariances of X and Y [n, m], in the same formats");
  command->add_option("--covariance-y", options->s_y, "the covariances of Y [m, m], in the same formats");

  // Declare the point of the curve
  auto* beta = command->add_option("--beta", options->beta, "compute the T that minimises I(X;T) - BETA I(T;Y)");
  command->add_option("--rate", options->rate, "compute the best T with I(X;T) = RATE, in the unit of --units")->excludes(beta);
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "A component with correlation rho is in use as soon as beta is above its beta_c, 1/rho^2 (Chechik et al. 2005).\n"
      "Examples\n"
      "  etalon ib gaussian --rho 0.9,0.6 --beta 3\n"
      "  etalon ib gaussian --rho 0.75 --rate 0.5 --units bits\n"
      "  echo '[[2, 0.5], [0.5, 1]]' > sx.json\n"
      "  echo '[[0.9], [0.4]]' > sxy.json\n"
      "  echo '[[1]]' > sy.json\n"
      "  etalon ib gaussian --covariance-x sx.json --covariance-xy sxy.json --covariance-y sy.json --beta 5 --json");
  command->callback([=] { run_gaussian(*options); });
}

}  // namespace etalon::app
