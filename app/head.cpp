// SPDX-License-Identifier: Apache-2.0
// etalon head — how much of the gradient an LM head lets through, for the weights of any model.
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "commands.h"
#include "file/matrix_file.h"
#include "head/diagnose.h"
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

void print_projection(const head::HeadReport& r) {
  const auto& p = r.projection;
  say("What survives the head, G P_W, and what is lost\n");
  say("  destroyed ratio r         %10.6f   a random head of this width: %.6f\n", p.destroyed_ratio, r.baseline);
  say("    mean over tokens        %10.6f%s\n", p.mean_token_ratio,
      p.n_silent ? (" (" + std::to_string(p.n_silent) + " tokens without gradient left out)").c_str() : "");
  say("  projected cosine c        %10.6f   = sqrt(1 - r^2)\n", p.cosine);
  say("  jointly lost              %10.6f   seen neither by the backbone nor by the head's own gradient\n", p.jointly_lost);
  say("  head alignment            %10.6f   norm kept, of the most that any %ld directions could keep\n\n",
      r.kept_norm / r.best_norm, r.width);
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
      "  - A random head destroys about as much (the number beside r): r alone is no sign of a bad head.\n"
      "  - ||GW||/||G|| is another number; it grows with the scale of W, r does not.\n"
      "  - It is no forecast of training: experiments that cut only the backward rank report a small cost (docs/lm-head.md).\n"
      "  - The singular directions are of this batch: more positions raise the ranks of G; r per token does not depend on them.\n");
}

void print_table(const head::HeadReport& r) {
  say("Head W [%ld, %ld] of rank %ld; %ld positions (%ld ignored), hidden states of rank %ld; loss %.6f nats per token\n\n",
      r.vocabulary, r.width, r.rank_w, r.n_tokens, r.n_ignored, r.rank_h, r.loss);
  print_projection(r);
  print_spectrum(r);
  print_transfer(r);
  print_efficiency(r);
  print_caveats();
}

// --- JSON ------------------------------------------------------------------------------------------------------------------

nlohmann::ordered_json to_json(const head::HeadReport& r) {
  // List the points of the curve
  const auto& p = r.projection;
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
      {"destroyed_ratio_of_token", p.token_ratio},
      {"n_tokens_without_gradient", p.n_silent},
      {"projected_cosine", p.cosine},
      {"jointly_lost", p.jointly_lost},
      {"gradient_norm", p.norm},
      {"kept_norm", r.kept_norm},
      {"best_norm", r.best_norm},
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
  command->add_option("--rows", options->rows, "use only the first N positions that are not ignored")->check(CLI::PositiveNumber);
  command->add_flag("--json", options->json,
                    "print one JSON object, which holds every singular value and the ratio of every token");

  // Show examples, and run
  command->footer(
      "V is the size of the vocabulary, D the width of the hidden states. docs/lm-head.md explains each number.\n"
      "A random head destroys sqrt(1 - D/V) of the norm of the gradient: read the destroyed ratio beside that number.\n"
      "Example, with the weights and hidden states of a golden case\n"
      "  etalon head --weight golden/llama-nano-stress/inputs.safetensors:param/lm_head.weight \\\n"
      "    --hidden golden/llama-nano-stress/forward.safetensors:act/norm_f \\\n"
      "    --targets golden/llama-nano-stress/inputs.safetensors:targets");
  command->callback([=] { run_head(*options); });
}

}  // namespace etalon::app
