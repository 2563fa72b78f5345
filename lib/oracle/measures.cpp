#include "oracle/measures.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "head/report.h"
#include "information/soft_entropy.h"
#include "model/family.h"
#include "scalar/exact.h"

namespace etalon::oracle {
namespace {

using Json = nlohmann::ordered_json;

constexpr long kAnchors = 100;

Json measure(double value, const char* unit) { return {{"value", value}, {"unit", unit}}; }
Json measure(long value) { return {{"value", value}, {"unit", "1"}}; }
Json measure(Nats value) { return measure(value.value, "nat"); }

const Tensor<double>& value_of(const std::vector<Traced<double>>& traced, const std::string& name) {
  for (const auto& t : traced)
    if (t.name == name) return t.value;
  throw Error("measures", "a traced tensor '" + name + "'", "none", "does the case end in a loss?");
}

const Tensor<double>& head_weight(const Subject& subject) {
  const auto& row = model::family(subject.config.family);
  return subject.parameters.at(std::string(row.tied_embedding ? row.names.tokens : row.names.head) + ".weight");
}

// What of the logits' gradient survives the head (head/report.h).
Json head(const Subject& subject, const std::vector<Traced<double>>& traced) {
  const auto report = head::diagnose(head_weight(subject), value_of(traced, "act/norm_f"),
                                     {subject.batch.targets.begin(), subject.batch.targets.end()});
  Json out;
  out["destroyed_ratio"] = measure(report.projection.destroyed_ratio, "1");
  out["destroyed_ratio_token_mean"] = measure(report.projection.mean_token_ratio, "1");
  out["random_head_baseline"] = measure(report.baseline, "1");
  out["projected_cosine"] = measure(report.projection.cosine, "1");
  out["rank_of_gradient"] = measure(report.rank_g);
  out["effective_rank_of_gradient"] = measure(report.effective_rank_g, "1");
  out["rank_of_weight"] = measure(report.rank_w);
  out["k_70_norm"] = measure(report.components.k_70_norm);
  out["k_70_energy"] = measure(report.components.k_70_energy);
  out["k_99_9_norm"] = measure(report.components.k_99_9_norm);
  out["k_99_9_energy"] = measure(report.components.k_99_9_energy);
  return out;
}

// Soft entropy of the stream after each layer, with the input token as label (information/soft_entropy.h).
Json soft_entropy(const Subject& subject, const std::vector<Traced<double>>& traced) {
  Json layers = Json::array();
  for (long layer = 0; layer < subject.config.n_layers; ++layer) {
    const std::string node = "h." + std::to_string(layer) + ".resid2";
    const auto& stream = value_of(traced, "act/" + node);
    information::SoftEntropy estimate(information::soft_entropy_setting(kAnchors, subject.config.width), 1);
    estimate.add(stream.reshaped(Shape{stream.n_rows(), stream.n_cols()}), {subject.batch.tokens});
    const auto result = estimate.result();
    Json out = {{"node", node}, {"n_anchors", measure(result.n_anchors)}, {"temperature_eps", measure(result.eps, "1")}};
    out["H(B)"] = measure(result.h_b);
    out["I(Z;B)"] = measure(result.ceiling);
    out["efficiency"] = measure(result.efficiency, "1");
    out["I(token;B)"] = measure(result.labels[0].mutual.value);
    out["samples_per_token"] = measure(result.labels[0].samples_per_label, "1");
    layers.push_back(out);
  }
  return layers;
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
  out["n_targets"] = measure(n_counted(subject.batch));
  out["loss"] = measure(loss.value, "nat per target");
  out["loss_in_bits"] = measure(in_bits(loss).value, "bit per target");
  out["perplexity"] = measure(exp(loss.value), "1");
  out["head"] = head(subject, traced);
  out["soft_entropy"] = soft_entropy(subject, traced);
  return out.dump(2) + "\n";
}

}  // namespace etalon::oracle
