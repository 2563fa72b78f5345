// SPDX-License-Identifier: Apache-2.0
// etalon run — train toy models on languages of which everything is known, and report.
#include "study/run.h"

#include <spdlog/spdlog.h>

#include "base/file.h"
#include "command.h"
#include "commands.h"
#include "experiments/options.h"
#include "experiments/work.h"
#include "say.h"

namespace etalon::app {
namespace {

constexpr long kMostSteps = 100'000'000;  // as in a file of experiments

std::vector<study::Experiment> experiments(const RunOptions& o, const std::string& text) {
  auto list = study::parse_experiments(text, o.file.empty() ? "built-in experiment" : o.file);
  for (auto& e : list)
    if (o.n_steps > 0) e.n_steps = o.n_steps;
  return list;
}

// 1 if a model diverged or the check refused the engine; 3 if an experiment could not be run at all.
int run(const RunOptions& o) {
  // Read what is asked, once: it may come from a pipe; refuse what would never end before anything is written
  const std::string text = o.file.empty() ? study::built_in_experiments(o.built_in) : read_text(o.file);
  const auto list = experiments(o, text);
  refuse_the_absurd(list, o);

  // Work, print, and answer
  const auto [outcome, exit_code] = work_on(list, o, text);
  o.json ? print_json(outcome, o.out) : print_text(outcome);
  for (const auto& f : outcome.failures) note("%s failed: %s\n", f.experiment.c_str(), f.reason.c_str());
  spdlog::info("results: {0}/report.html, {0}/metrics.jsonl, {0}/soft_entropy.jsonl, {0}/golden, {0}/candidate, {0}/state.json",
               o.out);
  return exit_code;
}

}  // namespace

void add_run(CLI::App& etalon, int& exit_code) {
  // Declare the command and what it runs
  CLI::App* command =
      etalon.add_subcommand("run", "Train small models on toy languages whose entropy is known; measure them and write a report");
  auto o = std::make_shared<RunOptions>();
  auto* file =
      command->add_option("EXPERIMENT", o->file, "a JSON file with experiments; if none is given, the built-in ones are run");
  command
      ->add_option("--built-in", o->built_in,
                   "which of the built-in experiments to run: default; or every-source, a small one for each kind of source")
      ->check(CLI::IsMember(study::built_in_names()))
      ->excludes(file)
      ->capture_default_str();

  // Declare where results go
  command
      ->add_option(
          "--out", o->out,
          "the folder into which report.html, metrics.jsonl, soft_entropy.jsonl, golden/, candidate/ and state.json are written")
      ->capture_default_str();

  // Declare how it runs
  command->add_option("--steps", o->n_steps, "train for this many steps, whatever the experiment says")
      ->check(CLI::Range(1L, kMostSteps));
  command
      ->add_option("--phases", o->n_phase_seeds,
                   "also judge from this many seeds whether training first fits and then compresses (see below)")
      ->check(CLI::Range(3L, 1000L));
  command->add_option("--threads", o->n_threads, "how many experiments run at the same time; the results do not depend on it")
      ->check(CLI::Range(1u, 1024u))
      ->capture_default_str();
  command->add_option("--max-hours", o->max_hours, "refuse an experiment that is expected to take longer than this many hours")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();

  // Declare what it prints
  command->add_flag("--print", o->print, "print the built-in experiments, as a template for your own, and stop");
  command->add_flag("--json", o->json, "print the last measurements as JSON, in place of the summary");

  // Say what comes of it
  command->footer(
      "The report shows the loss beside H(Y|X) of the source, which no model can beat; the share of the gradient that the LM head\n"
      "destroys, beside what random heads do; and each layer on the information plane, below the bottleneck curve of the source.\n"
      "--phases N trains N more seeds of each experiment, and N of a control that has nothing to learn. It judges by the rule of\n"
      "docs/two-phases.md and writes phases.jsonl. With five seeds it takes about four minutes on two cores.\n"
      "Each experiment is written when it is done, and state.json says which are: running, done, failed or interrupted. Files of\n"
      "an earlier run in the same folder are taken away first: --out chooses another. Ctrl-C stops, keeps what is done and says "
      "so.\n"
      "The verdict is on Etalon's own engine in float32, held to the golden case of the trained model; `etalon check` judges "
      "yours.\n"
      "Exit codes: 1 a model diverged (the others are finished), or the engine was refused; 3 an experiment could not be run;\n"
      "130 interrupted.\n"
      // Show examples
      "Examples\n"
      "  etalon run                                   both built-in experiments: 10 to 20 seconds on two cores\n"
      "  etalon run --steps 200 --out short           a shorter run\n"
      "  etalon run --print > mine.json               a file to edit and to pass to `etalon run`\n"
      "  etalon run mine.json --steps 200 --out mine\n"
      "  etalon run --phases 5");

  // Print the experiments, or run them
  command->callback([o, &exit_code] {
    if (o->print) return void(say_text(study::built_in_experiments(o->built_in)));
    exit_code = run(*o);
  });
}

}  // namespace etalon::app
