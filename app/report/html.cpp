// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/xml.h"
#include "report/plot.h"

namespace etalon::app {
namespace {

std::string number(double v, const char* format = "%.4f") {
  char text[48];
  std::snprintf(text, sizeof text, format, v);
  return text;
}

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
          .rules = {{Rule::Across::horizontal, r.floor, "floor H(Y|X) = " + number(r.floor)}}};
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
  return {
      // Say what is plotted
      .title = "Gradient destroyed by the LM head",
      .caption =
          "||G - G P_W|| / ||G||. The dotted line is what a head with a random column space destroys; compare the ratio with it. "
          "The realised residual is the part of G that one real AdamW step does not follow (AdamW rescales every entry, so its "
          "step is far from the steepest one); no step of any optimiser can go below the rank-2D bound.",
      .x = {.label = "step"},
      .y = {.label = "ratio of norms", .low = 0, .high = 1},

      // Draw the ratio, over all tokens and per token
      .series =
          {{.label = "destroyed",
            .x = x,
            .y = over(r, [](const auto& m) { return m.head.projection.destroyed_ratio; }),
            .colour = 1},
           {.label = "mean per token",
            .x = x,
            .y = over(r, [](const auto& m) { return m.head.projection.mean_token_ratio; }),
            .mark = Mark::dashed,
            .colour = 1},
           // Draw the residual of a real step, and the bound for any
           {.label = "realised residual", .x = x, .y = over(r, [](const auto& m) { return m.realised.residual; }), .colour = 4},
           {.label = "rank-2D bound",
            .x = x,
            .y = over(r, [](const auto& m) { return m.head.residual_bound_2d; }),
            .mark = Mark::dashed,
            .colour = 4}},

      // Mark what a random head destroys
      .rules = {{Rule::Across::horizontal, r.measurements.back().head.baseline,
                 "random head " + number(r.measurements.back().head.baseline, "%.3f")}}};
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

Plot plane_plot(const study::Result& r) {
  // Say what is plotted, and mark I(X;Y)
  Plot plot{.title = "Information plane, with the true bottleneck curve",
            .caption = "Each layer is compared with " + std::to_string(r.experiment.n_anchors) +
                       " anchors, which makes it an encoder of the " + std::to_string(r.experiment.plane_length) +
                       "-symbol context; I(X;T) and I(T;Y) of that encoder are exact. The ring marks the end of training. "
                       "No encoder can lie above the curve (" +
                       (study::is_proved(r.curve) ? "each point is proved" : "not proved: a search from every context found none") +
                       ").",
            .x = {.label = "I(X;T), nats (complexity)", .low = 0},
            .y = {.label = "I(T;Y), nats (expressivity)", .low = 0},
            .series = {},
            .rules = {{Rule::Across::horizontal, r.plane.mutual.value, "I(X;Y) = " + number(r.plane.mutual.value)}}};

  // Draw the curve
  std::vector<std::pair<double, double>> curve = {{0, 0}};
  for (const auto& p : r.curve) curve.emplace_back(p.i_x.value, p.i_y.value);
  std::sort(curve.begin(), curve.end());
  Series line{.label = "bottleneck curve", .x = {}, .y = {}, .mark = Mark::line, .colour = 7};
  for (const auto& [x, y] : curve) line.x.push_back(x), line.y.push_back(y);
  plot.series.push_back(std::move(line));

  // Draw the path of each layer through training
  for (std::size_t layer = 0; layer < r.measurements.front().plane.size(); ++layer) {
    const auto& name = r.measurements.front().plane[layer].layer;
    plot.series.push_back({.label = name,
                           .x = over(r, [&](const auto& m) { return m.plane[layer].i_x.value; }),
                           .y = over(r, [&](const auto& m) { return m.plane[layer].i_y.value; }),
                           .mark = Mark::path,
                           .colour = static_cast<int>(layer)});
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

std::string figure(const Plot& plot) {
  return "<figure>" + to_svg(plot) + "<figcaption>" + xml_escaped(plot.caption) + "</figcaption></figure>\n";
}

std::string tile(const std::string& value, const std::string& what, const std::string& beside) {
  return "<div class=\"tile\"><b>" + xml_escaped(value) + "</b><span>" + xml_escaped(what) + "</span><i>" + xml_escaped(beside) +
         "</i></div>\n";
}

std::string tiles(const study::Result& r) {
  const auto& m = r.measurements.back();
  const auto& h = m.head;
  return "<div class=\"tiles\">" + tile(number(m.mean_loss), "loss, nats per token", "floor " + number(r.floor)) +
         tile(number(m.fit.divergence.value.value, "%.2e"), "E KL(p||q), nats, exact",
              "contexts of " + std::to_string(r.experiment.exact_length)) +
         tile(number(h.projection.destroyed_ratio, "%.3f"), "gradient destroyed", "random head " + number(h.baseline, "%.3f")) +
         tile(number(m.realised.residual, "%.3f"), "realised residual", "rank-2D bound " + number(h.residual_bound_2d, "%.3f")) +
         tile(std::to_string(h.rank_g), "rank of G", "effective " + number(h.effective_rank_g, "%.1f")) +
         tile(number(static_cast<double>(m.n_sequences) / static_cast<double>(r.experiment.model.vocab_size), "%.0f"),
              "sequences per symbol", std::to_string(m.step) + " steps") +
         "</div>\n";
}

std::string soft_table(const std::vector<study::SoftRow>& rows, const std::string& temperature) {
  std::string html =
      "<table><tr><th>layer</th><th>order</th><th>eps</th><th>H(B)</th><th>H(B|Z)</th><th>I(Z;B)</th><th>I(X;B)</th><th>shuffled</"
      "th>"
      "<th>I(Y;B)</th><th>shuffled</th><th>optimality</th></tr>\n";
  for (const auto& row : rows) {
    if (row.temperature != temperature) continue;
    html += "<tr><td>" + xml_escaped(row.layer) + "</td><td>" + std::to_string(row.order) + "</td><td>" + number(row.eps) + "</td>";
    for (const Nats v : {row.h_b, row.h_b_given_z, row.ceiling, row.complexity, row.shuffled_complexity, row.expressivity,
                         row.shuffled_expressivity})
      html += "<td>" + number(v.value) + "</td>";
    html += "<td>" + number(row.optimality(), "%.3f") + "</td></tr>\n";
  }
  return html + "</table>\n";
}

std::string soft_section(const study::Result& r) {
  std::string html =
      "<details><summary>Soft entropies as published, sampled (nats): three temperatures, orders 1 to 4, controls</summary>\n"
      "<p>I(X;B) is called complexity, I(Y;B) expressivity, and their ratio optimality. The column after each gives the same "
      "number for shuffled labels: that much is due to the small number of samples. At high order the ratio mostly shows that "
      "each label is rare.</p>\n";
  for (const char* temperature : {"exact", "amos", "leading"})
    html += "<h4>temperature: " + std::string(temperature) + ", trained</h4>" + soft_table(r.soft_trained, temperature);
  return html + "<h4>temperature: exact, untrained</h4>" + soft_table(r.soft_untrained, "exact") + "</details>\n";
}

std::string bracket(const information::Bracket& b) {
  return "[" + number(b.lower.value.value) + ", " + number(b.upper.value.value) + "]";
}

std::string cells(const std::vector<std::string>& entries) {
  std::string row = "<tr>";
  for (const auto& entry : entries) row += "<td>" + xml_escaped(entry) + "</td>";
  return row + "</tr>\n";
}

// Each layer at the beginning and at the end, in the three readings of study/plane.h.
std::string plane_table(const study::Result& r) {
  std::string html =
      "<table><tr><th>layer</th><th>step</th><th>anchors: I(X;T)</th><th>I(T;Y)</th><th>below the curve by</th><th>cells</th>"
      "<th>partition: H(T)</th><th>I(T;Y)</th><th>sigma</th><th>noisy: I(X;T)</th><th>I(T;Y)</th></tr>\n";
  for (std::size_t layer = 0; layer < r.measurements.front().plane.size(); ++layer)
    for (const auto* m : {&r.measurements.front(), &r.measurements.back()}) {
      const auto& p = m->plane[layer];
      html += cells({p.layer, std::to_string(m->step), number(p.i_x.value), number(p.i_y.value),
                     bracket(p.distance) + " " + to_string(p.distance.upper.how.certificate), std::to_string(p.partition.n_cells),
                     number(p.partition.i_x.value.value), number(p.partition.i_y.value.value),
                     p.noisy ? number(p.noisy->sigma, "%.3g") : "", p.noisy ? bracket(p.noisy->i_x) : "",
                     p.noisy ? bracket(p.noisy->i_y) : ""});
    }
  return html + "</table>\n";
}

std::string plane_section(const study::Result& r) {
  const double share = r.experiment.readout_sigma;
  return "<h3>What each layer knows, in three readings (nats)</h3>\n<p>A deterministic layer gives a vector to each context and so "
         "partitions the contexts; I(X;T) is the entropy of that partition. If all vectors differ, that is the entropy of the "
         "contexts themselves, whatever was learned. A comparison with anchors, or added noise" +
         (share > 0 ? " of sigma = " + number(share, "%g") + " of the layer's root mean square entry" : std::string()) +
         ", can lose information. The noisy values are bracketed by pairwise bounds; all others are exact. How far the point for "
         "the anchors lies below the bottleneck curve is proved where |Y| <= 4; where it says grid, the upper end is what a search "
         "found.</p>\n" +
         plane_table(r);
}

std::string with_error(const study::MeanAndError& m) { return number(m.mean) + " (" + number(m.error) + ")"; }

std::string phases_section(const study::PhaseStudy& p) {
  // Say what was asked and how it is judged
  std::string html =
      "<h3>First fit, then compress?</h3>\n<p>" + std::to_string(p.setting.n_seeds) +
      " seeds, and as many of a control that is trained on independent symbols and has nothing to learn. Shown: I(T;Y) rises "
      "until the peak of I(X;T), which then falls by at least " +
      number(100 * p.setting.rule.negligible, "%g") + " % of it, both by more than " + number(p.setting.rule.k, "%g") +
      " standard errors, and the fall is above the control's. Refuted: I(T;Y) is learned and such a fall is excluded. The "
      "numbers in brackets are standard errors over seeds, each of which has its own anchors; all values are in nats.</p>\n"
      "<table><tr><th>layer</th><th>temperature</th><th>two phases</th><th>peak at step</th><th>I(T;Y) rises</th><th>I(X;T) "
      "falls</th>"
      "<th>from</th><th>control falls</th><th>untrained I(X;T)</th><th>trained</th><th>untrained I(T;Y)</th><th>trained</th>"
      "<th>shuffled</th><th>optimality</th></tr>\n";

  // Write a row for each reading of each layer
  for (const auto& row : p.rows)
    html +=
        cells({row.layer, row.temperature, to_string(row.conclusion()), std::to_string(p.steps[row.trained.peak]),
               with_error(row.trained.rise), with_error(row.trained.fall), number(row.trained.peak_i_x),
               with_error(row.control.fall), number(row.untrained_x.mean), number(row.final_x.mean), number(row.untrained_y.mean),
               number(row.final_y.mean), number(row.shuffled_y.mean), with_error(row.optimality)});

  // Say how optimality changes with depth
  html += "</table>\n<p>Optimality is I(T;Y) / I(X;T). For what the head reads it is higher than for the first block by";
  for (const auto& [temperature, gain] : p.depth) html += " " + with_error(gain) + " (" + temperature + ")";
  return html + ".</p>\n";
}

std::string section(const study::Result& r, const study::PhaseStudy* phases) {
  const auto& e = r.experiment;
  std::string html = "<section><h2>" + xml_escaped(e.name) + "</h2><p>" + xml_escaped(e.why) + "</p><p class=\"facts\">source " +
                     xml_escaped(e.source.kind) + ", V = " + std::to_string(e.model.vocab_size) + "; " +
                     xml_escaped(e.model.family) + ", D = " + std::to_string(e.model.width) + ", " +
                     std::to_string(e.model.n_layers) + " layers, " + std::to_string(e.model.n_heads) + " heads; AdamW, lr " +
                     xml_escaped(to_string(e.optimiser.learning_rate)) + "; batches of " + std::to_string(e.batch_sequences) +
                     " x " + std::to_string(e.length) + "; seed " + std::to_string(e.seed) + "</p>\n" + tiles(r) +
                     "<div class=\"plots\">\n";
  for (const Plot& plot :
       {loss_plot(r), divergence_plot(r), destroyed_plot(r), spectrum_plot(r), plane_plot(r), efficiency_plot(r)})
    html += figure(plot);
  return html + "</div>\n" + plane_section(r) + (phases ? phases_section(*phases) : "") + soft_section(r) + "</section>\n";
}

std::string verdict_section(const std::vector<ReportedVerdict>& verdicts) {
  std::string html =
      "<section><h2>Verdict</h2><p>A golden case was recorded from each trained model, and a backend was judged by it.</p>\n";
  for (const auto& v : verdicts)
    html += "<h3 class=\"" + std::string(v.right ? "right" : "wrong") + "\">" + xml_escaped(v.experiment) + ": " +
            xml_escaped(v.backend) + (v.right ? " is right" : " is wrong") + ", " + std::to_string(v.n_tensors) +
            " tensors</h3><details><summary>what the check printed</summary><pre>" + xml_escaped(v.text) + "</pre></details>\n";
  return html + "</section>\n";
}

constexpr const char* kPageStyle = R"(
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,'DejaVu Sans',sans-serif}
main{max-width:1320px;margin:0 auto;padding:32px 24px 64px}h1{font-size:26px;margin:0}h2{font-size:21px;margin:48px 0 4px}h3{font-size:16px}h4{margin:20px 0 4px}
.facts,figcaption,.tile span,.tile i{color:var(--soft)}.facts{font-size:13px}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}.tile{border:1px solid var(--line);border-radius:10px;padding:12px 16px;min-width:150px;flex:1}
.tile b{display:block;font-size:22px;font-variant-numeric:tabular-nums}.tile span,.tile i{display:block;font-size:12px;font-style:normal}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(520px,1fr));gap:24px}figure{margin:0;border:1px solid var(--line);border-radius:10px;padding:12px}
figcaption{font-size:13px;padding:4px 8px}table{border-collapse:collapse;font-size:12.5px;font-variant-numeric:tabular-nums}td,th{padding:2px 10px;text-align:right;border-bottom:1px solid var(--line)}
td:first-child,th:first-child{text-align:left}details{margin:16px 0}summary{cursor:pointer}pre{overflow-x:auto;font-size:12px}.right{color:var(--c2)}.wrong{color:var(--c1)}
)";

