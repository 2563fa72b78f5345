#include "information/bottleneck.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/bits.h"
#include "base/error.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

constexpr double kDead = 1e-18;        // a weight below this, still shrinking, is dropped: it moves no other number
constexpr double kWeighsNothing = 1e-14;  // at rest: what dies has come this far, what lives has not
constexpr double kSameRow = 1e-15;     // rows W_x that differ by rounding only
constexpr double kSameCentre = 1e-7;   // merging two such centres changes L by about kSameCentre^2
constexpr std::size_t kMostStarts = 8;
constexpr double kSameValue = 1e-14;   // two starts that end this close tie; the one with fewer clusters wins

// What the sweeps need of the joint law: only x and y that happen, rows with equal W_x merged.
struct Problem {
  std::vector<double> p_x, p_y;   // [X'], [Y']
  Tensor<double> w;               // W_x [X', Y']
  std::vector<double> minus_h;    // sum_y W ln W [X']
  std::vector<long> row_of;       // x -> merged row, -1 where p_x = 0
  long n_x() const { return static_cast<long>(p_x.size()); }
  long n_y() const { return static_cast<long>(p_y.size()); }
};

Problem reduced(const Joint& joint) {
  Problem problem;
  std::vector<long> ys;
  for (long y = 0; y < joint.n_y(); ++y)
    if (joint.p_y()[y] > 0) ys.push_back(y);
  for (const long y : ys) problem.p_y.push_back(joint.p_y()[y]);

  std::vector<double> rows;
  const long n_y = problem.n_y();
  for (long x = 0; x < joint.n_x(); ++x) {
    problem.row_of.push_back(-1);
    if (joint.p_x()[x] == 0) continue;
    std::vector<double> w;
    for (const long y : ys) w.push_back(joint(x, y) / joint.p_x()[x]);
    const auto same = [&](long k) {
      for (long y = 0; y < n_y; ++y)
        if (abs(rows[k * n_y + y] - w[y]) > kSameRow) return false;
      return true;
    };
    long k = 0;
    while (k < problem.n_x() && !same(k)) ++k;
    if (k == problem.n_x()) {
      problem.p_x.push_back(0);
      rows.insert(rows.end(), w.begin(), w.end());
    }
    problem.p_x[k] = problem.p_x[k] + joint.p_x()[x];
    problem.row_of.back() = k;
  }
  problem.w = Tensor<double>(Shape{problem.n_x(), n_y}, std::move(rows));
  for (long x = 0; x < problem.n_x(); ++x)
    problem.minus_h.push_back(ordered_sum<double>(n_y, [&](long y) {
      const double p = problem.w[x * n_y + y];
      return p == 0 ? 0.0 : p * log(p);
    }));
  return problem;
}

// q(t|x) [X', T] from weights and centres, in logarithms: ln q_t - beta KL(W_x || r_t), minus the row's maximum.
// An x that no centre can stand for (its own was dropped with a weight below kDead) is spread over all, as if unseen.
Tensor<double> encode(const Problem& problem, double beta, const Clusters& c) {
  const long n_x = problem.n_x(), n_y = problem.n_y(), n_t = static_cast<long>(c.weight.size());
  std::vector<double> log_r(n_t * n_y), log_q(n_t);
  for (long k = 0; k < n_t * n_y; ++k) log_r[k] = log(c.centre[k]);
  for (long t = 0; t < n_t; ++t) log_q[t] = log(c.weight[t]);

  Tensor<double> q(Shape{n_x, n_t});
  for (long x = 0; x < n_x; ++x) {
    double* row = q.data() + x * n_t;
    double m = -std::numeric_limits<double>::infinity();
    for (long t = 0; t < n_t; ++t) {
      double divergence = problem.minus_h[x];
      for (long y = 0; y < n_y; ++y)
        if (problem.w[x * n_y + y] > 0) divergence = fma(-problem.w[x * n_y + y], log_r[t * n_y + y], divergence);
      row[t] = log_q[t] - beta * divergence;
      m = row[t] > m ? row[t] : m;
    }
    const bool stranded = !(m > -std::numeric_limits<double>::infinity());
    for (long t = 0; t < n_t; ++t) row[t] = stranded ? c.weight[t] : exp(row[t] - m);
    const double z = ordered_sum<double>(n_t, [&](long t) { return row[t]; });
    for (long t = 0; t < n_t; ++t) row[t] = row[t] / z;
  }
  return q;
}

