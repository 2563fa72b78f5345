// SPDX-License-Identifier: Apache-2.0
// figures.h — the plots of one experiment.
#pragma once

#include <vector>

#include "report/plot.h"
#include "study/run.h"

namespace etalon::app {

// In the order of the page: the loss, its distance from the truth, the gradient that the head destroys, the spectrum of that gradient,
// the information plane, and what a step buys.
std::vector<Plot> figures(const study::Result& result);

}  // namespace etalon::app
