// SPDX-License-Identifier: Apache-2.0
// work.h — the experiments are run, each written when it is done.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "experiments/options.h"
#include "experiments/print.h"
#include "study/experiment.h"

namespace etalon::app {

// Says how long it will take if that is more than a minute. Error: an experiment that is expected to take longer than --max-hours, or
// more memory than this machine has (study/work.h). Nothing is solved or written.
void refuse_the_absurd(const std::vector<study::Experiment>& list, const RunOptions& options);

// Runs them on the threads, into options.out, with progress; `text` is what was asked. What fails is noted and the others go on.
// Returns what is finished, and the exit code. A signal (interrupt.h) or a folder that can no longer be written ends the process from
// here, after a word on what was kept. Error: the folder cannot be written, or another run writes it.
std::pair<Outcome, int> work_on(const std::vector<study::Experiment>& list, const RunOptions& options, const std::string& text);

}  // namespace etalon::app
