// SPDX-License-Identifier: Apache-2.0
// etalon ib capacity — the most that one use of a channel can carry, between two bounds that close on it.
#include "information/limits/capacity.h"

#include <algorithm>

#include "base/bits.h"
#include "base/error.h"
#include "command.h"
#include "file/matrix_file.h"
#include "ib/ib.h"
#include "ib_oracle/joint_file.h"
#include "ib_oracle/wrong_solvers.h"
#include "information/law/entropy.h"
#include "interrupt.h"
#include "progress.h"
#include "scalar/exact.h"
#include "tensor/sum.h"

namespace etalon::app {
namespace {

struct Options {
  std::string file;
  bool is_joint = false, normalise = false;
  information::CapacitySetting setting;
  Output output;
};

// Row x divided by its sum. Error: a sum that is not positive and finite.
void normalise_rows(Tensor<double>& w, const std::string& where) {
  for (long x = 0; x < w.n_rows(); ++x) {
    double* row = w.data() + x * w.n_cols();
    const double total = ordered_sum<double>(w.n_cols(), [&](long y) { return row[y]; });
    if (!(total > 0 && total <= std::numeric_limits<double>::max()))
      throw Error(where, "rows with a positive, finite sum", shortest(total) + " in row " + std::to_string(x), "row x is p(y|x)");
    for (long y = 0; y < w.n_cols(); ++y) row[y] = row[y] / total;
  }
}

Tensor<double> load_channel(const Options& o) {
  if (o.is_joint) return ib_oracle::conditional_rows(load_joint({o.file, o.normalise}).joint);
  auto w = file::read_matrix(o.file);
  if (o.normalise) normalise_rows(w, o.file);
  for (long x = 0; x < w.n_rows(); ++x) {
    const double total = ordered_sum<double>(w.n_cols(), [&](long y) { return w[x * w.n_cols() + y]; });
    if (!(abs(total - 1) <= information::Joint::kTolerance))
      throw Error(o.file, "rows p(y|x) that sum to 1 (within 1e-9)", shortest(total) + " in row " + std::to_string(x),
                  ib_oracle::hint_for_rows(w));
  }
  return w;
}

// Progress from a gap of 1 to the tolerance, by the number of digits that are known.
class CapacityProgress {
 public:
  explicit CapacityProgress(double tolerance) : tolerance_(std::max(tolerance, 1e-15)), line_("capacity", kSteps) {}
  void show(double gap) {
    const double share = log(std::clamp(gap, tolerance_, 1.0)) / log(tolerance_ < 0.5 ? tolerance_ : 0.5);
    const long now = static_cast<long>(kSteps * std::min(1.0, share));
    line_.advance(std::max(0L, now - shown_));
    shown_ = std::max(shown_, now);
  }

 private:
  static constexpr long kSteps = 1000;
  double tolerance_;
  Progress line_;
  long shown_ = 0;
};

information::Capacity capacity_with_progress(const Options& o, const Tensor<double>& w) {
  watch_for_interrupt();
  CapacityProgress progress(o.setting.tolerance);
  auto setting = o.setting;
  setting.watch = [&](double gap, long) {
    progress.show(gap);
    return !interrupted();
  };
  return information::capacity(w, setting);
}

// Why the bounds have not met, in words; empty if they have.
std::string not_converged(const Options& o, const information::Capacity& c) {
  constexpr double kRounding = 1e-11;  // nats: below it, it is no lack of sweeps
  if (c.converged) return "";
  const std::string gap = "the bounds are " + shortest(c.value.gap().value) + " nats apart";
  if (interrupted()) return "\ninterrupted: " + gap;
  if (c.value.gap().value < kRounding)
    return "\n" + gap + ", which is rounding: --tolerance " + shortest(o.setting.tolerance) + " is out of reach";
  return "\nnot converged: " + gap + "; raise --max-sweeps";
}

int run_capacity(const Options& o) {
  // Read the channel, and search
  const auto w = load_channel(o);
  const auto c = capacity_with_progress(o, w);

  // Print the bounds and the best input
  nlohmann::ordered_json facts{{"n_x", w.n_rows()}, {"n_y", w.n_cols()}, {"converged", c.converged}, {"input", c.input}};
  std::string heading = "p(y|x)  " + std::to_string(w.n_rows()) + " x " + std::to_string(w.n_cols()) + "\ninput  ";
  const std::size_t shown = std::min<std::size_t>(8, c.input.size());
  for (std::size_t x = 0; x < shown; ++x) heading += "  " + shortest(c.input[x]);
  if (shown < c.input.size()) heading += "  ... (--json prints all)";
  print(o.output, {record("capacity", c.value)}, heading + not_converged(o, c), facts);
  return interrupted() ? kInterrupted : kRight;
}

}  // namespace

void add_ib_capacity(CLI::App& ib, int& exit_code) {
  // Declare the command and what it reads
  CLI::App* command = ib.add_subcommand("capacity", "Compute the capacity of a channel p(y|x), between two bounds (Blahut 1972)");
  auto options = std::make_shared<Options>();
  command
      ->add_option("FILE", options->file,
                   "the table p(y|x), one row for each x, whose rows add up to 1: JSON, CSV, .npy, or FILE:TENSOR")
      ->required();
  command->add_flag("--joint", options->is_joint, "FILE is p(x, y): take p(y|x) from it, and ignore its p(x)");
  command->add_flag("--normalise", options->normalise, "divide each row (with --joint: the whole table) by its sum first");

  // Declare when it stops, and what it prints
  command->add_option("--tolerance", options->setting.tolerance, "stop when the distance between the bounds is this small, in nats")
      ->capture_default_str();
  command->add_option("--max-sweeps", options->setting.max_sweeps, "stop after this many iterations at the latest")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "The capacity lies between the two numbers that are printed, a primal and a dual value, even where the iteration\n"
      "has not converged, or is stopped by Ctrl-C (exit code 130).\n"
      "Examples\n"
      "  echo '[[0.9, 0.1], [0.1, 0.9], [0.88, 0.12]]' > channel.json\n"
      "  etalon ib capacity channel.json --units bits\n"
      "  echo '[[0.675, 0.075], [0.075, 0.175]]' > p.json\n"
      "  etalon ib capacity p.json --joint --json");
  command->callback([=, &exit_code] { exit_code = run_capacity(*options); });
}

}  // namespace etalon::app
