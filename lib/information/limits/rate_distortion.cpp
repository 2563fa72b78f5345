// SPDX-License-Identifier: Apache-2.0
#include "information/limits/rate_distortion.h"

#include <algorithm>
#include <cmath>

#include "base/bits.h"
#include "base/error.h"
#include "information/law/entropy.h"
#include "information/limits/blahut.h"
#include "information/limits/decomposition.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

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
  // Refuse what is no law, and distortions of another shape
  entropy(p);
  const long n_x = static_cast<long>(p.size()), n_t = d.n_cols();
  if (d.shape().rank() != 2 || d.n_rows() != n_x || n_t < 1)
    throw Error("information.rate_distortion", "distortions d [" + std::to_string(n_x) + ", T]", to_string(d.shape()),
                "one row for each x, one column for each reproduction letter");

  // Keep the x that happen
  Problem problem;
  const double total = ordered_sum<double>(n_x, [&](long x) { return p[x]; });
  std::vector<double> beyond;
  for (long x = 0; x < n_x; ++x) {
    const double* row = d.data() + x * n_t;
    // Refuse a distortion that is no number
    for (long t = 0; t < n_t; ++t)
      if (!(row[t] > -kInfinity))
        throw Error("information.rate_distortion", "distortions that are numbers, or +infinity for a forbidden pair",
                    shortest(row[t]) + " at [" + std::to_string(x) + ", " + std::to_string(t) + "]",
                    "d is the price of saying t for x");
    if (p[x] == 0) continue;

    // Refuse an x that no letter may stand for
    const double least = *std::min_element(row, row + n_t);
    if (least == kInfinity)
      throw Error("information.rate_distortion", "a letter that may stand for x = " + std::to_string(x),
                  "only infinite distortions", "each x that happens needs a finite entry in its row");

    // Store p/s, the least distortion, and what each letter has beyond it
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
  auto a = Tensor<double>::to_fill(problem.beyond.shape());
  for (long k = 0; k < a.size(); ++k) {
    const double d = problem.beyond[k];
    a[k] = d == 0 ? 1 : d == kInfinity ? 0 : exp(-beta * d);
  }
  return a;
}

std::vector<double> partition_sums(const Tensor<double>& a, const std::vector<double>& q) {
  std::vector<double> z;
  for (long x = 0; x < a.n_rows(); ++x)
    z.push_back(product_sum<double>(
        a.n_cols(), [&](long t) { return q[t]; }, [&](long t) { return a[x * a.n_cols() + t]; }));
  return z;
}

// sum_x p_x ln Z_x, to be made large; the gains ln c_t; and the gap, at most ln max_t c_t.
Slope ascent(const Problem& problem, const Tensor<double>& a, const std::vector<double>& q) {
  const long n_x = problem.n_x(), n_t = problem.n_t();
  const std::vector<double> z = partition_sums(a, q);
  Slope at;
  at.height = product_sum<double>(
      n_x, [&](long x) { return problem.p[x]; }, [&](long x) { return log(z[x]); });
  at.gap = 0;
  for (long t = 0; t < n_t; ++t) {
    const double gain = product_sum<double>(
        n_x, [&](long x) { return problem.p[x] / z[x]; }, [&](long x) { return a[x * n_t + t]; });
    at.log_gain.push_back(log(gain));
    if (!(at.log_gain[t] <= at.gap)) at.gap = at.log_gain[t];
  }
  return at;
}

// The Newton step of
//
//   F(q) = - sum_x p_x ln Z_x + sum_t q_t
//
// over q >= 0: least where sum q = 1 anyway. Its slope is 1 - c_t, its curvature A^T diag(p/Z^2) A.
std::vector<double> newton_step(const Problem& problem, const Tensor<double>& a, const std::vector<double>& q, const Slope& at) {
  const long n_x = problem.n_x(), n_t = problem.n_t();
  const std::vector<double> z = partition_sums(a, q);
  auto h = Tensor<double>::to_fill(Shape{n_t, n_t});
  std::vector<double> slope;
  for (long t = 0; t < n_t; ++t) {
    slope.push_back(-expm1(at.log_gain[t]));
    for (long s = 0; s < n_t; ++s)
      h[t * n_t + s] = product_sum<double>(
          n_x, [&](long x) { return problem.p[x] * (a[x * n_t + t] / z[x]); }, [&](long x) { return a[x * n_t + s] / z[x]; });
  }
  return nonnegative_newton(std::move(h), slope, q);
}

