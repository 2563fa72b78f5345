// SPDX-License-Identifier: Apache-2.0
#include "certify/certify.h"

#include "certify/distance.h"
#include "certify/measures.h"
#include "certify/precision_ladder.h"
#include "golden/tensor_name.h"
#include "record/record.h"
#include "record/zero_rules.h"

namespace etalon::certify {
namespace {

using record::Subject;

// One evaluation of a model case: also what is known of its tensors, its measures (none while one does not round), its identities.
struct ModelEvaluation : Evaluation {
  std::vector<std::vector<Known>> known;
  std::optional<std::string> measures;
  std::vector<golden::Identity> identities;
};

// A zero is 0; a parameter whose gradient is 0 and which does not decay stays where it began.
std::vector<Known> known_values(const Subject& subject, const record::ZeroRules& rules, const std::string& name,
                                const Shape& shape) {
  std::vector<Known> known;
  for (const auto& rule : rules.of(name, shape))
    known.push_back({golden::flags(rule.where, shape, name),
                     rule.drifts ? subject.parameters.at(golden::parse_tensor_name(name).of) : Tensor<double>(shape)});
  return known;
}

// The sum of each row of x holds 0; how far one reaches from it.
std::optional<long> row_sums_log2(const std::string& name, const Tensor<Ball>& x) {
  std::optional<long> most;
  for (long i = 0; i < x.n_rows(); ++i) {
    Ball sum(0);
    for (long j = 0; j < x.n_cols(); ++j) sum = sum + x[i * x.n_cols() + j];
    if (!sum.contains_zero())
      throw Error(name + " row " + std::to_string(i), "a row whose sum is 0", to_string(sum), "the VJP of softmax is wrong");
    if (const auto reach = reach_log2(sum)) most = most ? std::max(*most, *reach) : *reach;
  }
  return most;
}

// Sums that are 0 by structure: softmax does not depend on a shift of its row, so every gradient with respect to that row sums
// to 0.
std::vector<golden::Identity> identities(const std::vector<record::Traced<Ball>>& traced) {
  std::vector<golden::Identity> out;
  const auto feeds_a_softmax = [](const std::string& node) { return node == "logits" || node.ends_with(".attn.masked"); };
  for (const auto& t : traced)
    if (const auto name = golden::parse_tensor_name(t.name);
        name.kind == golden::TensorName::Kind::activation_gradient && feeds_a_softmax(name.of))
      if (const auto log2 = row_sums_log2(t.name, t.value))
        out.push_back({"each row of " + t.name + " sums to 0", "softmax does not depend on a shift of its row", *log2});
  return out;
}

// The case in balls, at Ball::precision().
ModelEvaluation evaluate(const Subject& subject) {
  // Trace the run, and enclose what depends on all of it
  auto traced = record::trace<Ball>(subject, model::as<Ball>(subject.parameters));
  ModelEvaluation out;
  out.measures = certified_measures(subject, traced);
  out.n_other_undecided = !out.measures;
  out.identities = identities(traced);

  // Round each tensor, with what is known of it
  const record::ZeroRules rules(subject);
  for (auto& t : traced) {
    out.known.push_back(known_values(subject, rules, t.name, t.value.shape()));
    out.rounded.push_back(round_to_doubles(t.name, t.value, out.known.back()));
    out.names.push_back(t.name);
    out.exact.push_back(std::move(t.value));
  }
  return out;
}

}  // namespace

golden::Golden certified_golden(const Subject& subject, const std::string& command, const std::string& because,
                                const Progress& progress) {
  // Enclose the whole case, with more bits until each entry is decided
  golden::Certificate certificate;
  const auto exact = evaluate_until_decided(subject.name, progress, certificate, [&] { return evaluate(subject); });
  certificate.identities = exact.identities;

  // Publish the doubles that the enclosures round to
  const auto engine = record::trace<double>(subject, subject.parameters);
  record::Published published{engine, *exact.measures, record::Truth::exact};
  for (std::size_t k = 0; k < engine.size(); ++k) published.traced[k].value = exact.rounded[k].value;
  auto golden = record::golden_of(subject, command, published);
  golden.manifest.because = because;
  golden.manifest.certificate = certificate;

  // Say what was proved of each tensor, and how far the engine is from it
  for (std::size_t k = 0; k < engine.size(); ++k)
    describe(*golden.manifest.find(engine[k].name), engine[k].value, exact.rounded[k], exact.known[k]);
  return golden;
}

}  // namespace etalon::certify
