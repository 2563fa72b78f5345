#include "information/rate_distortion.h"

#include <algorithm>
#include <cmath>

#include "base/bits.h"
#include "base/error.h"
#include "information/blahut.h"
#include "information/decomposition.h"
#include "information/entropy.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The x that happen, their law p/s, and how far each letter is beyond the nearest.
struct Problem {
  std::vector<long> x_of;     // row -> x
  std::vector<double> p;      // [X']
  std::vector<double> least;  // min_t d(x, t) [X']
  Tensor<double> beyond;      // d(x, t) - least_x [X', T]
  long n_x() const { return static_cast<long>(p.size()); }
  long n_t() const { return beyond.n_cols(); }
};

Problem checked(std::span<const double> p, const Tensor<double>& d) {
  entropy(p);
  const long n_x = static_cast<long>(p.size()), n_t = d.n_cols();
  if (d.shape().rank() != 2 || d.n_rows() != n_x || n_t < 1)
    throw Error("information.rate_distortion", "distortions d [" + std::to_string(n_x) + ", T]", to_string(d.shape()),
                "one row for each x, one column for each reproduction letter");
  Problem problem;
  const double total = ordered_sum<double>(n_x, [&](long x) { return p[x]; });
  std::vector<double> beyond;
  for (long x = 0; x < n_x; ++x) {
    const double* row = d.data() + x * n_t;
    for (long t = 0; t < n_t; ++t)
      if (!(row[t] > -kInfinity))
        throw Error("information.rate_distortion", "distortions that are numbers, or +infinity for a forbidden pair",
                    shortest(row[t]) + " at [" + std::to_string(x) + ", " + std::to_string(t) + "]",
                    "d is the price of saying t for x");
    if (p[x] == 0) continue;
    const double least = *std::min_element(row, row + n_t);
    if (least == kInfinity)
      throw Error("information.rate_distortion", "a letter that may stand for x = " + std::to_string(x),
                  "only infinite distortions", "each x that happens needs a finite entry in its row");
    problem.x_of.push_back(x);
    problem.p.push_back(p[x] / total);
    problem.least.push_back(least);
    for (long t = 0; t < n_t; ++t) beyond.push_back(row[t] - least);
  }
  problem.beyond = Tensor<double>(Shape{problem.n_x(), n_t}, std::move(beyond));
  return problem;
}

void require(const RateDistortionSetting& setting) {
  if (!(setting.tolerance >= 0))
    throw Error("information.rate_distortion", "a tolerance >= 0", shortest(setting.tolerance), "it is in nats");
  if (setting.max_sweeps < 1)
    throw Error("information.rate_distortion", "at least one sweep", std::to_string(setting.max_sweeps), "leave out max_sweeps");
}

// e^{-beta (d - least)} [X', T]: 0 where forbidden, at beta = 0 too; the nearest letters alone at beta = infinity.
Tensor<double> kernel(const Problem& problem, double beta) {
  Tensor<double> a(problem.beyond.shape());
  for (long k = 0; k < a.size(); ++k) {
    const double d = problem.beyond[k];
    a[k] = d == 0 ? 1 : d == kInfinity ? 0 : exp(-beta * d);
  }
  return a;
}

std::vector<double> partition_sums(const Tensor<double>& a, const std::vector<double>& q) {
  std::vector<double> z;
  for (long x = 0; x < a.n_rows(); ++x)
    z.push_back(product_sum<double>(a.n_cols(), [&](long t) { return q[t]; }, [&](long t) { return a[x * a.n_cols() + t]; }));
  return z;
}

// sum p ln Z, to be made large; gains ln c_t; max - here <= ln max c
Ascent ascent(const Problem& problem, const Tensor<double>& a, const std::vector<double>& q) {
  const long n_x = problem.n_x(), n_t = problem.n_t();
  const std::vector<double> z = partition_sums(a, q);
  Ascent at;
  at.height = product_sum<double>(n_x, [&](long x) { return problem.p[x]; }, [&](long x) { return log(z[x]); });
  at.gap = 0;
  for (long t = 0; t < n_t; ++t) {
    const double gain = product_sum<double>(n_x, [&](long x) { return problem.p[x] / z[x]; },
                                            [&](long x) { return a[x * n_t + t]; });
    at.log_gain.push_back(log(gain));
    if (!(at.log_gain[t] <= at.gap)) at.gap = at.log_gain[t];
  }
  return at;
}

// -sum_x p_x ln Z_x + sum_t q_t over q >= 0 is least where sum q = 1 anyway: slope 1 - c_t, curvature A^T diag(p/Z^2) A.
std::vector<double> newton_step(const Problem& problem, const Tensor<double>& a, const std::vector<double>& q, const Ascent& at) {
  const long n_x = problem.n_x(), n_t = problem.n_t();
  const std::vector<double> z = partition_sums(a, q);
  Tensor<double> h(Shape{n_t, n_t});
  std::vector<double> slope;
  for (long t = 0; t < n_t; ++t) {
    slope.push_back(-expm1(at.log_gain[t]));
    for (long s = 0; s < n_t; ++s)
      h[t * n_t + s] = product_sum<double>(n_x, [&](long x) { return problem.p[x] * (a[x * n_t + t] / z[x]); },
                                           [&](long x) { return a[x * n_t + s] / z[x]; });
  }
  return nonnegative_newton(std::move(h), slope, q);
}

