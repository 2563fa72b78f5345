// SPDX-License-Identifier: Apache-2.0
#include "record/zero_rules.h"

#include <algorithm>
#include <set>

#include "golden/tensor_name.h"
#include "model/family.h"

namespace etalon::record {
namespace {

const char* const kFuture = "the causal mask hides the future";
const char* const kPadding = "the attention mask hides padding";
const char* const kAlone = "softmax over the one visible column is 1 whatever its score, so it has no slope";
const char* const kAloneQuery =
    "its row of scores sees one column and has no slope, so the query that made it receives no gradient";
const char* const kShift = "a key bias shifts every score of a row alike, and softmax does not depend on a shift";
const char* const kDrift =
    "its gradient is 0 in exact arithmetic (softmax shift); AdamW normalises the rounding noise there into steps of up to the "
    "learning rate";
const char* const kUnused = "no token of the batch reads these rows, and the head is not tied to them";
const char* const kBeyond = "no position of the batch reads these rows";
const char* const kIgnoredTarget = "the target of this position is ignored: it has no term in the loss";
const char* const kNoPath =
    "nothing leads from here to the loss: every way ends at an ignored target, a hidden entry or a row that sees one column";

using golden::TensorName;
using Kind = TensorName::Kind;

// What the rules follow from.
struct Given {
  const model::Config& config;
  const model::Batch& batch;
  const Structure& structure;
};

// Whether the tensor is of a node that ends so, in any layer.
bool is_of(const TensorName& name, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.of.ends_with(ending); });
}

// What row t of sequence b sees: columns s <= t that are no padding.
long n_visible(const model::Batch& batch, long b, long t) {
  long n = 0;
  for (long s = 0; s <= t; ++s) n += batch.attention_mask.empty() || batch.attention_mask[b * batch.length + s];
  return n;
}

// The entries of attention [B, H, T, T] that the causal mask or padding hides.
void hidden_entries(const model::Batch& batch, const Shape& shape, std::vector<ZeroRule>& rules) {
  rules.push_back({golden::Region::future(), kFuture});
  if (batch.attention_mask.empty()) return;
  for (long b = 0; b < batch.n_sequences; ++b)
    for (long s = 0; s < batch.length; ++s)
      if (!batch.attention_mask[b * batch.length + s])
        rules.push_back({golden::Region::in_box({{b, b + 1}, {0, shape[1]}, {0, shape[2]}, {s, s + 1}}), kPadding});
}

// The rows of attention that see at most one column: sequences and positions as half-open ranges.
using Range = std::pair<long, long>;
std::vector<std::pair<Range, Range>> rows_that_see_one(const model::Batch& batch) {
  if (batch.attention_mask.empty()) return {{{0, batch.n_sequences}, {0, 1}}};
  std::vector<std::pair<Range, Range>> rows;
  for (long b = 0; b < batch.n_sequences; ++b)
    for (long t = 0; t < batch.length; ++t)
      if (n_visible(batch, b, t) <= 1) rows.push_back({{b, b + 1}, {t, t + 1}});
  return rows;
}

// FUTURE and ALONE of zero_rules.h, for the tensors [B, H, T, T] of attention.
void attention(const Given& given, const TensorName& name, const Shape& shape, std::vector<ZeroRule>& rules) {
  if (name.kind == Kind::activation && is_of(name, {".attn.masked", ".attn.probs"})) hidden_entries(given.batch, shape, rules);
  if (name.kind != Kind::activation_gradient || !is_of(name, {".attn.masked", ".attn.scores", ".attn.products"})) return;
  hidden_entries(given.batch, shape, rules);
  for (const auto& [b, t] : rows_that_see_one(given.batch))
    rules.push_back({golden::Region::in_box({b, {0, shape[1]}, t, {0, shape[3]}}), kAlone});
}

// ALONE for the queries: q_bar_t = sum_s scores_bar_ts k_s, and every term is 0 where row t of scores_bar is.
void queries(const Given& given, const TensorName& name, const Shape& shape, std::vector<ZeroRule>& rules) {
  if (name.kind != Kind::activation_gradient) return;
  const bool by_head = is_of(name, {".attn.q", ".attn.q_rot"});          // [B,H,T,D]
  const bool side_by_side = is_of(name, {".attn.q_proj", ".attn.qkv"});  // [B,T,HD], [B,T,3HD]
  if (!by_head && !side_by_side) return;
  for (const auto& [b, t] : rows_that_see_one(given.batch))
    rules.push_back({by_head ? golden::Region::in_box({b, {0, shape[1]}, t, {0, shape[3]}})
                             : golden::Region::in_box({b, t, {0, given.config.q_width()}}),
                     kAloneQuery});
}

// IGNORED, for d loss / d logits and d loss / d norm_f.
void ignored_targets(const Given& given, const TensorName& name, std::vector<ZeroRule>& rules) {
  if (name.kind != Kind::activation_gradient || (name.of != "logits" && name.of != "norm_f")) return;
  std::vector<long> rows;
  for (std::size_t i = 0; i < given.batch.targets.size(); ++i)
    if (given.batch.targets[i] == model::kIgnored) rows.push_back(static_cast<long>(i));
  if (!rows.empty()) rules.push_back({golden::Region::of_rows(std::move(rows)), kIgnoredTarget});
}

// The parameter whose gradient, moments or later values the tensor holds; empty for another tensor.
std::string parameter_of(const TensorName& name) {
  return name.kind == Kind::parameter_gradient || name.is_of_optimiser() ? name.of : "";
}