// q_t and r_t from q(t|x). A cluster that nobody uses keeps its centre and has weight 0.
Clusters decode(const Problem& problem, const Tensor<double>& q, const Clusters& before) {
  const long n_x = problem.n_x(), n_y = problem.n_y(), n_t = q.n_cols();
  Clusters c = before;
  for (long t = 0; t < n_t; ++t) {
    c.weight[t] = product_sum<double>(n_x, [&](long x) { return problem.p_x[x]; }, [&](long x) { return q[x * n_t + t]; });
    if (!(c.weight[t] > 0)) continue;
    for (long y = 0; y < n_y; ++y)
      c.centre[t * n_y + y] = product_sum<double>(n_x, [&](long x) { return problem.p_x[x] * q[x * n_t + t]; },
                                                  [&](long x) { return problem.w[x * n_y + y]; }) / c.weight[t];
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

// Later clusters are poured into the first with the same centre; those that weigh nothing by now are left out.
Clusters duplicates_merged(Clusters c) {
  const long n_t = static_cast<long>(c.weight.size()), n_y = c.centre.n_cols();
  std::vector<char> kept(n_t, 1);
  for (long t = 0; t < n_t; ++t) kept[t] = c.weight[t] > kWeighsNothing;
  for (long s = 0; s < n_t; ++s)
    for (long t = s + 1; kept[s] && t < n_t; ++t) {
      bool same = kept[t];
      for (long y = 0; same && y < n_y; ++y) same = abs(c.centre[s * n_y + y] - c.centre[t * n_y + y]) <= kSameCentre;
      if (!same) continue;
      const double both = c.weight[s] + c.weight[t];
      for (long y = 0; y < n_y; ++y)
        c.centre[s * n_y + y] = (c.weight[s] * c.centre[s * n_y + y] + c.weight[t] * c.centre[t * n_y + y]) / both;
      c.weight[s] = both;
      kept[t] = 0;
    }
  return keep(c, kept);
}

// The clusters whose weight does not shrink in one more sweep.
Clusters growing(const Problem& problem, double beta, const Clusters& c) {
  const auto next = decode(problem, encode(problem, beta, c), c);
  std::vector<char> kept(c.weight.size());
  for (std::size_t t = 0; t < kept.size(); ++t) kept[t] = next.weight[t] >= c.weight[t] * (1 - 1e-9);
  return keep(next, kept);
}

InformationPlane plane_of(const Problem& problem, const Tensor<double>& q) {
  const long n_x = problem.n_x(), n_y = problem.n_y(), n_t = q.n_cols();
  Tensor<double> p_xt(Shape{n_x, n_t}), p_ty(Shape{n_t, n_y});
  for (long x = 0; x < n_x; ++x)
    for (long t = 0; t < n_t; ++t) {
      const double p = problem.p_x[x] * q[x * n_t + t];
      p_xt[x * n_t + t] = p;
      for (long y = 0; y < n_y; ++y) p_ty[t * n_y + y] = fma(p, problem.w[x * n_y + y], p_ty[t * n_y + y]);
    }
  return {mutual_information(Joint(std::move(p_xt))), mutual_information(Joint(std::move(p_ty)))};
}

BottleneckRun run(const Problem& problem, double beta, Clusters c, const BottleneckSetting& setting, bool record) {
  BottleneckRun result;
  for (int round = 0; round < 2; ++round) {
    result.converged = false;
    while (!result.converged && result.sweeps < setting.max_sweeps) {
      const auto q = encode(problem, beta, c);
      const auto next = decode(problem, q, c);
      if (record) {
        const auto plane = plane_of(problem, q);
        result.lagrangian.push_back(plane.i_x.value - beta * plane.i_y.value);
      }
      double moved = 0;
      std::vector<char> alive(next.weight.size(), 1);
      for (std::size_t t = 0; t < next.weight.size(); ++t) {
        moved = std::max(moved, abs(next.weight[t] - c.weight[t]));
        alive[t] = !(next.weight[t] < kDead && next.weight[t] <= c.weight[t]);
      }
      for (long k = 0; k < next.centre.size(); ++k)
        if (next.weight[k / problem.n_y()] > 1e-12) moved = std::max(moved, abs(next.centre[k] - c.centre[k]));
      c = std::count(alive.begin(), alive.end(), 0) ? keep(next, alive) : next;
      ++result.sweeps;
      result.converged = moved <= setting.tolerance;
    }
    // Merge what has become equal; if that changed anything, come to rest once more
    const std::size_t before = c.weight.size();
    c = duplicates_merged(std::move(c));
    if (c.weight.size() == before) break;
  }
  result.clusters = std::move(c);
  return result;
}

// {p_Y} and all W_x with equal weights, each pulled towards p_Y by `pull`; after those of `first`, |X'|+1 in all.
Clusters columns(const Problem& problem, double pull, const Clusters& first = {}) {
  const long n_x = problem.n_x(), n_y = problem.n_y(), n_first = static_cast<long>(first.weight.size());
  constexpr double kLittle = 1e-3;
  Clusters c = first;
  std::vector<double> centres = n_first ? first.centre.values() : std::vector<double>{};
  const double weight = n_first ? kLittle : 1 / static_cast<double>(n_x + 1);
  for (double& q : c.weight) q = q * (1 - kLittle * static_cast<double>(std::max(0L, n_x + 1 - n_first)));
  for (long x = -1; x < n_x && static_cast<long>(c.weight.size()) < n_x + 1; ++x) {
    c.weight.push_back(weight);
    for (long y = 0; y < n_y; ++y) {
      const double w = x < 0 ? problem.p_y[y] : problem.w[x * n_y + y];
      centres.push_back(fma(pull, problem.p_y[y] - w, w));
    }
  }
  c.centre = Tensor<double>(Shape{static_cast<long>(c.weight.size()), n_y}, std::move(centres));
  return c;
}

Tensor<double> expanded(const Problem& problem, const Tensor<double>& q, const std::vector<double>& weight) {
  const long n_t = q.n_cols(), n_x = static_cast<long>(problem.row_of.size());
  Tensor<double> encoder(Shape{n_x, n_t});
  for (long x = 0; x < n_x; ++x)
    for (long t = 0; t < n_t; ++t)
      encoder[x * n_t + t] = problem.row_of[x] < 0 ? weight[t] : q[problem.row_of[x] * n_t + t];
  return encoder;
}

BottleneckPoint trivial(const Problem& problem, double beta) {
  BottleneckPoint point;
  point.beta = beta;
  point.kind = beta <= 1 ? BoundKind::exact : BoundKind::estimate;
  point.converged = true;
  point.clusters = {{1}, Tensor<double>(Shape{1, problem.n_y()}, problem.p_y)};
  point.encoder = Tensor<double>(Shape{static_cast<long>(problem.row_of.size()), 1});
  for (long x = 0; x < point.encoder.size(); ++x) point.encoder[x] = 1;
  return point;
}

BottleneckPoint solve(const Problem& problem, double beta, const BottleneckSetting& setting,
                      const std::vector<Clusters>& warm_starts, bool from_columns = true) {
  if (!(beta >= 0) || !std::isfinite(beta))
    throw Error("information.bottleneck", "a finite beta >= 0", shortest(beta),
                "beta is the price of a nat about Y in nats about X");
  BottleneckPoint best = trivial(problem, beta);
  if (beta <= 1 || problem.n_x() == 1) return best;

  std::vector<Clusters> starts;
  if (from_columns) starts = {columns(problem, 0), columns(problem, 0.25)};
  for (const Clusters& warm : warm_starts) starts.push_back(columns(problem, 0.25, warm));
  for (std::size_t k = 0; k < starts.size(); ++k) {
    BottleneckRun end = run(problem, beta, starts[k], setting, false);
    // A cluster that shrinks by a constant factor just below 1 would take for ever to die: try without it
    const auto survivors = growing(problem, beta, end.clusters);
    if (!end.converged && starts.size() < kMostStarts && !survivors.weight.empty() &&
        survivors.weight.size() < end.clusters.weight.size())
      starts.push_back(survivors);
    const auto q = encode(problem, beta, end.clusters);
    const auto plane = plane_of(problem, q);
    const double lagrangian = plane.i_x.value - beta * plane.i_y.value;
    const bool fewer = end.clusters.weight.size() < best.clusters.weight.size();
    const double margin = fewer ? -kSameValue : kSameValue;
    if (!(lagrangian < best.lagrangian.value - margin)) continue;
    best = {beta, plane.i_x, plane.i_y, Nats(lagrangian), BoundKind::estimate, end.converged, end.sweeps, end.clusters,
            expanded(problem, q, end.clusters.weight)};
  }
  return best;
}

}  // namespace

InformationPlane information_plane(const Joint& joint, const Tensor<double>& encoder) {
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
  Tensor<double> p_xt(Shape{joint.n_x(), n_t}), p_ty(Shape{n_t, joint.n_y()});
  for (long x = 0; x < joint.n_x(); ++x)
    for (long t = 0; t < n_t; ++t) {
      p_xt[x * n_t + t] = joint.p_x()[x] * encoder[x * n_t + t];
      for (long y = 0; y < joint.n_y(); ++y)
        p_ty[t * joint.n_y() + y] = fma(encoder[x * n_t + t], joint(x, y), p_ty[t * joint.n_y() + y]);
    }
  return {mutual_information(Joint(std::move(p_xt))), mutual_information(Joint(std::move(p_ty)))};
}

BottleneckPoint bottleneck(const Joint& joint, double beta, const BottleneckSetting& setting,
                           const std::vector<Clusters>& warm_starts) {
  return solve(reduced(joint), beta, setting, warm_starts);
}

BottleneckRun sweep_to_rest(const Joint& joint, double beta, Clusters start, const BottleneckSetting& setting, bool record) {
  if (!(beta > 0) || !std::isfinite(beta))
    throw Error("information.bottleneck", "a finite beta > 0", shortest(beta), "at beta = 0 nothing is kept");
  const Problem problem = reduced(joint);
  const long n_t = static_cast<long>(start.weight.size());
  if (n_t < 1 || start.centre.shape() != Shape{n_t, problem.n_y()})
    throw Error("information.bottleneck", "T >= 1 weights and centres [T, " + std::to_string(problem.n_y()) + "]",
                std::to_string(n_t) + " weights, centres " + to_string(start.centre.shape()),
                "symbols y of probability 0 have no column");
  return run(problem, beta, std::move(start), setting, record);
}

std::vector<BottleneckPoint> bottleneck_curve(const Joint& joint, std::vector<double> betas, const BottleneckSetting& setting) {
  if (betas.empty()) throw Error("information.bottleneck_curve", "at least one beta", "none", "default_betas(joint) chooses some");
  const Problem problem = reduced(joint);
  std::vector<std::size_t> order(betas.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (const double beta : betas)
    if (!(beta >= 0) || !std::isfinite(beta)) solve(problem, beta, setting, {});  // refuses
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return betas[i] < betas[j] || (betas[i] == betas[j] && i < j); });

  // Upwards with the solution of the beta below
  std::vector<BottleneckPoint> points(betas.size());
  for (std::size_t k = 0; k < order.size(); ++k)
    points[order[k]] = solve(problem, betas[order[k]], setting,
                             k ? std::vector<Clusters>{points[order[k - 1]].clusters} : std::vector<Clusters>{});
  // Downwards with the solution of the beta above, where that does better
  for (std::size_t k = order.size() - 1; k-- > 0;) {
    BottleneckPoint& here = points[order[k]];
    const BottleneckPoint again = solve(problem, here.beta, setting, {points[order[k + 1]].clusters}, false);
    if (again.lagrangian.value < here.lagrangian.value - kSameValue) here = again;
  }
  return points;
}