double least_distortion(const Problem& problem) {
  return product_sum<double>(
      problem.n_x(), [&](long x) { return problem.p[x]; }, [&](long x) { return problem.least[x]; });
}

// A point, with what it is beyond the least distortion: in a sum with that, a small excess would lose its digits.
struct Solved {
  RateDistortionPoint point;
  double excess = 0;  // E [d(X,T) - min_t d(X,t)] of the channel
  double dual = 0;    // R >= dual - beta (excess distortion)
};

// I(X;T) and E d of q(t|x) = q_t A_xt / Z_x, and the channel for all x of the given law.
void read_channel(const Problem& problem, const Tensor<double>& a, long n_x_given, Solved& solved) {
  RateDistortionPoint& point = solved.point;
  const long n_x = problem.n_x(), n_t = problem.n_t();
  const std::vector<double> z = partition_sums(a, point.weight);
  auto joint = Tensor<double>::to_fill(Shape{n_x, n_t});
  point.channel = Tensor<double>::to_fill(Shape{n_x_given, n_t});

  // Give an x that never happens q
  for (long x = 0; x < n_x_given; ++x)
    for (long t = 0; t < n_t; ++t) point.channel[x * n_t + t] = point.weight[t];
  for (long x = 0; x < n_x; ++x) {
    // Compute q(t|x) = q_t A_xt / Z_x, and what it costs beyond the least distortion
    double beyond = 0;
    for (long t = 0; t < n_t; ++t) {
      const double q = point.weight[t] * a[x * n_t + t] / z[x];
      point.channel[problem.x_of[x] * n_t + t] = q;
      joint[x * n_t + t] = problem.p[x] * q;
      if (q > 0) beyond = fma(q, problem.beyond[x * n_t + t], beyond);
    }
    solved.excess = fma(problem.p[x], beyond, solved.excess);
  }

  // Compute E d(X,T) and I(X;T)
  point.distortion = least_distortion(problem) + solved.excess;
  point.rate = mutual_information(Joint(std::move(joint)));
}

Solved solve(const Problem& problem, long n_x_given, double beta, const RateDistortionSetting& setting,
             const std::vector<double>& start) {
  constexpr long kMostForNewton = 400;  // letters; beyond, a step costs more than the sweeps it saves

  // Find the best weights at this price
  const Tensor<double> a = kernel(problem, beta);
  const auto search = blahut_search(
      start, setting.tolerance, setting.max_sweeps, [&](const std::vector<double>& q) { return ascent(problem, a, q); },
      problem.n_t() <= kMostForNewton
          ? [&](const std::vector<double>& q, const Slope& at) { return newton_step(problem, a, q, at); }
          : std::function<std::vector<double>(const std::vector<double>&, const Slope&)>{});

  // Bound min (I(X;T) + beta D) from both sides, by sum p ln Z and the gap there
  Solved solved;
  RateDistortionPoint& point = solved.point;
  point.beta = beta;
  point.weight = search.weight;
  point.converged = search.converged;
  const Slope at = ascent(problem, a, search.weight);
  const double upper = beta == kInfinity ? -at.height : fma(beta, least_distortion(problem), -at.height);
  const Provenance how{Certificate::dual, search.sweeps, problem.n_t()};
  point.minimum = {{Nats(upper - at.gap), how}, {Nats(upper), how}};
  solved.dual = -at.height - at.gap;

  // Write down the channel and its point
  read_channel(problem, a, n_x_given, solved);
  return solved;
}

std::vector<double> uniform(long n) { return std::vector<double>(n, 1 / static_cast<double>(n)); }

