// SPDX-License-Identifier: Apache-2.0
// etalon ib channel — channels with a name: what they carry, their table, and the bottleneck of two of them by its formula.
#include <optional>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "command.h"
#include "ib/ib.h"
#include "ib/number.h"
#include "ib_oracle/joint_file.h"
#include "information/bottleneck/closed_forms.h"
#include "information/law/entropy.h"
#include "information/limits/capacity.h"

namespace etalon::app {
namespace {

struct Options {
  std::string kind, out;
  double error = 0;
  long symbols = 0;
  std::vector<double> input;
  std::optional<double> rate, beta;
  bool reverse = false;
  Output output;
};

// p(y|x) [X, Y]:  bsc (1-e, e), (e, 1-e);  bec (1-e, e, 0), (0, e, 1-e);  z (1, 0), (e, 1-e);  symmetric: 1-e, elsewhere e/(n-1).
Tensor<double> channel_named(const Options& o) {
  const double e = o.error, ok = 1 - e;
  if (o.kind == "bec") return Tensor<double>(Shape{2, 3}, {ok, e, 0, 0, e, ok});
  if (o.kind == "z") return Tensor<double>(Shape{2, 2}, {1, 0, e, ok});
  const long n = o.kind == "bsc" ? 2 : o.symbols;
  Tensor<double> w(Shape{n, n});
  for (long i = 0; i < n * n; ++i) w[i] = i / n == i % n ? ok : e / static_cast<double>(n - 1);
  return w;
}

void require_sense(const Options& o) {
  if (!(o.error >= 0 && o.error <= 1))
    throw Error("ib channel --error", "a probability in [0, 1]", shortest(o.error),
                "it is the probability of an error or an erasure");
  if ((o.kind == "symmetric") != (o.symbols != 0))
    throw Error("ib channel --symbols", o.kind == "symmetric" ? "how many symbols there are" : "nothing",
                o.symbols ? std::to_string(o.symbols) : "nothing",
                "the symmetric channel has as many as you say, bsc, bec and z have two");
  const bool formula = o.kind == "bsc" || o.kind == "bec";
  if ((o.rate || o.beta) && (!formula || o.reverse || (o.kind == "bsc" && !o.input.empty())))
    throw Error("ib channel", "bec, or bsc with uniform input", "another channel",
                "the bottlenecks of others have no formula: write the table with --out and use `etalon ib curve`");
}

information::Joint law_of(const Options& o, const Tensor<double>& w) {
  // Take the input that is given, or the uniform one
  const long n_x = w.n_rows(), n_y = w.n_cols();
  std::vector<double> p = o.input;
  if (p.empty()) p.assign(n_x, 1 / static_cast<double>(n_x));
  if (static_cast<long>(p.size()) != n_x)
    throw Error("ib channel --input", std::to_string(n_x) + " probabilities", std::to_string(p.size()),
                "one for each input symbol");
  information::entropy(p);  // refuses what is no law

  // p(x, y) = p_x W(y|x)
  auto table = Tensor<double>::to_fill(w.shape());
  for (long i = 0; i < w.size(); ++i) table[i] = p[i / n_y] * w[i];
  information::Joint joint(std::move(table));
  return o.reverse ? joint.transposed() : joint;
}

// I(X;T), I(T;Y) of the best T at a rate or a beta, by the formula.
void add_bottleneck(const Options& o, const information::Joint& joint, std::vector<information::Record>& records,
                    std::string& heading, nlohmann::ordered_json& facts) {
  // Take X flipped with probability alpha, for the symmetric channel
  const Nats rate = ib_oracle::from_unit(o.rate.value_or(0), o.output.unit());
  if (o.kind == "bsc") {
    const auto at =
        o.rate ? information::symmetric_bottleneck_at_rate(o.error, rate) : information::symmetric_bottleneck(o.error, *o.beta);
    add_number(heading, facts, "alpha", at.alpha);
    add_number(heading, facts, "beta", at.beta);
    records.push_back(record("I(X;T)", at.i_x));
    records.push_back(record("I(T;Y)", at.i_y));
    return;
  }

  // Take a point of the straight curve, or both of its ends, for the erasure channel
  const Nats h = information::entropy(joint.p_x());
  const auto at =
      o.rate ? information::erasure_bottleneck_at_rate(o.error, h, rate) : information::erasure_bottleneck(o.error, h, *o.beta);
  add_number(heading, facts, "beta", o.rate ? at.beta : *o.beta);
  records.push_back(record("I(X;T)", at.i_x));
  records.push_back(record("I(T;Y)", at.i_y));
}

void run_channel(const Options& o) {
  // Make the channel and the law
  const auto [w, joint] = as_argument([&] {
    require_sense(o);
    const auto channel = channel_named(o);
    return std::pair(channel, law_of(o, channel));
  });
  if (!o.out.empty()) write_text(o.out, ib_oracle::joint_json(joint.p()));

  // Compute what it carries
  std::string heading = o.kind + ", error " + shortest(o.error) + ", p(x, y)  " + std::to_string(joint.n_x()) + " x " +
                        std::to_string(joint.n_y()) + (o.reverse ? ", reversed" : "");
  nlohmann::ordered_json facts{{"kind", o.kind}, {"error", o.error}, {"n_x", joint.n_x()}, {"n_y", joint.n_y()}};
  const auto e = information::entropies(joint);
  std::vector<information::Record> records = {
      exact_record("H(X)", e.x),           exact_record("H(Y)", e.y),        exact_record("H(Y|X)", e.y_given_x),
      exact_record("H(X|Y)", e.x_given_y), exact_record("I(X;Y)", e.mutual), record("capacity", information::capacity(w).value)};
  if (o.rate || o.beta) as_argument([&] { add_bottleneck(o, joint, records, heading, facts); });
  print(o.output, records, heading, facts);
}

}  // namespace

void add_ib_channel(CLI::App& ib) {
  // Declare the command and the channel
  CLI::App* command = ib.add_subcommand(
      "channel", "Compute entropies, capacity and table of a channel with a name: binary symmetric, erasure, Z, symmetric");
  auto options = std::make_shared<Options>();
  command
      ->add_option("KIND", options->kind,
                   "bsc: a bit is flipped; bec: a bit is erased; z: 1 is received as 0, and 0 as 0; symmetric: a symbol becomes "
                   "another, each with the same probability")
      ->required()
      ->check(CLI::IsMember({"bsc", "bec", "z", "symmetric"}));
  command->add_option("--error", options->error, "the probability that this happens")->required();
  command->add_option("--symbols", options->symbols, "how many symbols the symmetric channel has")->check(CLI::Range(2, 4096));
  command->add_option("--input", options->input, "the probabilities p(x), separated by commas; without it they are all the same")
      ->delimiter(',');
  command->add_flag("--reverse", options->reverse, "exchange X and Y: X is what was received, Y what was sent");

  // Declare the bottleneck, and what is written
  auto* rate = command->add_option("--rate", options->rate,
                                   "compute the best T with I(X;T) = RATE, in the unit of --units (bec; bsc with uniform input)");
  command->add_option("--beta", options->beta, "compute the T that minimises I(X;T) - BETA I(T;Y), for the same channels")
      ->excludes(rate);
  command->add_option("--out", options->out, "write the table p(x, y) to this file as JSON");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "The capacity lies between the two numbers that are printed. The best T of the binary symmetric channel is X, flipped with\n"
      "probability alpha (Witsenhausen & Wyner 1975). Every T of an erasure channel has I(T;Y) = (1 - error) I(X;T).\n"
      "Numbers may be quotients: 1/3.\n"
      "Examples\n"
      "  etalon ib channel bsc --error 0.1 --rate 0.5 --units bits\n"
      "  etalon ib channel z --error 1/2 --units bits\n"
      "  etalon ib channel symmetric --symbols 3 --error 0.2 --out ternary.json && etalon ib curve ternary.json --betas 2,2.5");
  command->callback([=] { run_channel(*options); });
}

}  // namespace etalon::app
