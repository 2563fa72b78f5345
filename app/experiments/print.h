// SPDX-License-Identifier: Apache-2.0
// print.h — what came of a run, on standard output.
#pragma once

#include <string>
#include <vector>

#include "report/html.h"
#include "study/phase_study.h"
#include "study/run.h"

namespace etalon::app {

struct Failure {
  std::string experiment, reason;
};

// Of the experiments that were finished, in their order; one verdict for each result.
struct Outcome {
  std::vector<study::Result> results;
  std::vector<ReportedVerdict> verdicts;
  std::vector<study::PhaseStudy> phases;
  std::vector<Failure> failures;
};

void print_text(const Outcome& outcome);
void print_json(const Outcome& outcome, const std::string& folder);

}  // namespace etalon::app
