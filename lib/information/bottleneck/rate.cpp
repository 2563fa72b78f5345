// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/rate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/bits.h"
#include "base/error.h"
#include "information/bottleneck/certificate.h"
#include "information/bottleneck/newton.h"
#include "information/bottleneck/sweeps.h"
#include "scalar/interval.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

constexpr double kClosed = 1e-13;        // nats between the envelopes
constexpr double kAtTheRate = 1e-15;     // of the rate: I(X;T) is not known better
constexpr long kProofPatience = 10;      // times max_cells: for the one proof that matters
constexpr double kContinuous = 1e-5;     // I(X;T) at a critical beta below which it is called continuous
constexpr double kIndependent = 1e-14;   // rho^2 of X and Y that are independent but for rounding
constexpr double kPastStability = 1e-3;  // of 1/rho^2: beyond 1/rho^2 something is kept
constexpr double kJumpBefore = 1e-9;     // of 1/rho^2: an optimum that leaves 0 nearer to it leaves it continuously
constexpr double kCloseBetas = 1e-3;     // of beta: I(X;T)(beta) between two such prices is smooth enough for regula falsi
constexpr double kHopeful = 1e-6;        // nats left open by the first proof: more cells have closed such a gap
constexpr long kMostTurns = 100;

void require_rate(double rate) {
  if (!(rate >= 0)) throw Error("information.bottleneck_rate", "a rate >= 0 nats", shortest(rate), "it is an I(X;T)");
}

Bracket bracket(Interval x) {
  Provenance how;
  how.certificate = Certificate::proved;
  return {{Nats(std::max(0.0, x.low())), how}, {Nats(x.high()), how}};
}

// sum_ij p_ij ln(p_ij / (p_i p_j)) of a table of enclosures that sum to about 1; exact zeros are left out.
Interval enclosed_information(const std::vector<Interval>& p, long n_i, long n_j) {
  // Sum the table to its marginals
  std::vector<Interval> row(n_i), column(n_j);
  for (long i = 0; i < n_i; ++i)
    for (long j = 0; j < n_j; ++j) {
      row[i] = row[i] + p[i * n_j + j];
      column[j] = column[j] + p[i * n_j + j];
    }

  // Take their logarithms; of what is 0, any number
  const auto log_of = [](const Interval& x) { return x.high() > 0 ? log(x) : Interval(0.0); };
  std::vector<Interval> log_row(n_i), log_column(n_j);
  for (long i = 0; i < n_i; ++i) log_row[i] = log_of(row[i]);
  for (long j = 0; j < n_j; ++j) log_column[j] = log_of(column[j]);

  // Sum p_ij (ln p_ij - ln p_i - ln p_j)
  Interval sum;
  for (long i = 0; i < n_i; ++i)
    for (long j = 0; j < n_j; ++j) {
      const Interval& x = p[i * n_j + j];
      if (x.low() == 0 && x.high() == 0) continue;
      sum = sum + x * (log(x) - log_row[i] - log_column[j]);
    }
  return sum;
}

Interval exactly(double x) { return Interval(x); }

BottleneckPoint everything_kept(const Joint& joint) {
  const BottleneckProblem problem(joint);
  BottleneckPoint point;
  Tensor<double> own(Shape{problem.n_x(), problem.n_x()});
  for (long x = 0; x < problem.n_x(); ++x) own[x * problem.n_x() + x] = 1;
  point.encoder = problem.own_encoder(own, problem.p_x);
  point.clusters = problem.own({problem.p_x, problem.w});
  const auto plane = information_plane(joint, point.encoder);
  point.i_x = plane.i_x;
  point.i_y = plane.i_y;
  point.beta = std::numeric_limits<double>::infinity();
  return point;
}

// q_low with probability 1 - share, q_high with share, side by side.
Tensor<double> mixture(const Tensor<double>& low, const Tensor<double>& high, double share) {
  const long n_l = low.n_cols(), n_h = high.n_cols();
  auto q = Tensor<double>::to_fill(Shape{low.n_rows(), n_l + n_h});
  for (long x = 0; x < low.n_rows(); ++x) {
    for (long t = 0; t < n_l; ++t) q[x * (n_l + n_h) + t] = (1 - share) * low[x * n_l + t];
    for (long t = 0; t < n_h; ++t) q[x * (n_l + n_h) + n_l + t] = share * high[x * n_h + t];
  }
  return q;
}

double slope(const BottleneckPoint& low, const BottleneckPoint& high) {
  return std::max(1.0, (high.i_x - low.i_x).value / (high.i_y - low.i_y).value);
}

