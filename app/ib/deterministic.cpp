// SPDX-License-Identifier: Apache-2.0
// etalon ib deterministic — the bottleneck that pays H(T): the best partitions, by trying them all.
#include "information/bottleneck/deterministic.h"

#include <optional>

#include "base/bits.h"
#include "command.h"
#include "ib/ib.h"
#include "ib/number.h"

namespace etalon::app {
namespace {

struct Options {
  JointInput input;
  std::optional<double> beta;
  Output output;
};

std::string clusters_text(long n) { return std::to_string(n) + (n == 1 ? " cluster" : " clusters"); }

// "0 1 1": the cluster of each x.
std::string partition_text(const information::Partition& p) {
  std::string text;
  for (const long t : p.cluster_of) text += (text.empty() ? "" : " ") + std::to_string(t);
  return text;
}

void run_deterministic(const Options& o) {
  const auto loaded = load_joint(o.input);
  const auto family = information::deterministic_family(loaded.joint);
  auto heading = loaded.heading + ", " + std::to_string(family.n_partitions) + " partitions";
  auto facts = loaded.facts;
  facts["partitions"] = family.n_partitions;
  std::vector<information::Record> records;

  // Print the optimum at one beta
  if (o.beta) {
    const auto point = as_argument([&] { return information::deterministic_bottleneck(family, *o.beta); });
    add_number(heading, facts, "beta", *o.beta);
    heading += "\nT of x   " + partition_text(point.partition);
    facts["cluster_of"] = point.partition.cluster_of;
    records = {record("L", point.lagrangian), record("H(T)", point.partition.names), record("I(T;Y)", point.partition.relevant)};
    print(o.output, records, heading, facts);
    return;
  }

  // Print the betas at which the optimum changes, and the best partition for each number of clusters
  facts["transitions"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < family.betas.size(); ++i) {
    const long from = family.optimal[i].n_clusters, to = family.optimal[i + 1].n_clusters;
    heading += "\nbeta     " + shortest(family.betas[i]) + "  from " + clusters_text(from) + " to " + std::to_string(to);
    facts["transitions"].push_back({{"from", from}, {"to", to}, {"beta", family.betas[i]}});
  }
  facts["best"] = nlohmann::ordered_json::array();
  for (const auto& best : family.best) {
    const std::string of = "[" + std::to_string(best.n_clusters) + "]";
    heading += "\nT of x   " + partition_text(best) + "  the best " + clusters_text(best.n_clusters);
    facts["best"].push_back({{"clusters", best.n_clusters}, {"cluster_of", best.cluster_of}});
    records.push_back(record("H(T)" + of, best.names));
    records.push_back(record("I(T;Y)" + of, best.relevant));
  }
  print(o.output, records, heading, facts);
}

}  // namespace

void add_ib_deterministic(CLI::App& ib) {
  // Declare the command and its options
  CLI::App* command = ib.add_subcommand(
      "deterministic", "Compute the deterministic bottleneck, min H(T) - beta I(T;Y), by trying all partitions of X");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);
  command->add_option("--beta", options->beta, "print the optimum at this beta only");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "The optimum is a partition of the values of x. All are tried: up to 10 different rows p(y|x). Without --beta, every beta "
      "at\n"
      "which the optimum changes is printed, and for each number of clusters k the partition with the largest I(T;Y), as H(T)[k]\n"
      "and I(T;Y)[k].\n"
      "Examples\n"
      "  echo '[[0.2, 0, 0.2], [0, 0, 0.2], [0, 0.2, 0.2]]' > five.json\n"
      "  etalon ib deterministic five.json --units bits\n"
      "  etalon ib deterministic five.json --beta 3");
  command->callback([=] { run_deterministic(*options); });
}

}  // namespace etalon::app
