// SPDX-License-Identifier: Apache-2.0
#include "information/readout/noisy_readout.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/bits.h"
#include "base/error.h"
#include "information/bounds/pairwise.h"
#include "information/law/entropy.h"
#include "information/law/law.h"

namespace etalon::information {
namespace {

constexpr const char* kReadout = "information.noisy_readout";
constexpr double kApart = 30;  // sigmas between groups
constexpr double kMostTerms = 0x1p31;
// No call makes them: a CPU without FMA must reach main() to be refused
constexpr double kE = 0x1.5bf0a8b145769p+1, kPi = 0x1.921fb54442d18p+1;

// What T is compared at: t, and p(t|x) of each centre relative to the nearest, r_x = p(t|x)/p(t|c) = e^{a_x}.
struct Point {
  std::vector<double> ratio, excess;  // e^{a_x}, e^{a_x} - 1
  double density = 0;                 // p(t) in sigmas
  double sum = 0;                     // sum_x p_x e^{a_x} = p(t) / p(t|c)

  void evaluate(const std::vector<double>& p, const std::vector<double>& m, double t) {
    // Find the nearest centre c
    const long n = static_cast<long>(m.size());
    double c = m[0];
    for (const double m_x : m) c = abs(t - m_x) < abs(t - c) ? m_x : c;

    // Compare the density of each centre with that of c:  e^{a_x},  a_x = (t - c)^2/2 - (t - m_x)^2/2, as a product
    ratio.resize(n), excess.resize(n);
    for (long x = 0; x < n; ++x) {
      const double a = (m[x] - c) * ((t - m[x]) + (t - c)) / 2;
      excess[x] = expm1(a), ratio[x] = exp(a);
    }

    // Average over the centres:  p(t) = N(t; c, 1) sum_x p_x e^{a_x}
    sum = product_sum<double>(
        n, [&](long x) { return p[x]; }, [&](long x) { return ratio[x]; });
    density = exp(-((t - c) * (t - c) / 2)) / sqrt(2 * kPi) * sum;
  }
  // Differences of ratios lose nothing where all are near 1, nor where all are near 0.
  const std::vector<double>& differing() const { return sum >= 0.5 ? excess : ratio; }
};

// One group of centres: weights and places in sigmas, and what T is asked about.
struct Readout {
  std::vector<double> p, m;
  bool about_x = true;
  LawIn<double> law = law_of<double>(Tensor<double>(Shape{1, 1}, {1}));  // of (x, y) if not

