// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include "base/xml.h"
#include "report/figures.h"
#include "report/findings.h"
#include "report/words.h"

namespace etalon::app {
namespace {

// A figure: its title, its legend, by which layers are shown and hidden without a script (a box that is not checked hides the group
// g<k> of the picture behind it), the picture and its caption. `id` begins the names of the boxes: no two on the page are the same.
std::string figure(const Plot& plot, const std::string& id) {
  std::string html = "<figure><h4>" + xml_escaped(plot.title) + "</h4>\n";
  for (std::size_t k = 0; k < plot.series.size(); ++k) {
    const auto& s = plot.series[k];
    const std::string name = id + "s" + std::to_string(k);
    html += "<input type=\"checkbox\" id=\"" + name + "\" class=\"t" + std::to_string(k) + "\" checked><label for=\"" + name +
            "\"><i class=\"" + (s.mark == Mark::dashed ? "dash " : "") + "b" + std::to_string(s.colour % 8) + "\"></i>" +
            xml_escaped(s.label) + "</label>";
  }
  return html + "\n" + to_svg(plot, Legend::outside) + "<figcaption>" + xml_escaped(plot.caption) + "</figcaption></figure>\n";
}

// A number with what it is and what to compare it with. A percent sign stays on the line of its number.
std::string tile(const std::string& value, const std::string& what, const std::string& beside) {
  std::string html = "<div class=\"tile\"><b>" + xml_escaped(value) + "</b><span>" + xml_escaped(what) + "</span><i>" +
                     xml_escaped(beside) + "</i></div>\n";
  for (auto at = html.find(" %"); at != std::string::npos; at = html.find(" %", at)) html.replace(at, 1, "&#160;");
  return html;
}

std::string tiles(const study::Result& r) {
  const auto& m = r.measurements.back();
  const auto& h = m.head;
  return "<div class=\"tiles\">" + tile(in_nats(m.mean_loss), "loss, nats per token", "floor " + in_nats(r.floor)) +
         tile(in_nats(m.fit.divergence.value.value), "nats from the truth, exact",
              "E KL(p||q), contexts of " + std::to_string(r.experiment.exact_length)) +
         tile(in_percent(h.projection.destroyed_ratio), "of the gradient destroyed", "random heads " + in_percent(h.baseline)) +
         tile(in_percent(m.realised.residual), "left undone by a step", "at least " + in_percent(h.residual_bound_2d)) +
         tile(in_nats(m.plane.back().i_y.value), "nats known of the next symbol", "of " + in_nats(r.plane.mutual.value)) +
         tile(number(static_cast<double>(m.n_sequences) / static_cast<double>(r.experiment.model.vocab_size), "%.0f"),
              "sequences per symbol", count(m.step, "step", "steps")) +
         "</div>\n";
}

std::string list_of_findings(const study::Result& r) {
  std::string html = "<dl class=\"findings\">";
  for (const auto& finding : findings(r))
    html += "<dt>" + xml_escaped(finding.about) + "</dt><dd>" + xml_escaped(finding.sentence) + "</dd>\n";
  return html + "</dl>\n";
}

std::string soft_table(const std::vector<study::SoftRow>& rows, const std::string& temperature) {
  // Name the columns
  std::string html = "<div class=\"scroll\"><table><tr>";
  for (const char* name :
       {"layer", "order", "eps", "H(B)", "H(B|Z)", "I(Z;B)", "I(X;B)", "shuffled", "I(Y;B)", "shuffled", "optimality"})
    html += "<th>" + std::string(name) + "</th>";
  html += "</tr>\n";

  // Write a row for each layer and order at this temperature
  for (const auto& row : rows) {
    if (row.temperature != temperature) continue;
    html += "<tr><td>" + xml_escaped(row.layer) + "</td><td>" + std::to_string(row.order) + "</td><td>" + number(row.eps, "%.4f") +
            "</td>";
    for (const Nats v : {row.h_b, row.h_b_given_z, row.ceiling, row.complexity, row.shuffled_complexity, row.expressivity,
                         row.shuffled_expressivity})
      html += "<td>" + in_nats(v.value) + "</td>";
    html += "<td>" + in_percent(row.optimality()) + "</td></tr>\n";
  }
  return html + "</table></div>\n";
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
  return "[" + in_nats(b.lower.value.value) + ", " + in_nats(b.upper.value.value) + "]";
}

std::string cells(const std::vector<std::string>& entries) {
  std::string row = "<tr>";
  for (const auto& entry : entries) row += "<td>" + xml_escaped(entry) + "</td>";
  return row + "</tr>\n";
}

// Each layer at the beginning and at the end, in the three readings of study/plane.h.
std::string plane_table(const study::Result& r) {
  std::string html =
      "<div class=\"scroll\"><table><tr><th>layer</th><th>step</th><th>anchors: I(X;T)</th><th>I(T;Y)</th><th>below the curve "
      "by</th><th>cells</th>"
      "<th>partition: H(T)</th><th>I(T;Y)</th><th>sigma</th><th>noisy: I(X;T)</th><th>I(T;Y)</th></tr>\n";
  for (std::size_t layer = 0; layer < r.measurements.front().plane.size(); ++layer)
    for (const auto* m : {&r.measurements.front(), &r.measurements.back()}) {
      const auto& p = m->plane[layer];
      html += cells({p.layer, std::to_string(m->step), in_nats(p.i_x.value), in_nats(p.i_y.value),
                     bracket(p.distance) + " " + to_string(p.distance.upper.how.certificate), std::to_string(p.partition.n_cells),
                     in_nats(p.partition.i_x.value.value), in_nats(p.partition.i_y.value.value),
                     p.noisy ? number(p.noisy->sigma, "%.3g") : "", p.noisy ? bracket(p.noisy->i_x) : "",
                     p.noisy ? bracket(p.noisy->i_y) : ""});
    }
  return html + "</table></div>\n";
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

std::string with_error(const study::MeanAndError& m) { return in_nats(m.mean) + " (" + in_nats(m.error) + ")"; }

std::string phases_section(const study::PhaseStudy& p) {
  // Say what was asked and how it is judged
  std::string html =
      "<h3>First fit, then compress?</h3>\n<p>" + std::to_string(p.setting.n_seeds) +
      " seeds, and as many of a control that is trained on independent symbols and has nothing to learn. Shown: I(T;Y) rises "
      "until the peak of I(X;T), which then falls by at least " +
      number(100 * p.setting.rule.negligible, "%g") + " % of it, both by more than " + number(p.setting.rule.k, "%g") +
      " standard errors, and the fall is above the control's. Refuted: I(T;Y) is learned and such a fall is excluded. The "
      "numbers in brackets are standard errors over seeds, each of which has its own anchors; all values are in nats.</p>\n"
      "<div class=\"scroll\"><table><tr><th>layer</th><th>temperature</th><th>two phases</th><th>peak at step</th><th>I(T;Y) "
      "rises</th><th>I(X;T) "
      "falls</th>"
      "<th>from</th><th>control falls</th><th>untrained I(X;T)</th><th>trained</th><th>untrained I(T;Y)</th><th>trained</th>"
      "<th>shuffled</th><th>optimality</th></tr>\n";

  // Write a row for each reading of each layer
  for (const auto& row : p.rows)
    html +=
        cells({row.layer, row.temperature, to_string(row.conclusion()), std::to_string(p.steps[row.trained.peak]),
               with_error(row.trained.rise), with_error(row.trained.fall), in_nats(row.trained.peak_i_x),
               with_error(row.control.fall), in_nats(row.untrained_x.mean), in_nats(row.final_x.mean),
               in_nats(row.untrained_y.mean), in_nats(row.final_y.mean), in_nats(row.shuffled_y.mean), with_error(row.optimality)});

  // Say how optimality changes with depth
  html += "</table></div>\n<p>Optimality is I(T;Y) / I(X;T). For what the head reads it is higher than for the first block by";
  for (const auto& [temperature, gain] : p.depth) html += " " + with_error(gain) + " (" + temperature + ")";
  return html + ".</p>\n";
}

// The name under which the page links to an experiment.
std::string anchor(std::size_t index) { return "e" + std::to_string(index); }

std::string facts(const study::Experiment& e, const head::HeadReport& h) {
  return "source " + e.source.kind + ", V = " + std::to_string(e.model.vocab_size) + "; " + e.model.family +
         ", D = " + std::to_string(e.model.width) + ", " + count(e.model.n_layers, "layer", "layers") + ", " +
         count(e.model.n_heads, "head", "heads") + "; AdamW, lr " + to_string(e.optimiser.learning_rate) + "; batches of " +
         std::to_string(e.batch_sequences) + " x " + std::to_string(e.length) + "; seed " + std::to_string(e.seed) +
         "; rank of G " + std::to_string(h.rank_g) + ", effective " + number(h.effective_rank_g, "%.1f");
}

std::string section(const study::Result& r, const study::PhaseStudy* phases, std::size_t index) {
  const auto& e = r.experiment;
  std::string html = "<section id=\"" + anchor(index) + "\"><h2>" + xml_escaped(e.name) + "</h2><p>" + xml_escaped(e.why) +
                     "</p><p class=\"facts\">" + xml_escaped(facts(e, r.measurements.back().head)) + "</p>\n" + tiles(r) +
                     list_of_findings(r) + "<div class=\"plots\">\n";
  long k = 0;
  for (const Plot& plot : figures(r)) html += figure(plot, anchor(index) + "p" + std::to_string(k++));
  return html + "</div>\n" + plane_section(r) + (phases ? phases_section(*phases) : "") + soft_section(r) + "</section>\n";
}

std::string verdict_section(const std::vector<ReportedVerdict>& verdicts) {
  std::string html =
      "<section><h2>Verdict</h2><p>A golden case was recorded from each trained model, and a candidate was judged by it. The "
      "candidate "
      "is <strong>Etalon's own engine</strong>, computing in float32 from parameters that are one rounding away: no other program "
      "was run. \"Right\" says that the tolerances of the golden case can be met by an honest float32, and nothing about your "
      "backend; <code>etalon check</code> judges that.</p>\n";
  for (const auto& v : verdicts)
    html += "<h3 class=\"" + std::string(v.right ? "right" : "wrong") + "\">" + xml_escaped(v.experiment) + ": " +
            xml_escaped(v.backend) + (v.right ? " is right" : " is wrong") + ", " + count(v.n_tensors, "tensor", "tensors") +
            "</h3><details><summary>what the check printed</summary><pre>" + xml_escaped(v.text) + "</pre></details>\n";
  return html + "</section>\n";
}

constexpr const char* kPageStyle = R"(
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,'DejaVu Sans',sans-serif}
main{max-width:1240px;margin:0 auto;padding:32px 24px 64px}h1{font-size:27px;margin:0 0 4px}h2{font-size:22px;margin:56px 0 4px;border-top:1px solid var(--line);padding-top:20px}
h3{font-size:16px;margin:28px 0 6px}h4{font-size:14px;margin:0 0 6px}p{max-width:90ch}a{color:var(--c0)}code{font-size:.92em;overflow-wrap:anywhere}
.facts,figcaption,.tile span,.tile i,.about{color:var(--soft)}.facts,.about{font-size:13px}.facts{max-width:none}.about{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:14px 0}
.about dd,.findings dd{margin:0}.findings{display:grid;grid-template-columns:max-content 1fr;gap:8px 18px;margin:18px 0 24px;max-width:104ch}.findings dt{font-weight:600}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:12px;margin:16px 0}.tile{border:1px solid var(--line);border-radius:10px;padding:10px 14px;min-width:0}
.tile b{display:block;font-size:21px;font-variant-numeric:tabular-nums}.tile span,.tile i{display:block;font-size:12px;line-height:1.35;font-style:normal}
.plots{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:20px}figure{margin:0;border:1px solid var(--line);border-radius:10px;padding:14px 16px;min-width:0}
figcaption{font-size:13px;padding-top:4px}figure input{position:absolute;opacity:0;width:1px;height:1px}figure label{display:inline-flex;align-items:center;gap:6px;margin:0 14px 4px 0;font-size:12.5px;cursor:pointer}
figure label i{width:18px;height:0;border-top:3px solid}figure label i.dash{border-top-style:dashed}figure input:not(:checked)+label{opacity:.4;text-decoration:line-through}figure input:focus-visible+label{outline:2px solid var(--c0);outline-offset:2px}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:12.5px;font-variant-numeric:tabular-nums}td,th{padding:3px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
td:first-child,th:first-child{text-align:left}details{margin:16px 0}summary{cursor:pointer}pre{overflow-x:auto;font-size:12px}.right{color:var(--c2)}.wrong{color:var(--c1)}
.b0{border-color:var(--c0)}.b1{border-color:var(--c1)}.b2{border-color:var(--c2)}.b3{border-color:var(--c3)}.b4{border-color:var(--c4)}.b5{border-color:var(--c5)}.b6{border-color:var(--c6)}.b7{border-color:var(--c7)}
@media(max-width:1000px){.tiles{grid-template-columns:repeat(3,1fr)}.plots{grid-template-columns:minmax(0,1fr)}}
@media(max-width:560px){main{padding:20px 14px 48px}.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}.findings{grid-template-columns:minmax(0,1fr);gap:2px}.findings dd{margin-bottom:10px}
figure{padding:12px 10px}svg.plot .tick,svg.plot .note,svg.plot .xlabel,svg.plot .ylabel{font-size:17px}svg.plot .small{font-size:14px}}
@media print{figure,.tile{break-inside:avoid}}
)";

