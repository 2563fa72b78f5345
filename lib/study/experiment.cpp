// SPDX-License-Identifier: Apache-2.0
#include "study/experiment.h"

#include <set>

#include "file/json_field.h"

namespace etalon::study {
namespace {

using file::Field;

constexpr std::size_t kLongestName = 100;  // with what is put around it, shorter than any file system allows

Ratio ratio_or(const Field& object, const char* key, Ratio fallback) {
  return object.has(key) ? parse_ratio(object[key].text()) : fallback;
}

long integer_or(const Field& object, const char* key, long least, long most, long fallback) {
  return object.has(key) ? object[key].integer(least, most) : fallback;
}

source::SourceSpec read_source(const Field& f) {
  f.only({"kind", "vocab_size", "order", "n_states", "n_bits", "eps", "probabilities", "seed"});
  source::SourceSpec source;
  source.kind = f["kind"].text();
  source.vocab_size = integer_or(f, "vocab_size", 1, 1 << 20, 0);
  source.order = integer_or(f, "order", 1, 20, 1);
  source.n_states = integer_or(f, "n_states", 1, 1 << 10, 0);
  source.n_bits = integer_or(f, "n_bits", 1, 30, 0);
  source.seed = static_cast<std::uint64_t>(integer_or(f, "seed", 0, 1L << 53, 0));
  source.eps = f.has("eps") ? f["eps"].size_of_error() : 0;
  if (f.has("probabilities"))
    for (std::size_t i = 0; i < f["probabilities"].size(); ++i)
      source.probabilities.push_back(f["probabilities"][i].size_of_error());
  return source;
}

model::Config read_model(const Field& f) {
  f.only({"family", "max_length", "width", "n_layers", "n_heads", "n_kv_heads", "head_size", "mlp_width"});
  model::Config config;
  config.family = f["family"].text();
  config.width = f["width"].integer(1, 1 << 14);
  config.n_layers = f["n_layers"].integer(1, 100);
  config.n_heads = f["n_heads"].integer(1, 1 << 10);
  config.n_kv_heads = integer_or(f, "n_kv_heads", 1, 1 << 10, 0);
  config.head_size = integer_or(f, "head_size", 1, 1 << 14, 0);
  config.mlp_width = integer_or(f, "mlp_width", 1, 1 << 16, 0);
  return config;
}

model::AdamW read_optimiser(const Field& f) {
  f.only({"learning_rate", "beta1", "beta2", "eps", "weight_decay", "max_norm"});
  model::AdamW rule;
  rule.learning_rate = ratio_or(f, "learning_rate", rule.learning_rate);
  rule.beta1 = ratio_or(f, "beta1", rule.beta1);
  rule.beta2 = ratio_or(f, "beta2", rule.beta2);
  rule.eps = ratio_or(f, "eps", rule.eps);
  rule.weight_decay = ratio_or(f, "weight_decay", rule.weight_decay);
  rule.max_norm = ratio_or(f, "max_norm", rule.max_norm);
  return rule;
}

model::Weights read_weights(const Field& f) {
  const std::string name = f.text();
  if (name != "usual" && name != "stress") f.refuse("'usual' or 'stress'");
  return name == "usual" ? model::Weights::usual : model::Weights::stress;
}

Experiment read_experiment(const Field& f) {
  f.only({"name", "why", "source", "model", "weights", "seed", "optimiser", "n_steps", "batch_sequences", "length", "measure_every",
          "probe_sequences", "exact_length", "plane_length", "n_anchors", "readout_sigma"});

  // Read the name, which names files
  Experiment e;
  e.name = f["name"].text();
  if (e.name.empty() || e.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    f["name"].refuse("a name of a-z, 0-9 and '-': it names files");
  if (e.name.size() > kLongestName)
    f["name"].refuse("a name of at most " + std::to_string(kLongestName) + " letters: it names files");
  e.why = f.has("why") ? f["why"].text() : "";

  // Read the source and the model, whose vocabulary and greatest length follow
  e.source = read_source(f["source"]);
  e.length = f["length"].integer(1, 1 << 14);
  e.model = read_model(f["model"]);
  e.model.max_length = e.length;
  e.model.vocab_size = source::vocab_size_of(e.source);
  e.model = model::validated(e.model);

  // Read how it is trained
  if (f.has("weights")) e.weights = read_weights(f["weights"]);
  e.seed = static_cast<std::uint64_t>(integer_or(f, "seed", 0, 1L << 53, 1));
  if (f.has("optimiser")) e.optimiser = read_optimiser(f["optimiser"]);
  e.n_steps = f["n_steps"].integer(1, 100'000'000);
  e.batch_sequences = f["batch_sequences"].integer(1, 1 << 16);

  // Read what is measured, and when
  e.measure_every = integer_or(f, "measure_every", 1, 100'000'000, e.n_steps);
  e.probe_sequences = integer_or(f, "probe_sequences", 1, 1 << 16, 64);
  e.exact_length = integer_or(f, "exact_length", 1, e.length, 1);
  e.plane_length = integer_or(f, "plane_length", 1, e.length, 1);
  e.n_anchors = integer_or(f, "n_anchors", 2, 1 << 16, 100);
  e.readout_sigma = f.has("readout_sigma") ? f["readout_sigma"].size_of_error() : 0;
  return e;
}

}  // namespace

std::vector<Experiment> parse_experiments(const std::string& json, const std::string& where) {
  // Read one experiment
  constexpr const char* kPattern = "`etalon run --print` prints the built-in experiments as a pattern";
  const auto document = file::parse_json(json, where, kPattern);
  const Field top(document, where, "", kPattern);
  if (!document.is_object() || !document.contains("experiments")) return {read_experiment(top)};

  // Read a list of them, each with a name of its own
  top.only({"experiments"});
  std::vector<Experiment> out;
  std::set<std::string> names;
  for (std::size_t i = 0; i < top["experiments"].size(); ++i) {
    out.push_back(read_experiment(top["experiments"][i]));
    if (!names.insert(out.back().name).second) top["experiments"][i]["name"].refuse("a name of its own");
  }
  if (out.empty()) top["experiments"].refuse("at least one experiment");
  return out;
}

}  // namespace etalon::study
