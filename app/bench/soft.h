// SPDX-License-Identifier: Apache-2.0
// soft.h — the part of `etalon bench` that times soft entropy against NumPy.
#pragma once

#include <nlohmann/json.hpp>

namespace etalon::app {

// One pass of soft entropy in binary64 over 20,000 x 128 numbers with 256 labels and 100 anchors (quick: 500 x 16, 8, 10), and
// the same in NumPy and binary32, on one thread each: fed in batches, and whole. {"samples", ..., "ms", "opponents": [{"name",
// "ms", "ratio", "difference"}]}; without python3 and numpy "opponents" is empty and "no_opponent" says why.
nlohmann::ordered_json bench_soft_entropy(bool quick);

void print_soft_entropy(const nlohmann::ordered_json& row);

}  // namespace etalon::app
