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
  CLI::App* command = ib.add_subcommand("source", "What a toy source's contexts say about the next symbol, exact");
  auto options = std::make_shared<Options>();
  auto& s = options->source;
  command->add_option("KIND", s.kind, "the kind of source")->required()->check(CLI::IsMember(source::source_kinds()));
  command->add_option("--vocab", s.vocab_size, "V");
  command->add_option("--order", s.order, "of a Markov source")->capture_default_str();
  command->add_option("--bits", s.n_bits, "of a parity block");
  command->add_option("--states", s.n_states, "of a hidden Markov source");
  command->add_option("--eps", s.eps, "noise; of anbn and dyck the probability of another a, of an opening bracket")
      ->capture_default_str();
  command->add_option("--probabilities", s.probabilities, "row after row, separated by commas")->delimiter(',');
  command->add_option("--seed", s.seed, "of the rows of a Markov source without --probabilities")->capture_default_str();

  // Declare the contexts, and what is written and printed
  command->add_option("--length", options->length, "symbols in the context")->capture_default_str()->check(CLI::NonNegativeNumber);
  command->add_option("--out", options->out, "write p(context, next) as JSON, contexts with the same future merged");
  add_output_options(command, options->output);

  // Show examples
  command->footer(
      "Examples\n"
      "  etalon ib source noisy_spamlang --vocab 1024 --eps 0.1 --length 32\n"
      "  etalon ib source markov --vocab 2 --probabilities 0.9,0.1,0.3,0.7\n"
      "  etalon ib source even --length 3 --out even.json && etalon ib curve even.json");
  command->callback([=] { run_source(*options); });
}

}  // namespace etalon::app
