// SPDX-License-Identifier: Apache-2.0
// judge.h — each trained model becomes a golden case, and the check is tried on it.
#pragma once

#include "experiments/folder.h"
#include "report/html.h"

namespace etalon::app {

// The golden case of a trained model, and the tensors of a candidate: Etalon's own engine in binary32 with every parameter one rounding
// away, which was not used to derive the tolerances.
struct TrainedCase {
  golden::Golden golden;
  file::TensorFile candidate;
};
TrainedCase case_of(const study::Result& result);

// Judges the candidate by the case, as RunFolder::add_case wrote them: it says that the case and the check work on these weights, not
// that anybody's backend is right. Error: what lies there cannot be read.
ReportedVerdict judge(const std::string& experiment, const RunFolder& folder);

}  // namespace etalon::app
