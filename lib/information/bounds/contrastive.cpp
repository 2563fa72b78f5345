// SPDX-License-Identifier: Apache-2.0
#include "information/bounds/contrastive.h"

#include <cmath>
#include <functional>
#include <string>

#include "base/bits.h"
#include "base/error.h"
#include "information/bounds/club.h"
#include "information/bounds/critic_body.h"
#include "information/bounds/sample_counts.h"
#include "information/law/entropy.h"

namespace etalon::information {
namespace {

// One thing that may be drawn: the number that tells it from others, its probability, and what is averaged over its class.
struct Symbol {
  double key, mass, carried;
  long index;
};

struct Classes {
  std::vector<double> key, mass, carried;  // [C], keys increasing
  std::vector<long> of;                    // index -> class, -1 if it is never drawn
  long size() const { return static_cast<long>(key.size()); }
};

// Symbols whose keys differ by no more than `width(key)` are one class, at their mean.
Classes classes_of(std::vector<Symbol> symbols, long n_indices, double (*width)(double)) {
  // Sort by key
  std::stable_sort(symbols.begin(), symbols.end(), [](const Symbol& a, const Symbol& b) { return a.key < b.key; });
  Classes c{{}, {}, {}, std::vector<long>(n_indices, -1)};

  // Begin a class with the first symbol that is in none
  for (std::size_t first = 0, i = 0; i < symbols.size(); first = i) {
    const double key = symbols[first].key;
    double mass = 0, moved = 0, carried = 0;
    // Add up the symbols within its width
    for (; i < symbols.size() && (symbols[i].key == key || symbols[i].key - key <= width(key)); ++i) {
      c.of[symbols[i].index] = c.size();
      mass = mass + symbols[i].mass;
      carried = fma(symbols[i].mass, symbols[i].carried, carried);
      if (symbols[i].key != key) moved = fma(symbols[i].mass, symbols[i].key - key, moved);
    }

    // Put it at their mean
    c.key.push_back(key + moved / mass);
    c.mass.push_back(mass);
    c.carried.push_back(carried / mass);
  }
  return c;
}
// The result depends on the width of ratios in second order, for a class stands at the mean of its ratios; on that of a critic in
// first order.
double width_of_ratio(double r) { return 0x1p-46 * r; }
double width_of_critic(double f) { return std::isinf(f) ? 0 : 0x1p-50 * std::max(1.0, abs(f)); }

// One place to draw from, as the enumerations see it: a y with all its x, or all pairs.
struct Urn {
  double weight;  // of this urn among all
  long y;         // -1: all pairs
  Classes classes;
};

// key(x, y) tells symbols apart; carried(x, y) is averaged within a class.
template <class Key, class Carried>
std::vector<Urn> urns(const LawIn<double>& law, Negatives negatives, Key key, Carried carried, double (*width)(double)) {
  std::vector<Urn> all;
  std::vector<Symbol> pairs;
  for (long y = 0; y < law.n_y(); ++y) {
    std::vector<Symbol> column;
    for (long x = 0; x < law.n_x(); ++x)
      if (law.can_meet(x, y)) {
        const double mass = law.p_x[x] * law.p_y[y];  // below the least double no pair is ever drawn
        column.push_back({key(x, y), law.p_x[x], carried(x, y), x});
        if (mass > 0) pairs.push_back({key(x, y), mass, carried(x, y), law.at(x, y)});
      }
    if (negatives == Negatives::of_one_y && !column.empty())
      all.push_back({law.p_y[y], y, classes_of(std::move(column), law.n_x(), width)});
  }
  if (negatives == Negatives::of_pairs) all.push_back({1, -1, classes_of(std::move(pairs), law.p.size(), width)});
  return all;
}

Provenance enumerated(const char* where, const std::vector<Urn>& all, long k, const char* critic) {
  Provenance how;
  how.certificate = Certificate::enumeration;
  double cases = 0;
  for (const Urn& urn : all) {
    cases = cases + number_of_counts(k, urn.classes.size());
    how.alphabet = std::max(how.alphabet, urn.classes.size());
  }
  require_enumerable(where, cases);
  how.iterations = static_cast<long>(cases);
  how.choices = {{"K", std::to_string(k)}, {"critic", critic}};
  return how;
}

void require_k(const char* where, long k, long least) {
  if (k < least) throw Error(where, "K >= " + std::to_string(least), std::to_string(k), "K counts samples");
}

// The mean of g over K draws, n[c] of class c.
template <class G>
double mean_of_draws(const std::vector<long>& n, long k, G g) {
  return product_sum<double>(
      static_cast<long>(n.size()), [&](long i) { return static_cast<double>(n[i]) / static_cast<double>(k); }, g);
}

// ---- The best critic, ln r: key r, carried r - 1

std::vector<Urn> urns_of_ratios(const LawIn<double>& law, Negatives negatives) {
  const auto e = [&](long x, long y) { return law.excess[law.at(x, y)] / law.p_x[x] / law.p_y[y]; };
  const auto r = [&](long x, long y) { return law.p[law.at(x, y)] / law.p_x[x] / law.p_y[y]; };
  return urns(law, negatives, r, e, width_of_ratio);
}

// The mean of K ratios, as m and as m - 1.
struct MeanRatio {
  double m, e;
  MeanRatio(const Classes& c, const std::vector<long>& n, long k) {
    e = mean_of_draws(n, k, [&](long i) { return c.carried[i]; });
    m = e > -0.5 ? 1 + e : mean_of_draws(n, k, [&](long i) { return c.key[i]; });
  }
};

// psi(m) = m - 1 - ln m = m phi(1/m)
double psi(const MeanRatio& mean) { return mean.e > -0.5 && mean.e < 1 ? mean.m * phi(-mean.e / mean.m) : mean.e - log(mean.m); }

// ---- A given critic f: key f, carried r

void require_range(const char* where, const Classes& c, double other) {
  double low = other, high = other;
  for (const double f : c.key) {
    if (std::isinf(f)) continue;
    low = !(low <= f) ? f : low;
    high = !(high >= f) ? f : high;
  }
  if (high - low > 600)
    throw Error(where, "finite numbers of a critic (and baseline) within 600 of each other",
                shortest(low) + " to " + shortest(high), "e^f of the lowest would vanish beside the highest; is f a logarithm?");
}

std::vector<Urn> urns_of_critic(const char* where, const Joint& joint, const LawIn<double>& law, const Tensor<double>& f,
                                Negatives negatives) {
  detail::require_critic(where, joint, f);
  auto all = urns(
      law, negatives, [&](long x, long y) { return f[law.at(x, y)]; },
      [&](long x, long y) { return law.p[law.at(x, y)] / law.p_x[x] / law.p_y[y]; }, width_of_critic);
  for (const Urn& urn : all) require_range(where, urn.classes, std::numeric_limits<double>::quiet_NaN());
  return all;
}

// e^f of each class, the largest taken as 1.
std::vector<double> weights(const Classes& c) {
  std::vector<double> g;
  for (const double f : c.key) g.push_back(exp(f - c.key.back()));
  return g;
}

// E f
double mean_critic(const LawIn<double>& law, const Tensor<double>& f) {
  double total = 0;
  for (long i = 0; i < f.size(); ++i)
    if (law.p[i] > 0) total = fma(law.p[i], f[i], total);
  return total;
}

void require_finite_result(const char* where, double x) {
  if (!std::isfinite(x))
    throw Error(where, "ratios p_xy/(p_x p_y) below the largest double", "one beyond it",
                "drop symbols of probability near 1e-308");
}

// What the enumerations of InfoNCE and of the interpolated bound know of one case, all e^f and e^b divided by the largest e^f.
struct MixedCase {
  double big_m, a, ratio;  // M = mean e^f, a = alpha M + (1 - alpha) e^b, R = mean r
};
struct Mixture {
  const Classes& classes;
  std::vector<double> e_f;  // of each class
  long k;
  double alpha, e_b;

