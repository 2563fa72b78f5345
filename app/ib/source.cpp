// SPDX-License-Identifier: Apache-2.0
// etalon ib source — what the contexts of a toy source say about its next symbol, exact.
#include "source/source.h"

#include "base/file.h"
#include "ib/ib.h"
#include "ib_oracle/joint_file.h"

namespace etalon::app {
namespace {

struct Options {
  source::SourceSpec source;
  long length = 1;
  std::string out;
  Output output;
};

void run_source(const Options& o) {
  const auto source = source::make_source(o.source);
  const auto i = source->information(o.length);
  if (!o.out.empty()) write_text(o.out, ib_oracle::joint_json(source->joint(o.length).joint));
  print(o.output, {exact_record("H(Y)", i.next), exact_record("H(Y|X)", i.next_given_context), exact_record("I(X;Y)", i.mutual)},
        source->name() + ", contexts of " + std::to_string(o.length) + " symbols",
        {{"source", source->name()}, {"length", o.length}});
}

}  // namespace

void add_ib_source(CLI::App& ib) {
  // Declare the command and the source
  CLI::App* command =
      ib.add_subcommand("source", "Compute how much the contexts of a toy source say about its next symbol, exact up to rounding");
  auto options = std::make_shared<Options>();
  auto& s = options->source;
  command->add_option("KIND", s.kind, "the kind of source; docs/information.md describes each")
      ->required()
      ->check(CLI::IsMember(source::source_kinds()));
  command->add_option("--vocab", s.vocab_size, "the number of symbols, V");
  command->add_option("--order", s.order, "how many preceding symbols a Markov source depends on")->capture_default_str();
  command->add_option("--bits", s.n_bits, "the number of bits in a parity block");
  command->add_option("--states", s.n_states, "the number of states of a hidden Markov source");

  // Declare its probabilities
  command->add_option("--eps", s.eps, "the probability of noise; for anbn, of another a; for dyck, of an opening bracket")
      ->capture_default_str();
  command->add_option("--probabilities", s.probabilities, "the transition probabilities, row after row, separated by commas")
      ->delimiter(',');
  command->add_option("--seed", s.seed, "the seed from which the rows are drawn if --probabilities are not given")
      ->capture_default_str();

  // Declare the contexts, and what is written
  command->add_option("--length", options->length, "the number of symbols in a context")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--out", options->out,
                      "write the table p(context, next) to this file as JSON; contexts with the same future are merged");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "Examples\n"
      "  etalon ib source noisy_spamlang --vocab 1024 --eps 0.1 --length 32\n"
      "  etalon ib source markov --vocab 2 --probabilities 0.9,0.1,0.3,0.7\n"
      "  etalon ib source even --length 3 --out even.json && etalon ib curve even.json");
  command->callback([=] { run_source(*options); });
}

}  // namespace etalon::app
