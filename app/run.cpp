// SPDX-License-Identifier: Apache-2.0
// etalon run — train toy models on languages of which everything is known, and report.
#include "study/run.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <exception>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.h"
#include "command.h"
#include "commands.h"
#include "golden/check.h"
#include "golden/report.h"
#include "progress.h"
#include "record/record.h"
#include "record/tolerance.h"
#include "record/trace.h"
#include "report/html.h"
#include "say.h"
#include "study/phase_study.h"

namespace etalon::app {
namespace {

struct Options {
  std::string file, built_in = "default", out = "results";
  long n_steps = 0, n_phase_seeds = 0;
  unsigned n_threads = std::max(1u, std::thread::hardware_concurrency());
  bool print = false, json = false;
};

// Also writes them beside the results, first of all: a folder that cannot be written is refused before the training, not after.
std::vector<study::Experiment> experiments(const Options& o) {
  const std::string text = o.file.empty() ? study::built_in_experiments(o.built_in) : read_text(o.file);
  auto list = study::parse_experiments(text, o.file.empty() ? "built-in experiment" : o.file);
  write_text(std::filesystem::path(o.out) / "experiments.json", text);
  for (auto& e : list)
    if (o.n_steps > 0) e.n_steps = o.n_steps;
  return list;
}

// Jobs are independent: threads take them one by one, and each result has its own place. The first failure ends the rest.
void in_parallel(std::size_t n_jobs, unsigned n_threads, const std::function<void(std::size_t)>& job) {
  // Take the next job until there is none, or one has failed
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < n_jobs;) try {
        job(i);
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        next = n_jobs;
      }
  };

  // Work on every thread, this one too; then hand on the failure
  std::vector<std::thread> threads;
  for (unsigned k = 1; k < std::min<std::size_t>(n_threads, n_jobs); ++k) threads.emplace_back(work);
  work();
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

long total_steps(const std::vector<study::Experiment>& list) {
  long total = 0;
  for (const auto& e : list) total += e.n_steps;
  return total;
}

std::vector<study::Result> run_all(const std::vector<study::Experiment>& list, unsigned n_threads) {
  Progress progress("training", total_steps(list));
  std::vector<study::Result> results(list.size());
  in_parallel(list.size(), n_threads, [&](std::size_t i) { results[i] = study::run(list[i], [&] { progress.advance(); }); });
  return results;
}

// The two-phases question, put to every experiment: n seeds each, and as many controls.
std::vector<study::PhaseStudy> phases_of_all(const std::vector<study::Experiment>& list, long n_seeds, unsigned n_threads) {
  if (n_seeds == 0) return {};

  // Run every seed of every experiment, then as many controls
  const study::PhaseSetting setting{.n_seeds = n_seeds};
  const auto per_experiment = static_cast<std::size_t>(2 * n_seeds);
  Progress progress("two phases", 2 * n_seeds * total_steps(list));
  std::vector<study::PhaseRun> runs(per_experiment * list.size());
  in_parallel(runs.size(), n_threads, [&](std::size_t i) {
    const auto replicate = static_cast<long>(i % per_experiment);
    runs[i] = study::phase_run(list[i / per_experiment], setting, replicate % n_seeds,
                               replicate < n_seeds ? study::TrainedOn::source : study::TrainedOn::independent,
                               [&] { progress.advance(); });
  });

  // Judge each experiment by its own runs
  std::vector<study::PhaseStudy> studies;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto first = runs.begin() + static_cast<std::ptrdiff_t>(i * per_experiment);
    studies.push_back(study::judge_runs(list[i], setting, {first, first + n_seeds}, {first + n_seeds, first + 2 * n_seeds}));
  }
  return studies;
}

// The trained model as a golden case: the first four sequences of the probe batch.
record::Subject golden_subject(const study::Result& r) {
  record::Subject s;
  s.name = r.experiment.name;
  s.why = "the model that `etalon run` trained for " + std::to_string(r.experiment.n_steps) + " steps: weights that learning made";
  s.config = r.experiment.model;
  s.batch = r.probe;
  s.batch.n_sequences = std::min(4L, r.probe.n_sequences);
  const auto n = static_cast<std::size_t>(s.batch.n_sequences * s.batch.length);
  s.batch.tokens.resize(n);
  s.batch.targets.resize(n);
  s.parameters = r.weights;
  s.rule = r.experiment.optimiser;
  s.weights = "trained";
  s.seed = static_cast<long>(r.experiment.seed);
  return s;
}

// Judges a backend that was not used to derive the tolerances: the engine in binary32, every parameter one rounding away.
constexpr long kUnseenVariant = 17;