// Between `low` and `high`: solve at the slope of the chord, keep the half that holds the rate, until the chord is the curve or
// both ends are one encoder. Proofs are dear near a jump, so they come last, at the one beta that matters; should one find a
// better encoder, the search goes on from there with a proof at every step.
class RateSearch {
 public:
  RateSearch(const Joint& joint, Nats rate, const BottleneckSetting& setting)
      : joint_(joint), problem_(joint), setting_(setting), rate_(rate), curve_(joint) {}

  FixedRate run() {
    // Search without proofs; if that missed the optimum, search again with a proof at every step
    const Prove wanted = setting_.prove;
    for (const Prove prove : {Prove::nothing, wanted}) {
      // Begin with nothing kept and everything kept; at a rate beyond the second there is nothing to search
      setting_.prove = prove;
      low_ = bottleneck(problem_, 1, setting_);
      high_ = everything_kept(joint_);
      if (rate_.value >= high_.i_x.value || high_.i_y.value <= 1e-15) return finished(high_, 1, high_.beta);
      const FixedRate found = search();

      // Prove the line of the beta that was found
      setting_.prove = wanted;
      const auto proved = solve(found.beta);
      prove_patiently(found, proved);

      // Stop unless the proof has met a better encoder
      FixedRate out = finished(found.high, found.share, found.beta);
      out.low = found.low;
      const double reached = found.high.i_x.value - found.beta * found.high.i_y.value;
      const bool better = proved.lagrangian.value < reached - 0x1p-46 * (1 + found.beta);
      if (!better || closed() || prove == wanted) return out;
    }
    return {};  // not reached: the second turn returns
  }

 private:
  bool closed() const { return curve_.at(rate_).gap().value <= 10 * kClosed; }

  // What one solution alone does not prove: at a jump c is 1 at the centres of both ends, and concave around each, so a proof that
  // knows all of them is short. Then more cells, unless a continuum of optima makes them hopeless or the first have hardly helped.
  void prove_patiently(const FixedRate& found, const BottleneckPoint& proved) {
    if (setting_.prove == Prove::nothing || problem_.n_y() > kMostCertifiedY || closed()) return;
    if (found.share < 1) {
      // Mix the polished clusters of both ends
      Clusters both = polished(found.low, found.beta), high = polished(found.high, found.beta);
      for (double& q : both.weight) q = (1 - found.share) * q;
      std::vector<double> centres = both.centre.values();
      for (const double q : high.weight) both.weight.push_back(found.share * q);
      centres.insert(centres.end(), high.centre.values().begin(), high.centre.values().end());
      const long n_t = static_cast<long>(both.weight.size());
      both.centre = Tensor<double>(Shape{n_t, problem_.n_y()}, std::move(centres));

      // Prove the minimum from there
      const auto proof = certify_minimum<Interval>(problem_, found.beta, both, {2e-13, setting_.max_cells, -1, setting_.stop});
      curve_.add_line(found.beta, proof.lagrangian.lower.value, proof.lagrangian.lower.how.iterations);
    }
    if (closed() || proved.degeneracy() == Degeneracy::continuum || !(proved.minimum.gap().value < kHopeful)) return;
    const long patience = setting_.max_cells;
    setting_.max_cells = kProofPatience * patience;
    solve(found.beta);
    setting_.max_cells = patience;
  }
  Clusters polished(const BottleneckPoint& end, double beta) const {
    const Clusters clusters = problem_.ordered(end.clusters);
    if (static_cast<long>(clusters.weight.size()) * (1 + problem_.n_y()) > kMostUnknowns) return clusters;
    const auto result = polish(problem_, beta, clusters);
    return result.converged ? result.clusters : clusters;
  }

  FixedRate search() {
    for (long turn = 0; turn < kMostTurns; ++turn) {
      // Solve at the slope of the chord between the two ends
      const double beta = slope(low_, high_);
      const auto point = solve(beta);

      // If nothing lies below the chord, the curve is straight here
      const double chord = (low_.i_x.value - beta * low_.i_y.value) - point.lagrangian.value;
      if (!(chord > 0x1p-50 * (1 + beta))) return mixed(beta);

      // Keep the half that holds the rate, until its ends are close
      (point.i_x.value <= rate_.value ? low_ : high_) = point;
      if (low_.beta > 1 && std::isfinite(high_.beta) && high_.beta - low_.beta < kCloseBetas * low_.beta) break;
    }
    return inside();
  }

