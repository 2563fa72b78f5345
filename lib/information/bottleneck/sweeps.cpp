// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/sweeps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tensor/matmul.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

// A weight below kDead, and far below every p_x, still shrinking by more than rounding, is dropped: it moves no other number
constexpr double kDead = 1e-18;
constexpr double kStillShrinks = 1 - 1e-7;  // its share after a sweep

// ln [q_t e^{-beta KL(W_x || r_t)}], [X', T].
Tensor<double> log_terms(const BottleneckProblem& problem, double beta, const Clusters& c) {
  const long n_x = problem.n_x(), n_y = problem.n_y(), n_t = static_cast<long>(c.weight.size());
  auto log_r = Tensor<double>::to_fill(Shape{n_t, n_y}), u = Tensor<double>::to_fill(Shape{n_x, n_t});
  for (long k = 0; k < n_t * n_y; ++k) log_r[k] = c.centre[k] > 0 ? log(c.centre[k]) : kLogZero;
  matmul<double>(problem.w.rows(), log_r.rows().transposed(), u.rows());
  std::vector<double> log_q(n_t);
  for (long t = 0; t < n_t; ++t) log_q[t] = log(c.weight[t]);
  for (long x = 0; x < n_x; ++x)
    for (long t = 0; t < n_t; ++t) u[x * n_t + t] = log_q[t] - beta * (problem.minus_h[x] - u[x * n_t + t]);
  return u;
}

// The row's maximum; whether any term is more than nothing.
struct Largest {
  double value;
  bool stranded;
};
Largest largest(const double* row, long n) {
  double m = -std::numeric_limits<double>::infinity();
  for (long t = 0; t < n; ++t) m = row[t] > m ? row[t] : m;
  return {m, !(m > 0.5 * kLogZero)};
}

// One sweep. What dies is dropped on the way.
struct Step {
  Clusters clusters;
  double moved = 0;
};
Step one_sweep(const BottleneckProblem& problem, double beta, const Clusters& c) {
  Clusters next = decode(problem, encode(problem, beta, c), c);
  double moved = 0;

  // Measure how far the sweep moved what counts, and mark what died in it
  const double dead = std::min(kDead, 1e-3 * *std::min_element(problem.p_x.begin(), problem.p_x.end()));
  std::vector<char> alive(next.weight.size(), 1);
  for (std::size_t t = 0; t < next.weight.size(); ++t) {
    moved = std::max(moved, abs(next.weight[t] - c.weight[t]));
    alive[t] = !(next.weight[t] < dead && next.weight[t] < kStillShrinks * c.weight[t]);
  }
  for (long k = 0; k < next.centre.size(); ++k)
    if (next.weight[k / problem.n_y()] > 1e-12) moved = std::max(moved, abs(next.centre[k] - c.centre[k]));
  if (std::count(alive.begin(), alive.end(), 0)) next = keep(next, alive);
  return {std::move(next), moved};
}

// ln q and ln r as one vector; what is 0 stays 0.
std::vector<double> logarithms(const Clusters& c) {
  std::vector<double> all;
  for (const double q : c.weight) all.push_back(q > 0 ? log(q) : 0);
  for (const double r : c.centre.values()) all.push_back(r > 0 ? log(r) : 0);
  return all;
}

// The point that sweeps a -> b -> c are heading for, in ln q and ln r:
//
//   a - 2 s d + s^2 v,      d = b - a,  v = c - 2b + a,  s = -max(1, |d| / |v|)
Clusters extrapolated(const Clusters& a, const Clusters& b, const Clusters& c) {
  const auto la = logarithms(a), lb = logarithms(b), lc = logarithms(c);
  const long n = static_cast<long>(la.size()), n_t = static_cast<long>(a.weight.size()), n_y = a.centre.n_cols();
  const auto d = [&](long i) { return lb[i] - la[i]; };
  const auto v = [&](long i) { return lc[i] - lb[i] - (lb[i] - la[i]); };

  // Choose the length of the step
  const double dd = product_sum<double>(n, d, d), vv = product_sum<double>(n, v, v);
  if (!(vv > 0)) return c;
  const double s = -std::max(1.0, sqrt(dd / vv));

  // Go there; what is 0 stays 0
  Clusters out = c;
  for (long t = 0; t < n_t; ++t)
    if (c.weight[t] > 0) out.weight[t] = exp(la[t] - 2 * s * d(t) + s * s * v(t));
  for (long k = 0; k < n_t * n_y; ++k)
    if (c.centre[k] > 0) out.centre[k] = exp(la[n_t + k] - 2 * s * d(n_t + k) + s * s * v(n_t + k));

  // Make weights and centres sum to 1 again
  const double total = ordered_sum<double>(n_t, [&](long t) { return out.weight[t]; });
  for (double& q : out.weight) q = q / total;
  for (long t = 0; t < n_t; ++t) {
    double* r = out.centre.data() + t * n_y;
    const double sum = ordered_sum<double>(n_y, [&](long y) { return r[y]; });
    for (long y = 0; y < n_y; ++y) r[y] = r[y] / sum;
  }
  return out;
}

}  // namespace