ReportedVerdict judge(const study::Result& r, const std::filesystem::path& out) {
  const auto subject = golden_subject(r);
  const auto folder = out / "golden" / subject.name;
  golden::write_golden(record::make_golden(subject, "etalon run"), folder);

  file::TensorFile candidate;
  for (const auto& t : record::trace<float>(subject, record::variant<float>(subject.parameters, kUnseenVariant)))
    file::add(candidate, t.name, as<double>(t.value));
  const auto file = out / "candidate" / (subject.name + ".safetensors");
  file::write_safetensors(file, candidate);

  const auto golden = golden::read_golden(folder);
  const auto verdict = golden::check(golden, golden::read_candidate({file}), golden::Precision::fp32);
  return {subject.name, "the engine in float32", verdict.right(), static_cast<long>(verdict.tensors.size()),
          golden::table(verdict, golden, {.all = true})};
}

// The row of the soft entropies that the summary shows.
const study::SoftRow& mean_of_layers(const study::Result& r) {
  for (const auto& row : r.soft_trained)
    if (row.layer == study::kMeanOfLayers && row.order == 1 && row.temperature == "exact") return row;
  return r.soft_trained.front();
}

void print_summary(const study::Result& r, const ReportedVerdict& v) {
  const auto& e = r.experiment;
  const auto& m = r.measurements.back();
  const auto& top = m.plane.back();
  const auto& soft = mean_of_layers(r);

  // Say what was trained, and how near its loss is to the floor
  say("%s (%s, V = %ld, D = %ld, %ld steps)\n", e.name.c_str(), e.model.family.c_str(), e.model.vocab_size, e.model.width, m.step);
  say("  loss         %7.4f nats   floor H(Y|X) %.4f, exact\n", m.mean_loss, r.floor);
  say("  E KL(p||q)   %7.4f nats   exact over every context of %ld\n", m.fit.divergence.value.value, e.exact_length);

  // Say what the LM head does to the gradient
  say("  destroyed    %7.4f        random head %.4f; mean per token %.4f\n", m.head.projection.destroyed_ratio, m.head.baseline,
      m.head.projection.mean_token_ratio);
  say("  realised     %7.4f        residual of a real step; no step below %.4f (rank 2D)\n", m.realised.residual,
      m.head.residual_bound_2d);

  // Say what the layers know
  say("  complexity   %7.4f nats   shuffled labels %.4f   (soft entropy, mean of layers, order 1)\n", soft.complexity.value,
      soft.shuffled_complexity.value);
  say("  expressivity %7.4f nats   shuffled labels %.4f; optimality %.3f\n", soft.expressivity.value,
      soft.shuffled_expressivity.value, soft.optimality());
  say("  bottleneck   %7.4f nats   I(T;Y) of %s at I(X;T) = %.4f; the curve allows %.4f, I(X;Y) = %.4f\n", top.i_y.value,
      top.layer.c_str(), top.i_x.value, study::allowed_by_curve(r.curve, top.i_x).value, r.plane.mutual.value);
  say("  below curve  %7.4f nats   between %.6f and %.6f, %s\n", top.distance.upper.value.value, top.distance.lower.value.value,
      top.distance.upper.value.value, to_string(top.distance.upper.how.certificate));

  // Say whether float32 passed the check
  say("  verdict      %s: %s, %ld tensors\n", v.right ? "right at fp32" : "WRONG at fp32", v.backend.c_str(), v.n_tensors);
}

// The reading that the claim is judged on; the others are printed into phases.jsonl and the report.
void print_phases(const study::PhaseStudy& p) {
  // Print the verdict for each layer
  say("%s, two phases? %ld seeds, and as many on an i.i.d. control; mean (standard error), nats\n", p.experiment.c_str(),
      p.setting.n_seeds);
  for (const auto& row : p.rows) {
    if (row.temperature != "exact") continue;
    const auto& v = row.trained;
    say("  %-14s %-9s  I(T;Y) rises %7.4f (%.4f) until step %ld; then I(X;T) falls %7.4f (%.4f) from %.4f; control %7.4f (%.4f)\n",
        row.layer.c_str(), to_string(row.conclusion()), v.rise.mean, v.rise.error, p.steps[v.peak], v.fall.mean, v.fall.error,
        v.peak_i_x, row.control.fall.mean, row.control.fall.error);
  }

  // Print how optimality changes with depth
  for (const auto& [temperature, gain] : p.depth)
    if (temperature == "exact")
      say("  optimality     %-9s  what the head reads stands %.4f (%.4f) above the first block\n",
          gain.is_above(0, p.setting.rule.k)   ? "rises"
          : gain.is_below(0, p.setting.rule.k) ? "falls"
                                               : "level",
          gain.mean, gain.error);
}