// The weights of a neighbour, with a little for the letters that it did not use.
std::vector<double> warmed(const std::vector<double>& q) {
  constexpr double kLittle = 1e-6;
  std::vector<double> start(q);
  for (double& weight : start) weight = fma(kLittle, 1 / static_cast<double>(q.size()) - weight, weight);
  return start;
}

// One point, for those who give the price.
RateDistortionPoint priced(const Problem& problem, long n_x_given, double beta, const RateDistortionSetting& setting,
                           const std::vector<double>& start) {
  if (!(beta >= 0))
    throw Error("information.rate_distortion", "a price beta >= 0", shortest(beta),
                "nats for a unit of distortion; infinity: the least distortion");
  auto solved = solve(problem, n_x_given, beta, setting, start);
  if (!std::isfinite(solved.point.minimum.upper.value.value))
    throw Error("information.rate_distortion", "beta D within the range of doubles", "beta = " + shortest(beta),
                "give the distortions in a larger unit");
  return std::move(solved.point);
}

// E d(X, t), and what of it is beyond the least.
double mean_distortion(const Problem& problem, long t) {
  return product_sum<double>(
      problem.n_x(), [&](long x) { return problem.p[x]; },
      [&](long x) { return problem.least[x] + problem.beyond[x * problem.n_t() + t]; });
}
double mean_excess(const Problem& problem, long t) {
  return product_sum<double>(
      problem.n_x(), [&](long x) { return problem.p[x]; }, [&](long x) { return problem.beyond[x * problem.n_t() + t]; });
}

// The channel that always says the letter with the least E d: rate 0.
Solved constant_channel(const Problem& problem) {
  Solved solved;
  long best = 0;
  for (long t = 1; t < problem.n_t(); ++t)
    if (mean_excess(problem, t) < mean_excess(problem, best)) best = t;
  solved.excess = mean_excess(problem, best);
  solved.point.weight.assign(problem.n_t(), 0.0);
  solved.point.weight[best] = 1;
  return solved;
}

DistortionRange range_of(const Problem& problem) {
  DistortionRange range{least_distortion(problem), kInfinity};
  for (long t = 0; t < problem.n_t(); ++t) range.most = std::min(range.most, mean_distortion(problem, t));
  return range;
}

// The line of a price, and the chord of two points that are reached, at a distortion between theirs.
double line(double intercept, double beta, double distortion) {
  return beta == kInfinity ? -kInfinity : fma(-beta, distortion, intercept);
}
double chord(double left, double left_rate, double right, double right_rate, double distortion) {
  if (!(left > right)) return std::min(left_rate, right_rate);
  return fma((left - distortion) / (left - right), right_rate - left_rate, left_rate);
}

// R at a distortion between the ends, from the point `right` of the least distortion. A chord between two points around D, and the
// price that is its slope: the line of that price cuts the chord, or it is the chord.
RateAtDistortion chord_search(const Problem& problem, long n_x_given, double distortion, const DistortionRange& range, Solved right,
                              const RateDistortionSetting& setting) {
  constexpr int kMostCuts = 200;
  const auto at = [&](double beta, const std::vector<double>& start) { return solve(problem, n_x_given, beta, setting, start); };

  // Begin with two points with D between: `right` has the smaller distortion
  const double wanted = distortion - range.least;
  Solved left = range.most < kInfinity ? constant_channel(problem) : at(0, uniform(problem.n_t()));
  const auto over = [&] {
    const double left_rate = left.point.rate.value;
    return wanted >= left.excess ? left_rate : chord(left.excess, left_rate, right.excess, right.point.rate.value, wanted);
  };
  long sweeps = right.point.minimum.upper.how.iterations;
  double lower = left.dual, upper = over(), beta = 0;
  for (int cut = 0; cut < kMostCuts && upper - lower > setting.tolerance && wanted < left.excess; ++cut) {
    // Solve at the slope of the chord
    const double slope = (right.point.rate.value - left.point.rate.value) / (left.excess - right.excess);
    if (!(slope > 0 && slope < kInfinity)) break;
    Solved middle = at(slope, warmed(left.point.weight));
    sweeps += middle.point.minimum.upper.how.iterations;

    // Keep its line if it is the highest
    const double below = line(middle.dual, slope, wanted);
    if (below > lower) lower = below, beta = slope;

    // Stop at a line that does not cut the chord: it is the chord, and R is straight here
    if (!(middle.excess < left.excess && middle.excess > right.excess)) break;

    // Keep the half that holds D. What does not converge will not at the next price
    const bool stuck = !middle.point.converged && middle.point.minimum.upper.how.iterations >= setting.max_sweeps;
    (middle.excess >= wanted ? left : right) = std::move(middle);
    upper = std::min(upper, over());
    if (stuck) break;
  }
  const Provenance how{Certificate::dual, sweeps, problem.n_t()};
  return {{{Nats(std::min(lower, upper)), how}, {Nats(upper), how}}, beta, upper - lower <= setting.tolerance};
}

}  // namespace

