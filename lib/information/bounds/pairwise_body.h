// SPDX-License-Identifier: Apache-2.0
// pairwise_body.h — pairwise.h for any scalar.
#pragma once

#include "information/bounds/pairwise.h"
#include "information/law/law.h"
#include "information/law/require_law.h"

namespace etalon::information {
namespace detail {

template <class S>
void require_distances(const char* where, const std::vector<double>& p, const Tensor<S>& d) {
  const long n = static_cast<long>(p.size());
  require_law(where, "p", p.data(), n);
  if (d.shape() != Shape{n, n})
    throw Error(where, "distances of shape " + to_string(Shape{n, n}), to_string(d.shape()), "one for each pair of x");
  for (long i = 0; i < n * n; ++i) {
    if (!decided_less(S(-0x1p-1074), d[i], where))
      throw Error(where, "distances >= 0", printed(d[i]) + " at " + place(i / n, i % n), "nats, not similarities: D = -ln BC");
    if (i / n == i % n && !is_zero(d[i]))
      throw Error(where, "0 on the diagonal", printed(d[i]) + " at " + place(i / n, i % n), "a law is no distance from itself");
  }
}

// Below it, 1 + seen is summed as it stands: what is left of it, at least p_x, may be less than the rounding of seen.
inline constexpr double kNothingSeen = -1 + 0x1p-20;

// -sum_x p_x ln1p(sum_x' p_x' expm1(-D))
template <class S>
S pairwise_information(const std::vector<double>& p, const Tensor<S>& d) {
  const long n = static_cast<long>(p.size());
  S total(0.0);
  for (long x = 0; x < n; ++x) {
    if (!(p[x] > 0)) continue;
    // Sum over the other rows:  seen = sum_x' p_x' (e^{-D} - 1), from -1 for a row that none is near, to 0
    const auto weight = [&](long k) { return S(p[k]); };
    const S seen = product_sum<S>(n, weight, [&](long k) { return expm1(-d[x * n + k]); });

    // Take ln(1 + seen); where hardly anything is near, ln sum_x' p_x' e^{-D}, whose terms are all >= 0
    const bool alone = decided_less(seen, S(kNothingSeen), "information.pairwise: is any row near this one");
    const S near = alone ? log(product_sum<S>(n, weight, [&](long k) { return exp(-d[x * n + k]); })) : log1p(seen);
    total = fma(S(-p[x]), near, total);
  }
  return total;
}

}  // namespace detail

template <class S>
UpperIn<S> pairwise_kl_bound(const std::vector<double>& p, const Tensor<S>& kl) {
  detail::require_distances("information.pairwise_kl_bound", p, kl);
  return {NatsIn<S>(detail::pairwise_information(p, kl))};
}

template <class S>
LowerIn<S> pairwise_bhattacharyya_bound(const std::vector<double>& p, const Tensor<S>& distance) {
  detail::require_distances("information.pairwise_bhattacharyya_bound", p, distance);
  return {NatsIn<S>(detail::pairwise_information(p, distance))};
}

template <class S>
Tensor<S> pairwise_gradient(const std::vector<double>& p, const Tensor<S>& d) {
  detail::require_distances("information.pairwise_gradient", p, d);
  const long n = static_cast<long>(p.size());
  Tensor<S> gradient(d.shape());
  for (long x = 0; x < n; ++x) {
    const S z = product_sum<S>(
        n, [&](long k) { return S(p[k]); }, [&](long k) { return exp(-d[x * n + k]); });
    for (long k = 0; k < n; ++k)
      if (p[x] > 0) gradient[x * n + k] = S(p[x]) * S(p[k]) * exp(-d[x * n + k]) / z;
  }
  return gradient;
}

}  // namespace etalon::information
