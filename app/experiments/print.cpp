// SPDX-License-Identifier: Apache-2.0
#include "experiments/print.h"

#include <nlohmann/json.hpp>

#include "file/json.h"
#include "say.h"

namespace etalon::app {
namespace {

// The row of the soft entropies that the summary shows.
const study::SoftRow& mean_of_layers(const study::Result& r) {
  for (const auto& row : r.soft_trained)
    if (row.layer == study::kMeanOfLayers && row.order == 1 && row.temperature == "exact") return row;
  return r.soft_trained.front();
}

void print_summary(const study::Result& r, const ReportedVerdict& v) {
  const auto& e = r.experiment;
  const auto& m = r.measurements.back();
  const auto& top = m.plane.back();
  const auto& soft = mean_of_layers(r);

  // Say what was trained, and how near its loss is to the floor
  say("%s (%s, V = %ld, D = %ld, %ld steps)\n", e.name.c_str(), e.model.family.c_str(), e.model.vocab_size, e.model.width, m.step);
  say("  loss         %7.4f nats   floor H(Y|X) %.4f, exact\n", m.mean_loss, r.floor);
  say("  E KL(p||q)   %7.4f nats   exact over every context of %ld\n", m.fit.divergence.value.value, e.exact_length);

  // Say what the LM head does to the gradient
  say("  destroyed    %7.4f        random heads %.4f (root mean square); mean per token %.4f\n", m.head.projection.destroyed_ratio,
      m.head.baseline, m.head.projection.mean_token_ratio);
  say("  residual     %7.4f        of G that a real step of AdamW does not follow; no step leaves less than %.4f (rank 2D)\n",
      m.realised.residual, m.head.residual_bound_2d);

  // Say what the layers know
  say("  complexity   %7.4f nats   shuffled labels %.4f   (soft entropy, mean of layers, order 1)\n", soft.complexity.value,
      soft.shuffled_complexity.value);
  say("  expressivity %7.4f nats   shuffled labels %.4f; optimality %.3f\n", soft.expressivity.value,
      soft.shuffled_expressivity.value, soft.optimality());
  say("  bottleneck   %7.4f nats   I(T;Y) of %s at I(X;T) = %.4f; the curve allows %.4f, I(X;Y) = %.4f\n", top.i_y.value,
      top.layer.c_str(), top.i_x.value, study::allowed_by_curve(r.curve, top.i_x).value, r.plane.mutual.value);
  say("  below curve  %7.4f nats   between %.6f and %.6f, %s\n", top.distance.upper.value.value, top.distance.lower.value.value,
      top.distance.upper.value.value, to_string(top.distance.upper.how.certificate));

  // Say whether Etalon's own engine in float32 passed the check
  say("  verdict      %s: %ld tensors of Etalon's own engine in float32; `etalon check` judges yours\n",
      v.right ? "right at fp32" : "WRONG at fp32", v.n_tensors);
}

// The reading that the claim is judged on; the others are printed into phases.jsonl and the report.
void print_phases(const study::PhaseStudy& p) {
  // Print the verdict for each layer
  say("%s, two phases? %ld seeds, and as many on an i.i.d. control; mean (standard error), nats\n", p.experiment.c_str(),
      p.setting.n_seeds);
  for (const auto& row : p.rows) {
    if (row.temperature != "exact") continue;
    const auto& v = row.trained;
    say("  %-14s %-9s  I(T;Y) rises %7.4f (%.4f) until step %ld; then I(X;T) falls %7.4f (%.4f) from %.4f; control %7.4f (%.4f)\n",
        row.layer.c_str(), to_string(row.conclusion()), v.rise.mean, v.rise.error, p.steps[v.peak], v.fall.mean, v.fall.error,
        v.peak_i_x, row.control.fall.mean, row.control.fall.error);
  }

  // Print how optimality changes with depth
  for (const auto& [temperature, gain] : p.depth)
    if (temperature == "exact")
      say("  optimality     %-9s  what the head reads stands %.4f (%.4f) above the first block\n",
          gain.is_above(0, p.setting.rule.k)   ? "rises"
          : gain.is_below(0, p.setting.rule.k) ? "falls"
                                               : "level",
          gain.mean, gain.error);
}

}  // namespace

void print_text(const Outcome& o) {
  for (std::size_t i = 0; i < o.results.size(); ++i) print_summary(o.results[i], o.verdicts[i]);
  for (const auto& study : o.phases) print_phases(study);
}

void print_json(const Outcome& o, const std::string& folder) {
  nlohmann::ordered_json j = {
      {"folder", folder}, {"experiments", nlohmann::ordered_json::array()}, {"verdicts", nlohmann::ordered_json::array()}};
  for (const auto& r : o.results)
    j["experiments"].push_back(
        file::parse_json(study::to_json_line(r.experiment, r.measurements.back(), r.floor), r.experiment.name, ""));
  for (const auto& v : o.verdicts)
    j["verdicts"].push_back({{"case", v.experiment}, {"backend", v.backend}, {"right", v.right}, {"tensors", v.n_tensors}});
  for (const auto& f : o.failures) j["failed"].push_back({{"experiment", f.experiment}, {"reason", f.reason}});
  say("%s\n", j.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

}  // namespace etalon::app