  BottleneckPoint solve(double beta) {
    auto point = bottleneck(problem_, beta, setting_, warm());
    curve_.add(point);
    return point;
  }
  std::vector<Clusters> warm() const {
    std::vector<Clusters> starts;
    if (low_.clusters.weight.size() > 1) starts.push_back(low_.clusters);
    if (std::isfinite(high_.beta)) starts.push_back(high_.clusters);
    return starts;
  }

  // One encoder at the rate itself, by regula falsi on I(X;T)(beta) (Illinois); where there is none, the mixture.
  FixedRate inside() {
    // Compute how far both ends are from the rate:  f(beta) = I(X;T)(beta) - rate
    double left = low_.beta, right = std::isfinite(high_.beta) ? high_.beta : slope(low_, high_);
    double f_left = (low_.i_x - rate_).value, f_right = (high_.i_x - rate_).value;
    double weight_left = 1, weight_right = 1;
    int side = 0;
    for (long turn = 0; turn < kMostTurns && f_left < 0 && f_right > 0; ++turn) {
      // Try the beta where the secant is 0; a smaller weight pulls it towards an end that has not moved
      const double at_left = f_left * weight_left, at_right = f_right * weight_right;
      const double beta = left + (right - left) * (at_left / (at_left - at_right));
      if (!(beta > left && beta < right)) break;

      // Stop if the encoder there has the rate
      const auto point = solve(beta);
      const double f = (point.i_x - rate_).value;
      if (abs(f) <= kAtTheRate * rate_.value) return finished(point, 1, beta);

      // Let it be the new end on its side otherwise
      const bool below = f < 0;
      (below ? left : right) = beta;
      (below ? f_left : f_right) = f;
      (below ? low_ : high_) = point;
      if (side == (below ? -1 : 1)) (below ? weight_right : weight_left) /= 2;  // the other end has not moved for two turns
      (below ? weight_left : weight_right) = 1;
      side = below ? -1 : 1;
    }
    // Take an end that has the rate as well as rounding allows; otherwise no beta does, and the piece between the ends is straight
    const bool lower = abs(f_left) < abs(f_right);
    if (abs(lower ? f_left : f_right) <= 1000 * kAtTheRate * rate_.value)
      return finished(lower ? low_ : high_, 1, lower ? left : right);
    return mixed(slope(low_, high_));
  }

  FixedRate mixed(double beta) {
    const double width = (high_.i_x - low_.i_x).value;
    return finished(high_, width > 0 ? (rate_ - low_.i_x).value / width : 1, beta);
  }

  FixedRate finished(const BottleneckPoint& high, double share, double beta) {
    FixedRate out{rate_, curve_.at(rate_), curve_.found_above(rate_), beta, share, low_, high, {}};
    out.encoder = share == 1 ? high.encoder : mixture(low_.encoder, high.encoder, share);
    return out;
  }

  const Joint& joint_;
  const BottleneckProblem problem_;
  BottleneckSetting setting_;
  Nats rate_;
  BottleneckEnvelope curve_;
  BottleneckPoint low_, high_;
};

// The polynomial through (h_k, f_k), at 0 (Neville).
double at_zero(const std::vector<double>& h, std::vector<double> f) {
  const std::size_t n = f.size();
  for (std::size_t m = 1; m < n; ++m)
    for (std::size_t k = 0; k + m < n; ++k) f[k] = (h[k + m] * f[k] - h[k] * f[k + 1]) / (h[k + m] - h[k]);
  return f[0];
}

// The limit of the optimum as the price comes to beta from one side, side = +-1.
InformationPlane limit(const Joint& joint, double beta, double side, const BottleneckSetting& setting) {
  std::vector<double> h, i_x, i_y;
  std::vector<Clusters> warm;
  std::size_t n_t = 0;

  // Solve at beta (1 +- 2^-k), each from the solution before
  for (int k = 6; k <= 12; ++k) {
    const double step = side * beta * std::ldexp(1.0, -k);
    const auto point = bottleneck(joint, beta + step, setting, warm);
    warm = {point.clusters};

    // Forget what came before a solution with other clusters: that is another branch
    if (point.clusters.weight.size() != n_t) {
      h.clear();
      i_x.clear();
      i_y.clear();
    }
    n_t = point.clusters.weight.size();
    h.push_back(step);
    i_x.push_back(point.i_x.value);
    i_y.push_back(point.i_y.value);
  }

  // Extrapolate I(X;T) and I(T;Y) to a step of 0
  return {Nats(at_zero(h, i_x)), Nats(at_zero(h, i_y))};
}

}  // namespace