// I(X;T) and E d of q(t|x) = q_t A_xt / Z_x, and the channel for all x of the given law.
void read_channel(const Problem& problem, const Tensor<double>& a, long n_x_given, RateDistortionPoint& point) {
  const long n_x = problem.n_x(), n_t = problem.n_t();
  const std::vector<double> z = partition_sums(a, point.weight);
  Tensor<double> joint(Shape{n_x, n_t});
  point.channel = Tensor<double>(Shape{n_x_given, n_t});
  for (long x = 0; x < n_x_given; ++x)
    for (long t = 0; t < n_t; ++t) point.channel[x * n_t + t] = point.weight[t];
  double distortion = 0;
  for (long x = 0; x < n_x; ++x) {
    double beyond = problem.least[x];
    for (long t = 0; t < n_t; ++t) {
      const double q = point.weight[t] * a[x * n_t + t] / z[x];
      point.channel[problem.x_of[x] * n_t + t] = q;
      joint[x * n_t + t] = problem.p[x] * q;
      if (q > 0) beyond = fma(q, problem.beyond[x * n_t + t], beyond);
    }
    distortion = fma(problem.p[x], beyond, distortion);
  }
  point.distortion = distortion;
  point.rate = mutual_information(Joint(std::move(joint)));
}

double least_distortion(const Problem& problem) {
  return product_sum<double>(problem.n_x(), [&](long x) { return problem.p[x]; }, [&](long x) { return problem.least[x]; });
}

RateDistortionPoint solve(const Problem& problem, long n_x_given, double beta, const RateDistortionSetting& setting,
                          const std::vector<double>& start) {
  constexpr long kMostForNewton = 400;  // letters; beyond, a step costs more than the sweeps it saves
  const Tensor<double> a = kernel(problem, beta);
  const auto search = blahut_search(
      start, setting.tolerance, setting.max_sweeps, [&](const std::vector<double>& q) { return ascent(problem, a, q); },
      problem.n_t() <= kMostForNewton
          ? [&](const std::vector<double>& q, const Ascent& at) { return newton_step(problem, a, q, at); }
          : std::function<std::vector<double>(const std::vector<double>&, const Ascent&)>{});

  RateDistortionPoint point;
  point.beta = beta;
  point.weight = search.weight;
  point.converged = search.converged;
  const Ascent at = ascent(problem, a, search.weight);
  const double upper = beta == kInfinity ? -at.height : fma(beta, least_distortion(problem), -at.height);
  const Provenance how{Certificate::dual, search.sweeps, problem.n_t()};
  point.minimum = {{Nats(upper - at.gap), how}, {Nats(upper), how}};
  read_channel(problem, a, n_x_given, point);
  return point;
}

std::vector<double> uniform(long n) { return std::vector<double>(n, 1 / static_cast<double>(n)); }

// The weights of a neighbour, with a little for the letters that it did not use.
std::vector<double> warmed(const std::vector<double>& q) {
  constexpr double kLittle = 1e-6;
  std::vector<double> start(q);
  for (double& weight : start) weight = fma(kLittle, 1 / static_cast<double>(q.size()) - weight, weight);
  return start;
}

void require_price(double beta) {
  if (!(beta >= 0))
    throw Error("information.rate_distortion", "a price beta >= 0", shortest(beta),
                "nats for a unit of distortion; infinity: the least distortion");
}

// E d(X, t)
double mean_distortion(const Problem& problem, long t) {
  return product_sum<double>(problem.n_x(), [&](long x) { return problem.p[x]; },
                             [&](long x) { return problem.least[x] + problem.beyond[x * problem.n_t() + t]; });
}

// The reproduction letter with the least E d: rate 0.
RateDistortionPoint silent(const Problem& problem, long n_x_given, double most) {
  const long n_t = problem.n_t();
  RateDistortionPoint point;
  point.distortion = most;
  point.weight.assign(n_t, 0.0);
  long best = 0;
  while (mean_distortion(problem, best) != most) ++best;
  point.weight[best] = 1;
  point.channel = Tensor<double>(Shape{n_x_given, n_t});
  for (long k = 0; k < point.channel.size(); ++k) point.channel[k] = point.weight[k % n_t];
  point.minimum = {{Nats(0), {}}, {Nats(0), {}}};
  point.converged = true;
  return point;
}

DistortionRange range_of(const Problem& problem) {
  DistortionRange range{least_distortion(problem), kInfinity};
  for (long t = 0; t < problem.n_t(); ++t) range.most = std::min(range.most, mean_distortion(problem, t));
  return range;
}

double line_at(const RateDistortionPoint& point, double distortion) {
  if (point.beta == kInfinity) return -kInfinity;
  return fma(-point.beta, distortion, point.minimum.lower.value.value);
}

