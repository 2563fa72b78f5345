// SPDX-License-Identifier: Apache-2.0
// op_setting.h — what a page's setting says, as JSON, for the reader of an op case. One overload for each kind of setting; a page
// whose setting has none does not compile into the golden cases.
#pragma once

#include <nlohmann/json.hpp>

#include "op/book.h"
#include "record/record.h"

namespace etalon::record {

using SettingJson = nlohmann::ordered_json;

inline SettingJson flags_json(const std::vector<char>& flags) { return std::vector<int>(flags.begin(), flags.end()); }

inline SettingJson describe(const op::None&) { return SettingJson::object(); }
inline SettingJson describe(const op::CausalMask::Setting& s) { return {{"visible", flags_json(s.visible)}}; }
inline SettingJson describe(const op::CrossEntropy::Setting& s) { return {{"targets", s.targets}, {"ignore", s.ignore}}; }
inline SettingJson describe(const op::Embedding::Setting& s) { return {{"tokens", s.tokens}, {"leading", s.leading.extents()}}; }
inline SettingJson describe(const op::LayerNorm::Setting& s) { return {{"eps", to_string(s.eps)}}; }
inline SettingJson describe(const op::RmsNorm::Setting& s) { return {{"eps", to_string(s.eps)}}; }
inline SettingJson describe(const op::Softmax::Setting& s) { return {{"visible", flags_json(s.visible)}}; }
inline SettingJson describe(const op::Linear::Setting& s) {
  return {{"layout", s.layout == op::Layout::out_in ? "out_in" : "in_out"}, {"bias", s.bias}};
}
inline SettingJson describe(const op::Rope::Setting& s) {
  return {{"theta", to_string(s.theta)}, {"interleaved", s.interleaved}, {"positions", s.positions}};
}
inline SettingJson describe(const op::Scale::Setting& s) { return {{"factor", to_string(s.factor)}, {"root", s.root}}; }
inline SettingJson describe(const op::SplitHeads::Setting& s) {
  return {{"n_heads", s.n_heads}, {"head_size", s.head_size}, {"first_column", s.first_column}};
}

}  // namespace etalon::record
