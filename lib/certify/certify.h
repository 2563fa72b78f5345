// SPDX-License-Identifier: Apache-2.0
// certify.h — a golden case whose every published double is the exact real number, rounded once.
//
// METHOD     The case is evaluated in balls (Arb) by the code that the engine runs: forward, every gradient, AdamW to the last of
//            record::kRecordedSteps, the measures. Its inputs are doubles, hence exact; eps, 1/sqrt(d), GELU's constants, RoPE's
//            angles and Adam's betas are the rationals and roots that the case states. Whatever the order of its operations, a
//            ball holds the one real number that the formulas define. So the enclosure says nothing about the engine, and
//            everything about the mathematics.
//
// PRECISION  kFirstBits, then twice as many, until each entry is decided (certify/rounding.h). Choices between branches are
//            certain or refused (scalar/ball.h); a refusal asks for more bits too. At kMostBits what still holds 0 is published
//            as +0 with the bound that was proved, and anything else is an error: two doubles equally near, or a choice on the edge.
//
// NOT PROVED The compiler, Arb and this code. The witnesses share none of the VJPs' code: tests/certify/witness_test.cpp.
#pragma once

#include <functional>
#include <string>

#include "golden/golden.h"
#include "record/cases.h"

namespace etalon::certify {

inline constexpr long kFirstBits = 512, kMostBits = 4096;

// Told after each evaluation, as in "gpt2-nano, 512 bits: 12 of 96321 entries undecided".
using Progress = std::function<void(const std::string&)>;

// The case in memory, certified; else as record::make_golden. `because` is the manifest's reason. Errors: an entry that kMostBits
// does not decide; a structural zero that is none.
golden::Golden certified_golden(const record::Subject& subject, const std::string& command, const std::string& because,
                                const Progress& progress);

// The same for the cases of one page of the book; as record::make_op_golden.
golden::Golden certified_op_golden(const std::string& op, const std::string& command, const std::string& because,
                                   const Progress& progress);

}  // namespace etalon::certify
