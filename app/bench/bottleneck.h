// SPDX-License-Identifier: Apache-2.0
// bottleneck.h — the part of `etalon bench` that times bottleneck curves.
#pragma once

#include <nlohmann/json.hpp>

namespace etalon::app {

// Curves of 60 points on random laws: 8 x 2 and 8 x 3 with every minimum proved, 64 x 64 without; beside each the self-consistent
// equations alone, swept to rest from |X| + 1 clusters at every price, as published (quick: 12 points, small laws).
// [{"law", "points", "ms", "widest_gap_nats", "points_proved", "plain_ms", "ratio", "plain_above_nats"}]
nlohmann::ordered_json bench_bottleneck(bool quick);

void print_bottleneck(const nlohmann::ordered_json& rows);

}  // namespace etalon::app