// The chord of two points that are reached, right.distortion <= distortion <= left.distortion.
double chord_at(const RateDistortionPoint& left, const RateDistortionPoint& right, double distortion) {
  const double width = left.distortion - right.distortion;
  if (!(width > 0)) return std::min(left.rate.value, right.rate.value);
  return fma((left.distortion - distortion) / width, right.rate.value - left.rate.value, left.rate.value);
}

}  // namespace

DistortionRange distortion_range(std::span<const double> p, const Tensor<double>& d) { return range_of(checked(p, d)); }

RateDistortionPoint rate_distortion(std::span<const double> p, const Tensor<double>& d, double beta,
                                    const RateDistortionSetting& setting) {
  const Problem problem = checked(p, d);
  require(setting);
  require_price(beta);
  return solve(problem, d.n_rows(), beta, setting, uniform(problem.n_t()));
}

std::vector<RateDistortionPoint> rate_distortion_curve(std::span<const double> p, const Tensor<double>& d,
                                                       const std::vector<double>& betas, const RateDistortionSetting& setting) {
  const Problem problem = checked(p, d);
  require(setting);
  if (betas.empty()) throw Error("information.rate_distortion", "at least one beta", "none", "0 is where R = 0");
  std::vector<RateDistortionPoint> points;
  for (const double beta : betas) {
    require_price(beta);
    const auto start = points.empty() ? uniform(problem.n_t()) : warmed(points.back().weight);
    points.push_back(solve(problem, d.n_rows(), beta, setting, start));
  }
  return points;
}

Bracket rate_between(const std::vector<RateDistortionPoint>& points, double distortion) {
  if (points.empty()) throw Error("information.rate_between", "at least one point", "none", "rate_distortion_curve makes them");
  if (!(distortion == distortion))
    throw Error("information.rate_between", "a distortion", shortest(distortion), "D is the mean of d(X, T)");
  double lower = 0, upper = kInfinity;
  long sweeps = 0;
  for (const auto& a : points) {
    sweeps += a.minimum.upper.how.iterations;
    lower = std::max(lower, line_at(a, distortion));
    if (!(a.distortion <= distortion)) continue;
    upper = std::min(upper, a.rate.value);  // R never rises with D
    for (const auto& b : points)
      if (b.distortion >= distortion) upper = std::min(upper, chord_at(b, a, distortion));
  }
  const Provenance how{Certificate::dual, sweeps, static_cast<long>(points[0].weight.size())};
  if (upper < kInfinity) return {{Nats(lower), how}, {Nats(upper), how}};
  return {{Nats(lower), how}, {Nats(upper), infinite_because("no point has a distortion of " + shortest(distortion) + " or less")}};
}

RateAtDistortion rate_at_distortion(std::span<const double> p, const Tensor<double>& d, double distortion,
                                    const RateDistortionSetting& setting) {
  const Problem problem = checked(p, d);
  require(setting);
  if (!(distortion == distortion))
    throw Error("information.rate_distortion", "a distortion", shortest(distortion), "D is the mean of d(X, T)");
  const DistortionRange range = range_of(problem);
  if (distortion >= range.most) {
    const Provenance how{Certificate::finite_sum, 0, problem.n_t(), Degeneracy::trivial};
    return {{{Nats(0), how}, {Nats(0), how}}, 0, true};
  }
  if (distortion < range.least) {
    const auto how = infinite_because("no channel has a distortion below " + shortest(range.least));
    return {{{Nats(kInfinity), how}, {Nats(kInfinity), how}}, kInfinity, true};
  }
  const auto at = [&](double beta, const std::vector<double>& start) { return solve(problem, d.n_rows(), beta, setting, start); };
  RateDistortionPoint right = at(kInfinity, uniform(problem.n_t()));
  if (distortion == range.least) return {right.minimum, kInfinity, right.converged};

  // Two points with D between: `right` has the smaller distortion
  RateDistortionPoint left = range.most < kInfinity ? silent(problem, d.n_rows(), range.most) : at(0, uniform(problem.n_t()));
  long sweeps = right.minimum.upper.how.iterations;
  double lower = left.minimum.lower.value.value, beta = 0;
  double upper = distortion >= left.distortion ? left.rate.value : chord_at(left, right, distortion);
  for (int cut = 0; cut < 200 && upper - lower > setting.tolerance && distortion < left.distortion; ++cut) {
    const double slope = (right.rate.value - left.rate.value) / (left.distortion - right.distortion);
    if (!(slope > 0 && slope < kInfinity)) break;
    auto middle = at(slope, warmed(left.weight));
    sweeps += middle.minimum.upper.how.iterations;
    const double line = line_at(middle, distortion);
    if (line > lower) lower = line, beta = slope;
    // A line that does not cut the chord is the chord: R is straight here
    if (!(middle.distortion < left.distortion && middle.distortion > right.distortion)) break;
    (middle.distortion >= distortion ? left : right) = std::move(middle);
    upper = std::min(upper, chord_at(left, right, distortion));
  }
  const Provenance how{Certificate::dual, sweeps, problem.n_t()};
  return {{{Nats(std::min(lower, upper)), how}, {Nats(upper), how}}, beta, upper - lower <= setting.tolerance};
}

}  // namespace etalon::information