constexpr const char* kCaveats =
    "<section><h2>How to read this</h2><ul>"
    "<li>Norm is not information: the destroyed ratio says how much of the gradient's norm does not pass the head, not how much of "
    "what the model could learn.</li>"
    "<li>A random head of the same size destroys sqrt(1 - D/V) of the norm. Published ratios of 95 to 99 % are close to that "
    "number.</li>"
    "<li>||G W|| / ||G|| depends on the scale of W and is not the destroyed ratio.</li>"
    "<li>A deterministic layer that gives different vectors to different contexts has I(X;T) = H(X), whatever it learned. A "
    "comparison with anchors loses a part of that; the number of anchors and the temperature belong to the definition.</li>"
    "</ul></section>\n";

}  // namespace

std::string report_html(const std::vector<study::Result>& results, const std::vector<study::PhaseStudy>& phases,
                        const std::vector<ReportedVerdict>& verdicts) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>Etalon report</title><style>" +
      std::string(kPlotStyle) + kPageStyle +
      "</style></head><body><main>\n<h1>Etalon</h1><p>What a small transformer learned from toy languages whose "
      "entropies are known, and how much of its gradient its LM head destroyed.</p>\n";
  for (std::size_t i = 0; i < results.size(); ++i) html += section(results[i], phases.empty() ? nullptr : &phases[i]);
  return html + verdict_section(verdicts) + kCaveats + "</main></body></html>\n";
}

}  // namespace etalon::app