std::vector<double> log_partition(const BottleneckProblem& problem, double beta, const Clusters& clusters) {
  const auto u = log_terms(problem, beta, clusters);
  const long n_t = u.n_cols();
  std::vector<double> log_z;
  for (long x = 0; x < u.n_rows(); ++x) {
    const double* row = u.data() + x * n_t;
    const double m = largest(row, n_t).value;
    log_z.push_back(m + log(ordered_sum<double>(n_t, [&](long t) { return exp(row[t] - m); })));
  }
  return log_z;
}

double free_energy(const BottleneckProblem& problem, double beta, const Clusters& clusters) {
  const auto log_z = log_partition(problem, beta, clusters);
  return -product_sum<double>(
      problem.n_x(), [&](long x) { return problem.p_x[x]; }, [&](long x) { return log_z[x]; });
}

Tensor<double> encode(const BottleneckProblem& problem, double beta, const Clusters& c) {
  auto q = log_terms(problem, beta, c);
  const long n_t = q.n_cols();
  for (long x = 0; x < q.n_rows(); ++x) {
    double* row = q.data() + x * n_t;
    // Take the largest term as 1; where all are 0, spread x over the clusters
    const auto [m, stranded] = largest(row, n_t);
    for (long t = 0; t < n_t; ++t) row[t] = stranded ? c.weight[t] : exp(row[t] - m);
    const double z = ordered_sum<double>(n_t, [&](long t) { return row[t]; });
    for (long t = 0; t < n_t; ++t) row[t] = row[t] / z;
  }
  return q;
}

Clusters decode(const BottleneckProblem& problem, const Tensor<double>& q, const Clusters& before) {
  const long n_x = problem.n_x(), n_y = problem.n_y(), n_t = q.n_cols();
  auto joint_xt = Tensor<double>::to_fill(Shape{n_x, n_t}), sums = Tensor<double>::to_fill(Shape{n_t, n_y});

  // Add up the W_x of each cluster, by its share of x:  p(x, t) = p_x q(t|x),  sums = sum_x p(x, t) W_x
  for (long x = 0; x < n_x; ++x)
    for (long t = 0; t < n_t; ++t) joint_xt[x * n_t + t] = problem.p_x[x] * q[x * n_t + t];
  matmul<double>(joint_xt.rows().transposed(), problem.w.rows(), sums.rows());

  // Compute its weight, and where that is not 0 its centre:  q_t = sum_x p(x, t),  r_t = sums / q_t
  Clusters c = before;
  for (long t = 0; t < n_t; ++t) {
    c.weight[t] = ordered_sum<double>(n_x, [&](long x) { return joint_xt[x * n_t + t]; });
    if (!(c.weight[t] > 0)) continue;
    for (long y = 0; y < n_y; ++y) c.centre[t * n_y + y] = sums[t * n_y + y] / c.weight[t];
  }
  return c;
}

Clusters keep(const Clusters& c, const std::vector<char>& kept) {
  const long n_y = c.centre.n_cols();
  Clusters out;
  std::vector<double> centres;
  for (std::size_t t = 0; t < kept.size(); ++t) {
    if (!kept[t]) continue;
    out.weight.push_back(c.weight[t]);
    for (long y = 0; y < n_y; ++y) centres.push_back(c.centre[static_cast<long>(t) * n_y + y]);
  }
  out.centre = Tensor<double>(Shape{static_cast<long>(out.weight.size()), n_y}, std::move(centres));
  return out;
}

Sweeping sweep(const BottleneckProblem& problem, double beta, Clusters start, long max_sweeps, double tolerance) {
  Sweeping s{std::move(start)};
  while (!s.converged && s.sweeps < max_sweeps) {
    // Sweep once
    const Step once = one_sweep(problem, beta, s.clusters);
    ++s.sweeps;
    s.converged = once.moved <= tolerance;
    if (s.converged || s.sweeps == max_sweeps) {
      s.clusters = once.clusters;
      break;
    }

    // Sweep again
    const Step twice = one_sweep(problem, beta, once.clusters);
    ++s.sweeps;
    s.converged = twice.moved <= tolerance;
    const Clusters before = std::move(s.clusters);
    s.clusters = twice.clusters;

    // Jump to where they are heading, if F is lower there
    const bool same_size = before.weight.size() == twice.clusters.weight.size();
    if (s.converged || !same_size || s.sweeps >= max_sweeps) continue;
    Clusters far = extrapolated(before, once.clusters, twice.clusters);
    ++s.sweeps;
    if (free_energy(problem, beta, far) < free_energy(problem, beta, twice.clusters)) s.clusters = std::move(far);
  }
  return s;
}

}  // namespace etalon::information
