#include "oracle/measures.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "scalar/exact.h"

namespace etalon::oracle {
namespace {

using Json = nlohmann::ordered_json;

Json measure(double value, const char* unit) { return {{"value", value}, {"unit", unit}}; }

const Tensor<double>& value_of(const std::vector<Traced<double>>& traced, const std::string& name) {
  for (const auto& t : traced)
    if (t.name == name) return t.value;
  throw Error("measures", "a traced tensor '" + name + "'", "none", "does the case end in a loss?");
}

long n_counted(const model::Batch& batch) {
  long n = 0;
  for (const long target : batch.targets) n += target != model::kIgnored;
  return n;
}

}  // namespace

std::string measures(const Subject& subject, const std::vector<Traced<double>>& traced) {
  const Nats loss(value_of(traced, "loss")[0]);
  Json out;
  out["n_targets"] = measure(static_cast<double>(n_counted(subject.batch)), "1");
  out["loss"] = measure(loss.value, "nat per target");
  out["loss_in_bits"] = measure(in_bits(loss).value, "bit per target");
  out["perplexity"] = measure(exp(loss.value), "1");
  return out.dump(2) + "\n";
}

}  // namespace etalon::oracle