// Boxes that are not checked hide their series, as many as a plot may have.
std::string toggle_style() {
  std::string css;
  for (int k = 0; k < 12; ++k) css += ".t" + std::to_string(k) + ":not(:checked)~svg .g" + std::to_string(k) + "{display:none}";
  return css + "\n";
}

constexpr const char* kCaveats =
    "<section><h2>How to read this</h2><ul>"
    "<li>Norm is not information: the destroyed ratio says how much of the gradient's norm does not pass the head, not how much of "
    "what the model could learn.</li>"
    "<li>Random heads of rank k destroy sqrt(1 - k/V) of the norm: that is the root mean square over them, for a gradient that is "
    "unrelated to the head. Published ratios of 95 to 99 % are close to that number. The gradient of a real head comes from its "
    "own "
    "logits, so that even chance may give something else.</li>"
    "<li>||G W|| / ||G|| depends on the scale of W and is not the destroyed ratio.</li>"
    "<li>A deterministic layer that gives different vectors to different contexts has I(X;T) = H(X), whatever it learned. A "
    "comparison with anchors loses a part of that; the number of anchors and the temperature belong to the definition.</li>"
    "<li>The names above a plot switch its lines off and on.</li>"
    "</ul></section>\n";

std::string header(const About& about, const std::vector<study::Result>& results) {
  std::string html =
      "<h1>Etalon: what small models learned</h1><p>What small transformers learned from toy languages whose entropies are known, "
      "and "
      "how much of the gradient their LM heads destroyed.</p>\n<dl class=\"about\">";
  for (const auto& [name, value] :
       {std::pair("command", about.command), std::pair("version", about.version), std::pair("date", about.date)})
    html += "<dt>" + std::string(name) + "</dt><dd>" +
            (*name == 'c' ? "<code>" + xml_escaped(value) + "</code>" : xml_escaped(value)) + "</dd>";
  html += "<dt>experiments</dt><dd>";
  for (std::size_t i = 0; i < results.size(); ++i)
    html += (i > 0 ? ", " : "") + std::string("<a href=\"#") + anchor(i) + "\">" + xml_escaped(results[i].experiment.name) + "</a>";
  return html + "</dd></dl>\n";
}

}  // namespace

std::string report_html(const About& about, const std::vector<study::Result>& results, const std::vector<study::PhaseStudy>& phases,
                        const std::vector<ReportedVerdict>& verdicts) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"><title>Etalon report</title><style>" +
      std::string(kPlotStyle) + kPageStyle + toggle_style() + "</style></head><body><main>\n" + header(about, results);
  for (std::size_t i = 0; i < results.size(); ++i) html += section(results[i], phases.empty() ? nullptr : &phases[i], i);
  return html + verdict_section(verdicts) + kCaveats + "</main></body></html>\n";
}

}  // namespace etalon::app
