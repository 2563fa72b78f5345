// SPDX-License-Identifier: Apache-2.0
#include "head/update.h"

#include <algorithm>

#include "base/error.h"
#include "head/basis.h"

namespace etalon::head {
namespace {

double inner(const Tensor<double>& a, const Tensor<double>& b) {
  return product_sum<double>(
      a.size(), [&](long i) { return a[i]; }, [&](long i) { return b[i]; });
}

// x / ||x||, first brought near 1 by a power of two so that no square overflows or vanishes. False, and x unchanged, if x = 0.
bool normalise(Tensor<double>& x) {
  const int scale = binary_scale(x.data(), x.size());
  for (long i = 0; i < x.size(); ++i) x[i] = x[i] * std::ldexp(1, -scale);
  const double length = norm(x.data(), x.size());
  if (!(length > 0)) return false;
  for (long i = 0; i < x.size(); ++i) x[i] = x[i] / length;
  return true;
}

// E/||E||, E = G W W^T; zeros if G W = 0. The powers of two before and between the products change only E's length.
Tensor<double> visible_direction(const Tensor<double>& w_of_any_size, const Tensor<double>& g_of_any_size) {
  Tensor<double> room_of_w(Shape{0, 0}), room_of_g(Shape{0, 0});
  const Tensor<double>&w = safe_to_square(w_of_any_size, room_of_w), &g = safe_to_square(g_of_any_size, room_of_g);
  Tensor<double> at_backbone = Tensor<double>::to_fill(Shape{g.n_rows(), w.n_cols()});
  Tensor<double> e = Tensor<double>::to_fill(g.shape());
  matmul<double>(g.rows(), w.rows(), at_backbone.rows());
  if (!normalise(at_backbone)) return Tensor<double>(g.shape());
  matmul<double>(at_backbone.rows(), w.rows().transposed(), e.rows());
  normalise(e);
  return e;
}

// The loss decrease of one row when its logits change by -eps u_j. p is the softmax of the row.
double decrease(const double* p, const double* u, long v, long y, double eps) {
  // Find how far a logit that has probability rises above the target's
  const auto change = [&](long j) { return eps * (u[y] - u[j]); };  // d_j - d_y
  double rise = 0;
  for (long j = 0; j < v; ++j)
    if (p[j] > 0) rise = std::max(rise, change(j));

  // Sum as differences from 1, without the target:  -log1p(sum_{j != y} P_j expm1(d_j - d_y))
  if (rise <= 1) {
    const auto other = [&](long k) { return k < y ? k : k + 1; };
    const double gained = product_sum<double>(
        v - 1, [&](long k) { return p[other(k)]; }, [&](long k) { return expm1(change(other(k))); });
    if (gained > -0.5) return -log1p(gained);
  }

  // Sum large changes shifted by the largest:  -ln sum_j P_j e^{d_j - d_y}
  const auto probability = [&](long j) { return p[j]; };
  const auto factor = [&](long j) { return p[j] > 0 ? exp(change(j) - rise) : 0; };
  return -(rise + log(product_sum<double>(v, probability, factor)));
}

}  // namespace

std::vector<double> default_eps_grid(long n_tokens) {
  std::vector<double> grid;
  for (int k = -12; k <= 6; k += 2) grid.push_back(sqrt(static_cast<double>(n_tokens)) * std::ldexp(1, k));
  return grid;
}

Efficiency update_efficiency(const Tensor<double>& w, const LogitGradient<double>& gradient, const std::vector<long>& targets,
                             const std::vector<double>& eps_grid) {
  // Find both directions, G/||G|| and E/||E||, and how much they have in common
  const long n = gradient.g.n_rows(), v = gradient.g.n_cols();
  Tensor<double> g = gradient.g;
  if (!normalise(g)) throw Error("head.update", "a gradient G that is not 0", "G = 0", "every target has probability 1 already");
  const Tensor<double> e = visible_direction(w, gradient.g);
  Efficiency result{inner(g, e), {}};

  for (const double eps : eps_grid) result.curve.push_back({eps, 0, 0});
  std::vector<double> p(v);
  for (long i = 0; i < n; ++i) {
    // Take P from G: N G_ij is P_ij, but for the target, whose P is exp(-loss)
    for (long j = 0; j < v; ++j) p[j] = static_cast<double>(n) * gradient.g[i * v + j];
    p[targets[i]] = exp(-gradient.loss[i]);

    // Add this row's decrease in loss to every point of both curves
    for (EfficiencyPoint& point : result.curve) {
      point.ideal = point.ideal + decrease(p.data(), g.data() + i * v, v, targets[i], point.eps);
      point.visible = point.visible + decrease(p.data(), e.data() + i * v, v, targets[i], point.eps);
    }
  }

  // Divide by the number of tokens
  for (EfficiencyPoint& point : result.curve) {
    point.ideal = point.ideal / static_cast<double>(n);
    point.visible = point.visible / static_cast<double>(n);
  }
  return result;
}

Tensor<double> logit_change(const Tensor<double>& w0, const Tensor<double>& h0, const Tensor<double>& w1,
                            const Tensor<double>& h1) {
  if (w0.shape() != w1.shape() || h0.shape() != h1.shape() || w0.shape().rank() != 2 || h0.n_cols() != w0.n_cols())
    throw Error("head.logit_change", "W [V, D] and H [N, D], the same before and after",
                to_string(w0.shape()) + ", " + to_string(h0.shape()) + " before, " + to_string(w1.shape()) + ", " +
                    to_string(h1.shape()) + " after",
                "take both from the same batch and the same model");
  Tensor<double> dw = w1, dh = h1;
  for (long i = 0; i < dw.size(); ++i) dw[i] = w1[i] - w0[i];
  for (long i = 0; i < dh.size(); ++i) dh[i] = h1[i] - h0[i];
  Tensor<double> dl = logits(w0, dh);
  const Tensor<double> through_head = logits(dw, h1);
  for (long i = 0; i < dl.size(); ++i) dl[i] = dl[i] + through_head[i];
  return dl;
}

Realised realised_update(const Tensor<double>& g, const Tensor<double>& logit_change) {
  Tensor<double> a = g, b = logit_change;
  if (g.shape() != logit_change.shape())
    throw Error("head.realised_update", "dL of the shape of G, " + to_string(g.shape()), to_string(logit_change.shape()),
                "use the same batch");
  if (!normalise(a) || !normalise(b)) throw Error("head.realised_update", "G and dL that are not 0", "0", "was the step taken?");
  const double along = inner(a, b);
  for (long i = 0; i < a.size(); ++i) a[i] = fma(-along, b[i], a[i]);
  return {-along, norm(a.data(), a.size())};
}

}  // namespace etalon::head
