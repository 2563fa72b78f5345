// SPDX-License-Identifier: Apache-2.0
#include "record/record.h"

#include <nlohmann/json.hpp>

#include "base/bits.h"
#include "golden/file_name.h"
#include "golden/tensor_name.h"
#include "record/measures.h"
#include "record/tolerance.h"
#include "record/trace.h"
#include "record/zero_rules.h"

namespace etalon::record {
namespace {

std::vector<std::int64_t> integers(const auto& values) { return {values.begin(), values.end()}; }

std::string number(long n) { return std::to_string(n); }

// What a client needs to build the model and its optimiser: keys and values, in the order of the manifest's subject.
std::vector<std::pair<std::string, std::string>> settings(const Subject& s) {
  // Say the sizes; that of the heads where it is not what a client computes, width / n_heads
  const model::Config& c = s.config;
  std::vector<std::pair<std::string, std::string>> all = {
      {"family", c.family},
      {"vocab_size", number(c.vocab_size)},
      {"max_length", number(c.max_length)},
      {"width", number(c.width)},
      {"n_layers", number(c.n_layers)},
      {"n_heads", number(c.n_heads)},
      {"n_kv_heads", number(c.n_kv_heads)},
  };
  if (c.q_width() != c.width) all.emplace_back("head_size", number(c.head_size));
  all.emplace_back("mlp_width", number(c.mlp_width));
  all.emplace_back("eps", to_string(c.eps));
  all.emplace_back("rope_theta", to_string(c.rope_theta));

  // Say the optimiser and its constants
  all.insert(all.end(), {
                            {"optimiser", "adamw"},
                            {"learning_rate", to_string(s.rule.learning_rate)},
                            {"beta1", to_string(s.rule.beta1)},
                            {"beta2", to_string(s.rule.beta2)},
                            {"adam_eps", to_string(s.rule.eps)},
                            {"weight_decay", to_string(s.rule.weight_decay)},
                            {"max_norm", to_string(s.rule.max_norm)},
                            {"clip_eps", to_string(model::kClipEps)},
                            {"n_steps", number(kRecordedSteps[std::size(kRecordedSteps) - 1])},
                        });
  return all;
}

// The metadata of the inputs' file: the settings, the format and the case.
std::map<std::string, std::string> metadata(const Subject& s) {
  const auto all = settings(s);
  std::map<std::string, std::string> out(all.begin(), all.end());
  out["format"] = "etalon-golden-" + number(golden::kManifestVersion);
  out["case"] = s.name;
  return out;
}

// The manifest's subject: the settings, and where weights and batch come from.
std::string subject_json(const Subject& s) {
  nlohmann::ordered_json out;
  for (const auto& [key, value] : settings(s)) out[key] = value;
  out["weights"] = s.weights;
  out["seed"] = s.seed;
  out["n_sequences"] = s.batch.n_sequences;
  out["length"] = s.batch.length;
  return out.dump();
}

file::TensorFile inputs(const Subject& s) {
  file::TensorFile file;
  file.metadata = metadata(s);
  const Shape tokens{s.batch.n_sequences, s.batch.length};
  add_integers(file, "tokens", tokens, integers(s.batch.tokens));
  add_integers(file, "targets", tokens, integers(s.batch.targets));
  if (!s.batch.attention_mask.empty()) add_integers(file, "attention_mask", tokens, integers(s.batch.attention_mask));
  if (!s.batch.position_ids.empty()) add_integers(file, "position_ids", tokens, integers(s.batch.position_ids));
  for (const auto& [name, value] : s.parameters) add(file, golden::parameter_name(name), value);
  return file;
}

golden::TensorEntry input_entry(const file::StoredTensor& tensor) {
  golden::TensorEntry entry;
  entry.name = tensor.name, entry.file = golden::kInputsFile, entry.op = golden::kInputOp, entry.index = -1;
  return entry;
}

golden::TensorEntry judged_entry(const ZeroRules& rules, const Traced<double>& traced) {
  golden::TensorEntry entry;
  entry.name = traced.name, entry.file = traced.file, entry.op = traced.op, entry.index = traced.index, entry.reads = traced.reads;
  entry.shape = traced.value.shape();
  for (const ZeroRule& rule : rules.of(traced.name, entry.shape)) entry.zeros.push_back({rule.where, rule.reason, {}, {}});
  return entry;
}

Published engine_values(const Subject& subject) {
  Published engine;
  engine.traced = trace<double>(subject, subject.parameters);
  engine.measures = measures(subject, engine.traced);
  return engine;
}

// The case with its values, zeros declared, nothing allowed yet.
golden::Golden without_tolerances(const Subject& subject, const std::string& command, const Published& published) {
  // Describe the case, and list what is given
  golden::Golden golden;
  golden.manifest.name = subject.name, golden.manifest.why = subject.why, golden.manifest.command = command;
  golden.manifest.subject = subject_json(subject);
  auto& given = golden.files[golden::kInputsFile] = inputs(subject);
  for (const file::StoredTensor& tensor : given.tensors) golden.manifest.tensors.push_back(input_entry(tensor));

  // List what is judged, in the order of the trace, with its structural zeros
  const ZeroRules rules(subject);
  for (const auto& t : published.traced) {
    golden.manifest.tensors.push_back(judged_entry(rules, t));
    add(golden.files[t.file], t.name, t.value);
  }
  golden.texts[golden::kMeasuresFile] = published.measures;
  return golden;
}

std::vector<golden::TensorEntry*> judged(golden::Golden& golden) {
  std::vector<golden::TensorEntry*> entries;
  for (golden::TensorEntry& entry : golden.manifest.tensors)
    if (!entry.is_given()) entries.push_back(&entry);
  return entries;
}

}  // namespace

golden::Golden golden_of(const Subject& subject, const std::string& command, const Published& published) {
  golden::Golden golden = without_tolerances(subject, command, published);
  golden.manifest.method = tolerance_method(published.truth);
  auto entries = judged(golden);
  derive_tolerances(subject, published.traced, published.truth, entries);
  return golden;
}

golden::Golden make_golden(const Subject& subject, const std::string& command) {
  return golden_of(subject, command, engine_values(subject));
}

golden::Golden engine_golden(const Subject& subject, const std::string& command) {
  golden::Golden golden = without_tolerances(subject, command, engine_values(subject));
  golden.manifest.method = kEngineMethod;
  for (golden::TensorEntry* entry : judged(golden)) {
    entry->allowed = kSameBits;
    for (golden::StructuralZero& zero : entry->zeros) zero.allowed = kSameBits;
  }
  return golden;
}

}  // namespace etalon::record
