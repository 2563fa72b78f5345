// SPDX-License-Identifier: Apache-2.0
// html.h — one page that shows a run: a single HTML file, nothing to load, nothing to execute.
#pragma once

#include <string>
#include <vector>

#include "study/phase_study.h"
#include "study/run.h"

namespace etalon::app {

// What the check said of a backend on the golden case of an experiment.
struct ReportedVerdict {
  std::string experiment, backend;  // whose tensors were judged
  bool right = false;
  long n_tensors = 0;
  std::string text;  // the table for people
};

// What was run: it stands at the top of the page, and no result depends on it.
struct About {
  std::string command;  // as it could be typed again
  std::string version, date;
};

// "2026-11-28 07:12 UTC": now, or the seconds since 1970 in SOURCE_DATE_EPOCH, by which packagers ask for the same bytes again.
std::string date_of_today();

// `phases`: one for each result, or none if the question was not put.
std::string report_html(const About& about, const std::vector<study::Result>& results, const std::vector<study::PhaseStudy>& phases,
                        const std::vector<ReportedVerdict>& verdicts);

}  // namespace etalon::app
