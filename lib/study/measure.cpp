// SPDX-License-Identifier: Apache-2.0
#include "study/measure.h"

#include <nlohmann/json.hpp>

#include "information/readout/ngram_labels.h"
#include "model/transformer.h"

namespace etalon::study {
namespace {

constexpr std::uint64_t kProbeSeed = 0x70726f6265;  // "probe": a stream that training never draws from

// Chosen rows of x folded to [N, C].
Tensor<double> rows_of(const Tensor<double>& x, const std::vector<long>& rows) {
  const long c = x.n_cols();
  auto out = Tensor<double>::to_fill({static_cast<long>(rows.size()), c});
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (long j = 0; j < c; ++j) out[static_cast<long>(i) * c + j] = x[rows[i] * c + j];
  return out;
}

// The blocks' outputs and what the head reads: the layers of the information plane.
template <class S>
std::vector<int> layers_of(const model::Run<S>& run) {
  std::vector<int> ids = run.layers;
  ids.push_back(run.hidden);
  return ids;
}

nlohmann::ordered_json to_json(const information::Bracket& b) { return {b.lower.value.value, b.upper.value.value}; }

nlohmann::ordered_json to_json(const PlanePoint& p) {
  nlohmann::ordered_json j = {
      {"layer", p.layer},
      {"i_x_nats", p.i_x.value},
      {"i_y_nats", p.i_y.value},
      {"distance_from_curve_nats", to_json(p.distance)},
      {"curve", to_string(p.distance.upper.how.certificate)},
      {"partition",
       {{"cells", p.partition.n_cells}, {"entropy_nats", p.partition.i_x.value.value}, {"i_y_nats", p.partition.i_y.value.value}}}};
  if (p.noisy)
    j["noisy"] = {{"sigma", p.noisy->sigma},
                  {"sigma_over_rms", p.noisy->share},
                  {"i_x_nats", to_json(p.noisy->i_x)},
                  {"i_y_nats", to_json(p.noisy->i_y)}};
  return j;
}

nlohmann::ordered_json head_json(const Measurement& m) {
  const auto& h = m.head;
  return {{"destroyed_ratio", h.projection.destroyed_ratio},
          {"destroyed_ratio_token_mean", h.projection.mean_token_ratio},
          {"random_head_baseline", h.baseline},
          {"cosine", h.projection.cosine},
          {"jointly_lost", h.projection.jointly_lost},
          {"rank_g", h.rank_g},
          {"effective_rank_g", h.effective_rank_g},
          {"k_70_norm", h.components.k_70_norm},
          {"k_70_energy", h.components.k_70_energy},
          {"k_99_9_norm", h.components.k_99_9_norm},
          {"k_99_9_energy", h.components.k_99_9_energy},
          {"kept_norm", h.kept_norm},
          {"best_kept_norm", h.best_norm},
          {"residual_bound_2d", h.residual_bound_2d},
          {"realised_residual", m.realised.residual},
          {"cosine_bound_2d", h.cosine_bound_2d},
          {"realised_cosine", m.realised.cosine},
          {"first_order_efficiency", h.efficiency.first_order_ratio},
          {"singular_values", h.spectrum.sigma}};
}

const Tensor<double>& head_of(const Experiment& e, const model::Parameters<double>& weights) {
  return model::head_weight(e.model, weights);
}

std::vector<std::int64_t> as_targets(const model::Batch& batch) { return {batch.targets.begin(), batch.targets.end()}; }

// --- the sampled soft entropies ----------------------------------------------------------------------------------------------

// Each order n has four sets of labels: set kSetsPerOrder (n - 1) + k of all that are given to SoftEntropy.
enum LabelSet { kInput, kInputShuffled, kOutput, kOutputShuffled, kSetsPerOrder };

std::vector<std::vector<long>> label_sets(const information::NgramLabels& grams) {
  std::vector<std::vector<long>> sets;
  for (std::size_t n = 0; n < grams.input.size(); ++n)
    for (const auto& labels : {grams.input[n], grams.output[n]}) {
      sets.push_back(labels);
      sets.push_back(information::shuffled(labels, n));
    }
  return sets;
}

SoftRow row_of(const std::string& layer, long order, const information::SoftEntropyResult& r) {
  const auto about = [&](LabelSet set) -> const information::LabelInformation& {
    return r.labels[kSetsPerOrder * (order - 1) + set];
  };
  return {.layer = layer,
          .temperature = information::to_string(r.temperature),
          .order = order,
          .eps = r.eps,
          .n_samples_per_input = about(kInput).samples_per_label,
          .h_b = r.h_b,
          .h_b_given_z = r.h_b_given_z,
          .ceiling = r.ceiling,
          .complexity = about(kInput).mutual.value,
          .expressivity = about(kOutput).mutual.value,
          .shuffled_complexity = about(kInputShuffled).mutual.value,
          .shuffled_expressivity = about(kOutputShuffled).mutual.value};
}

// The arithmetic mean of every information; the rest is what the rows have in common.
SoftRow mean_of(const std::vector<SoftRow>& rows) {
  SoftRow mean = rows.front();
  mean.layer = kMeanOfLayers;
  for (Nats SoftRow::*field : {&SoftRow::h_b, &SoftRow::h_b_given_z, &SoftRow::ceiling, &SoftRow::complexity,
                               &SoftRow::expressivity, &SoftRow::shuffled_complexity, &SoftRow::shuffled_expressivity}) {
    std::vector<Nats> of_layers;
    for (const SoftRow& row : rows) of_layers.push_back(row.*field);
    mean.*field = information::mean_of(of_layers);
  }
  return mean;
}

// Told of points one by one, it tells of the work: all that comes before the first point, then each point.
std::function<void(long)> points_of_curve(const Experiment& e, const OnWork& on_work) {
  const Work work = expected_work(e);
  on_work(Stage::prepare, work.of(Stage::prepare));
  return [work, on_work](long k) { on_work(Stage::curve, work.of(Stage::curve) * share_of_point(k, kCurvePoints)); };
}

}  // namespace

Measurer::Measurer(const Experiment& e, const OnWork& on_work)
    : experiment_(e),
      source_(source::make_source(e.source)),
      probe_(draw(*source_, kProbeSeed, 0, e.probe_sequences, e.length)),
      fit_words_(source_->words(e.exact_length)),
      plane_words_(source_->words(e.plane_length)),
      curve_(information::Joint(source_->joint(e.plane_length).joint), points_of_curve(e, on_work)),
      plane_setting_(information::soft_entropy_setting(e.n_anchors, e.model.width)) {}

Measurement Measurer::measure(const Snapshot& s) const {
  // Say where training stands
  Measurement m;
  m.step = s.step;
  m.n_sequences = s.step * experiment_.batch_sequences;
  m.mean_loss = s.mean_loss;

  // Run the words whose law is known: FIT and PLANE
  m.fit = fit(s.weights);
  const bool is_end = s.step == 0 || s.step == experiment_.n_steps;
  m.plane = plane_points(plane_words_.joint, layer_vectors(experiment_.model, s.weights, plane_words_), plane_setting_,
                         experiment_.readout_sigma, curve_, is_end ? Sharpness::search : Sharpness::envelope);

  // Run the probe batch: HEAD
  auto run = model::forward(experiment_.model, s.weights, probe_);
  const auto& hidden = run.tape.value(run.hidden);
  const auto& w = head_of(experiment_, s.weights);
  const auto targets = as_targets(probe_);
  m.head = head::diagnose(w, hidden, targets);
  const auto counted = head::counted_positions(w, hidden, targets);
  m.realised = realised(s.weights, run, head::logit_gradient(head::logits(w, counted.h), counted.targets).g);
  return m;
}

information::BarberAgakov Measurer::fit(const model::Parameters<double>& weights) const {
  const auto run = model::forward(experiment_.model, weights, fit_words_.batch);
  return information::barber_agakov(fit_words_.joint, information::log_softmax(last_position(run.tape.value(run.logits))));
}

// One step of a fresh AdamW on the probe batch, and what it does to the probe's logits.
head::Realised Measurer::realised(const model::Parameters<double>& weights, model::Run<double>& run,
                                  const Tensor<double>& g) const {
  auto gradients = model::backward(run);
  auto moved = weights;
  model::OptimiserState<double> state;
  model::clip_by_global_norm(gradients, experiment_.optimiser.max_norm);
  model::take_step(experiment_.optimiser, model::slots(experiment_.model), moved, gradients, state);
  const auto after = model::forward(experiment_.model, moved, probe_);
  const auto flat = [](const Tensor<double>& h) { return h.reshaped({h.n_rows(), h.n_cols()}); };
  return head::realised_update(g, head::logit_change(head_of(experiment_, weights), flat(run.tape.value(run.hidden)),
                                                     head_of(experiment_, moved), flat(after.tape.value(after.hidden))));
}

std::vector<SoftRow> Measurer::soft_table(const model::Parameters<double>& weights) const {
  // Run the probe, and label every position by what stands before and after it
  const auto run = model::forward(experiment_.model, weights, probe_);
  const auto layers = layers_of(run);
  const long max_order = std::min(4L, probe_.length / 2);
  const auto grams = information::ngram_labels(probe_.tokens, probe_.n_sequences, probe_.length, max_order);
  const auto labels = label_sets(grams);

  std::vector<SoftRow> rows;
  for (const auto rule : kTemperatures) {
    // Pass once over the samples of each layer: that serves every order, true and shuffled
    const auto setting = information::soft_entropy_setting(experiment_.n_anchors, experiment_.model.width, rule);
    std::vector<information::SoftEntropyResult> results;
    for (const int id : layers) {
      information::SoftEntropy soft(setting, labels.size());
      soft.add(rows_of(run.tape.value(id), grams.rows), labels);
      results.push_back(soft.result());
    }

    // Write the rows layer by layer, then their mean at each order
    std::vector<std::vector<SoftRow>> of_order(max_order);
    for (std::size_t l = 0; l < layers.size(); ++l)
      for (long n = 0; n < max_order; ++n) {
        of_order[n].push_back(row_of(run.tape.entries()[layers[l]].name, n + 1, results[l]));
        rows.push_back(of_order[n].back());
      }
    for (const auto& same_order : of_order) rows.push_back(mean_of(same_order));
  }
  return rows;
}

std::string to_json_line(const Experiment& e, const Measurement& m, double floor) {
  // Write where training stands, and its loss beside the floor
  nlohmann::ordered_json j;
  j["experiment"] = e.name;
  j["step"] = m.step;
  j["sequences_drawn"] = m.n_sequences;
  j["draws_per_symbol"] = static_cast<double>(m.n_sequences) / static_cast<double>(e.model.vocab_size);
  j["loss_nats"] = m.mean_loss;
  j["floor_nats"] = floor;

  // Write FIT, HEAD and PLANE
  j["exact"] = {{"context_length", e.exact_length},
                {"cross_entropy_nats", m.fit.cross_entropy.value},
                {"divergence_nats", m.fit.divergence.value.value},
                {"barber_agakov_lower_bound_nats", m.fit.bound.value.value}};
  j["head"] = head_json(m);
  for (const auto& p : m.plane) j["plane"].push_back(to_json(p));
  return j.dump();
}

std::string to_json_line(const Experiment& e, const SoftRow& row, const std::string& when) {
  const nlohmann::ordered_json j = {{"experiment", e.name},
                                    {"when", when},
                                    {"layer", row.layer},
                                    {"order", row.order},
                                    {"temperature", row.temperature},
                                    {"eps", row.eps},
                                    {"n_anchors", e.n_anchors},
                                    {"samples_per_input_label", row.n_samples_per_input},
                                    {"h_b_nats", row.h_b.value},
                                    {"efficiency", row.h_b.value / log(static_cast<double>(e.n_anchors))},
                                    {"h_b_given_z_nats", row.h_b_given_z.value},
                                    {"i_z_b_nats", row.ceiling.value},
                                    {"complexity_nats", row.complexity.value},
                                    {"expressivity_nats", row.expressivity.value},
                                    {"optimality", row.optimality()},
                                    {"shuffled_complexity_nats", row.shuffled_complexity.value},
                                    {"shuffled_expressivity_nats", row.shuffled_expressivity.value}};
  return j.dump();
}

}  // namespace etalon::study
