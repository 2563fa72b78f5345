// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/optimum.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "information/bottleneck/certificate_body.h"
#include "information/bottleneck/newton.h"
#include "scalar/interval.h"
#include "scalar/twofold_interval.h"

namespace etalon::information {
namespace {

using Fine = TwofoldInterval;

constexpr double kFineStep = 0x1p-44;    // of beta, between the prices of a fine secant
constexpr double kCoarseStep = 0x1p-20;  // the same where minima are known to 2e-13 only
constexpr double kVanishes = 600;        // e^-600 is enclosed as 0 +- 1e-260
constexpr double kVanished = 1e-260;
constexpr double kAsGood = 1e-12;  // times 1 + beta: how far the L of an end of a degenerate range may lie above the minimum

Fine exponential(const Fine& x) { return upper_double(x) < -kVanishes ? Fine::around(0, kVanished) : exp(x); }

// Weights and centres that sum to 1, in 32 digits; a centre's r_ty is either exactly 0 or more than 0.
struct Solution {
  long n_t, n_y;
  std::vector<Fine> q, r, log_r;
  bool is_zero(long t, long y) const { return r[t * n_y + y].middle().hi == 0; }
};

Solution normalised(const FineClusters& c) {
  Solution s{c.n_t, c.n_y, {}, {}, {}};
  Fine total(0.0);
  for (const Twofold& q : c.q) total = total + Fine(q);
  for (const Twofold& q : c.q) s.q.push_back(Fine(q) / total);
  for (long t = 0; t < c.n_t; ++t) {
    Fine sum(0.0);
    for (long y = 0; y < c.n_y; ++y) sum = sum + Fine(c.r[t * c.n_y + y]);
    for (long y = 0; y < c.n_y; ++y) {
      const Twofold& r = c.r[t * c.n_y + y];
      s.r.push_back(r.hi == 0 ? Fine(0.0) : Fine(r) / sum);
      s.log_r.push_back(r.hi == 0 ? Fine(0.0) : log(s.r.back()));
    }
  }
  return s;
}

// ln Z_x of every row of problem.joint:  Z_x = sum_t q_t e^{-beta D(W_x || r_t)}
std::vector<Fine> log_z_of(const BottleneckProblem& problem, double beta, const Solution& s) {
  std::vector<Fine> all;
  for (long x = 0; x < problem.joint.n_x(); ++x) {
    // Divide the row by its sum
    Fine p_x(0.0), z(0.0);
    for (long y = 0; y < s.n_y; ++y) p_x = p_x + Fine(problem.joint(x, y));

    // Add the term of each centre that reaches what x may give
    for (long t = 0; t < s.n_t; ++t) {
      Fine d(0.0);
      bool reaches = true;
      for (long y = 0; y < s.n_y; ++y) {
        if (problem.joint(x, y) == 0) continue;
        reaches = reaches && !s.is_zero(t, y);
        const Fine w = Fine(problem.joint(x, y)) / p_x;
        d = d + w * (log(w) - s.log_r[t * s.n_y + y]);
      }
      if (reaches) z = z + s.q[t] * exponential(-(Fine(beta) * d));
    }
    all.push_back(log(z));
  }
  return all;
}

// An upper bound of c - 1 under the tangent plane at centre t, over all of its face of the simplex:
//
//   c(r_t) + max_y [c'_y - sum_z c'_z r_tz]       c'_y = sum_x power_xy g_x / r_ty,  y with r_ty > 0
double excess_under(const detail::DualFunction<Fine>& c, const Solution& s, long t) {
  // Sum the values g_x and the slopes of the rows that reach the face
  Fine value(-1.0), mean(0.0);
  std::vector<Fine> slope(s.n_y, Fine(0.0));
  for (long x = 0; x < c.n_x(); ++x) {
    // Sum the exponent of the row, unless it is 0 on this face
    Fine exponent = c.base(x);
    bool there = true;
    for (long y = 0; y < s.n_y; ++y) {
      if (!c.involves(x, y)) continue;
      there = there && !s.is_zero(t, y);
      exponent = exponent + c.power(x, y) * s.log_r[t * s.n_y + y];
    }
    if (!there) continue;
    const Fine g = exponential(exponent);
    value = value + g;
    for (long y = 0; y < s.n_y; ++y)
      if (c.involves(x, y)) slope[y] = slope[y] + c.power(x, y) * g / s.r[t * s.n_y + y];
  }

  // Take the highest vertex of the plane
  for (long y = 0; y < s.n_y; ++y) mean = mean + slope[y] * s.r[t * s.n_y + y];
  double most = -kInfinity;
  for (long y = 0; y < s.n_y; ++y)
    if (!s.is_zero(t, y)) most = std::max(most, upper_double(value + slope[y] - mean));
  return most;
}

// The minimum at one price, in 32 digits: what the encoder reaches, and how far below it the dual bound may lie.
struct FineMinimum {
  double beta;
  std::vector<Fine> log_z;
  Fine reached;  // L of the encoder
  double gap;    // min L >= reached - gap, if c <= 1 where it does not lie under a centre
};

std::optional<FineMinimum> fine_minimum(const BottleneckProblem& problem, double beta, const Clusters& near) {
  // Solve, and stay beside the centres for which the cells are proved
  const auto fine = solved_finely(problem, problem.joint.p(), beta, near);
  if (!fine) return std::nullopt;
  const Solution s = normalised(*fine);
  for (long k = 0; k < near.centre.size(); ++k) {
    const double r = near.centre[k], most = detail::CellBounds<Interval>::beside(r) - 0x1p-50;
    if (!(upper_double(s.r[k] - Fine(r)) <= most && lower_double(s.r[k] - Fine(r)) >= -most)) return std::nullopt;
    if (r > 0 && r < 0x1p-40) return std::nullopt;  // the grid of the cells' centres may take it for 0
  }

  // Enclose L of the encoder, and c at the centres
  FineMinimum m{beta, log_z_of(problem, beta, s), Fine(0.0), 0};
  const detail::DualFunction<Fine> c(problem, Fine(beta), m.log_z);
  m.reached = c.at_no_gap();
  for (long t = 0; t < s.n_t; ++t) m.gap = std::max(m.gap, excess_under(c, s, t));
  if (!(m.gap < 1e-15)) return std::nullopt;
  return m;
}

// Is c <= 1 but for what lies under the centres? ln Z is enclosed by doubles: c is, too, to 1e-15.
bool proved_beside_the_centres(const BottleneckProblem& problem, const FineMinimum& at, const Clusters& clusters,
                               const BottleneckSetting& setting) {
  std::vector<Interval> log_z;
  for (const Fine& z : at.log_z) log_z.push_back(Interval::between(lower_double(z), upper_double(z)));
  const detail::DualFunction<Interval> c(problem, Interval(at.beta), log_z);
  CertificateSetting search;
  search.max_cells = setting.max_cells;
  search.stop = setting.stop;
  return detail::BranchAndBound<Interval>(problem, c, clusters, search).below_one_beside_the_centres();
}

Bracket bracket(double lower, double upper, const Provenance& how) {
  return {{Nats(std::max(0.0, lower)), how}, {Nats(std::max(0.0, upper)), how}};
}

// Writes both enclosures into `out`; false where the argument does not hold.
bool enclosed_finely(const BottleneckProblem& problem, const BottleneckPoint& here, const BottleneckSetting& setting,
                     OptimalPlane& out) {
  // Enclose the minimum at the price and on both sides of it
  const Clusters clusters = problem.ordered(here.clusters);
  const double h = std::ldexp(1.0, std::ilogb(here.beta)) * kFineStep, prices[] = {here.beta - h, here.beta, here.beta + h};
  std::array<FineMinimum, 3> at;
  for (int k = 0; k < 3; ++k) {
    auto minimum = fine_minimum(problem, prices[k], clusters);
    if (!minimum) return false;
    at[k] = std::move(*minimum);
  }
  for (const int side : {0, 2})
    if (!proved_beside_the_centres(problem, at[side], clusters, setting)) return false;

  // Take the slopes of both secants:  I(T;Y),  and I(X;T) = V + beta I(T;Y);  V >= (V(beta - h) + V(beta + h)) / 2 is concave
  const Fine beta(at[1].beta), v = at[1].reached;
  const Fine low = (at[0].reached - Fine(at[0].gap) - v) / (beta - Fine(at[0].beta));
  const Fine high = (v - at[2].reached + Fine(at[2].gap)) / (Fine(at[2].beta) - beta);
  const Fine v_low = Fine(0.5) * (at[0].reached - Fine(at[0].gap) + at[2].reached - Fine(at[2].gap));
  const Provenance how = here.minimum.upper.how;
  out.i_y = bracket(lower_double(low), upper_double(high), how);
  out.i_x = bracket(lower_double(v_low + beta * low), upper_double(v + beta * high), how);
  return std::isfinite(out.i_x.upper.value.value) && std::isfinite(out.i_y.upper.value.value);
}

void enclose_coarsely(const Joint& joint, const BottleneckPoint& here, const BottleneckSetting& setting, OptimalPlane& out) {
  // Prove the minimum on both sides
  const double h = kCoarseStep * here.beta;
  const auto below = bottleneck(joint, here.beta - h, setting), above = bottleneck(joint, here.beta + h, setting);
  const double v_low = here.minimum.lower.value.value, v_high = here.minimum.upper.value.value;

  // Take the slopes of both secants, and nothing beyond I(X;Y)
  const double low = std::max(0.0, (below.minimum.lower.value.value - v_high) / h * (1 - 0x1p-40));
  const double most = mutual_information(joint).value * (1 + 1e-12);
  const double high = std::max(low, std::min(most, (v_high - above.minimum.lower.value.value) / h * (1 + 0x1p-30)));
  const Provenance how = here.minimum.upper.how;
  out.i_y = bracket(low, high, how);
  out.i_x = bracket(v_low + here.beta * low, v_high + here.beta * high, how);
}

// The ends of the degenerate range, as far as they are as good as the minimum.
std::optional<OptimalRange> as_good_range(const Joint& joint, const BottleneckPoint& here, const BottleneckSetting& setting) {
  if (here.degeneracy() == Degeneracy::none || here.degeneracy() == Degeneracy::trivial) return std::nullopt;
  const OptimalRange range = optimal_range(joint, here.beta, setting);
  for (const InformationPlane& end : {range.low, range.high})
    if (!(end.i_x.value - here.beta * end.i_y.value <= here.minimum.lower.value.value + kAsGood * (1 + here.beta)))
      return std::nullopt;
  return range;
}

}  // namespace

OptimalPlane optimal_plane(const Joint& joint, double beta, const BottleneckSetting& setting) {
  const auto here = bottleneck(joint, beta, setting);
  OptimalPlane out{{}, {}, {here.i_x, here.i_y}, {}};

  // Below beta = 1, and where there is nothing to tell apart, only keeping nothing is optimal
  const BottleneckProblem problem(joint);
  const bool nothing = beta < 1 || problem.n_x() == 1 || (beta == 1 && problem.n_components() == 1);
  if (nothing) {
    out.i_x = out.i_y = bracket(0, 0, here.minimum.upper.how);
    return out;
  }

  // Enclose finely where the minimum is proved and has one solution, coarsely elsewhere
  const bool one = here.degeneracy() == Degeneracy::none || here.degeneracy() == Degeneracy::trivial;
  const bool fine = beta > 1 && one && here.certificate() == Certificate::proved && problem.n_y() <= kMostCertifiedY &&
                    enclosed_finely(problem, here, setting, out);
  if (!fine) enclose_coarsely(joint, here, setting, out);
  out.range = as_good_range(joint, here, setting);
  return out;
}

}  // namespace etalon::information
