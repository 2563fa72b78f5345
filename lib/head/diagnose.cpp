// SPDX-License-Identifier: Apache-2.0
#include "head/diagnose.h"

namespace etalon::head {
namespace {

// Rows of G that are not 0 and hold no normal number.
long count_subnormal(const Tensor<double>& g) {
  long n = 0;
  for (long i = 0; i < g.n_rows(); ++i) {
    const double largest = largest_magnitude(g.data() + i * g.n_cols(), g.n_cols());
    n += largest > 0 && largest < 0x1p-1022;
  }
  return n;
}

}  // namespace

HeadReport diagnose(const Tensor<double>& w, const Tensor<double>& h, const std::vector<std::int64_t>& targets,
                    const Options& options) {
  // Take out the positions that do not count
  HeadReport report{};
  const Positions<> counted = counted_positions(w, h, targets);
  const long n = counted.h.n_rows(), v = w.n_rows(), d = w.n_cols();
  report.n_tokens = n, report.n_ignored = counted.n_ignored, report.vocabulary = v, report.width = d;

  // Compute the logits, their gradient G and the mean loss
  options.progress("logits and their gradient");
  Tensor<double> l = logits(w, counted.h);
  require_finite_logits(l);
  const auto gradient = logit_gradient(std::move(l), counted.targets);
  report.loss = ordered_sum<double>(n, [&](long i) { return gradient.loss[i]; }) / static_cast<double>(n);

  // Find bases of the column spaces of W and H
  options.progress("the column spaces of W and H");
  const Basis<double> of_w = orthonormal_basis<double>(w.rows().transposed());
  const Basis<double> of_h = orthonormal_basis<double>(counted.h.rows().transposed());
  report.rank_w = of_w.rank(), report.rank_h = of_h.rank();

  // Say how well these are known
  options.progress("the condition of W and H");
  report.condition_w = condition_of(of_w), report.condition_h = condition_of(of_h);
  report.good_decimals = good_decimals(report.condition_w.projection_error);
  report.good_decimals_jointly = good_decimals(report.condition_w.projection_error + report.condition_h.projection_error);

  // Split G into what W lets through and what is lost
  options.progress("the projection of G");
  report.projection = project(gradient.g, of_w, of_h);
  report.n_subnormal = count_subnormal(gradient.g);
  report.baseline = random_head_baseline(v, report.rank_w), report.baseline_of_width = random_head_baseline(v, d);

  // Find the singular values of G, and count them in every way
  options.progress("the singular values of G");
  report.spectrum = spectrum_of(gradient.g, of_w);
  const std::vector<double>& sigma = report.spectrum.sigma;
  report.rank_g = numerical_rank(sigma, n, v);
  report.effective_rank_g = effective_rank(sigma);
  const auto k = [&](long p, long q, Share share) { return components_for(sigma, ratio<double>(p, q), share); };
  report.components = {k(7, 10, Share::norm), k(7, 10, Share::energy), k(999, 1000, Share::norm), k(999, 1000, Share::energy)};

  // Bound what any head of this width, and any update of rank D or 2D, could reach
  report.kept_norm = report.projection.visible_norm;
  report.best_norm = cosine_bound(sigma, d) * report.projection.norm;
  report.alignment = report.projection.cosine / cosine_bound(sigma, d);
  report.residual_bound_2d = residual_bound(sigma, 2 * d), report.cosine_bound_2d = cosine_bound(sigma, 2 * d);
  report.residual_bound_d = residual_bound(sigma, d), report.cosine_bound_d = cosine_bound(sigma, d);

  // Follow the loss along G and along G W W^T
  options.progress("the loss along G and along G W W^T");
  const auto eps_grid = options.eps_grid.empty() ? default_eps_grid(n) : options.eps_grid;
  report.efficiency = update_efficiency(w, gradient, counted.targets, eps_grid);
  return report;
}

}  // namespace etalon::head