double second_singular_value_squared(const Joint& joint) {
  const long n_x = joint.n_x(), n_y = joint.n_y();
  // v <- B^T B v with the first singular vector sqrt(p_y) taken out; B = p_xy / sqrt(p_x p_y)
  std::vector<double> v(n_y), u(n_x);
  for (long y = 0; y < n_y; ++y) v[y] = 1 / (1 + static_cast<double>((y * 7919) % 97));
  double value = 0;
  for (int step = 0; step < 500; ++step) {
    const double overlap = product_sum<double>(n_y, [&](long y) { return sqrt(joint.p_y()[y]); }, [&](long y) { return v[y]; });
    for (long y = 0; y < n_y; ++y) v[y] = joint.p_y()[y] > 0 ? fma(-overlap, sqrt(joint.p_y()[y]), v[y]) : 0;
    const double length = sqrt(product_sum<double>(n_y, [&](long y) { return v[y]; }, [&](long y) { return v[y]; }));
    if (!(length > 1e-150)) return 0;
    for (double& e : v) e = e / length;
    const auto b = [&](long x, long y) {
      return joint(x, y) > 0 ? joint(x, y) / sqrt(joint.p_x()[x]) / sqrt(joint.p_y()[y]) : 0.0;
    };
    for (long x = 0; x < n_x; ++x) u[x] = product_sum<double>(n_y, [&](long y) { return b(x, y); }, [&](long y) { return v[y]; });
    for (long y = 0; y < n_y; ++y) v[y] = product_sum<double>(n_x, [&](long x) { return b(x, y); }, [&](long x) { return u[x]; });
    const double now = product_sum<double>(n_x, [&](long x) { return u[x]; }, [&](long x) { return u[x]; });
    if (abs(now - value) <= 1e-9 * now) return now;
    value = now;
  }
  return value;
}

std::vector<double> default_betas(const Joint& joint, long n) {
  if (n < 2) throw Error("information.default_betas", "n >= 2", std::to_string(n), "a curve has two ends");
  const double rho2 = second_singular_value_squared(joint);
  // Independent X and Y: the curve is a point, and any betas say so
  const double critical = rho2 > 1e-12 ? 1 / rho2 : 1;
  const double first = std::max(1.0, critical / 2), ratio = log(100 * critical / first);
  std::vector<double> betas;
  for (long i = 0; i < n; ++i) betas.push_back(first * exp(ratio * static_cast<double>(i) / static_cast<double>(n - 1)));
  return betas;
}

}  // namespace etalon::information
