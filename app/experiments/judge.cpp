// SPDX-License-Identifier: Apache-2.0
#include "experiments/judge.h"

#include "golden/check.h"
#include "golden/report.h"
#include "record/record.h"
#include "record/tolerance.h"
#include "record/trace.h"

namespace etalon::app {
namespace {

constexpr long kUnseenVariant = 17;

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

}  // namespace

TrainedCase case_of(const study::Result& r) {
  const auto subject = golden_subject(r);
  TrainedCase made{record::make_golden(subject, "etalon run"), {}};
  for (const auto& t : record::trace<float>(subject, record::variant<float>(subject.parameters, kUnseenVariant)))
    file::add(made.candidate, t.name, as<double>(t.value));
  return made;
}

ReportedVerdict judge(const std::string& experiment, const RunFolder& folder) {
  const auto golden = golden::read_golden(folder.golden_of(experiment));
  const auto verdict = golden::check(golden, golden::read_candidate({folder.candidate_of(experiment)}), golden::Precision::fp32);
  return {experiment, "the engine in float32", verdict.right(), static_cast<long>(verdict.tensors.size()),
          golden::table(verdict, golden, {.all = true})};
}

}  // namespace etalon::app
