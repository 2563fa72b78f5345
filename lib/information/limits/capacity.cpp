// SPDX-License-Identifier: Apache-2.0
#include "information/limits/capacity.h"

#include <limits>

#include "base/bits.h"
#include "base/error.h"
#include "information/law/entropy.h"
#include "information/limits/blahut.h"
#include "information/limits/capacity_large.h"
#include "information/limits/decomposition.h"
#include "scalar/entropy_terms.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

constexpr long kMostForNewton = 600;  // inputs; beyond, one factorisation for each input that leaves costs too much

// W_xy - p_y = sum_x' r_x' (W_xy - W_x'y), and so computed unless there are too many inputs: where p is close to W_x, as in a
// channel that says little, the difference of the rounded numbers has lost the digits that D_x is made of.
double difference(const Tensor<double>& w, const std::vector<double>& r, double p_y, long x, long y, bool quick) {
  const long n_y = w.n_cols();
  if (quick) return w[x * n_y + y] - p_y;
  return product_sum<double>(
      w.n_rows(), [&](long other) { return r[other]; }, [&](long other) { return w[x * n_y + y] - w[other * n_y + y]; });
}

// D_x = KL(W_x || p) = sum_y p_y phi(W_xy / p_y), p = rW; infinite where W_x reaches a y that no input in use does.
double divergence_of_row(const Tensor<double>& w, const std::vector<double>& r, const std::vector<double>& p, long x, bool quick) {
  return ordered_sum<double>(w.n_cols(), [&](long y) {
    if (p[y] == 0) return w[x * w.n_cols() + y] == 0 ? 0.0 : std::numeric_limits<double>::infinity();
    return p[y] * phi(difference(w, r, p[y], x, y, quick) / p[y]);
  });
}

void require_channel(const Tensor<double>& w, const CapacitySetting& setting) {
  if (w.shape().rank() != 2 || w.n_rows() < 1 || w.n_cols() < 1)
    throw Error("information.capacity", "a channel w [X, Y]", to_string(w.shape()), "one row p(y|x) for each input x");
  for (long x = 0; x < w.n_rows(); ++x) entropy(std::span(w.data() + x * w.n_cols(), static_cast<std::size_t>(w.n_cols())));
  if (!(setting.tolerance >= 0))
    throw Error("information.capacity", "a tolerance >= 0", shortest(setting.tolerance), "it is in nats");
  if (setting.max_sweeps < 1)
    throw Error("information.capacity", "at least one sweep", std::to_string(setting.max_sweeps), "leave out max_sweeps");
}

}  // namespace

std::vector<double> output_law(const Tensor<double>& w, const std::vector<double>& r) {
  std::vector<double> p_y;
  for (long y = 0; y < w.n_cols(); ++y)
    p_y.push_back(product_sum<double>(
        w.n_rows(), [&](long x) { return r[x]; }, [&](long x) { return w[x * w.n_cols() + y]; }));
  return p_y;
}

// I_L and I_U from D_x = ln c_x. ln sum r c is taken off the largest, so that nearly equal gains lose nothing.
CapacityBounds capacity_bounds(const std::vector<double>& r, const std::vector<double>& d) {
  double upper = 0;
  for (const double d_x : d) upper = d_x > upper ? d_x : upper;
  const double excess = product_sum<double>(
      static_cast<long>(r.size()), [&](long x) { return r[x]; }, [&](long x) { return r[x] == 0 ? 0.0 : expm1(d[x] - upper); });
  return {upper + log1p(excess), upper};
}

Slope capacity_slope(const Tensor<double>& w, const std::vector<double>& r, bool quick) {
  quick = quick || w.n_rows() > kMostForNewton;
  const std::vector<double> p_y = output_law(w, r);
  Slope at;
  for (long x = 0; x < w.n_rows(); ++x) at.log_gain.push_back(divergence_of_row(w, r, p_y, x, quick));
  const CapacityBounds b = capacity_bounds(r, at.log_gain);
  at.gap = b.upper - b.lower;

  // I(r; W) = sum_x r_x D_x
  at.height = product_sum<double>(
      w.n_rows(), [&](long x) { return r[x]; }, [&](long x) { return r[x] == 0 ? 0.0 : at.log_gain[x]; });
  return at;
}

namespace {

// The Newton step of
//
//   F(r) = sum_y s_y ln s_y - sum_x r_x (sum_y W ln W + 1 - I),     s = rW
//
// over r >= 0 of any total: least at the optimal r, with total exp(C - I). Its slope is I - D_x, its curvature W diag(1/s) W^T.
std::vector<double> newton_step(const Tensor<double>& w, const std::vector<double>& r, const Slope& at) {
  const long n_x = w.n_rows(), n_y = w.n_cols();
  const std::vector<double> s = output_law(w, r);
  auto h = Tensor<double>::to_fill(Shape{n_x, n_x});
  std::vector<double> slope;
  for (long x = 0; x < n_x; ++x) {
    slope.push_back(at.height - at.log_gain[x]);
    for (long other = 0; other < n_x; ++other)
      h[x * n_x + other] = product_sum<double>(
          n_y, [&](long y) { return s[y] == 0 ? 0.0 : w[x * n_y + y] / s[y]; }, [&](long y) { return w[other * n_y + y]; });
  }
  return nonnegative_newton(std::move(h), slope, r);
}

using Propose = std::function<std::vector<double>(const std::vector<double>&, const Slope&)>;

Capacity finished(const Tensor<double>& w, const BlahutSearch& search) {
  const CapacityBounds b = capacity_bounds(search.weight, capacity_slope(w, search.weight).log_gain);
  const Provenance how{Certificate::dual, search.sweeps, w.n_rows()};
  return {{{Nats(b.lower), how}, {Nats(b.upper), how}}, search.weight, search.converged};
}

}  // namespace

Capacity capacity(const Tensor<double>& w, const CapacitySetting& setting) {
  require_channel(w, setting);
  if (setting.newton && w.n_rows() > kMostForNewton) return finished(w, search_large_channel(w, setting));
  const Propose propose = [&](const std::vector<double>& r, const Slope& at) { return newton_step(w, r, at); };
  return finished(w, blahut_search(
                         std::vector<double>(w.n_rows(), 1 / static_cast<double>(w.n_rows())), setting.tolerance,
                         setting.max_sweeps, [&](const std::vector<double>& r) { return capacity_slope(w, r); },
                         setting.newton ? propose : Propose{}, setting.watch));
}

}  // namespace etalon::information
