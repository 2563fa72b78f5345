// record.h — turn a subject into a golden case.
#pragma once

#include <filesystem>

#include "oracle/cases.h"
#include "oracle/golden.h"

namespace etalon::oracle {

// Runs the engine, derives the tolerances and declares the structural zeros: the case in memory. `command` is what a reader types
// to make it again. Error: as model::forward.
Golden make_golden(const Subject& subject, const std::string& command);

// make_golden and write_golden.
void record(const Subject& subject, const std::string& command, const std::filesystem::path& folder);

}  // namespace etalon::oracle
