// SPDX-License-Identifier: Apache-2.0
#include "study/experiment.h"

#include "fuzz/reader.h"

using namespace etalon::fuzz;

const Reader experiment("experiment", [](Bytes bytes) { etalon::study::parse_experiments(text_of(bytes), "fuzz"); });
