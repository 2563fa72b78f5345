// SPDX-License-Identifier: Apache-2.0
// etalon ib divergence — how far one law is from another, or a model q(y|x) from the truth.
#include "base/error.h"
#include "file/matrix_file.h"
#include "ib/ib.h"
#include "information/bounds/barber_agakov.h"
#include "information/law/entropy.h"
#include "scalar/exact.h"

namespace etalon::app {
namespace {

struct Options {
  std::string p, q;
  bool conditional = false, normalise = false;
  Output output;
};

std::string size_text(const Tensor<double>& t) { return std::to_string(t.n_rows()) + " x " + std::to_string(t.n_cols()); }

// p(x, y) and a model q(y|x): cross entropy and what it is above its floor.
void run_conditional(const Options& o) {
  // Read the law and the model
  const auto loaded = load_joint({o.p, o.normalise});
  auto log_q = file::read_matrix(o.q);
  if (log_q.shape() != loaded.joint.p().shape())
    throw Error(o.q, "q(y|x)  " + size_text(loaded.joint.p()), size_text(log_q), "one row for each x, one column for each y");
  for (long i = 0; i < log_q.size(); ++i) {
    if (!(log_q[i] >= 0))
      throw Error(o.q, "probabilities q(y|x) >= 0", std::to_string(log_q[i]), "logits must pass through a softmax first");
    log_q[i] = log(log_q[i]);
  }

  // Compute both directions of nothing but what the model costs
  const auto ba = information::barber_agakov(loaded.joint, log_q);
  auto cross = exact_record("CE(P,Q)", ba.cross_entropy);
  cross.how.why_infinite = ba.divergence.how.why_infinite;
  print(o.output,
        {cross, exact_record("H(Y|X)", information::conditional_entropy(loaded.joint)), record("E KL(P||Q)", ba.divergence),
         exact_record("I(X;Y)", information::mutual_information(loaded.joint)), record("barber-agakov", ba.bound)},
        loaded.heading + ", q(y|x)  " + size_text(log_q), loaded.facts);
}

void run_laws(const Options& o) {
  // Read two laws on the same symbols, whatever the shape of the tables
  const auto p = load_joint({o.p, o.normalise}).joint.p(), q = load_joint({o.q, o.normalise}).joint.p();
  if (p.shape() != q.shape() &&
      !(p.size() == q.size() && (p.n_rows() == 1 || p.n_cols() == 1) && (q.n_rows() == 1 || q.n_cols() == 1)))
    throw Error(o.q, "a law on the same symbols, " + size_text(p), size_text(q),
                "--conditional compares p(x, y) with a model q(y|x)");
  const auto pq = information::divergence(p.values(), q.values()), qp = information::divergence(q.values(), p.values());
  const Nats h_p = information::entropy(p.values()), h_q = information::entropy(q.values());

  // Print both directions: the cross entropy is H + KL
  const auto cross = [](const char* name, Nats h, const information::Exact& kl) {
    auto r = exact_record(name, h + kl.value);
    r.how.why_infinite = kl.how.why_infinite;
    return r;
  };
  print(o.output,
        {record("KL(P||Q)", pq), record("KL(Q||P)", qp), record("JS(P,Q)", information::jensen_shannon(p.values(), q.values())),
         exact_record("H(P)", h_p), exact_record("H(Q)", h_q), cross("CE(P,Q)", h_p, pq), cross("CE(Q,P)", h_q, qp)},
        "P and Q  " + size_text(p), {{"symbols", p.size()}});
}

}  // namespace

void add_ib_divergence(CLI::App& ib) {
  // Declare the command and its options
  CLI::App* command =
      ib.add_subcommand("divergence", "Compute KL (both directions), Jensen-Shannon and cross entropies of two distributions");
  auto options = std::make_shared<Options>();
  command->add_option("P", options->p, "a distribution: a row, a column or a table of numbers: JSON, CSV, .npy, or FILE:TENSOR")
      ->required();
  command->add_option("Q", options->q, "another one on the same symbols, in the same formats")->required();
  command->add_flag("--conditional", options->conditional,
                    "P is a table p(x, y), Q a model q(y|x): compute E KL, its cross entropy, and the bound that it proves");
  command->add_flag("--normalise", options->normalise, "divide each distribution by the sum of its entries first");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "KL is +infinity where one says never to what the other does; the symbol is named. JS is never above ln 2.\n"
      "With --conditional, CE(P,Q) is the loss of the model, and CE - H(Y|X) = E KL(P||Q).\n"
      "Examples\n"
      "  echo '[[0.5, 0.25, 0.25]]' > p.json\n"
      "  echo '[[0.25, 0.25, 0.5]]' > q.json\n"
      "  etalon ib divergence p.json q.json --units bits\n"
      "  echo '[[0.675, 0.075], [0.075, 0.175]]' > weather.json\n"
      "  echo '[[0.8, 0.2], [0.4, 0.6]]' > model.json\n"
      "  etalon ib divergence weather.json model.json --conditional");
  command->callback([=] { options->conditional ? run_conditional(*options) : run_laws(*options); });
}

}  // namespace etalon::app