  MixedCase operator()(const std::vector<long>& n) const {
    const double big_m = mean_of_draws(n, k, [&](long i) { return e_f[i]; });
    const double ratio = mean_of_draws(n, k, [&](long i) { return classes.carried[i]; });
    return {big_m, alpha == 1 ? big_m : fma(alpha, big_m, (1 - alpha) * e_b), ratio};
  }
};

// What value and gradient of the interpolated bound begin with, checked.
struct InterpolatedSetup {
  LawIn<double> law;
  std::vector<Urn> urns;
  Provenance how;
  std::vector<Mixture> mixtures;  // of each urn

  InterpolatedSetup(const char* where, const Joint& joint, const Tensor<double>& f, const std::vector<double>& log_b, double alpha,
                    long k)
      : law(law_of<double>(joint)) {
    // Refuse what is outside its range
    require_k(where, k, 1);
    if (!(alpha >= 0 && alpha <= 1)) throw Error(where, "alpha in [0, 1]", shortest(alpha), "0 is TUBA, 1 is InfoNCE");
    detail::require_baseline(where, joint.n_y(), log_b);
    urns = urns_of_critic(where, joint, law, f, Negatives::of_one_y);
    how = enumerated(where, urns, k, "given");

    // e^f and e^b of each y, divided by its largest e^f
    for (const Urn& urn : urns) {
      const double top = urn.classes.key.back();
      if (alpha < 1) require_range(where, urn.classes, log_b[urn.y]);
      mixtures.push_back({urn.classes, weights(urn.classes), k, alpha, alpha < 1 ? exp(log_b[urn.y] - top) : 0});
    }
  }
};

Lower interpolated_of(const char* where, const Joint& joint, const Tensor<double>& f, const std::vector<double>& log_b,
                      double alpha, long k) {
  // Refuse what is no critic; return -infinity where it rules out what happens
  detail::require_critic(where, joint, f);
  if (const auto [x, y] = detail::contradiction(law_of<double>(joint), f); x >= 0) return detail::ruled_out<double>(joint, x, y);
  InterpolatedSetup setup(where, joint, f, log_b, alpha, k);

  // Average over y
  double total = 0;
  for (std::size_t u = 0; u < setup.urns.size(); ++u) {
    const Classes& c = setup.urns[u].classes;

    // Compute the value of one case:  1 - M/a + mean of r (f - ln a); with alpha = 1 the first two cancel, whatever M is
    const auto value = [&](const std::vector<long>& n, std::vector<double>& out) {
      const MixedCase mixed = setup.mixtures[u](n);
      const double rest = alpha == 1 ? 0 : mixed.big_m == 0 ? 1 : 1 - mixed.big_m / mixed.a;
      out[0] = rest + mean_of_draws(n, k, [&](long i) {
                 return n[i] == 0 || c.carried[i] == 0 ? 0 : c.carried[i] * (c.key[i] - c.key.back() - log(mixed.a));
               });
    };
    total = fma(setup.urns[u].weight, CountExpectation(k, c.mass, 1, value).result()[0], total);
  }
  require_finite_result(where, total);
  return {Nats(total), setup.how};
}

InterpolatedGradient interpolated_gradient_of(const char* where, const Joint& joint, const Tensor<double>& f,
                                              const std::vector<double>& log_b, double alpha, long k) {
  // Refuse what is no critic, and one that rules out what happens
  detail::require_critic(where, joint, f);
  InterpolatedSetup setup(where, joint, f, log_b, alpha, k);
  const LawIn<double>& law = setup.law;
  if (const auto [x, y] = detail::contradiction(law, f); x >= 0)
    throw Error(where, "a finite bound", "f = -infinity at " + place(x, y) + ", where p > 0",
                "the bound is -infinity and has no gradient");

  // Begin with the gradient of E f:  p_xy
  InterpolatedGradient gradient{law.p, std::vector<double>(law.n_y(), 0.0)};
  for (std::size_t u = 0; u < setup.urns.size(); ++u) {
    const auto& [weight, y, c] = setup.urns[u];
    const Mixture& mixture = setup.mixtures[u];
    const long n_classes = c.size();

    // Differentiate the value of one case, with the share s_c = n_c e^{f_c} / (K a) of each of the C classes:
    //
    //   out[c]     = s_c [1 + alpha (R - M/a)]
    //   out[C + c] = s_c alpha / K                    goes with r_x - r_c, r_c the mean ratio of the class of x
    //   out[2 C]   = (1 - alpha) e^b / a [M/a - R]    by b(y)
    const auto value = [&](const std::vector<long>& n, std::vector<double>& out) {
      const MixedCase mixed = mixture(n);
      for (long i = 0; i < n_classes; ++i) {
        const double share =
            n[i] == 0 || mixture.e_f[i] == 0 ? 0 : static_cast<double>(n[i]) / static_cast<double>(k) * mixture.e_f[i] / mixed.a;
        out[i] = share * (alpha == 1 ? mixed.ratio : fma(alpha, mixed.ratio - mixed.big_m / mixed.a, 1.0));
        out[n_classes + i] = share * alpha / static_cast<double>(k);
      }
      out[2 * n_classes] = alpha == 1 ? 0 : (1 - alpha) * mixture.e_b / mixed.a * (mixed.big_m / mixed.a - mixed.ratio);
    };
    const auto e = CountExpectation(k, c.mass, 2 * n_classes + 1, value).result();

    // Add to the gradient of each x its part of its class:  - p_y p_x / p_c (E' out[c] + (r_x - r_c) E' out[C + c])
    for (long x = 0; x < law.n_x(); ++x) {
      const long i = c.of[x];
      if (i < 0) continue;
      const double r = law.p[law.at(x, y)] / law.p_x[x] / law.p_y[y];
      double& entry = gradient.f[law.at(x, y)];
      entry = entry - weight * (law.p_x[x] / c.mass[i]) * fma(r - c.carried[i], e[n_classes + i], e[i]);
      require_finite_result(where, entry);
    }
    gradient.log_b[y] = weight * e[2 * n_classes];
  }
  return gradient;
}

std::vector<double> no_baseline(const Joint& joint) { return std::vector<double>(joint.n_y(), 0.0); }

}  // namespace

Lower info_nce(const Joint& joint, long k) {
  require_k("information.info_nce", k, 1);
  const auto law = law_of<double>(joint);
  const auto all = urns_of_ratios(law, Negatives::of_one_y);
  Lower bound{Nats(0), enumerated("information.info_nce", all, k, "best")};
  for (const Urn& urn : all) {
    const Classes& c = urn.classes;
    // mean_j r_j ln(r_j/m) = mean_j m phi(r_j/m): every term >= 0
    const auto value = [&](const std::vector<long>& n, std::vector<double>& out) {
      const MeanRatio mean(c, n, k);
      out[0] = mean.m == 0 ? 0 : mean.m * mean_of_draws(n, k, [&](long i) { return phi((c.carried[i] - mean.e) / mean.m); });
    };
    bound.value = bound.value + Nats(urn.weight * CountExpectation(k, c.mass, 1, value).result()[0]);
  }
  require_finite_result("information.info_nce", bound.value.value);
  return bound;
}

Upper donsker_varadhan_samples(const Joint& joint, long k, Negatives negatives) {
  const char* where = "information.donsker_varadhan_samples";
  require_k(where, k, 1);
  const auto law = law_of<double>(joint);

  // Return infinity, as CLUB does, where x and y are possible and never meet: all K ratios may be 0, and their mean
  if (const Upper limit = club(joint); !limit.how.why_infinite.empty()) return limit;

  // Add E psi(m_K) to I
  const auto all = urns_of_ratios(law, negatives);
  Upper bound{mutual_information(joint), enumerated(where, all, k, "best")};
  bound.how.choices.emplace_back("negatives", to_string(negatives));
  for (const Urn& urn : all) {
    const auto value = [&](const std::vector<long>& n, std::vector<double>& out) { out[0] = psi(MeanRatio(urn.classes, n, k)); };
    bound.value = bound.value + Nats(urn.weight * CountExpectation(k, urn.classes.mass, 1, value).result()[0]);
  }
  require_finite_result(where, bound.value.value);
  return bound;
}

Upper leave_one_out(const Joint& joint, long k) {
  require_k("information.leave_one_out", k, 2);
  Upper bound = donsker_varadhan_samples(joint, k - 1, Negatives::of_one_y);
  if (bound.how.why_infinite.empty()) bound.how.choices = {{"K", std::to_string(k)}, {"critic", "best"}};
  return bound;
}

Lower interpolated(const Joint& joint, const Tensor<double>& f, const std::vector<double>& log_b, double alpha, long k) {
  Lower bound = interpolated_of("information.interpolated", joint, f, log_b, alpha, k);
  bound.how.choices.emplace_back("alpha", shortest(alpha));
  return bound;
}

Lower info_nce(const Joint& joint, const Tensor<double>& f, long k) {
  return interpolated_of("information.info_nce", joint, f, no_baseline(joint), 1, k);
}

InterpolatedGradient interpolated_gradient(const Joint& joint, const Tensor<double>& f, const std::vector<double>& log_b,
                                           double alpha, long k) {
  return interpolated_gradient_of("information.interpolated_gradient", joint, f, log_b, alpha, k);
}

Tensor<double> info_nce_gradient(const Joint& joint, const Tensor<double>& f, long k) {
  return interpolated_gradient_of("information.info_nce_gradient", joint, f, no_baseline(joint), 1, k).f;
}

NotABound donsker_varadhan_samples(const Joint& joint, const Tensor<double>& f, long k, Negatives negatives) {
  const char* where = "information.donsker_varadhan_samples";
  require_k(where, k, 1);
  const auto law = law_of<double>(joint);
  const auto all = urns_of_critic(where, joint, law, f, negatives);

  // Refuse a critic that rules out what happens
  if (const auto [x, y] = detail::contradiction(law, f); x >= 0)
    throw Error(where, "f > -infinity where p(x, y) > 0", "-infinity at " + place(x, y),
                "E f and E ln mean e^f are both -infinity, and their difference is no number");

  // Begin with E f
  NotABound result{Nats(mean_critic(law, f)), enumerated(where, all, k, "given")};
  result.how.choices.emplace_back("negatives", to_string(negatives));
  for (const Urn& urn : all) {
    // Return infinity where every sample may have f = -infinity
    const Classes& c = urn.classes;
    if (std::isinf(c.key[0]))
      return {Nats(kInfinity), infinite_because("all " + std::to_string(k) + " samples may have f = -infinity: -E ln 0")};

    // Subtract E ln mean e^f, the largest f taken out of the mean
    const auto g = weights(c);
    const auto value = [&](const std::vector<long>& n, std::vector<double>& out) {
      out[0] = c.key.back() + log(mean_of_draws(n, k, [&](long i) { return g[i]; }));
    };
    result.value = result.value - Nats(urn.weight * CountExpectation(k, c.mass, 1, value).result()[0]);
  }
  return result;
}

Tensor<double> donsker_varadhan_samples_gradient(const Joint& joint, const Tensor<double>& f, long k, Negatives negatives) {
  const char* where = "information.donsker_varadhan_samples_gradient";
  require_k(where, k, 1);
  const auto law = law_of<double>(joint);
  const auto all = urns_of_critic(where, joint, law, f, negatives);
  enumerated(where, all, k, "given");

  // Begin with the gradient of E f:  p_xy
  auto gradient = law.p;
  for (const auto& [weight, y, c] : all) {
    // Refuse where every sample may have f = -infinity
    if (std::isinf(c.key[0]))
      throw Error(where, "a finite value", "f = -infinity where x and y are possible",
                  "the value is +infinity and has no gradient");

    // Take E' of the share of each class in sum_j e^{f_j}
    const auto g = weights(c);
    const auto value = [&, n_c = c.size()](const std::vector<long>& n, std::vector<double>& out) {
      const double mean = mean_of_draws(n, k, [&](long i) { return g[i]; });
      for (long i = 0; i < n_c; ++i) out[i] = static_cast<double>(n[i]) / static_cast<double>(k) * g[i] / mean;
    };
    const auto e = CountExpectation(k, c.mass, c.size(), value).result();

    // Subtract from the gradient of each x, or pair, its part of its class
    for (long x = 0; x < law.n_x(); ++x)
      for (long column = y < 0 ? 0 : y; column < (y < 0 ? law.n_y() : y + 1); ++column) {
        const long i = c.of[y < 0 ? law.at(x, column) : x];
        if (i < 0) continue;
        const double mass = y < 0 ? law.p_x[x] * law.p_y[column] : law.p_x[x];
        gradient[law.at(x, column)] = gradient[law.at(x, column)] - weight * e[i] * (mass / c.mass[i]);
      }
  }
  return gradient;
}

}  // namespace etalon::information
