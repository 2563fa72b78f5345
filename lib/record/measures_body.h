// SPDX-License-Identifier: Apache-2.0
// measures_body.h — which measures a case has, for any scalar: one list, two readings.
//
// The engine reads it in double (measures.cpp); the certificate in balls (certify/measures.cpp). What the two do not share is
// handed in as a Reading:
//
//   std::vector<S> singular_values(const Tensor<S>& g, const head::Basis<S>& of_w)      of G [N, V], falling, min(N, V) of them
//   S temperature(long n_anchors, long dimension)                                       the soft-entropy eps of the exact rule
//   Count count(F f, G rough)             f() counts by certain comparisons; rough() in double, for where they cannot be certain
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "golden/tensor_name.h"
#include "head/diagnose.h"
#include "information/readout/soft_entropy_body.h"
#include "record/measures.h"

namespace etalon::record {

namespace detail {

inline constexpr long kAnchors = 100;  // of the soft entropy

template <class S>
const Tensor<S>& value_of(const std::vector<Traced<S>>& traced, const std::string& name) {
  for (const auto& t : traced)
    if (t.name == name) return t.value;
  throw Error("measures", "a traced tensor '" + name + "'", "none", "does the case end in a loss?");
}

template <class S>
Measure<S> integer(const char* name, long value) {
  return {name, "1", Count{value}};
}

template <class S>
std::vector<Measure<S>> whole_measures(const Subject& subject, const S& loss) {
  long n_targets = 0;
  for (const long target : subject.batch.targets) n_targets += target != model::kIgnored;
  return {integer<S>("n_targets", n_targets),
          {"loss", "nat per target", loss},
          {"loss_in_bits", "bit per target", loss / log(S(2.0))},  // SLEEF's ln 2 is the double nearest to it
          {"perplexity", "1", exp(loss)}};
}

// What of the logits' gradient survives the head.
template <class S, class Reading>
std::vector<Measure<S>> head_measures(const Subject& subject, const std::vector<Traced<S>>& traced, Reading& reading) {
  // Take G, the gradient at the logits, from the head's weight and what enters the head
  const Tensor<S> w = as<S>(model::head_weight(subject.config, subject.parameters));
  const auto counted = head::counted_positions(w, value_of(traced, golden::activation_name("norm_f")),
                                               {subject.batch.targets.begin(), subject.batch.targets.end()});
  Tensor<S> logits = head::logits(w, counted.h);
  head::require_finite_logits(logits);
  const Tensor<S> g = head::logit_gradient(std::move(logits), counted.targets).g;
  const long n = g.n_rows(), v = w.n_rows(), d = w.n_cols();

  // Split it by the column space of W; the jointly lost part is not published, so H has no basis here
  const head::Basis<S> of_w = head::orthonormal_basis<S>(w.rows().transposed());
  const head::Basis<S> nothing{Tensor<S>(Shape{0, n}), Tensor<S>(Shape{d, 0})};
  const auto projection = head::project(g, of_w, nothing);

  // Find its singular values, and prepare to count them, for certain or else by their midpoints
  const std::vector<S> sigma = reading.singular_values(g, of_w);
  std::vector<double> rough;
  for (const S& s : sigma) rough.push_back(midpoint(s));
  const auto components = [&](const char* name, long p, long q, head::Share share) -> Measure<S> {
    return {name, "1",
            reading.count([&] { return head::components_for(sigma, ratio<S>(p, q), share); },
                          [&] { return head::components_for(rough, ratio<double>(p, q), share); })};
  };

  // List the measures in the order of measures.json
  return {{"destroyed_ratio", "1", projection.destroyed_ratio},
          {"destroyed_ratio_token_mean", "1", projection.mean_token_ratio},
          {"random_head_baseline", "1", head::random_head_baseline<S>(v, of_w.rank())},
          {"projected_cosine", "1", projection.cosine},
          {"rank_of_gradient", "1",
           reading.count([&] { return head::numerical_rank(sigma, n, v); }, [&] { return head::numerical_rank(rough, n, v); })},
          {"effective_rank_of_gradient", "1", head::effective_rank(sigma)},
          integer<S>("rank_of_weight", of_w.rank()),

          // Count the components that make up a share of the gradient, and list what no update of rank D or 2D can beat
          components("k_70_norm", 7, 10, head::Share::norm),
          components("k_70_energy", 7, 10, head::Share::energy),
          components("k_99_9_norm", 999, 1000, head::Share::norm),
          components("k_99_9_energy", 999, 1000, head::Share::energy),
          {"residual_bound_rank_d", "1", head::residual_bound(sigma, d)},
          {"cosine_bound_rank_d", "1", head::cosine_bound(sigma, d)},
          {"residual_bound_rank_2d", "1", head::residual_bound(sigma, 2 * d)},
          {"cosine_bound_rank_2d", "1", head::cosine_bound(sigma, 2 * d)}};
}

// What the stream after each layer keeps of the input token.
template <class S, class Reading>
std::vector<LayerMeasures<S>> soft_entropy_measures(const Subject& subject, const std::vector<Traced<S>>& traced,
                                                    Reading& reading) {
  // Choose the anchors and the temperature, the same for every layer
  const long width = subject.config.width;
  const information::SoftEntropySettingIn<S> setting{information::anchors<S>(0, kAnchors, width),
                                                     reading.temperature(kAnchors, width), information::Temperature::exact};
  std::vector<LayerMeasures<S>> layers;
  for (long layer = 0; layer < subject.config.n_layers; ++layer) {
    // Estimate from the vectors of the stream after the layer, each labelled with its input token
    const std::string node = "h." + std::to_string(layer) + ".resid2";
    const auto& stream = value_of(traced, golden::activation_name(node));
    information::SoftEntropyIn<S> estimate(setting, 1);
    estimate.add(stream.reshaped(Shape{stream.n_rows(), stream.n_cols()}), {subject.batch.tokens});
    const auto result = estimate.result();

    // List the measures in the order of measures.json
    layers.push_back({node,
                      {integer<S>("n_anchors", result.n_anchors),
                       {"temperature_eps", "1", result.eps},
                       {"H(B)", "nat", result.h_b.value},
                       {"I(Z;B)", "nat", result.ceiling.value},
                       {"efficiency", "1", result.efficiency},
                       {"I(token;B)", "nat", result.labels[0].mutual.value.value},
                       {"samples_per_token", "1", result.labels[0].samples_per_label}}});
  }
  return layers;
}

template <class S, class Write>
nlohmann::ordered_json section(const std::vector<Measure<S>>& measures, const Write& write) {
  nlohmann::ordered_json out;
  for (const auto& m : measures) out[m.name] = write(m);
  return out;
}

}  // namespace detail

// `traced` is the trace of the subject in S. Error: as head::diagnose and SoftEntropy::add; a Reading's own.
template <class S, class Reading>
Measures<S> measures_of(const Subject& subject, const std::vector<Traced<S>>& traced, Reading reading) {
  return {detail::whole_measures<S>(subject, detail::value_of(traced, golden::kLossName)[0]),
          detail::head_measures(subject, traced, reading), detail::soft_entropy_measures(subject, traced, reading)};
}

// The text of measures.json. `write` makes one measure's object: {"value": ..., "unit": ...} and what else its reading says.
template <class S, class Write>
std::string measures_text(const Measures<S>& all, const Write& write) {
  nlohmann::ordered_json out = detail::section(all.whole, write);
  out["head"] = detail::section(all.head, write);
  out["soft_entropy"] = nlohmann::ordered_json::array();
  for (const auto& layer : all.soft_entropy) {
    nlohmann::ordered_json one = {{"node", layer.node}};
    one.update(detail::section(layer.measures, write));
    out["soft_entropy"].push_back(std::move(one));
  }
  return out.dump(2) + "\n";
}

}  // namespace etalon::record
