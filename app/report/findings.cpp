// SPDX-License-Identifier: Apache-2.0
#include "report/findings.h"

#include "report/words.h"
#include "scalar/exact.h"

namespace etalon::app {
namespace {

std::string on_loss(const study::Result& r) {
  const auto& m = r.measurements.back();
  const double above = m.mean_loss - r.floor;
  const std::string end = "After " + count(m.step, "step", "steps") + " the training loss is " + in_nats(m.mean_loss) +
                          " nats per token, " + in_nats(above < 0 ? -above : above) + (above < 0 ? " below" : " above") +
                          " the floor of " + in_nats(r.floor);
  return end + (above < 0 ? ": batches are samples, and no model stays below it." : ", which no model can beat.") +
         " At the start it was " + in_nats(r.measurements.front().mean_loss) + ".";
}

std::string on_truth(const study::Result& r) {
  return "Over every context of " + count(r.experiment.exact_length, "symbol", "symbols") +
         ", and not as an estimate, what the model predicts is " + in_nats(r.measurements.back().fit.divergence.value.value) +
         " nats from the true distribution; before training it was " + in_nats(r.measurements.front().fit.divergence.value.value) +
         ".";
}

// Whether r is what chance gives. r^2 of one row under a random head of rank k is Beta((V-k)/2, k/2), whose standard deviation is
// sqrt(2 k (V-k) / (V^2 (V+2))); that of a batch is at most as large.
std::string compared_with_chance(const head::HeadReport& h) {
  const double k = static_cast<double>(h.rank_w), v = static_cast<double>(h.vocabulary);
  const double deviation = sqrt(2 * k * (v - k) / (v * v * (v + 2)));
  const double off = h.projection.destroyed_ratio * h.projection.destroyed_ratio - h.baseline * h.baseline;
  if (std::fabs(off) <= 2 * deviation) return "so this is about what chance gives";
  return off > 0 ? "so this head destroys more than chance would" : "so this head destroys less than chance would";
}

std::string on_head(const study::Result& r) {
  const auto& h = r.measurements.back().head;
  if (h.rank_w >= h.vocabulary)
    return "The head has a rank of " + std::to_string(h.rank_w) +
           ", as large as the vocabulary: all of the gradient passes, and nothing is destroyed.";
  return "The head destroys " + in_percent(h.projection.destroyed_ratio) +
         " of the norm of the logits' gradient. Random heads of rank " + std::to_string(h.rank_w) + " destroy " +
         in_percent(h.baseline) + " (root mean square, for a gradient unrelated to them), " + compared_with_chance(h) +
         ". Before training it was " + in_percent(r.measurements.front().head.projection.destroyed_ratio) + ".";
}

std::string on_step(const study::Result& r) {
  const auto& m = r.measurements.back();
  const double bound = m.head.residual_bound_2d;
  return "One AdamW step leaves " + in_percent(m.realised.residual) + " of that norm undone. With " +
         count(m.head.width, "column", "columns") + " in the head, a step of any optimiser leaves at least " + in_percent(bound) +
         (bound < 0.0005 ? ", that is, this batch sets no bound." : ".");
}

std::string on_information(const study::Result& r) {
  // Say what is known, of what there is
  const auto& top = r.measurements.back().plane.back();
  const double allowed = study::allowed_by_curve(r.curve, top.i_x).value, whole = r.plane.mutual.value;
  std::string sentence = "What the head reads (" + top.layer + ") knows " + in_nats(top.i_y.value) + " nats about the next symbol";
  if (whole > 0) sentence += ", " + in_percent(top.i_y.value / whole) + " of the " + in_nats(whole) + " that the context holds";

  // Compare it with the best encoder, and with the beginning
  const bool proved = top.distance.upper.how.certificate == information::Certificate::proved;
  sentence += ". It keeps " + in_nats(top.i_x.value) + " nats about the context; the best encoder that keeps as much knows " +
              in_nats(allowed) + (proved ? " (proved)" : " (as far as a search found)") + ". ";
  return sentence + "Before training it knew " + in_nats(r.measurements.front().plane.back().i_y.value) + ".";
}

}  // namespace

std::vector<Finding> findings(const study::Result& r) {
  return {{"Loss", on_loss(r)},
          {"Truth", on_truth(r)},
          {"LM head", on_head(r)},
          {"One step", on_step(r)},
          {"Information", on_information(r)}};
}

}  // namespace etalon::app
