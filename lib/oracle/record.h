// record.h — turn a subject into a golden case, or into what this machine's engine makes of it.
#pragma once

#include <filesystem>

#include "oracle/cases.h"
#include "oracle/golden.h"

namespace etalon::oracle {

// Runs the engine, derives the tolerances and declares the structural zeros: the case in memory. `command` is what a reader types
// to make it again. Error: as model::forward.
Golden make_golden(const Subject& subject, const std::string& command);

// The engine's own values of the case: the same files and measures, no tolerances derived. Another engine must have the same bits,
// so fp64 allows 0 everywhere and fp32 is not judged. Every byte is a function of the case alone (docs/arithmetic.md).
// Error: as model::forward.
Golden engine_golden(const Subject& subject, const std::string& command);

inline constexpr const char* kEngineMethod =
    "none: these are the engine's own values, which have the same bits on every machine; fp64 allows no difference";
inline const AllowedAt kSameBits = {Allowed{}, std::nullopt};  // fp64: 0; fp32: not judged

// make_golden and write_golden.
void record(const Subject& subject, const std::string& command, const std::filesystem::path& folder);

}  // namespace etalon::oracle
