// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/quantity_json.h"

#include <cmath>

#include "base/bits.h"
#include "base/error.h"
#include "file/json.h"

namespace etalon::ib_oracle {
namespace {

// What a user chose with a number is a number again.
nlohmann::ordered_json choice_json(const std::string& text) {
  return file::json_number(text).value_or(nlohmann::ordered_json(text));
}

// NaN equals itself here: two ends that are both undefined are one value.
bool is_bracket(const information::Record& r) { return !same_bits(r.lower.value, r.upper.value); }

}  // namespace

Unit unit_named(const std::string& name, const std::string& where) {
  if (name == "nats") return Unit::nats;
  if (name == "bits") return Unit::bits;
  throw Error(where, "nats or bits", "'" + name + "'", "1 bit = ln 2 nats");
}

nlohmann::ordered_json number_json(double x) {
  if (std::isfinite(x)) return x;
  return std::isnan(x) ? "undefined" : x > 0 ? "+infinity" : "-infinity";
}

nlohmann::ordered_json to_json(const information::Record& record, Unit unit) {
  nlohmann::ordered_json out{{"name", record.name}};
  const auto lower = number_json(in_unit(record.lower, unit)), upper = number_json(in_unit(record.upper, unit));
  if (is_bracket(record)) out["between"] = {lower, upper};
  else out["value"] = lower;
  out["unit"] = to_string(unit);
  out["kind"] = to_string(record.kind);
  out["certificate"] = to_string(record.how.certificate);
  out["iterations"] = record.how.iterations;
  out["alphabet"] = record.how.alphabet;
  out["degeneracy"] = to_string(record.how.degeneracy);
  out["choices"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : record.how.choices) out["choices"][name] = choice_json(value);
  if (!record.how.why_infinite.empty()) out["why_infinite"] = record.how.why_infinite;
  return out;
}

std::string value_text(const information::Record& record, Unit unit) {
  const auto lower = shortest(in_unit(record.lower, unit));
  return is_bracket(record) ? "[" + lower + ", " + shortest(in_unit(record.upper, unit)) + "]" : lower;
}

}  // namespace etalon::ib_oracle
