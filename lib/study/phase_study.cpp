// SPDX-License-Identifier: Apache-2.0
#include "study/phase_study.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "information/readout/soft_plane.h"
#include "study/plane.h"
#include "study/train.h"
#include "tensor/sum.h"

namespace etalon::study {
namespace {

using information::Joint;

void require_setting(const PhaseSetting& s) {
  if (s.n_seeds >= 3 && s.n_anchor_sets >= 1 && s.n_looks >= 1) return;
  throw Error("study.phases", "at least 3 seeds, 1 set of anchors and 1 look",
              std::to_string(s.n_seeds) + ", " + std::to_string(s.n_anchor_sets) + " and " + std::to_string(s.n_looks),
              "with two seeds there is no spread to compare a fall with");
}

// The same experiment from another seed, looked at n_looks times; on independent symbols with the marginal p(y) if asked.
Experiment replicate_of(const Experiment& e, const PhaseSetting& setting, long replicate, TrainedOn on, const Joint& joint) {
  Experiment run = e;
  run.seed = e.seed + static_cast<std::uint64_t>(replicate);
  run.measure_every = std::max(1L, e.n_steps / setting.n_looks);
  if (on == TrainedOn::independent) {
    run.source = {.kind = "iid"};
    for (const double p : joint.p_y()) run.source.probabilities.push_back(p / joint.total());
  }
  return run;
}

// p_x W_pi(x), pi a permutation of the contexts from `seed`.
Joint with_laws_shuffled(const Joint& joint, std::uint64_t seed) {
  std::vector<long> order(joint.n_x());
  for (long x = 0; x < joint.n_x(); ++x) order[x] = x;
  order = information::shuffled(order, seed);
  auto p = Tensor<double>::to_fill({joint.n_x(), joint.n_y()});
  for (long x = 0; x < joint.n_x(); ++x)
    for (long y = 0; y < joint.n_y(); ++y) p[x * joint.n_y() + y] = joint.p_x()[x] * (joint(order[x], y) / joint.p_x()[order[x]]);
  return Joint(std::move(p));
}

// What one set of anchors at one temperature makes of one layer.
struct Look {
  double i_x = 0, i_y = 0;
};

// The mean over anchor sets, for each layer and then for the mean of layers.
std::vector<Look> looks_at(const std::vector<LayerVectors>& layers, const Joint& joint,
                           const std::vector<information::SoftEntropySetting>& sets) {
  const auto mean = [](const std::vector<Look>& of, double Look::*field) {
    return ordered_sum<double>(static_cast<long>(of.size()), [&](long i) { return of[i].*field; }) / static_cast<double>(of.size());
  };

  // Take the mean over anchor sets, layer by layer
  std::vector<Look> out;
  for (const auto& layer : layers) {
    std::vector<Look> through;
    for (const auto& anchors : sets) {
      const auto plane = through_anchors(joint, anchors, layer.z);
      through.push_back({plane.i_x.value, plane.i_y.value});
    }
    out.push_back({mean(through, &Look::i_x), mean(through, &Look::i_y)});
  }

  // Take the mean over layers
  out.push_back({mean(out, &Look::i_x), mean(out, &Look::i_y)});
  return out;
}

// A number of each run.
template <class F>
MeanAndError over(const std::vector<PhaseRun>& runs, std::size_t reading, F pick) {
  std::vector<double> x;
  for (const auto& run : runs) x.push_back(pick(run.readings[reading]));
  return mean_and_error(x);
}

double optimality(const PhaseRun::Reading& r) {
  return information::optimality(Nats(r.trajectory.i_x.back()), Nats(r.trajectory.i_y.back()));
}

// Readings come temperature by temperature: the blocks, what the head reads, the mean.
std::vector<DepthGain> depth_gains(const std::vector<PhaseRun>& runs) {
  const std::size_t n_rows = runs[0].readings.size() / std::size(kTemperatures);
  std::vector<DepthGain> gains;
  for (std::size_t first = 0; first < runs[0].readings.size(); first += n_rows) {
    const std::size_t first_block = first, head = first + n_rows - 2;  // the last row is the mean
    std::vector<double> gain;
    for (const auto& run : runs) gain.push_back(optimality(run.readings[head]) - optimality(run.readings[first_block]));
    gains.push_back({runs[0].readings[first].temperature, mean_and_error(gain)});
  }
  return gains;
}

PhaseVerdict verdict_of(const std::vector<PhaseRun>& runs, std::size_t reading, const PhaseRule& rule) {
  std::vector<Trajectory> trajectories;
  for (const auto& run : runs) trajectories.push_back(run.readings[reading].trajectory);
  return judge_phases(trajectories, rule);
}

nlohmann::ordered_json to_json(const MeanAndError& m) { return {m.mean, m.error}; }

nlohmann::ordered_json to_json(const PhaseVerdict& v, const std::vector<long>& steps) {
  return {{"verdict", to_string(v.verdict)},  {"peak_step", steps[v.peak]},       {"peak_i_x_nats", v.peak_i_x},
          {"rise_i_y_nats", to_json(v.rise)}, {"fall_i_x_nats", to_json(v.fall)}, {"gain_i_y_nats", to_json(v.gain)}};
}

// For each temperature, the anchor sets of one replicate.
using AnchorSets = std::vector<std::vector<information::SoftEntropySetting>>;
AnchorSets anchor_sets(const Experiment& e, const PhaseSetting& setting, long replicate) {
  AnchorSets sets;
  for (const auto temperature : kTemperatures) {
    sets.emplace_back();
    for (long a = 0; a < setting.n_anchor_sets; ++a)
      sets.back().push_back(information::soft_entropy_setting(e.n_anchors, e.model.width, temperature,
                                                              static_cast<std::uint64_t>(replicate * setting.n_anchor_sets + a)));
  }
  return sets;
}

void require_alike(const PhaseSetting& setting, const std::vector<PhaseRun>& trained, const std::vector<PhaseRun>& control) {
  const auto n = static_cast<std::size_t>(setting.n_seeds);
  if (trained.size() != n || control.size() != n)
    throw Error("study.phases", std::to_string(n) + " runs and as many of the control",
                std::to_string(trained.size()) + " and " + std::to_string(control.size()), "one phase_run for each seed");
  for (const auto* runs : {&trained, &control})
    for (const auto& run : *runs)
      if (run.steps != trained[0].steps || run.readings.size() != trained[0].readings.size())
        throw Error("study.phases", "the same layers at the same steps in every run", "others",
                    "runs of one experiment and one setting");
}

nlohmann::ordered_json to_json(const PhaseStudy& study, const PhaseRow& row) {
  return {{"experiment", study.experiment},
          {"layer", row.layer},
          {"temperature", row.temperature},
          {"seeds", study.setting.n_seeds},
          {"anchor_sets", study.setting.n_anchor_sets},
          {"looks", study.steps.size()},
          {"standard_errors", study.setting.rule.k},
          {"conclusion", to_string(row.conclusion())},
          {"attributed", row.attributed},
          {"trained", to_json(row.trained, study.steps)},
          {"control_iid", to_json(row.control, study.steps)},
          {"untrained_i_x_nats", to_json(row.untrained_x)},
          {"untrained_i_y_nats", to_json(row.untrained_y)},
          {"final_i_x_nats", to_json(row.final_x)},
          {"final_i_y_nats", to_json(row.final_y)},
          {"shuffled_i_y_nats", to_json(row.shuffled_y)},
          {"optimality", to_json(row.optimality)}};
}

}  // namespace

PhaseRun phase_run(const Experiment& e, const PhaseSetting& setting, long replicate, TrainedOn on,
                   const std::function<void()>& on_step) {
  // Prepare what does not change over training: the contexts, a control of their laws, the anchors
  require_setting(setting);
  const Words words(source::make_source(e.source)->words(e.plane_length));
  const Joint shuffled = with_laws_shuffled(words.joint, static_cast<std::uint64_t>(replicate));
  const AnchorSets sets = anchor_sets(e, setting, replicate);

  PhaseRun run;
  const auto look = [&](const Snapshot& snapshot) {
    // Read the layers at this step; the control counts at the end alone
    const auto layers = layer_vectors(e.model, snapshot.weights, words);
    run.steps.push_back(snapshot.step);
    std::size_t at = 0;  // of run.readings, which the first look makes
    for (std::size_t t = 0; t < sets.size(); ++t) {
      const auto looks = looks_at(layers, words.joint, sets[t]);
      const auto unrelated = snapshot.step == e.n_steps ? looks_at(layers, shuffled, sets[t]) : looks;

      // Append a point to the trajectory of each layer, and of their mean
      for (std::size_t l = 0; l < looks.size(); ++l, ++at) {
        if (at == run.readings.size())
          run.readings.push_back(
              {l < layers.size() ? layers[l].layer : kMeanOfLayers, information::to_string(kTemperatures[t]), {}, 0});
        run.readings[at].trajectory.i_x.push_back(looks[l].i_x);
        run.readings[at].trajectory.i_y.push_back(looks[l].i_y);
        run.readings[at].shuffled_i_y = unrelated[l].i_y;
      }
    }
  };

  // Train the replicate, looking on the way
  train(replicate_of(e, setting, replicate, on, words.joint), {.on_step = [&](long) { on_step(); }, .on_measurement = look});
  return run;
}

PhaseStudy judge_runs(const Experiment& e, const PhaseSetting& setting, const std::vector<PhaseRun>& trained,
                      const std::vector<PhaseRun>& control) {
  require_setting(setting);
  require_alike(setting, trained, control);

  PhaseStudy study{e.name, setting, trained[0].steps, {}, depth_gains(trained)};
  for (std::size_t i = 0; i < trained[0].readings.size(); ++i) {
    // Judge this reading, trained and control
    PhaseRow row;
    row.layer = trained[0].readings[i].layer;
    row.temperature = trained[0].readings[i].temperature;
    row.trained = verdict_of(trained, i, setting.rule);
    row.control = verdict_of(control, i, setting.rule);
    row.attributed = attributed(row.trained, row.control, setting.rule);

    // Take the means over seeds at both ends
    using Reading = PhaseRun::Reading;
    row.untrained_x = over(trained, i, [](const Reading& r) { return r.trajectory.i_x.front(); });
    row.untrained_y = over(trained, i, [](const Reading& r) { return r.trajectory.i_y.front(); });
    row.final_x = over(trained, i, [](const Reading& r) { return r.trajectory.i_x.back(); });
    row.final_y = over(trained, i, [](const Reading& r) { return r.trajectory.i_y.back(); });
    row.shuffled_y = over(trained, i, [](const Reading& r) { return r.shuffled_i_y; });
    row.optimality = over(trained, i, optimality);
    study.rows.push_back(row);
  }
  return study;
}

std::string to_json_lines(const PhaseStudy& study) {
  std::string out;
  for (const auto& row : study.rows) out += to_json(study, row).dump() + "\n";
  for (const auto& [temperature, gain] : study.depth) {
    const nlohmann::ordered_json j = {
        {"experiment", study.experiment}, {"temperature", temperature}, {"optimality_gain_with_depth", to_json(gain)}};
    out += j.dump() + "\n";
  }
  return out;
}

}  // namespace etalon::study