// SHIFT, for the key bias and what the optimiser makes of its gradient.
void key_bias(const Given& given, const TensorName& name, std::vector<ZeroRule>& rules) {
  const auto& row = model::family(given.config.family);
  const bool fused = row.attention == model::Attention::fused_qkv;
  const bool is_parameter = name.kind == Kind::parameter;
  const long first = fused ? given.config.q_width() : 0;  // after the queries
  for (long layer = 0; layer < given.config.n_layers; ++layer) {
    if (parameter_of(name) != model::name_in_layer(fused ? row.names.qkv : row.names.k, layer) + ".bias") continue;
    for (const golden::Region& region : key_bias_zeros(first, given.structure.keys_unturned[layer]))
      rules.push_back({region, is_parameter ? kDrift : kShift, is_parameter});
  }
}

std::vector<long> rows_not_in(const std::set<long>& used, long n_rows) {
  std::vector<long> rows;
  for (long row = 0; row < n_rows; ++row)
    if (!used.contains(row)) rows.push_back(row);
  return rows;
}

// UNUSED, for the two embeddings.
void unused_rows(const Given& given, const TensorName& name, const Shape& shape, std::vector<ZeroRule>& rules) {
  const auto& row = model::family(given.config.family);
  const model::Batch& batch = given.batch;
  if (name.kind == Kind::parameter) return;  // it only decays, which every backend computes

  // Find the rows of the token table that no token reads, unless the head reads them all
  std::vector<long> rows;
  if (!row.tied_embedding && parameter_of(name) == std::string(row.names.tokens) + ".weight") {
    rows = rows_not_in({batch.tokens.begin(), batch.tokens.end()}, shape[0]);
    if (!rows.empty()) rules.push_back({golden::Region::of_rows(std::move(rows)), kUnused});

    // Find the rows of the position table that no position reads
  } else if (row.position == model::Position::learned && parameter_of(name) == std::string(row.names.positions) + ".weight") {
    std::set<long> used(batch.position_ids.begin(), batch.position_ids.end());
    for (long t = 0; batch.position_ids.empty() && t < batch.length; ++t) used.insert(t);
    rows = rows_not_in(used, shape[0]);
    if (!rows.empty()) rules.push_back({golden::Region::of_rows(std::move(rows)), kBeyond});
  }
}

// The tensor of the structure that says which entries of this one are 0; empty for a parameter, which is none.
std::string structure_name(const TensorName& name) {
  const bool is_moment = name.kind == Kind::first_moment || name.kind == Kind::second_moment;
  if (is_moment) return golden::gradient_name(name.of);  // the gradient is 0 at every step, and so are its moments
  return name.kind == Kind::parameter ? "" : golden::to_string(name);
}

// NO PATH: the entries that are 0 in the symbols and in no rule so far, as whole rows if those are 0, else one by one.
void no_path(const Given& given, const TensorName& name, const Shape& shape, std::vector<ZeroRule>& rules) {
  // Find what the rules so far do not name
  const auto at = given.structure.zeros.find(structure_name(name));
  if (at == given.structure.zeros.end()) return;
  const std::vector<char>& zeros = at->second;
  std::vector<char> named(zeros.size(), 0);
  for (const ZeroRule& rule : rules) {
    const auto inside = golden::flags(rule.where, shape, golden::to_string(name));
    for (std::size_t i = 0; i < named.size(); ++i) named[i] |= inside[i];
  }
  std::vector<long> left;
  for (std::size_t i = 0; i < zeros.size(); ++i)
    if (zeros[i] && !named[i]) left.push_back(static_cast<long>(i));
  if (left.empty()) return;

  // Name their rows
  const long n_cols = shape.n_cols();
  std::vector<long> rows;
  bool whole = true;
  for (const long i : left) {
    if (!rows.empty() && rows.back() == i / n_cols) continue;
    rows.push_back(i / n_cols);
    const auto begin = zeros.begin() + rows.back() * n_cols;
    whole = whole && std::count(begin, begin + n_cols, 1) == n_cols;
  }
  rules.push_back({whole ? golden::Region::of_rows(std::move(rows)) : golden::Region::of_entries(std::move(left)), kNoPath});
}

}  // namespace

std::vector<golden::Region> key_bias_zeros(long first, const std::vector<char>& unturned) {
  std::vector<golden::Region> regions;
  const long n = static_cast<long>(unturned.size());
  for (long j = 0; j < n; ++j) {
    if (!unturned[j]) continue;
    const long from = j;
    while (j < n && unturned[j]) ++j;
    regions.push_back(golden::Region::in_box({{first + from, first + j}}));
  }
  return regions;
}

ZeroRules::ZeroRules(const Subject& subject)
    : config_(subject.config), batch_(subject.batch), structure_(structure_of(config_, batch_)) {}

std::vector<ZeroRule> ZeroRules::of(const std::string& tensor, const Shape& shape) const {
  const TensorName name = golden::parse_tensor_name(tensor);
  const Given given{config_, batch_, structure_};
  std::vector<ZeroRule> rules;
  attention(given, name, shape, rules);
  queries(given, name, shape, rules);
  ignored_targets(given, name, rules);
  key_bias(given, name, rules);
  unused_rows(given, name, shape, rules);
  no_path(given, name, shape, rules);
  return rules;
}

}  // namespace etalon::record
