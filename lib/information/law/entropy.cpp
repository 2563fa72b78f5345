// SPDX-License-Identifier: Apache-2.0
#include "information/law/entropy.h"

#include <limits>

#include "base/bits.h"
#include "base/error.h"
#include "information/law/dependence.h"
#include "scalar/entropy_terms.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

void require_law(const char* where, std::span<const double> p) {
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!(p[i] >= 0 && p[i] <= 1 + Joint::kTolerance))
      throw Error(where, "probabilities in [0, 1]", shortest(p[i]) + " at " + std::to_string(i),
                  "counts must be divided by their total first");
  const double total = ordered_sum<double>(static_cast<long>(p.size()), [&](long i) { return p[i]; });
  if (!(abs(total - 1) <= Joint::kTolerance))
    throw Error(where, "a sum of 1 (within 1e-9)", shortest(total), "laws are never rescaled: divide counts by their total");
}

void require_two_laws(const char* where, std::span<const double> p, std::span<const double> q) {
  if (p.size() != q.size())
    throw Error(where, "two laws on the same symbols", std::to_string(p.size()) + " and " + std::to_string(q.size()),
                "pad the shorter with zeros if its symbols come first");
  require_law(where, p);
  require_law(where, q);
}

Nats sum_of_surprises(std::span<const double> p) {
  return Nats(ordered_sum<double>(static_cast<long>(p.size()), [&](long i) { return surprise(p[i]); }) + 0.0);  // never -0
}

}  // namespace

Nats entropy(std::span<const double> p) {
  require_law("information.entropy", p);
  return sum_of_surprises(p);
}

Exact divergence(std::span<const double> p, std::span<const double> q) {
  // Refuse what is no pair of laws
  require_two_laws("information.divergence", p, q);

  // Sum q phi(p/q)
  double total = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    // Return infinity where p > 0 = q; pass over what never happens
    if (q[i] == 0 && p[i] > 0)
      return {Nats(std::numeric_limits<double>::infinity()),
              infinite_because("symbol " + std::to_string(i) + " has p = " + shortest(p[i]) + " and q = 0")};
    if (q[i] == 0) continue;
    const double e = (p[i] - q[i]) / q[i];

    // Write the leading part of phi out where q is so small that p/q overflows
    total = total + (e < 0x1p500 ? q[i] * phi(e) : p[i] * (log(p[i]) - log(q[i])) - p[i] + q[i]);
  }
  return {Nats(total)};
}

Exact jensen_shannon(std::span<const double> p, std::span<const double> q) {
  require_two_laws("information.jensen_shannon", p, q);
  // 1/2 sum m [phi(1 + e) + phi(1 - e)],  e = (p - q)/(p + q)
  return {Nats(ordered_sum<double>(static_cast<long>(p.size()), [&](long i) {
    const double twice = p[i] + q[i], e = (p[i] - q[i]) / twice;
    return twice == 0 ? 0.0 : twice / 4 * (phi(e) + phi(-e));
  }))};
}

Nats mutual_information(const Joint& joint) {
  return Nats(ordered_sum<double>(joint.n_x(), [&](long x) {
    return ordered_sum<double>(joint.n_y(),
                               [&](long y) { return dependence_term(joint.total(), joint(x, y), joint.p_x()[x], joint.p_y()[y]); });
  }));
}

Nats conditional_entropy(const Joint& joint) {
  return Nats(ordered_sum<double>(joint.n_x(), [&](long x) {
    const double p_x = joint.p_x()[x];
    return ordered_sum<double>(joint.n_y(), [&](long y) {
      const double p_xy = joint(x, y);
      if (p_xy == 0) return 0.0;
      // ln(p_x/p_xy); near 1 the difference p_x - p_xy is exact and the quotient is not
      const double rest = p_x - p_xy;
      return p_xy * (rest < p_xy ? log1p(rest / p_xy) : log(p_x) - log(p_xy));
    });
  }));
}

Entropies entropies(const Joint& joint) {
  return {sum_of_surprises(joint.p_x()), sum_of_surprises(joint.p_y()),           sum_of_surprises(joint.p().values()),
          conditional_entropy(joint),    conditional_entropy(joint.transposed()), mutual_information(joint)};
}

}  // namespace etalon::information