void print_json(const std::vector<study::Result>& results, const std::vector<ReportedVerdict>& verdicts, const std::string& out) {
  nlohmann::ordered_json j;
  j["folder"] = out;
  for (const auto& r : results)
    j["experiments"].push_back(nlohmann::ordered_json::parse(study::to_json_line(r.experiment, r.measurements.back(), r.floor)));
  for (const auto& v : verdicts)
    j["verdicts"].push_back({{"case", v.experiment}, {"backend", v.backend}, {"right", v.right}, {"tensors", v.n_tensors}});
  say("%s\n", j.dump(2).c_str());
}

int run(const Options& o) {
  // Train, and put the two-phases question if it is asked
  const std::filesystem::path out = o.out;
  const auto list = experiments(o);
  const auto results = run_all(list, o.n_threads);
  const auto phases = phases_of_all(list, o.n_phase_seeds, o.n_threads);

  // Write what was measured
  std::string lines;
  for (const auto& r : results)
    for (const auto& m : r.measurements) lines += study::to_json_line(r.experiment, m, r.floor) + "\n";
  write_text(out / "metrics.jsonl", lines);
  std::string soft;
  for (const auto& r : results) {
    for (const auto& row : r.soft_untrained) soft += study::to_json_line(r.experiment, row, "untrained") + "\n";
    for (const auto& row : r.soft_trained) soft += study::to_json_line(r.experiment, row, "trained") + "\n";
  }
  write_text(out / "soft_entropy.jsonl", soft);

  // Write what came of the two phases
  std::string phase_lines;
  for (const auto& p : phases) phase_lines += study::to_json_lines(p);
  if (!phases.empty()) write_text(out / "phases.jsonl", phase_lines);

  // Record each trained model as a golden case, judge a float32 backend by it, and write the report
  std::vector<ReportedVerdict> verdicts;
  bool right = true;
  for (const auto& r : results) verdicts.push_back(judge(r, out)), right = right && verdicts.back().right;
  write_text(out / "report.html", report_html(results, phases, verdicts));

  // Print a summary
  if (o.json) print_json(results, verdicts, o.out);
  for (std::size_t i = 0; i < results.size() && !o.json; ++i) print_summary(results[i], verdicts[i]);
  for (std::size_t i = 0; i < phases.size() && !o.json; ++i) print_phases(phases[i]);
  spdlog::info("results: {0}/report.html, {0}/metrics.jsonl, {0}/soft_entropy.jsonl, {0}/golden, {0}/candidate", o.out);
  return right ? kRight : kWrong;
}

}  // namespace

void add_run(CLI::App& etalon, int& exit_code) {
  // Declare the command, what it runs and where results go
  CLI::App* command =
      etalon.add_subcommand("run", "Train small models on toy languages whose entropy is known; measure them and write a report");
  auto o = std::make_shared<Options>();
  auto* file =
      command->add_option("EXPERIMENT", o->file, "a JSON file with experiments; if none is given, the built-in ones are run");
  command
      ->add_option("--built-in", o->built_in,
                   "which of the built-in experiments to run: default; or every-source, a small one for each kind of source")
      ->check(CLI::IsMember(study::built_in_names()))
      ->excludes(file)
      ->capture_default_str();
  command
      ->add_option("--out", o->out,
                   "the folder into which report.html, metrics.jsonl, soft_entropy.jsonl, golden/ and candidate/ are written")
      ->capture_default_str();

  // Declare how it runs
  command->add_option("--steps", o->n_steps, "train for this many steps, whatever the experiment says")->check(CLI::PositiveNumber);
  command
      ->add_option("--phases", o->n_phase_seeds,
                   "also judge from this many seeds whether training first fits and then compresses (see below)")
      ->check(CLI::Range(3L, 1000L));
  command->add_option("--threads", o->n_threads, "how many experiments run at the same time; the results do not depend on it")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();

  // Declare what it prints
  command->add_flag("--print", o->print, "print the built-in experiments, as a template for your own, and stop");
  command->add_flag("--json", o->json, "print the last measurements as JSON, in place of the summary");

  // Show examples
  command->footer(
      "The report shows the loss beside H(Y|X) of the source, which no model can beat; the share of the gradient that the LM head\n"
      "destroys, beside that of a random head; and each layer on the information plane, below the bottleneck curve of the source.\n"
      "--phases N trains N more seeds of each experiment, and N of a control that has nothing to learn. It judges by the rule of\n"
      "docs/two-phases.md and writes phases.jsonl. With five seeds it takes about four minutes on two cores.\n"
      "Files of an earlier run in the same folder are overwritten: --out chooses another.\n"
      "Exit code 1: the engine in float32 was refused by the golden case of a trained model.\n"
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
