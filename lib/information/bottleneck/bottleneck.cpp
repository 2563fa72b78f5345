// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/bottleneck.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "base/bits.h"
#include "base/error.h"
#include "information/bottleneck/columns.h"
#include "information/bottleneck/sweeps.h"
#include "tensor/matmul.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

void require_price(double beta) {
  if (!(beta >= 0) || !std::isfinite(beta))
    throw Error("information.bottleneck", "a finite beta >= 0", shortest(beta),
                "beta is the price of a nat about Y in nats about X");
}

InformationPlane plane_of(const BottleneckProblem& problem, const Tensor<double>& q) {
  const long n_x = problem.n_x(), n_y = problem.n_y(), n_t = q.n_cols();
  auto p_xt = Tensor<double>::to_fill(Shape{n_x, n_t});
  Tensor<double> p_ty(Shape{n_t, n_y});
  for (long x = 0; x < n_x; ++x)
    for (long t = 0; t < n_t; ++t) {
      const double p = problem.p_x[x] * q[x * n_t + t];
      p_xt[x * n_t + t] = p;
      for (long y = 0; y < n_y; ++y) p_ty[t * n_y + y] = fma(p, problem.w[x * n_y + y], p_ty[t * n_y + y]);
    }
  return {mutual_information(Joint(std::move(p_xt))), mutual_information(Joint(std::move(p_ty)))};
}

// The point that weights and centres stand for; nothing proved yet.
BottleneckPoint point_of(const BottleneckProblem& problem, double beta, const Columns& solved) {
  BottleneckPoint point;
  point.beta = beta;
  point.converged = solved.converged;
  point.sweeps = solved.sweeps;
  const auto q = encode(problem, beta, solved.clusters);
  const auto plane = plane_of(problem, q);
  point.i_x = plane.i_x;
  point.i_y = plane.i_y;
  point.lagrangian = Nats(plane.i_x.value - beta * plane.i_y.value);
  point.minimum = solved.minimum;
  point.lower_found = solved.lower_found;
  point.clusters = problem.own(solved.clusters);
  point.encoder = problem.own_encoder(q, solved.clusters.weight);
  return point;
}

BottleneckPoint solve(const BottleneckProblem& problem, double beta, const BottleneckSetting& setting,
                      const std::vector<Clusters>& warm_starts) {
  require_price(beta);
  const ColumnSetting columns{setting.max_sweeps, setting.tolerance, setting.prove == Prove::minimum, setting.max_cells,
                              setting.stop};
  return point_of(problem, beta, solve_by_columns(problem, beta, columns, warm_starts));
}

}  // namespace

InformationPlane information_plane(const Joint& joint, const Tensor<double>& encoder) {
  // Refuse what is no encoder: another shape, rows that are no laws
  if (encoder.shape().rank() != 2 || encoder.n_rows() != joint.n_x() || encoder.n_cols() < 1)
    throw Error("information.information_plane", "an encoder [" + std::to_string(joint.n_x()) + ", T]", to_string(encoder.shape()),
                "one row q(.|x) for each x of the joint law");
  const long n_t = encoder.n_cols();
  for (long x = 0; x < joint.n_x(); ++x) {
    bool law = true;
    for (long t = 0; t < n_t; ++t) law = law && encoder[x * n_t + t] >= 0;
    const double total = ordered_sum<double>(n_t, [&](long t) { return encoder[x * n_t + t]; });
    if (!(law && abs(total - 1) <= Joint::kTolerance))
      throw Error("information.information_plane", "rows q(.|x) >= 0 that sum to 1",
                  shortest(total) + " in row " + std::to_string(x), "is the encoder transposed?");
  }

  // Compute both joint laws, and the information in each:  p(x, t) = p_x q(t|x),  p(t, y) = sum_x q(t|x) p(x, y)
  auto p_xt = Tensor<double>::to_fill(Shape{joint.n_x(), n_t}), p_ty = Tensor<double>::to_fill(Shape{n_t, joint.n_y()});
  for (long x = 0; x < joint.n_x(); ++x)
    for (long t = 0; t < n_t; ++t) p_xt[x * n_t + t] = joint.p_x()[x] * encoder[x * n_t + t];
  matmul<double>(encoder.rows().transposed(), joint.p().rows(), p_ty.rows());
  return {mutual_information(Joint(std::move(p_xt))), mutual_information(Joint(std::move(p_ty)))};
}

BottleneckPoint bottleneck(const Joint& joint, double beta, const BottleneckSetting& setting,
                           const std::vector<Clusters>& warm_starts) {
  return bottleneck(BottleneckProblem(joint), beta, setting, warm_starts);
}

BottleneckPoint bottleneck(const BottleneckProblem& problem, double beta, const BottleneckSetting& setting,
                           const std::vector<Clusters>& warm_starts) {
  std::vector<Clusters> starts;
  for (const Clusters& own : warm_starts) starts.push_back(problem.ordered(own));
  return solve(problem, beta, setting, starts);
}