EnclosedPlane enclosed_plane(const Joint& joint, const Tensor<double>& encoder) {
  information_plane(joint, encoder);  // refuses what is no encoder
  const long n_x = joint.n_x(), n_y = joint.n_y(), n_t = encoder.n_cols();
  Interval total;
  for (const double p : joint.p().values()) total = total + exactly(p);

  // Enclose p(x, t) and p(t, y)
  std::vector<Interval> p_xt(n_x * n_t), p_ty(n_t * n_y);
  for (long x = 0; x < n_x; ++x) {
    // Sum the row of the encoder, by which it is divided, and p_x
    Interval row, p_x;
    for (long t = 0; t < n_t; ++t) row = row + exactly(encoder[x * n_t + t]);
    for (long y = 0; y < n_y; ++y) p_x = p_x + exactly(joint(x, y));

    // Add q(t|x) p(x, y)
    for (long t = 0; t < n_t; ++t) {
      if (encoder[x * n_t + t] == 0) continue;
      const Interval share = exactly(encoder[x * n_t + t]) / row / total;
      if (p_x.high() > 0 && joint.p_x()[x] > 0) p_xt[x * n_t + t] = share * p_x;
      for (long y = 0; y < n_y; ++y)
        if (joint(x, y) > 0) p_ty[t * n_y + y] = p_ty[t * n_y + y] + share * exactly(joint(x, y));
    }
  }
  return {bracket(enclosed_information(p_xt, n_x, n_t)), bracket(enclosed_information(p_ty, n_t, n_y))};
}

BottleneckEnvelope::BottleneckEnvelope(const Joint& joint) : joint_(joint), hull_{{0, 0}} {
  const auto everything = enclosed_plane(joint, everything_kept(joint).encoder);
  most_ = everything.i_y.upper.value.value;
  hull_.push_back({everything.i_x.upper.value.value, everything.i_y.lower.value.value});
}

void BottleneckEnvelope::add(const BottleneckPoint& point) {
  // Keep the line that the certificate proves
  if (point.beta > 0 && std::isfinite(point.beta)) {
    add_line(point.beta, point.minimum.lower.value, point.minimum.lower.how.iterations);
    found_.push_back({point.beta, point.lower_found.value.value});
  }

  // Put the point that the encoder reaches in its place by I(X;T)
  const auto plane = enclosed_plane(joint_, point.encoder);
  const Reached reached{plane.i_x.upper.value.value, plane.i_y.lower.value.value};
  if (!(reached.i_x >= 0 && std::isfinite(reached.i_x) && std::isfinite(reached.i_y))) return;
  hull_.insert(
      std::upper_bound(hull_.begin(), hull_.end(), reached, [](const Reached& a, const Reached& b) { return a.i_x < b.i_x; }),
      reached);

  // Leave out what lies under the chord of its neighbours
  std::vector<Reached> hull;
  for (const Reached& r : hull_) {
    if (!hull.empty() && r.i_y <= hull.back().i_y) continue;
    while (hull.size() > 1) {
      const Reached &a = hull[hull.size() - 2], &b = hull.back();
      if ((b.i_y - a.i_y) * (r.i_x - a.i_x) > (r.i_y - a.i_y) * (b.i_x - a.i_x)) break;
      hull.pop_back();
    }
    hull.push_back(r);
  }
  hull_ = std::move(hull);
}

void BottleneckEnvelope::add_line(double beta, Nats least, long cells) {
  lines_.push_back({beta, least.value});
  proved_ += cells;
}

double BottleneckEnvelope::lowest(const std::vector<Line>& lines, double rate, double most) {
  double upper = std::min(rate, most);
  for (const Line& line : lines) upper = std::min(upper, ((Interval(rate) - Interval(line.least)) / Interval(line.beta)).high());
  return upper;
}

Estimate BottleneckEnvelope::found_above(Nats rate) const {
  require_rate(rate.value);
  Provenance how;
  how.certificate = Certificate::grid;
  return {Nats(std::max(at(rate).lower.value.value, lowest(found_, rate.value, most_))), how};
}

