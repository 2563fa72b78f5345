// SPDX-License-Identifier: Apache-2.0
// diagnose.h — every measure of a language-model head as a gradient bottleneck, in one call. The one header to include.
//
//   const auto report = head::diagnose(w, h, targets);
//   report.projection.destroyed_ratio, report.baseline, report.spectrum.sigma, ...
//
// SOURCE   Godey & Artzi 2026, "Lost in Backpropagation: The LM Head is a Gradient Bottleneck" (arXiv 2603.10145).
// READ     docs/lm-head.md, with worked numbers and with what these numbers do not say.
#pragma once

#include <functional>
#include <string>

#include "head/condition.h"
#include "head/projection.h"
#include "head/spectrum.h"
#include "head/update.h"

namespace etalon::head {

// k_70 and k_99.9 by each of two readings; which of them the paper uses is not known to us.
struct Components {
  long k_70_norm, k_70_energy;
  long k_99_9_norm, k_99_9_energy;
};

struct HeadReport {
  long n_tokens, n_ignored;  // N counted positions, and those left out
  long vocabulary, width;    // V, D
  long rank_w, rank_h;       // of W [V, D] and H [N, D], numerically
  double loss;               // mean over the counted positions, nats

  Condition condition_w, condition_h;        // how well their column spaces are known
  int good_decimals, good_decimals_jointly;  // of the ratios and the cosine, which ask for W; of jointly_lost, which asks for H too

  Projection<double> projection;  // destroyed ratio, cosine, jointly lost; per batch and per token
  long n_subnormal;               // rows of G that are not 0 and all below 2^-1022, where doubles have fewer than 53 bits
  double baseline;                // random_head_baseline(V, rank W)
  double baseline_of_width;       // random_head_baseline(V, D): another number where W has dependent columns

  Spectrum spectrum;  // singular values of G and ||P_W x_i||^2 of each component
  long rank_g;
  double effective_rank_g;
  Components components;
  double kept_norm, best_norm;                // ||G P_W||, and the best any D-dimensional head could keep
  double alignment;                           // their quotient, computed from shares of ||G||: right for a G of any size
  double residual_bound_2d, cosine_bound_2d;  // of any realisable update, rank <= 2D
  double residual_bound_d, cosine_bound_d;    // of the backbone's path alone, rank <= D

  Efficiency efficiency;
};

struct Options {
  std::vector<double> eps_grid = {};  // empty: default_eps_grid(N)
  std::function<void(const std::string& stage)> progress = [](const std::string&) {};
};

// W [V, D], H [..., D], one target for each row of H (-100: ignored). ERRORS: those of counted_positions; G = 0; logits that
// overflow. N = 2,000, V = 50,000, D = 1,024 needs about 4 GB.
HeadReport diagnose(const Tensor<double>& w, const Tensor<double>& h, const std::vector<std::int64_t>& targets,
                    const Options& options = {});

// sqrt(1 - k/V), 0 for k >= V: the root mean square destroyed ratio over heads whose column space is a random one of dimension k,
// whatever G is, as long as G knows nothing of that space: r^2 has the mean 1 - k/V. The mean of r itself is a little smaller, and
// the G of a real head depends on W through the logits. `rank` is that of W; dependent columns reach nothing that is new.
template <Scalar S = double>
S random_head_baseline(long vocabulary, long rank) {
  return rank >= vocabulary ? S(0.0) : sqrt(ratio<S>(vocabulary - rank, vocabulary));
}

}  // namespace etalon::head
