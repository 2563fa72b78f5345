// SPDX-License-Identifier: Apache-2.0
#include "study/phases.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "scalar/exact.h"
#include "tensor/sum.h"

namespace etalon::study {
namespace {

void require_trajectories(const std::vector<Trajectory>& replicates) {
  if (replicates.size() < 3)
    throw Error("study.phases", "at least 3 replicates", std::to_string(replicates.size()),
                "without a spread there is nothing to compare with");
  const std::size_t n_looks = replicates.front().i_x.size();
  for (const Trajectory& t : replicates) {
    if (n_looks == 0 || t.i_x.size() != n_looks || t.i_y.size() != n_looks)
      throw Error("study.phases", std::to_string(n_looks) + " looks at each quantity of each replicate, at least 1",
                  std::to_string(t.i_x.size()) + " and " + std::to_string(t.i_y.size()),
                  "measure every replicate at the same steps");
    for (std::size_t i = 0; i < n_looks; ++i)
      if (!std::isfinite(t.i_x[i]) || !std::isfinite(t.i_y[i]))
        throw Error("study.phases", "finite informations", "look " + std::to_string(i) + " is not", "did the training diverge?");
  }
}

// The look at which the mean I(X;T) of all replicates but one is largest, the earliest of equals; `left_out` = n leaves none out.
std::size_t peak_without(const std::vector<Trajectory>& replicates, std::size_t left_out) {
  std::size_t peak = 0;
  double highest = 0;
  for (std::size_t look = 0; look < replicates.front().i_x.size(); ++look) {
    const double total = ordered_sum<double>(static_cast<long>(replicates.size()),
                                             [&](std::size_t r) { return r == left_out ? 0.0 : replicates[r].i_x[look]; });
    if (look == 0 || total > highest) highest = total, peak = look;
  }
  return peak;
}

}  // namespace

MeanAndError mean_and_error(const std::vector<double>& x) {
  const auto n = static_cast<long>(x.size());
  if (n < 2) throw Error("study.phases", "at least 2 numbers", std::to_string(n), "one number has no spread");
  const auto count = static_cast<double>(n);
  const double mean = ordered_sum<double>(n, [&](long i) { return x[i]; }) / count;
  const auto off = [&](long i) { return x[i] - mean; };
  return {mean, sqrt(product_sum<double>(n, off, off) / (count * (count - 1)))};
}

PhaseVerdict judge_phases(const std::vector<Trajectory>& replicates, const PhaseRule& rule) {
  // Measure each replicate at the peak of the others
  require_trajectories(replicates);
  std::vector<double> rises, falls, gains;
  for (std::size_t r = 0; r < replicates.size(); ++r) {
    const Trajectory& t = replicates[r];
    const std::size_t peak = peak_without(replicates, r);
    rises.push_back(t.i_y[peak] - t.i_y.front());
    falls.push_back(t.i_x[peak] - t.i_x.back());
    gains.push_back(t.i_y.back() - t.i_y.front());
  }

  // Take means and standard errors, and the peak of all
  PhaseVerdict v;
  v.peak = static_cast<long>(peak_without(replicates, replicates.size()));
  v.peak_i_x = ordered_sum<double>(static_cast<long>(replicates.size()), [&](long r) { return replicates[r].i_x[v.peak]; }) /
               static_cast<double>(replicates.size());
  v.rise = mean_and_error(rises);
  v.fall = mean_and_error(falls);
  v.gain = mean_and_error(gains);

  // Apply the rule of phases.h
  const double least = rule.negligible * v.peak_i_x;
  const bool rises_first = v.rise.is_above(0, rule.k), learns = v.gain.is_above(0, rule.k),
             falls_at_all = v.fall.is_above(0, rule.k);
  if (rises_first && falls_at_all && v.fall.mean >= least) v.verdict = Phases::shown;
  else if (learns && v.fall.is_below(least, rule.k)) v.verdict = Phases::refuted;
  else if (rises_first || learns || falls_at_all || v.gain.is_below(0, rule.k)) v.verdict = Phases::not_shown;
  else v.verdict = Phases::noise;
  return v;
}

bool attributed(const PhaseVerdict& trained, const PhaseVerdict& control, const PhaseRule& rule) {
  const double error = sqrt(fma(trained.fall.error, trained.fall.error, control.fall.error * control.fall.error));
  return trained.fall.mean - control.fall.mean > rule.k * error;
}

}  // namespace etalon::study
