// SPDX-License-Identifier: Apache-2.0
// etalon ib soft — soft entropy: what labels say about representations, as seen by m anchors.
#include "base/bits.h"
#include "base/error.h"
#include "file/matrix_file.h"
#include "file/row_reader.h"
#include "ib/ib.h"
#include "information/readout/soft_entropy.h"
#include "progress.h"

namespace etalon::app {
namespace {

struct Options {
  std::string z, labels, anchors, temperature = "exact";
  long n_anchors = 100;
  double eps = 0;
  std::uint64_t seed = 0;
  Output output;
};

information::SoftEntropySetting soft_setting(const Options& o, long dimension) {
  const auto rule = information::temperature_named(o.temperature);
  if (o.anchors.empty() && o.eps == 0) return information::soft_entropy_setting(o.n_anchors, dimension, rule, o.seed);
  auto w = o.anchors.empty() ? information::anchors(o.seed, o.n_anchors, dimension)
                             : information::normalised_rows(file::read_matrix(o.anchors), "ib soft --anchor-file");
  const double eps = o.eps != 0 ? o.eps : information::temperature(rule, w.n_rows(), dimension);
  return {std::move(w), eps, rule};
}

// I(X;B) and its control for one column of labels; with several columns the names carry the column's number.
void add_label_records(std::vector<information::Record>& records, const information::SoftEntropyResult& r, std::size_t column,
                       const std::vector<std::pair<std::string, std::string>>& choices) {
  const std::size_t n_columns = r.labels.size() / 2;
  const std::string suffix = n_columns > 1 ? "[" + std::to_string(column) + "]" : "";
  for (const bool control : {false, true}) {
    auto lower = r.labels[column + (control ? n_columns : 0)].mutual;
    lower.how.choices = choices;
    records.push_back(record((control ? "shuffled" : "I(X;B)") + suffix, lower));
  }
}

void run_soft(const Options& o) {
  // Read the labels, and add a shuffled copy of each set of them
  file::RowReader z(o.z);
  auto labels = file::read_labels(o.labels, z.shape()).columns;
  const std::size_t n_columns = labels.size();
  for (std::size_t k = 0; k < n_columns; ++k) labels.push_back(information::shuffled(labels[k], o.seed));

  // Pass over the vectors once, some at a time
  information::SoftEntropy soft(soft_setting(o, z.n_cols()), labels.size());
  Progress progress("soft entropy", z.n_rows());
  for (long row = 0; row < z.n_rows();) {
    const auto rows = z.next(4096);
    std::vector<std::vector<long>> of_rows;
    for (const auto& set : labels) of_rows.emplace_back(set.begin() + row, set.begin() + row + rows.n_rows());
    soft.add(rows, of_rows);
    row += rows.n_rows();
    progress.advance(rows.n_rows());
  }
  const auto r = soft.result();

  // Record what does not depend on the labels
  const std::string rule = o.eps != 0 ? "given" : to_string(r.temperature);
  const std::vector<std::pair<std::string, std::string>> choices = {
      {"anchors", std::to_string(r.n_anchors)}, {"eps", shortest(r.eps)}, {"rule", rule}};
  std::vector<information::Record> records = {exact_record("H(B)", r.h_b), exact_record("H(B|Z)", r.h_b_given_z),
                                              exact_record("I(Z;B)", r.ceiling)};
  for (auto& each : records) each.how.choices = choices;

  // Record each set of labels and its control
  nlohmann::ordered_json n_labels = nlohmann::ordered_json::array();
  std::string labels_text;
  for (std::size_t k = 0; k < n_columns; ++k) {
    add_label_records(records, r, k, choices);
    n_labels.push_back(r.labels[k].n_labels);
    labels_text += (k ? "/" : "") + std::to_string(r.labels[k].n_labels);
  }

  // Print all of it
  print(o.output, records,
        "z " + std::to_string(r.n_samples) + " x " + std::to_string(r.dimension) + ", " + labels_text + " labels, " +
            std::to_string(r.n_anchors) + " anchors, eps " + shortest(r.eps) + " (" + rule + ")",
        {{"samples", r.n_samples}, {"dimension", r.dimension}, {"labels", n_labels}, {"efficiency", r.efficiency}});
}

}  // namespace

void add_ib_soft(CLI::App& ib) {
  // Declare the command, the samples and their labels
  CLI::App* command =
      ib.add_subcommand("soft", "Compute soft entropy: how much labels say about vectors that are compared with m anchors");
  auto options = std::make_shared<Options>();
  command
      ->add_option("Z", options->z,
                   "the vectors [N, d] or [N, L, d]: .npy, .npz, JSON, CSV or safetensors; FILE:NAME is one array of several")
      ->required();
  command
      ->add_option(
          "LABELS", options->labels,
          "whole numbers or words, one row for each row of Z and one column for each set of labels; for Z [N, L, d] also [N, L]")
      ->required();

  // Declare the anchors and the temperature
  command->add_option("--anchors", options->n_anchors, "the number of anchors, which are random directions")->capture_default_str();
  command->add_option("--anchor-file", options->anchors, "a table [m, d] of anchors to use in place of random ones");
  command->add_option("--temperature", options->temperature, "the rule that chooses eps from m and d")
      ->check(CLI::IsMember({"exact", "amos", "leading"}))
      ->capture_default_str();
  command->add_option("--eps", options->eps, "the value of eps, in place of a rule")->check(CLI::PositiveNumber);
  command->add_option("--seed", options->seed, "the seed of the anchors and of the shuffled labels")->capture_default_str();

  // Declare what it prints
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "X is the label of a vector, Z the vector, and B an anchor that is drawn with probability softmax(cosine / eps).\n"
      "I(X;B), what the labels say about the anchor, is a lower bound on I(X;Z) of these samples.\n"
      "`shuffled` is the same number for the same labels in a random order: only the excess of I(X;B) over it is signal.\n"
      "docs/information.md explains the quantities.\n"
      "Examples\n"
      "  echo '[[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1], [0, -0.6, 0.8]]' > z.json\n"
      "  echo '[[0], [0], [1], [1]]' > labels.json\n"
      "  etalon ib soft z.json labels.json\n"
      "  echo '[[0, 0], [0, 1], [1, 0], [1, 1]]' > two_sets.json\n"
      "  etalon ib soft z.json two_sets.json --units bits --json      several sets of labels in one pass");
  command->callback([=] { run_soft(*options); });
}

}  // namespace etalon::app
