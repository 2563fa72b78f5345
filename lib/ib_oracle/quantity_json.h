// SPDX-License-Identifier: Apache-2.0
// quantity_json.h — information quantities as they are printed and written: one form for every command.
//
//   {"name": "I(X;Y)", "value": 0.1658, "unit": "nats", "kind": "exact", "certificate": "finite sum",
//    "iterations": 0, "alphabet": 0, "degeneracy": "none", "choices": {}}
//
// A quantity that is only known between two numbers has "between": [lower, upper] in place of "value". JSON has no infinity: such a
// value is the text "+infinity" or "-infinity", and "why_infinite" says why.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "information/law/quantity.h"

namespace etalon::ib_oracle {

enum class Unit { nats, bits };
constexpr const char* to_string(Unit unit) { return unit == Unit::nats ? "nats" : "bits"; }

// Error: another name than "nats" and "bits". `where` is who asked.
Unit unit_named(const std::string& name, const std::string& where);

// The one place where nats become what was asked for, and back.
constexpr double in_unit(Nats x, Unit unit) { return unit == Unit::bits ? in_bits(x).value : x.value; }
constexpr Nats from_unit(double x, Unit unit) { return unit == Unit::bits ? in_nats(Bits(x)) : Nats(x); }

// The number, or the text that stands for an infinite one.
nlohmann::ordered_json number_json(double x);

// The object above, its numbers in `unit`.
nlohmann::ordered_json to_json(const information::Record& record, Unit unit);

// "0.1658" or "[0.1658, 0.1659]".
std::string value_text(const information::Record& record, Unit unit);

}  // namespace etalon::ib_oracle
