// SPDX-License-Identifier: Apache-2.0
// cases.h — what a golden case is made from, and the table of those that the project publishes.
//
// Cases come in pairs. The usual initialisation is what a user runs; the stress weights make every bias, gain and head count,
// so that a bug which the usual weights hide exactly has somewhere to show.
#pragma once

#include <string>
#include <vector>

#include "model/batch.h"
#include "model/optimiser.h"
#include "model/parameters.h"

namespace etalon::record {

inline constexpr long kRecordedSteps[] = {1, 2, 10};  // optimiser steps that are published; the last is how many are taken

// Everything that the numbers of a model case depend on.
struct Subject {
  std::string name, why;
  model::Config config;  // validated
  model::Batch batch;
  model::Parameters<double> parameters;
  model::AdamW rule;
  std::string weights;  // "usual", "stress", or how else they came to be: for the reader
  long seed = 0;
};

// One row of the table.
struct CaseSpec {
  std::string name, why;
  model::Config config;
  model::Weights weights;
  long seed, n_sequences, length;
};

// The table, in the order in which cases are recorded.
const std::vector<CaseSpec>& built_in_cases();

// Error: no such case; lists those there are.
const CaseSpec& built_in_case(const std::string& name);

// Tokens from Stream(seed, "tokens"), uniform, every fourth a copy of the one before it; targets are the next tokens, one in five
// ignored by Stream(seed, "ignored"). The same subject on every machine.
Subject subject(const CaseSpec& spec);

}  // namespace etalon::record
