// SPDX-License-Identifier: Apache-2.0
#include "golden/tensor_name.h"

#include <charconv>
#include <string_view>

namespace etalon::golden {
namespace {

constexpr std::string_view kStep = "step";

// A name is [step<k>/] and one of these; those that end in a slash are followed by a node or a parameter.
struct KindRow {
  TensorName::Kind kind;
  std::string_view text;

  bool has_of() const { return text.ends_with('/'); }
};
constexpr KindRow kKinds[] = {
    {TensorName::Kind::loss, kLossName},     {TensorName::Kind::activation, "act/"},
    {TensorName::Kind::parameter, "param/"}, {TensorName::Kind::activation_gradient, "dact/"},
    {TensorName::Kind::first_moment, "m/"},  {TensorName::Kind::parameter_gradient, "grad/"},
    {TensorName::Kind::second_moment, "v/"}, {TensorName::Kind::clip_norm, "clip_norm"},
};

}  // namespace

std::string to_string(const TensorName& name) {
  std::string text = name.step > 0 ? std::string(kStep) + std::to_string(name.step) + "/" : "";
  for (const KindRow& row : kKinds)
    if (row.kind == name.kind) text += row.text;
  return text + name.of;
}

TensorName parse_tensor_name(const std::string& text) {
  // Take off the step
  TensorName name;
  std::string_view rest = text;
  if (const auto slash = rest.find('/'); rest.starts_with(kStep) && slash != std::string_view::npos) {
    const auto [end, failed] = std::from_chars(rest.data() + kStep.size(), rest.data() + slash, name.step);
    if (failed != std::errc() || end != rest.data() + slash || name.step < 1) return {};
    rest.remove_prefix(slash + 1);
  }

  // Look for the kind
  for (const KindRow& row : kKinds) {
    if (row.has_of() ? !rest.starts_with(row.text) : rest != row.text) continue;
    name.kind = row.kind;
    name.of = rest.substr(row.text.size());
    return name;
  }
  return {};
}

}  // namespace etalon::golden