  // sum_l p_l phi(p(t|l)/p(t))
  double terms(const Point& at) const {
    const auto& r = at.differing();
    const long n = static_cast<long>(p.size());

    // Average phi over x, if T is asked about x:  p(t|x)/p(t) - 1 = (r_x - mean r) / sum
    if (about_x) {
      const double mean = product_sum<double>(
          n, [&](long x) { return p[x]; }, [&](long x) { return r[x]; });
      return ordered_sum<double>(n, [&](long x) { return p[x] == 0 ? 0.0 : p[x] * phi((r[x] - mean) / at.sum); });
    }

    // Average phi over y otherwise:  p(t|y)/p(t) - 1 = sum_x (p(x|y) - p_x) r_x / sum
    return ordered_sum<double>(law.n_y(), [&](long y) {
      const double p_y = law.p_y[y];
      if (p_y == 0) return 0.0;
      const double excess = product_sum<double>(
          n, [&](long x) { return law.excess[law.at(x, y)]; }, [&](long x) { return r[x]; });
      return p_y * phi(excess / p_y / at.sum);
    });
  }
};

struct Quadrature {
  double value = 0, step = 0;
  long points = 0;
};

// The trapezoidal rule with an error of at most 2^-59 `smallest`, for I <= the largest that ln X allows.
Quadrature integrate(const Readout& r, double smallest) {
  // Take ln M, for the digits that are wanted
  const auto [low, high] = std::minmax_element(r.m.begin(), r.m.end());
  const double n = static_cast<double>(r.p.size()), spread = *high - *low, digits = 60 * kLn2 - log(smallest);
  const double log_m = log(2 * (log(n) + 2 / kE + 2)) + digits;

  // Choose the widest step,
  //
  //   2 pi a / h = a^2/2 + ln(2 M e^{-a^2/2} 2^60 / I),   largest at a = sqrt(2 ln ...)
  //
  // and go on beyond the outermost centres for as many sigmas as leave 2^-60 I
  const double best = sqrt(2 * log_m), a = best * spread <= kPi / 2 ? best : kPi / 2 / spread;
  const double step = 2 * kPi * a / (a * a / 2 + log_m), beyond = sqrt(2 * (log(1500.0) + digits));

  // Refuse what takes too long
  const double n_points = std::ceil((spread + 2 * beyond) / step), n_labels = r.about_x ? 1 : static_cast<double>(r.law.n_y());
  if (!(n_points * n * n_labels <= kMostTerms))
    throw Error(kReadout, "at most 2^31 terms of the quadrature", shortest(n_points * n * n_labels),
                "a chain of many centres, each within 30 sigmas of the next: bracket it instead");

  // Add up in two levels: a sum of n terms rounds n times, one of sums 2 sqrt(n) times
  Quadrature result{0, step, static_cast<long>(n_points) + 1};
  Point at;
  const long run = static_cast<long>(sqrt(n_points)) + 1;
  for (long first = 0; first < result.points; first += run) {
    double part = 0;
    for (long k = first; k < std::min(first + run, result.points); ++k) {
      at.evaluate(r.p, r.m, *low - beyond + step * static_cast<double>(k));
      part = fma(at.density, r.terms(at), part);
    }
    result.value = result.value + part;
  }
  result.value = result.value * step;
  return result;
}

// Again with the error relative to what came out.
Quadrature integrate(const Readout& r) {
  Quadrature q{};
  for (double smallest = 1; r.p.size() > 1; smallest = q.value) {
    q = integrate(r, smallest);
    if (q.value >= smallest / 2 || q.value < 1e-290) break;
  }
  return q;
}

// The numbers of the centres, group by group, each in increasing order of the centres.
std::vector<std::vector<long>> groups_of(const Tensor<double>& centres, const std::vector<double>& p, double sigma) {
  std::vector<long> order;
  for (long x = 0; x < centres.size(); ++x)
    if (p[x] > 0) order.push_back(x);
  std::sort(order.begin(), order.end(), [&](long a, long b) { return std::pair(centres[a], a) < std::pair(centres[b], b); });
  std::vector<std::vector<long>> groups;
  for (const long x : order) {
    if (groups.empty() || (centres[x] - centres[groups.back().back()]) / sigma > kApart) groups.emplace_back();
    groups.back().push_back(x);
  }
  return groups;
}

double weight_of(const std::vector<long>& group, const std::vector<double>& p) {
  return ordered_sum<double>(static_cast<long>(group.size()), [&](long i) { return p[group[i]]; });
}

// Places in sigmas from the lowest centre of the group, and its weights scaled to sum to 1.
Readout readout_of(const std::vector<long>& group, const std::vector<double>& p, const Tensor<double>& centres, double sigma) {
  Readout r;
  const double total = weight_of(group, p);
  for (const long x : group) r.m.push_back((centres[x] - centres[group[0]]) / sigma), r.p.push_back(p[x] / total);
  return r;
}

Tensor<double> rows_of(const Joint& joint, const std::vector<long>& group) {
  auto p = Tensor<double>::to_fill(Shape{static_cast<long>(group.size()), joint.n_y()});
  for (long i = 0; i < p.size(); ++i) p[i] = joint(group[i / joint.n_y()], i % joint.n_y());
  return p;
}

void require_weights(const std::vector<double>& p, long n_x) {
  if (static_cast<long>(p.size()) != n_x)
    throw Error(kReadout, std::to_string(n_x) + " weights", std::to_string(p.size()), "one for each centre");
  static_cast<void>(entropy(p));  // refuses what is no law
}

std::vector<double> scaled(const std::vector<double>& p, double total) {
  auto q = p;
  for (double& v : q) v = v / total;
  return q;
}

void note(Provenance& how, const Quadrature& q) {
  how.iterations += q.points;
  if (q.points > 0) how.choices.emplace_back("step in sigmas", shortest(q.step));
}

}  // namespace

NoisyReadout::NoisyReadout(Tensor<double> centres, double sigma) : centres_(std::move(centres)), sigma_(sigma) {
  // Refuse what is no noisy readout
  if (centres_.shape().rank() != 2 || centres_.size() < 1)
    throw Error(kReadout, "centres [X, d] with X, d >= 1", to_string(centres_.shape()), "one row for each x");
  if (!(sigma > 0) || !std::isfinite(sigma))
    throw Error(kReadout, "sigma > 0", shortest(sigma),
                "the standard deviation of the noise: without noise I(X;T) is H of a partition");
  const long n = n_x(), d = dimension();
  for (long i = 0; i < centres_.size(); ++i)
    if (!std::isfinite(centres_[i]))
      throw Error(kReadout, "finite centres", shortest(centres_[i]) + " at " + place(i / d, i % d), "did the training diverge?");

  // Tabulate |mu_x - mu_x'|^2 / sigma^2; refuse centres too far apart for a double
  distances_ = Tensor<double>::to_fill(Shape{n, n});
  for (long x = 0; x < n; ++x)
    for (long k = 0; k < n; ++k) {
      const auto apart = [&](long c) { return (centres_[x * d + c] - centres_[k * d + c]) / sigma; };
      distances_[x * n + k] = product_sum<double>(d, apart, apart);
      if (!std::isfinite(distances_[x * n + k]))
        throw Error(kReadout, "squared distances that are numbers",
                    "centres " + std::to_string(x) + " and " + std::to_string(k) + " too far apart",
                    "in units of sigma they are beyond 1e154: no noise at all, I(X;T) is H of the partition");
    }
}

void NoisyReadout::require_line(const char* hint) const {
  if (dimension() != 1) throw Error(kReadout, "centres on a line", "d = " + std::to_string(dimension()), hint);
}

Provenance NoisyReadout::provenance() const {
  Provenance how;
  how.alphabet = n_x();
  how.choices = {{"sigma", shortest(sigma_)}, {"dimension", std::to_string(dimension())}};
  return how;
}

Exact NoisyReadout::about_x(const std::vector<double>& p) const {
  require_line("bracket_about_x() takes any d");
  require_weights(p, n_x());
  Provenance how = provenance();
  const auto groups = groups_of(centres_, p, sigma_);
  const double total = ordered_sum<double>(n_x(), [&](long x) { return p[x]; });

  // Integrate I(X;T|g), group by group
  double inside = 0;
  std::vector<double> p_g;
  for (const auto& group : groups) {
    const Quadrature q = integrate(readout_of(group, p, centres_, sigma_));
    p_g.push_back(weight_of(group, p) / total);
    inside = fma(p_g.back(), q.value, inside);
    note(how, q);
  }

  // Add what the group says:  I(X;T) = H(g) + sum_g p_g I(X;T|g)
  const double between = groups.size() == 1 ? 0 : entropy(p_g).value;
  return {Nats(between + inside), how};
}

Exact NoisyReadout::about_y(const Joint& joint) const {
  // Divide the centres into groups that the noise does not mix
  require_line("bracket_about_y() takes any d");
  require_weights(joint.p_x(), n_x());
  Provenance how = provenance();
  const auto groups = groups_of(centres_, joint.p_x(), sigma_);
  Tensor<double> between(Shape{static_cast<long>(groups.size()), joint.n_y()});
  double inside = 0;

  // Integrate I(Y;T|g), group by group
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Readout r = readout_of(groups[g], joint.p_x(), centres_, sigma_);
    const Tensor<double> rows = rows_of(joint, groups[g]);
    r.about_x = false;
    r.law = law_of<double>(rows);
    const Quadrature q = integrate(r);
    inside = fma(weight_of(groups[g], joint.p_x()) / joint.total(), q.value, inside);
    note(how, q);

    // Add up p(g, y)
    for (long i = 0; i < rows.size(); ++i) {
      double& cell = between[static_cast<long>(g) * joint.n_y() + i % joint.n_y()];
      cell = cell + rows[i];
    }
  }