DistortionRange distortion_range(std::span<const double> p, const Tensor<double>& d) { return range_of(checked(p, d)); }

RateDistortionPoint rate_distortion(std::span<const double> p, const Tensor<double>& d, double beta,
                                    const RateDistortionSetting& setting) {
  const Problem problem = checked(p, d);
  require(setting);
  return priced(problem, d.n_rows(), beta, setting, uniform(problem.n_t()));
}

std::vector<RateDistortionPoint> rate_distortion_curve(std::span<const double> p, const Tensor<double>& d,
                                                       const std::vector<double>& betas, const RateDistortionSetting& setting) {
  const Problem problem = checked(p, d);
  require(setting);
  if (betas.empty()) throw Error("information.rate_distortion", "at least one beta", "none", "0 is where R = 0");
  std::vector<RateDistortionPoint> points;
  for (const double beta : betas) {
    const auto start = points.empty() ? uniform(problem.n_t()) : warmed(points.back().weight);
    points.push_back(priced(problem, d.n_rows(), beta, setting, start));
  }
  return points;
}

Bracket rate_between(const std::vector<RateDistortionPoint>& points, double distortion) {
  if (points.empty()) throw Error("information.rate_between", "at least one point", "none", "rate_distortion_curve makes them");
  if (!(distortion == distortion))
    throw Error("information.rate_between", "a distortion", shortest(distortion), "D is the mean of d(X, T)");

  // Take the highest line as the lower side, the lowest point or chord as the upper side
  double lower = 0, upper = kInfinity;
  long sweeps = 0;
  for (const auto& a : points) {
    sweeps += a.minimum.upper.how.iterations;
    lower = std::max(lower, line(a.minimum.lower.value.value, a.beta, distortion));

    // Lower the upper side to each point with no more than D, and to its chords: R never rises with D, and lies below the chord to
    // any point on the other side
    if (!(a.distortion <= distortion)) continue;
    upper = std::min(upper, a.rate.value);
    for (const auto& b : points)
      if (b.distortion >= distortion)
        upper = std::min(upper, chord(b.distortion, b.rate.value, a.distortion, a.rate.value, distortion));
  }

  // Say why, if no point reaches this distortion
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

  // Return 0 beyond the largest useful D, where one letter says everything; infinity below the least, where there is no channel
  const DistortionRange range = range_of(problem);
  if (distortion >= range.most) {
    const Provenance how{Certificate::finite_sum, 0, problem.n_t(), Degeneracy::trivial};
    return {{{Nats(0), how}, {Nats(0), how}}, 0, true};
  }
  if (distortion < range.least) {
    const auto how = infinite_because("no channel has a distortion below " + shortest(range.least));
    return {{{Nats(kInfinity), how}, {Nats(kInfinity), how}}, kInfinity, true};
  }

  // Solve at the least distortion, where the price is infinite, and search from there
  Solved right = solve(problem, d.n_rows(), kInfinity, setting, uniform(problem.n_t()));
  if (distortion == range.least) return {right.point.minimum, kInfinity, right.point.converged};
  return chord_search(problem, d.n_rows(), distortion, range, std::move(right), setting);
}

}  // namespace etalon::information
