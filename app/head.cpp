// SPDX-License-Identifier: Apache-2.0
// etalon head — how much of the gradient an LM head lets through, for the weights of any model.
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "commands.h"
#include "file/matrix_file.h"
#include "head/diagnose.h"
#include "numbers.h"
#include "say.h"
#include "scalar/exact.h"

namespace etalon::app {
namespace {

struct Options {
  std::string weight, hidden, targets;
  long rows = 0;  // 0: all
  bool json = false;
};

Tensor<double> load_numbers(const std::string& spec) {
  const auto s = file::read_named_tensor(spec);
  return s.file.tensor(s.name);
}

std::vector<std::int64_t> load_integers(const std::string& spec) {
  const auto s = file::read_named_tensor(spec);
  return s.file.integers(s.name);
}

// Ignores every position after the first n that count.
void keep_first(long n, std::vector<std::int64_t>& targets) {
  for (std::int64_t& y : targets)
    if (y != head::kIgnored && n-- <= 0) y = head::kIgnored;
}

// Stage by stage on standard error, where the work will take more than about two seconds.
std::function<void(const std::string&)> progress_for(const Tensor<double>& w, const Tensor<double>& h) {
  const double n = static_cast<double>(h.n_rows()), v = static_cast<double>(w.n_rows()), d = static_cast<double>(w.n_cols());
  if (4 * v * (n * n + n * d + d * d) < 1e10) return [](const std::string&) {};
  return [](const std::string& stage) { note("head: %s ...\n", stage.c_str()); };
}

// --- the table -------------------------------------------------------------------------------------------------------------

// "   (left out: 3 without gradient; 2 below 2.2e-308, where doubles have fewer digits)", or nothing.
std::string remark_on_tokens(const head::HeadReport& r) {
  std::string remark;
  if (r.projection.n_silent > 0) remark = "left out: " + std::to_string(r.projection.n_silent) + " without gradient";
  if (r.n_subnormal > 0)
    remark += (remark.empty() ? "" : "; ") + std::to_string(r.n_subnormal) + " below 2.2e-308, where doubles have fewer digits";
  return remark.empty() ? "" : "   (" + remark + ")";
}

void print_projection(const head::HeadReport& r) {
  // Print the ratio beside that of random heads
  const auto& p = r.projection;
  say("What survives the head, G P_W, and what is lost\n");
  say("  destroyed ratio r         %10.6f   random heads of rank %ld: %.6f, the root mean square for a G unrelated to W\n",
      p.destroyed_ratio, r.rank_w, r.baseline);
  if (r.rank_w < r.width)
    say("                                         (of rank %ld, the width of this one: %.6f)\n", r.width, r.baseline_of_width);
  say("    mean over tokens        %10.6f%s\n", p.mean_token_ratio, remark_on_tokens(r).c_str());

  // Print what else there is of it
  say("  projected cosine c        %10.6f   = sqrt(1 - r^2)\n", p.cosine);
  say("  jointly lost              %10.6f   seen neither by the backbone nor by the head's own gradient\n", p.jointly_lost);
  say("  head alignment            %10.6f   norm kept, of the most that any %ld directions could keep\n\n", r.alignment, r.width);
}

// How far the numbers above can be trusted, as far as W and H decide that.
constexpr int kPrinted = 6;  // decimals

std::string condition_text(double condition) {
  char text[40];
  std::snprintf(text, sizeof text, condition < 0x1p52 ? "%.4g" : "> %.0e", std::min(condition, 0x1p52));
  return text;
}

void print_condition(const head::HeadReport& r) {
  // Print the condition number of W and what it leaves
  say("How well the column space of W is known\n");
  say("  condition number of W     %10s   with columns of length 1: %s; r and c are right to %d decimals\n",
      condition_text(r.condition_w.of_matrix).c_str(), condition_text(r.condition_w.of_columns).c_str(), r.good_decimals);
  if (r.rank_w < r.width)
    say("  rank of W                 %10ld   of %ld columns; the others are combinations of these, to %.0e of their length\n",
        r.rank_w, r.width, head::negligible_share(r.vocabulary, r.width));

  // Warn where printed decimals are wrong
  if (r.good_decimals < kPrinted)
    say("  WARNING: columns of W nearly depend on each other; of r, c and what follows from them only %d decimals are right\n",
        r.good_decimals);
  if (r.good_decimals_jointly < std::min(kPrinted, r.good_decimals))
    say("  WARNING: hidden states nearly depend on each other; of `jointly lost` only %d decimals are right\n",
        r.good_decimals_jointly);
  say("\n");
}

void print_spectrum(const head::HeadReport& r) {
  const auto& k = r.components;
  say("The gradient at the logits, G\n");
  say("  norm                      %10.3e   largest singular value %.3e\n", r.projection.norm, r.spectrum.sigma[0]);
  say("  numerical rank            %10ld   of at most %ld\n", r.rank_g, std::min(r.n_tokens, r.vocabulary - 1));
  say("  effective rank            %10.1f\n", r.effective_rank_g);
  say("  components for 70 %%       %10ld   of the norm; %ld of its square\n", k.k_70_norm, k.k_70_energy);
  say("  components for 99.9 %%     %10ld   of the norm; %ld of its square\n\n", k.k_99_9_norm, k.k_99_9_energy);
  say("No update of the logits that this head can make comes closer to G than\n");
  say("  through the backbone      %10.6f   relative residual (rank <= D = %ld), cosine <= %.6f\n", r.residual_bound_d, r.width,
      r.cosine_bound_d);
  say("  backbone and head         %10.6f   relative residual (rank <= 2D = %ld), cosine <= %.6f\n", r.residual_bound_2d,
      2 * r.width, r.cosine_bound_2d);
  if (r.rank_g <= 2 * r.width)
    say("    (in this batch G itself has rank <= %s: no bound; take more positions)\n", r.rank_g <= r.width ? "D" : "2D");
}

void print_transfer(const head::HeadReport& r) {
  const auto kept = head::kept_on_diagonal(r.spectrum), spread = head::scattered(r.spectrum);
  say("\nTail transfer: component i of G through P_W\n  %8s  %-12s  %-13s  %-12s  %s\n", "i", "sigma_i", "||P_W x_i||^2", "kept",
      "scattered (squared norm)");
  for (std::size_t i = 0; i < kept.size(); i = i < 4 ? i + 1 : 2 * i + 1)
    say("  %8zu  %-12.4e  %-13.6f  %-12.4e  %.4e\n", i + 1, r.spectrum.sigma[i], r.spectrum.visible[i], kept[i], spread[i]);
}

void print_efficiency(const head::HeadReport& r) {
  say("\nLoss decrease, nats per token, by a change of the logits of norm eps (eps per token: eps/sqrt(N))\n");
  say("  %12s  %-13s  %-13s  %s\n", "eps/token", "along G", "along G W W^T", "share");
  const double per_token = sqrt(static_cast<double>(r.n_tokens));
  for (const auto& point : r.efficiency.curve)
    say("  %12.6g  %-13.6e  %-13.6e  %.4f\n", point.eps / per_token, point.ideal, point.visible, point.visible / point.ideal);
  say("  %12s  %-13s  %-13s  %.4f   ||GW||^2 / (||G|| ||G W W^T||)\n", "-> 0", "", "", r.efficiency.first_order_ratio);
}

void print_caveats() {
  say("\nWhat these numbers do not say\n"
      "  - Norm is not information: r measures how the gradient's norm is compressed, not how much useful signal is lost.\n"
      "  - A random head destroys about as much (the number beside r): r alone is no sign of a bad head. That number is the root "
      "of\n"
      "    the mean of r^2 over heads that know nothing of G; a G that comes from a head's own logits can lie off it, also by "
      "chance.\n"
      "  - ||GW||/||G|| is another number; it grows with the scale of W, r does not.\n"
      "  - It is no forecast of training: experiments that cut only the backward rank report a small cost (docs/lm-head.md).\n"
      "  - The singular directions are of this batch: more positions raise the ranks of G; r per token does not depend on them.\n");
}

void print_table(const head::HeadReport& r) {
  say("Head W [%ld, %ld] of rank %ld; %ld positions (%ld ignored), hidden states of rank %ld; loss %.6f nats per token\n\n",
      r.vocabulary, r.width, r.rank_w, r.n_tokens, r.n_ignored, r.rank_h, r.loss);
  print_projection(r);
  print_condition(r);
  print_spectrum(r);
  print_transfer(r);
  print_efficiency(r);
  print_caveats();
}

// --- JSON ------------------------------------------------------------------------------------------------------------------

nlohmann::ordered_json to_json(const head::Condition& c) { return {{"of_matrix", c.of_matrix}, {"of_columns", c.of_columns}}; }

nlohmann::ordered_json to_json(const head::HeadReport& r) {
  // List the ratios of the tokens, null where there is no gradient, and the points of the curve
  const auto& p = r.projection;
  nlohmann::ordered_json of_token = nlohmann::ordered_json::array();
  for (const auto& ratio : p.token_ratio) of_token.push_back(ratio ? nlohmann::ordered_json(*ratio) : nlohmann::ordered_json());
  nlohmann::ordered_json curve = nlohmann::ordered_json::array();
  for (const auto& point : r.efficiency.curve)
    curve.push_back({{"eps", point.eps}, {"ideal", point.ideal}, {"visible", point.visible}});

  return {
      // Write the sizes
      {"format", "etalon-head-1"},
      {"n_tokens", r.n_tokens},
      {"n_ignored", r.n_ignored},
      {"vocabulary", r.vocabulary},
      {"width", r.width},
      {"rank_w", r.rank_w},
      {"rank_h", r.rank_h},
      {"loss_nats", r.loss},
      // Write what survives the head, and what is lost
      {"destroyed_ratio", p.destroyed_ratio},
      {"destroyed_ratio_token_mean", p.mean_token_ratio},
      {"random_head_baseline", r.baseline},
      {"random_head_baseline_of_width", r.baseline_of_width},
      {"destroyed_ratio_of_token", of_token},
      {"n_tokens_without_gradient", p.n_silent},
      {"n_tokens_subnormal", r.n_subnormal},
      {"projected_cosine", p.cosine},
      {"jointly_lost", p.jointly_lost},
      {"gradient_norm", p.norm},
      {"kept_norm", r.kept_norm},
      {"best_norm", r.best_norm},
      {"head_alignment", r.alignment},
      // Write how far these can be trusted
      {"condition_w", to_json(r.condition_w)},
      {"condition_h", to_json(r.condition_h)},
      {"good_decimals", r.good_decimals},
      {"good_decimals_jointly_lost", r.good_decimals_jointly},
      // Write the gradient at the logits, component by component
      {"singular_values", r.spectrum.sigma},
      {"visible_squared", r.spectrum.visible},
      {"kept_on_diagonal", head::kept_on_diagonal(r.spectrum)},
      {"scattered_squared", head::scattered(r.spectrum)},
      {"numerical_rank", r.rank_g},
      {"effective_rank", r.effective_rank_g},
      {"k_70", {{"norm", r.components.k_70_norm}, {"energy", r.components.k_70_energy}}},
      {"k_99.9", {{"norm", r.components.k_99_9_norm}, {"energy", r.components.k_99_9_energy}}},
      // Write what no update can exceed, and what a step buys
      {"backbone_alone", {{"residual_bound", r.residual_bound_d}, {"cosine_bound", r.cosine_bound_d}}},
      {"backbone_and_head", {{"residual_bound", r.residual_bound_2d}, {"cosine_bound", r.cosine_bound_2d}}},
      {"update_efficiency", {{"first_order_ratio", r.efficiency.first_order_ratio}, {"loss_decrease_nats", curve}}},
  };
}

void run_head(const Options& o) {
  const Tensor<double> w = load_numbers(o.weight), h = load_numbers(o.hidden);
  std::vector<std::int64_t> targets = load_integers(o.targets);
  if (o.rows > 0) keep_first(o.rows, targets);
  head::Options options;
  options.progress = progress_for(w, h);
  const head::HeadReport report = head::diagnose(w, h, targets, options);
  if (o.json && report.good_decimals < kPrinted)
    note("head: W is badly conditioned: only %d decimals of its ratios are right.\n", report.good_decimals);
  if (o.json) say("%s\n", to_json(report).dump(2).c_str());
  else print_table(report);
}

}  // namespace

void add_head(CLI::App& etalon, int&) {
  // Declare the command and the tensors that it reads
  CLI::App* command = etalon.add_subcommand(
      "head", "Measure how much of the loss gradient passes through a language model's output layer (LM head)");
  auto options = std::make_shared<Options>();
  command
      ->add_option("--weight", options->weight,
                   "W [V, D], the weight of the head or the tied embedding: FILE or FILE:TENSOR, safetensors")
      ->required();
  command->add_option("--hidden", options->hidden, "H [..., D], the hidden states that enter the head, after the final norm")
      ->required();
  command->add_option("--targets", options->targets, "the next token at each position; positions with -100 are ignored")
      ->required();

  // Declare how much it uses and prints
  command->add_option("--rows", options->rows, "use only the first N positions that are not ignored")->check(whole_number_from(1));
  command->add_flag("--json", options->json,
                    "print one JSON object, which holds every singular value and the ratio of every token");

  // Show examples, and run
  command->footer(
      "V is the size of the vocabulary, D the width of the hidden states. docs/lm-head.md explains each number and each key of "
      "--json.\n"
      "W and H are F64, F32, BF16 or F16, in any mixture, and are read exactly; the targets are I64, I32, I16, I8, U32, U16 or "
      "U8.\n"
      "Heads whose columns point in random directions destroy sqrt(1 - rank/V) of the norm of the gradient (the root mean square "
      "over\n"
      "them, for a gradient that is unrelated to the head): read the destroyed ratio beside that number.\n"
      "Example, with the weights and hidden states of a golden case\n"
      "  etalon head --weight golden/llama-nano-stress/inputs.safetensors:param/lm_head.weight \\\n"
      "    --hidden golden/llama-nano-stress/forward.safetensors:act/norm_f \\\n"
      "    --targets golden/llama-nano-stress/inputs.safetensors:targets");
  command->callback([=] { run_head(*options); });
}

}  // namespace etalon::app