  // Add what the group says:  I(Y;T) = I(Y;g) + sum_g p_g I(Y;T|g)
  return {mutual_information(Joint(between)) + Nats(inside), how};
}

namespace {

// L and U of each column of weights: pairwise bounds at 1/8 and 1/2 of the squared distances.
struct PairwiseBounds {
  std::vector<double> lower, upper;
};
PairwiseBounds pairwise(const Tensor<double>& weights, const Tensor<double>& squared) {
  const auto at = [&](double share) {
    auto d = squared;
    for (long i = 0; i < d.size(); ++i) d[i] = share * squared[i];
    return pairwise_of_each(weights, d);
  };
  return {at(0.125), at(0.5)};
}

}  // namespace

Bracket NoisyReadout::bracket_about_x(const std::vector<double>& p) const {
  require_weights(p, n_x());
  const auto law = scaled(p, ordered_sum<double>(n_x(), [&](long x) { return p[x]; }));
  const PairwiseBounds all = pairwise(Tensor<double>(Shape{n_x(), 1}, law), distances_);
  return {{Nats(all.lower[0]), provenance()}, {Nats(all.upper[0]), provenance()}};
}

Bracket NoisyReadout::bracket_about_y(const Joint& joint) const {
  require_weights(joint.p_x(), n_x());

  // Bound I(X;T) for p(.|y) of every y, in the first columns, and for p, in the last
  const long n_y = joint.n_y();
  Tensor<double> laws(Shape{n_x(), n_y + 1});
  for (long x = 0; x < n_x(); ++x) {
    for (long y = 0; y < n_y; ++y)
      if (joint.p_y()[y] > 0) laws[x * (n_y + 1) + y] = joint(x, y) / joint.p_y()[y];
    laws[x * (n_y + 1) + n_y] = joint.p_x()[x] / joint.total();
  }
  const PairwiseBounds at = pairwise(laws, distances_);

  // Subtract what T knows of X beyond Y:  I(T;Y) = I(X;T) - sum_y p_y I(X;T|Y=y), and at most I(X;Y)
  const auto share = [&](long y) { return joint.p_y()[y] / joint.total(); };
  const double given_y_at_least = product_sum<double>(n_y, share, [&](long y) { return at.lower[y]; });
  const double given_y_at_most = product_sum<double>(n_y, share, [&](long y) { return at.upper[y]; });
  const double lower = at.lower[n_y] - given_y_at_most, upper = at.upper[n_y] - given_y_at_least;
  const Provenance how = provenance();
  return {{Nats(std::max(0.0, lower)), how}, {std::min(Nats(upper), mutual_information(joint)), how}};
}

}  // namespace etalon::information
