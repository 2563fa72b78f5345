// SPDX-License-Identifier: Apache-2.0
// etalon ib rate-formula — rate-distortion curves that are formulas, at given distortions.
#include <optional>

#include "base/bits.h"
#include "command.h"
#include "ib/ib.h"
#include "ib/number.h"
#include "information/limits/rate_closed_forms.h"

namespace etalon::app {
namespace {

struct Options {
  std::string source;
  std::vector<double> distortions, probabilities, variances;
  std::optional<double> p, scale;
  std::optional<long> n;
  Output output;
};

// A source, the option that is its parameter, and what its distortion is.
struct Row {
  const char *name, *needs, *distortion;
};
constexpr Row kRows[] = {{"binary", nullptr, "Hamming"},
                         {"bernoulli", "--p", "Hamming"},
                         {"uniform", "--n", "Hamming"},
                         {"finite", "--probabilities", "Hamming"},
                         {"gaussian", "--variance", "squared error"},
                         {"laplace", "--scale", "absolute error"}};

// The law of a source with finitely many letters.
std::vector<double> letters(const Options& o) {
  if (o.source == "binary") return {0.5, 0.5};
  if (o.source == "bernoulli") return {1 - *o.p, *o.p};
  if (o.source == "uniform") return std::vector<double>(*o.n, 1 / static_cast<double>(*o.n));
  return o.probabilities;
}

information::Exact rate(const Options& o, double d) {
  if (o.source == "gaussian")
    return o.variances.size() == 1 ? information::gaussian_rate(o.variances[0], d) : information::gaussian_rate(o.variances, d);
  if (o.source == "laplace") return information::laplace_rate(*o.scale, d);
  return information::hamming_rate(letters(o), d);
}

double price(const Options& o, double d) {
  if (o.source == "gaussian") return information::gaussian_price(o.variances, d);
  if (o.source == "laplace") return information::laplace_price(*o.scale, d);
  return information::hamming_price(letters(o), d);
}

void run_rate_formula(const Options& o, const CLI::App& command) {
  // Refuse a parameter that is missing, and one that the source does not have
  const Row& row = *std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return o.source == r.name; });
  for (const char* name : {"--p", "--n", "--probabilities", "--variance", "--scale"}) {
    const bool needed = row.needs && std::string(row.needs) == name;
    const bool given = command.get_option(name)->count() > 0;
    if (needed && !given) throw CLI::RequiredError(o.source + " " + name);
    if (!needed && given) throw CLI::ExtrasError(std::vector<std::string>{name});
  }

  // Compute R and its slope at each distortion
  std::vector<information::Record> records;
  std::string heading = o.source + ", " + row.distortion;
  nlohmann::ordered_json betas = nlohmann::ordered_json::array();
  for (const double d : o.distortions) {
    records.push_back(record("R(" + shortest(d) + ")", as_argument([&] { return rate(o, d); })));
    const double beta = price(o, d);
    records.back().how.choices.emplace_back("beta", shortest(beta));
    heading += "\nbeta     " + shortest(beta) + "  at D = " + shortest(d);
    betas.push_back(ib_oracle::number_json(beta));
  }
  print(o.output, records, heading, {{"source", o.source}, {"measure", row.distortion}, {"betas", betas}});
}

}  // namespace

void add_ib_rate_formula(CLI::App& ib) {
  // Declare the command and the source
  CLI::App* command = ib.add_subcommand(
      "rate-formula", "Compute the rate-distortion curve of a source where it is a formula: finite, Gaussian, Laplace");
  auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  for (const Row& row : kRows) names.emplace_back(row.name);
  command->add_option("SOURCE", options->source, "the source; see below")->required()->check(CLI::IsMember(names));
  command->add_option("--distortion", options->distortions, "the mean distortions D at which to compute R, separated by commas")
      ->delimiter(',')
      ->required();

  // Declare the parameters, of which each source needs its own
  command->add_option("--p", options->p, "bernoulli: the probability of a 1");
  command->add_option("--n", options->n, "uniform: how many letters there are")->check(CLI::Range(1L, 1000000L));
  command->add_option("--probabilities", options->probabilities, "finite: the probabilities of the letters, separated by commas")
      ->delimiter(',');
  command
      ->add_option("--variance", options->variances,
                   "gaussian: the variance; several, separated by commas, of independent components that share D")
      ->delimiter(',');
  command->add_option("--scale", options->scale, "laplace: b in the density exp(-|x|/b) / 2b");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "binary, bernoulli, uniform, finite   letters; D is the probability that a letter is wrong (Hamming)\n"
      "gaussian                             D is the mean squared error\n"
      "laplace                              D is the mean absolute error\n"
      "beta = -dR/dD is what one unit of distortion is worth, in nats. `etalon ib rate-distortion` solves for any p(x) and d(x, "
      "t).\n"
      "Examples\n"
      "  etalon ib rate-formula bernoulli --p 0.3 --distortion 0.1 --units bits\n"
      "  etalon ib rate-formula finite --probabilities 0.5,0.3,0.2 --distortion 0.1,0.25\n"
      "  etalon ib rate-formula gaussian --variance 4,1,1/4 --distortion 1.25 --json");
  command->callback([=] { run_rate_formula(*options, *command); });
}

}  // namespace etalon::app