std::vector<BottleneckPoint> bottleneck_curve(const Joint& joint, std::vector<double> betas, const BottleneckSetting& setting) {
  if (betas.empty()) throw Error("information.bottleneck_curve", "at least one beta", "none", "default_betas(joint) chooses some");
  for (const double beta : betas) require_price(beta);
  const BottleneckProblem problem(joint);
  std::vector<std::size_t> order(betas.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return betas[i] < betas[j]; });

  std::vector<BottleneckPoint> points(betas.size());
  std::vector<Clusters> below;
  for (const std::size_t i : order) {
    points[i] = solve(problem, betas[i], setting, below);
    below = {problem.ordered(points[i].clusters)};
  }
  return points;
}

BottleneckRun sweep_to_rest(const Joint& joint, double beta, Clusters start, const BottleneckSetting& setting, bool record) {
  if (!(beta > 0) || !std::isfinite(beta))
    throw Error("information.bottleneck", "a finite beta > 0", shortest(beta), "at beta = 0 nothing is kept");
  const BottleneckProblem problem(joint);
  BottleneckRun result{.clusters = problem.ordered(start), .lagrangian = {}};

  // Sweep, one at a time
  while (!result.converged && result.sweeps < setting.max_sweeps) {
    const Sweeping next = sweep(problem, beta, result.clusters, 1, setting.tolerance);

    // Note L of the encoder that the sweep made
    if (record) {
      const auto plane = plane_of(problem, encode(problem, beta, result.clusters));
      result.lagrangian.push_back(plane.i_x.value - beta * plane.i_y.value);
    }
    result.clusters = next.clusters;
    result.converged = next.converged;
    ++result.sweeps;
  }

  // Put the centres back into the joint law's own y
  result.clusters = problem.own(result.clusters);
  return result;
}

double second_singular_value_squared(const Joint& joint) {
  constexpr int kMostPowerSteps = 500;
  constexpr double kSameValue = 1e-9;  // relative, from one step to the next
  const long n_x = joint.n_x(), n_y = joint.n_y();
  // Iterate from a start without symmetry (power iteration):  v <- B^T B v,  B = p_xy / sqrt(p_x p_y)
  std::vector<double> v(n_y), u(n_x);
  for (long y = 0; y < n_y; ++y) v[y] = 1 / (1 + static_cast<double>((y * 7919) % 97));
  double value = 0;
  for (int step = 0; step < kMostPowerSteps; ++step) {
    // Take out the first singular vector, sqrt(p_y), and normalise what is left
    const double overlap = product_sum<double>(
        n_y, [&](long y) { return sqrt(joint.p_y()[y]); }, [&](long y) { return v[y]; });
    for (long y = 0; y < n_y; ++y) v[y] = joint.p_y()[y] > 0 ? fma(-overlap, sqrt(joint.p_y()[y]), v[y]) : 0;
    const double length = sqrt(product_sum<double>(
        n_y, [&](long y) { return v[y]; }, [&](long y) { return v[y]; }));
    if (!(length > 1e-150)) return 0;  // nothing is left beside sqrt(p_y)
    for (double& e : v) e = e / length;

    // Multiply by B and by its transpose:  u = B v,  v = B^T u
    const auto b = [&](long x, long y) {
      return joint(x, y) > 0 ? joint(x, y) / sqrt(joint.p_x()[x]) / sqrt(joint.p_y()[y]) : 0.0;
    };
    for (long x = 0; x < n_x; ++x)
      u[x] = product_sum<double>(
          n_y, [&](long y) { return b(x, y); }, [&](long y) { return v[y]; });
    for (long y = 0; y < n_y; ++y)
      v[y] = product_sum<double>(
          n_x, [&](long x) { return b(x, y); }, [&](long x) { return u[x]; });

    // Stop once the squared length no longer changes:  |u|^2 = rho^2
    const double now = product_sum<double>(
        n_x, [&](long x) { return u[x]; }, [&](long x) { return u[x]; });
    if (!(now > 1e-24)) return 0;  // what is left is rounding: X and Y are independent
    if (abs(now - value) <= kSameValue * now) return now;
    value = now;
  }
  return value;
}

std::vector<double> default_betas(const Joint& joint, long n) {
  if (n < 2) throw Error("information.default_betas", "n >= 2", std::to_string(n), "a curve has two ends");
  const double rho2 = second_singular_value_squared(joint);
  // Independent X and Y: the curve is a point, and any betas say so
  const double critical = rho2 > 1e-12 ? 1 / rho2 : 1;
  // From half the critical beta to a hundred times it, never below 1
  const double first = std::max(1.0, critical / 2), ratio = log(100 * critical / first);
  std::vector<double> betas;
  for (long i = 0; i < n; ++i) betas.push_back(first * exp(ratio * static_cast<double>(i) / static_cast<double>(n - 1)));
  return betas;
}

}  // namespace etalon::information
