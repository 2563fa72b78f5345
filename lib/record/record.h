// SPDX-License-Identifier: Apache-2.0
// record.h — turn a subject into a golden case: with the values that certify/ proves, or with the engine's own.
#pragma once

#include <string>
#include <vector>

#include "golden/golden.h"
#include "record/cases.h"
#include "record/tolerance.h"
#include "record/trace.h"

namespace etalon::record {

// What a case publishes: the trace of the subject, and the text of measures.json.
struct Published {
  std::vector<Traced<double>> traced;
  std::string measures;
  Truth truth = Truth::engine;
};

// The case in memory: tolerances derived, structural zeros declared. `command` is what a reader types to make it again.
golden::Golden golden_of(const Subject& subject, const std::string& command, const Published& published);

// golden_of what the engine computes. Error: as model::forward.
golden::Golden make_golden(const Subject& subject, const std::string& command);

// The engine's own values of the case: the same files and measures, no tolerances derived. Another engine must have the same bits,
// so fp64 allows 0 everywhere and fp32 is not judged. Every byte is a function of the case alone (docs/arithmetic.md).
// Error: as model::forward.
golden::Golden engine_golden(const Subject& subject, const std::string& command);

inline constexpr const char* kEngineMethod =
    "none: these are the engine's own values, which have the same bits on every machine; fp64 allows no difference";
inline const golden::AllowedAt kSameBits = {golden::Allowed{}, std::nullopt};  // fp64: 0; fp32: not judged

}  // namespace etalon::record
