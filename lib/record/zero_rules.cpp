#include "record/zero_rules.h"

#include <set>

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

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}
bool begins_with(const std::string& text, const std::string& start) { return text.compare(0, start.size(), start) == 0; }

std::string in_layer(const std::string& module, long layer) {
  const auto at = module.find("{l}");
  return at == std::string::npos ? module : module.substr(0, at) + std::to_string(layer) + module.substr(at + 3);
}

// What row t of sequence b sees: columns s <= t that are no padding.
long n_visible(const model::Batch& batch, long b, long t) {
  long n = 0;
  for (long s = 0; s <= t; ++s) n += batch.attention_mask.empty() || batch.attention_mask[b * batch.length + s];
  return n;
}

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

void attention(const Subject& subject, const std::string& name, const Shape& shape, std::vector<ZeroRule>& rules) {
  const bool is_gradient = begins_with(name, "dact/");
  const bool is_score = ends_with(name, ".attn.masked") || ends_with(name, ".attn.scores") || ends_with(name, ".attn.products");
  if (!is_gradient && (ends_with(name, ".attn.masked") || ends_with(name, ".attn.probs")))
    hidden_entries(subject.batch, shape, rules);
  if (!is_gradient || !is_score) return;
  hidden_entries(subject.batch, shape, rules);
  for (const auto& [b, t] : rows_that_see_one(subject.batch))
    rules.push_back({golden::Region::in_box({b, {0, shape[1]}, t, {0, shape[3]}}), kAlone});
}

// q_bar_t = sum_s scores_bar_ts k_s, and every term is 0 where row t of scores_bar is.
void queries(const Subject& subject, const std::string& name, const Shape& shape, std::vector<ZeroRule>& rules) {
  if (!begins_with(name, "dact/")) return;
  const bool by_head = ends_with(name, ".attn.q") || ends_with(name, ".attn.q_rot");          // [B,H,T,D]
  const bool side_by_side = ends_with(name, ".attn.q_proj") || ends_with(name, ".attn.qkv");  // [B,T,C], [B,T,3C]
  if (!by_head && !side_by_side) return;
  for (const auto& [b, t] : rows_that_see_one(subject.batch))
    rules.push_back({by_head ? golden::Region::in_box({b, {0, shape[1]}, t, {0, shape[3]}})
                             : golden::Region::in_box({b, t, {0, subject.config.n_heads * subject.config.head_size()}}),
                     kAloneQuery});
}

void ignored_targets(const Subject& subject, const std::string& name, std::vector<ZeroRule>& rules) {
  if (name != "dact/logits" && name != "dact/norm_f") return;
  std::vector<long> rows;
  for (std::size_t i = 0; i < subject.batch.targets.size(); ++i)
    if (subject.batch.targets[i] == model::kIgnored) rows.push_back(static_cast<long>(i));
  if (!rows.empty()) rules.push_back({golden::Region::of_rows(std::move(rows)), kIgnoredTarget});
}

// "grad/x" -> "x", "step2/m/x" -> "x"; empty for the name of another kind of tensor.
std::string parameter_of(const std::string& name) {
  if (begins_with(name, "grad/")) return name.substr(5);
  if (!begins_with(name, "step")) return "";
  for (const char* kind : {"/m/", "/v/", "/param/"})
    if (const auto at = name.find(kind); at != std::string::npos) return name.substr(at + std::string(kind).size());
  return "";
}

void key_bias(const Subject& subject, const std::string& name, std::vector<ZeroRule>& rules) {
  const auto& row = model::family(subject.config.family);
  if (!row.bias || row.position != model::Position::learned) return;  // a rotation after the bias turns it with the position
  const bool fused = row.attention == model::Attention::fused_qkv;
  const bool is_parameter = name.find("/param/") != std::string::npos;
  const long first = fused ? subject.config.width : 0, width = subject.config.n_kv_heads * subject.config.head_size();
  for (long layer = 0; layer < subject.config.n_layers; ++layer)
    if (parameter_of(name) == in_layer(fused ? row.names.qkv : row.names.k, layer) + ".bias")
      rules.push_back({golden::Region::in_box({{first, first + width}}), is_parameter ? kDrift : kShift, is_parameter});
}

std::vector<long> rows_not_in(const std::set<long>& used, long n_rows) {
  std::vector<long> rows;
  for (long row = 0; row < n_rows; ++row)
    if (!used.count(row)) rows.push_back(row);
  return rows;
}

void unused_rows(const Subject& subject, const std::string& name, const Shape& shape, std::vector<ZeroRule>& rules) {
  const auto& row = model::family(subject.config.family);
  const model::Batch& batch = subject.batch;
  if (name.find("/param/") != std::string::npos) return;  // it only decays, which every backend computes
  std::vector<long> rows;
  if (!row.tied_embedding && parameter_of(name) == std::string(row.names.tokens) + ".weight") {
    rows = rows_not_in({batch.tokens.begin(), batch.tokens.end()}, shape[0]);
    if (!rows.empty()) rules.push_back({golden::Region::of_rows(std::move(rows)), kUnused});
  } else if (row.position == model::Position::learned && parameter_of(name) == std::string(row.names.positions) + ".weight") {
    std::set<long> used(batch.position_ids.begin(), batch.position_ids.end());
    for (long t = 0; batch.position_ids.empty() && t < batch.length; ++t) used.insert(t);
    rows = rows_not_in(used, shape[0]);
    if (!rows.empty()) rules.push_back({golden::Region::of_rows(std::move(rows)), kBeyond});
  }
}

}  // namespace

std::vector<ZeroRule> zero_rules(const Subject& subject, const std::string& name, const Shape& shape) {
  std::vector<ZeroRule> rules;
  attention(subject, name, shape, rules);
  queries(subject, name, shape, rules);
  ignored_targets(subject, name, rules);
  key_bias(subject, name, rules);
  unused_rows(subject, name, shape, rules);
  return rules;
}

}  // namespace etalon::record
