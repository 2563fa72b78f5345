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

  Projection<double> projection;  // destroyed ratio, cosine, jointly lost; per batch and per token
  double baseline;                // sqrt(1 - D/V), 0 for D >= V: the destroyed ratio of a head that knows nothing of G

  Spectrum spectrum;  // singular values of G and ||P_W x_i||^2 of each component
  long rank_g;
  double effective_rank_g;
  Components components;
  double kept_norm, best_norm;                // head alignment: ||G P_W||, and the best any D-dimensional head could keep
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

// sqrt(1 - D/V), 0 for D >= V: the root-mean-square destroyed ratio of a head whose column space is random.
template <Scalar S = double>
S random_head_baseline(long vocabulary, long width) {
  return width >= vocabulary ? S(0.0) : sqrt(ratio<S>(vocabulary - width, vocabulary));
}

}  // namespace etalon::head
