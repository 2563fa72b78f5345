// SPDX-License-Identifier: Apache-2.0
#include "report/figures.h"

#include <algorithm>
#include <set>

#include "report/words.h"

namespace etalon::app {
namespace {

std::vector<double> steps_of(const study::Result& r) {
  std::vector<double> steps;
  for (const auto& m : r.measurements) steps.push_back(static_cast<double>(m.step));
  return steps;
}

// One number of every measurement: over(r, [](const auto& m) { return m.mean_loss; }).
template <class F>
std::vector<double> over(const study::Result& r, F pick) {
  std::vector<double> out;
  for (const auto& m : r.measurements) out.push_back(pick(m));
  return out;
}

Plot loss_plot(const study::Result& r) {
  return {.title = "Loss, against what the source allows",
          .caption =
              "Mean training loss per token. The dotted line is the exact conditional entropy of the source, averaged over the "
              "positions of a sequence: no model can stay below it.",
          .x = {.label = "step"},
          .y = {.label = "nats per token"},
          .series = {{.label = "loss", .x = steps_of(r), .y = over(r, [](const auto& m) { return m.mean_loss; })}},
          .rules = {{Rule::Across::horizontal, r.floor, "floor H(Y|X) = " + in_nats(r.floor)}}};
}

Plot divergence_plot(const study::Result& r) {
  return {.title = "Distance from the truth: E KL(p || q)",
          .caption =
              "Cross-entropy minus H(Y|X), exactly: every context of " + std::to_string(r.experiment.exact_length) +
              " symbols is enumerated. By Barber and Agakov it is also how far the model's lower bound on I(X;Y) is below I(X;Y).",
          .x = {.label = "step"},
          .y = {.label = "nats", .logarithmic = true},
          .series = {{.label = "E KL(p || q)",
                      .x = steps_of(r),
                      .y = over(r, [](const auto& m) { return m.fit.divergence.value.value; }),
                      .colour = 3}}};
}

Plot destroyed_plot(const study::Result& r) {
  const auto x = steps_of(r);
  const auto series = [&](const char* label, std::vector<double> y, Mark mark, int colour) {
    return Series{.label = label, .x = x, .y = std::move(y), .mark = mark, .colour = colour};
  };
  const double baseline = r.measurements.back().head.baseline;
  return {
      // Say what is plotted
      .title = "Gradient destroyed by the LM head",
      .caption =
          "||G - G P_W|| / ||G||. The dotted line is the root mean square over heads with a random column space of the same rank, "
          "for a G unrelated to them; compare the ratio with it. The realised residual is the part of G that one real AdamW step "
          "does not follow (AdamW rescales every entry, so its step is far from the steepest one); no step of any optimiser can go "
          "below the rank-2D bound.",
      .x = {.label = "step"},
      .y = {.label = "ratio of norms", .low = 0, .high = 1},

      // Draw the ratio, over all tokens and per token, then the residual of a real step and the bound for any
      .series = {series("destroyed", over(r, [](const auto& m) { return m.head.projection.destroyed_ratio; }), Mark::line, 1),
                 series("mean per token", over(r, [](const auto& m) { return m.head.projection.mean_token_ratio; }), Mark::dashed,
                        1),
                 series("realised residual", over(r, [](const auto& m) { return m.realised.residual; }), Mark::line, 4),
                 series("rank-2D bound", over(r, [](const auto& m) { return m.head.residual_bound_2d; }), Mark::dashed, 4)},

      // Mark what random heads destroy
      .rules = {{Rule::Across::horizontal, baseline, "random heads " + in_percent(baseline)}}};
}

Plot spectrum_plot(const study::Result& r) {
  // Say what is plotted, and mark D and 2D
  Plot plot{
      .title = "Singular values of the logit gradient G",
      .caption = "The dotted lines are at D and 2D: one update of the logits has at most 2D components, whatever the optimiser.",
      .x = {.label = "component", .low = 0},
      .y = {.label = "singular value / largest", .logarithmic = true, .low = 1e-2, .high = 1},
      .series = {},
      .rules = {{Rule::Across::vertical, static_cast<double>(r.experiment.model.width), "D"},
                {Rule::Across::vertical, 2.0 * static_cast<double>(r.experiment.model.width), "2D"}}};

  // Draw the spectrum at the beginning, in the middle and at the end
  const std::size_t last = r.measurements.size() - 1;
  int colour = 0;
  for (const std::size_t at : std::set{std::size_t{0}, last / 2, last}) {
    const auto& sigma = r.measurements[at].head.spectrum.sigma;
    Series s{.label = "step " + std::to_string(r.measurements[at].step), .x = {}, .y = {}, .mark = Mark::line, .colour = colour++};
    for (std::size_t i = 0; i < sigma.size(); ++i) {
      s.x.push_back(static_cast<double>(i + 1));
      s.y.push_back(sigma[i] / sigma[0] >= 1e-2 ? sigma[i] / sigma[0] : 0);
    }
    plot.series.push_back(std::move(s));
  }
  return plot;
}

// The part of an axis in which the layers are while they train, a tenth wider on each side and never empty. The untrained model, which
// is often far away, is left to the inset.
Axis around(const study::Result& r, Nats study::PlanePoint::*what, Axis axis) {
  Range range(false);
  for (std::size_t i = r.measurements.size() > 2 ? 1 : 0; i < r.measurements.size(); ++i)
    for (const auto& point : r.measurements[i].plane) range.include((point.*what).value);
  const double margin = std::max(0.1 * (range.high() - range.low()), 0.005);
  axis.low = std::max(0.0, range.low() - margin);
  axis.high = range.high() + margin;
  return axis;
}

Plot plane_plot(const study::Result& r) {
  // Show the part through which the layers pass; the inset shows all
  Plot plot{.title = "Information plane, with the true bottleneck curve",
            .caption = "Each layer is compared with " + std::to_string(r.experiment.n_anchors) +
                       " anchors, which makes it an encoder of the " + std::to_string(r.experiment.plane_length) +
                       "-symbol context; I(X;T) and I(T;Y) of that encoder are exact. The plot shows the training, the small "
                       "picture the whole plane. A square marks the untrained model, a ring the "
                       "end of training. No encoder can lie above the curve (" +
                       (study::is_proved(r.curve) ? "each point is proved" : "not proved: a search from every context found none") +
                       ").",
            .x = around(r, &study::PlanePoint::i_x, {.label = "I(X;T), nats (complexity)"}),
            .y = around(r, &study::PlanePoint::i_y, {.label = "I(T;Y), nats (expressivity)"}),
            .series = {},
            .rules = {{Rule::Across::horizontal, r.plane.mutual.value, "I(X;Y) = " + in_nats(r.plane.mutual.value)}}};

  // Draw the curve
  std::vector<std::pair<double, double>> curve = {{0, 0}};
  for (const auto& p : r.curve) curve.emplace_back(p.i_x.value, p.i_y.value);
  std::sort(curve.begin(), curve.end());
  Series line{.label = "bottleneck curve", .x = {}, .y = {}, .mark = Mark::line, .colour = 7};
  for (const auto& [x, y] : curve) line.x.push_back(x), line.y.push_back(y);
  plot.inset = {{.low = 0, .high = std::max(curve.back().first, *plot.x.high)},
                {.low = 0, .high = 1.1 * std::max(r.plane.mutual.value, *plot.y.high)}};
  plot.y.high = std::max(*plot.y.high, study::allowed_by_curve(r.curve, r.measurements.back().plane.back().i_x).value * 1.02);
  plot.series.push_back(std::move(line));

  // Draw the path of each layer through training
  for (std::size_t layer = 0; layer < r.measurements.front().plane.size(); ++layer) {
    const auto& name = r.measurements.front().plane[layer].layer;
    plot.series.push_back({.label = name,
                           .x = over(r, [&](const auto& m) { return m.plane[layer].i_x.value; }),
                           .y = over(r, [&](const auto& m) { return m.plane[layer].i_y.value; }),
                           .mark = Mark::path,
                           .colour = static_cast<int>(layer % 7)});
  }
  return plot;
}

Plot efficiency_plot(const study::Result& r) {
  Series ideal{.label = "along -G", .x = {}, .y = {}, .mark = Mark::line, .colour = 2}, visible = ideal;
  visible.label = "along -G W W^T";
  visible.colour = 1;
  for (const auto& p : r.measurements.back().head.efficiency.curve) {
    ideal.x.push_back(p.eps), ideal.y.push_back(p.ideal);
    visible.x.push_back(p.eps), visible.y.push_back(p.visible);
  }
  return {.title = "Decrease of the loss for steps of equal length",
          .caption =
              "The logits move by the same norm along the gradient, and along the part of it that passes the head, at the end of "
              "training.",
          .x = {.label = "length of the step", .logarithmic = true},
          .y = {.label = "decrease, nats per token", .logarithmic = true},
          .series = {ideal, visible}};
}

}  // namespace

std::vector<Plot> figures(const study::Result& r) {
  return {loss_plot(r), divergence_plot(r), destroyed_plot(r), spectrum_plot(r), plane_plot(r), efficiency_plot(r)};
}

}  // namespace etalon::app