Bracket BottleneckEnvelope::at(Nats rate) const {
  require_rate(rate.value);
  const double r = rate.value;
  // Take the lowest of the lines as the upper side
  const double upper = lowest(lines_, r, most_);

  // Take the chord between the two points of the hull around the rate as the lower side
  const auto next = std::upper_bound(hull_.begin(), hull_.end(), r, [](double x, const Reached& b) { return x < b.i_x; });
  double lower = (next - 1)->i_y;
  if (next != hull_.end()) {
    const Reached &a = *(next - 1), &b = *next;
    const Interval share = (Interval(r) - Interval(a.i_x)) / (Interval(b.i_x) - Interval(a.i_x));
    lower = std::max(lower, (Interval(a.i_y) + share * (Interval(b.i_y) - Interval(a.i_y))).low());
  }
  Provenance how;
  how.certificate = Certificate::proved;
  how.iterations = proved_;
  return {{Nats(std::min(lower, upper)), how}, {Nats(upper), how}};
}

BottleneckEnvelope envelope(const Joint& joint, const std::vector<BottleneckPoint>& points) {
  BottleneckEnvelope curve(joint);
  for (const auto& point : points) curve.add(point);
  return curve;
}

FixedRate bottleneck_at_rate(const Joint& joint, Nats rate, const BottleneckSetting& setting) {
  require_rate(rate.value);
  return RateSearch(joint, rate, setting).run();
}

DistanceFromCurve distance_from_curve(const Joint& joint, const Tensor<double>& encoder, const BottleneckSetting& setting) {
  DistanceFromCurve out;
  out.plane = enclosed_plane(joint, encoder);
  const auto most = bottleneck_at_rate(joint, out.plane.i_x.upper.value, setting);
  const auto least = bottleneck_at_rate(joint, out.plane.i_x.lower.value, setting);
  out.beta = most.beta;
  out.deficit.upper = {most.i_y.upper.value - out.plane.i_y.lower.value, most.i_y.upper.how};
  out.deficit.lower = {std::max(Nats(0), least.i_y.lower.value - out.plane.i_y.upper.value), least.i_y.lower.how};
  return out;
}

CriticalBeta critical_beta(const Joint& joint, const BottleneckSetting& setting) {
  const double rho2 = second_singular_value_squared(joint);
  CriticalBeta out;
  if (!(rho2 > kIndependent)) {  // nothing is ever worth keeping
    out.beta = std::numeric_limits<double>::infinity();
    return out;
  }

  // Begin where something is kept; beta <- I(X;T)/I(T;Y) of the optimum falls to the least such ratio (Dinkelbach 1967)
  out.beta = 1 / rho2 * (1 + kPastStability);
  for (long turn = 0; turn < kMostTurns; ++turn) {
    const auto point = bottleneck(joint, out.beta, setting);
    if (!(point.lagrangian.value < 0) || point.i_x.value < kContinuous) break;
    const double next = std::max(1.0, point.i_x.value / point.i_y.value);
    out.jump = point;
    if (!(next < out.beta)) break;
    out.beta = next;
  }

  // Find the last digits: the same solution at the price where it costs nothing
  const BottleneckProblem problem(joint);
  for (int turn = 0; turn < 20 && out.jump.i_x.value > kContinuous; ++turn) {
    // Polish the clusters at the present beta
    const auto polished = polish(problem, out.beta, problem.ordered(out.jump.clusters)).clusters;

    // Compute its encoder and its point of the plane
    out.jump.encoder = problem.own_encoder(encode(problem, out.beta, polished), polished.weight);
    out.jump.clusters = problem.own(polished);
    const auto plane = information_plane(joint, out.jump.encoder);
    out.jump.i_x = plane.i_x;
    out.jump.i_y = plane.i_y;
    out.jump.beta = out.beta;

    // Move to the beta at which that point costs nothing, L = 0
    const double next = plane.i_x.value / plane.i_y.value;
    if (abs(next - out.beta) <= 2 * std::numeric_limits<double>::epsilon() * out.beta) break;
    out.beta = next;
  }

  // Call it a jump if that beta lies below 1/rho^2, where the trivial solution loses its local stability
  out.first_order = out.jump.i_x.value > kContinuous && out.beta < 1 / rho2 * (1 - kJumpBefore);
  if (!out.first_order) out.beta = 1 / rho2;
  return out;
}

OptimalRange optimal_range(const Joint& joint, double beta, const BottleneckSetting& setting) {
  const auto here = bottleneck(joint, beta, setting);
  OptimalRange out{{here.i_x, here.i_y}, {here.i_x, here.i_y}, here.degeneracy()};
  if (out.degeneracy == Degeneracy::none || out.degeneracy == Degeneracy::trivial) return out;
  out.low = limit(joint, beta, -1, setting);
  out.high = limit(joint, beta, 1, setting);
  return out;
}

}  // namespace etalon::information
