// SPDX-License-Identifier: Apache-2.0
// critic_body.h — critic.h for any scalar.
#pragma once

#include <cmath>
#include <utility>

#include "base/bits.h"
#include "base/error.h"
#include "information/bounds/critic.h"

namespace etalon::information {
namespace detail {

inline constexpr double kLargest = std::numeric_limits<double>::max();
template <class S>
bool is_minus_infinity(const S& x) {
  return decided_less(x, S(-kLargest), "information: is this -infinity");
}

template <class S>
void require_critic(const char* where, const Joint& joint, const Tensor<S>& f) {
  if (f.shape() != joint.p().shape())
    throw Error(where, "a critic of shape " + to_string(joint.p().shape()), to_string(f.shape()),
                "one number f(x, y) for each entry of the joint law");
  for (long i = 0; i < f.size(); ++i)
    if (!decided_less(f[i], S(kLargest), where))
      throw Error(where, "numbers or -infinity", "NaN or +infinity at " + place(i / joint.n_y(), i % joint.n_y()),
                  "did the training diverge?");
}

template <class S>
void require_baseline(const char* where, long n_y, const std::vector<S>& log_a) {
  if (static_cast<long>(log_a.size()) != n_y)
    throw Error(where, "ln a(y) for " + std::to_string(n_y) + " y", std::to_string(log_a.size()), "one baseline for each column");
  for (const S& l : log_a)
    if (!decided_less(l, S(kLargest), where) || !decided_less(S(-kLargest), l, where))
      throw Error(where, "finite ln a(y)", "NaN or infinity", "a baseline is a positive number; give its logarithm");
}

// The value of a lower bound that a critic makes useless at x, y.
template <class S>
LowerIn<S> ruled_out(const Joint& joint, long x, long y) {
  return {
      NatsIn<S>(S(-std::numeric_limits<double>::infinity())),
      infinite_because("the critic is -infinity at " + place(x, y) + ", which happens with probability " + shortest(joint(x, y)))};
}

// A place where p_xy > 0 and f = -infinity; {-1, -1} if there is none.
template <class S>
std::pair<long, long> contradiction(const LawIn<S>& law, const Tensor<S>& f) {
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y)
      if (law.meets(x, y) && is_minus_infinity(f[law.at(x, y)])) return {x, y};
  return {-1, -1};
}

// The largest f that matters: e^{f - shift} neither overflows nor vanishes everywhere. Any shift gives the same number.
template <class S, class Where>
double largest(const LawIn<S>& law, const Tensor<S>& f, Where where) {
  double m = -std::numeric_limits<double>::infinity();
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y) {
      if (!law.can_meet(x, y) || !where(x, y)) continue;
      const double v = midpoint(f[law.at(x, y)]);
      m = v > m ? v : m;
    }
  return m;
}

// sum a b over the x, y that could meet and where f is finite, one fma for each
template <class S, class A, class B>
S sum_where_finite(const LawIn<S>& law, const Tensor<S>& f, A a, B b) {
  S total(0.0);
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y)
      if (law.can_meet(x, y) && !is_minus_infinity(f[law.at(x, y)])) total = fma(a(x, y), b(x, y), total);
  return total;
}

// sum p_x p_y b there; where p_x p_y is too small for a double, nothing that b may be makes it matter
template <class S, class B>
S product_average(const LawIn<S>& law, const Tensor<S>& f, B b) {
  S total(0.0);
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y) {
      const S product = law.p_x[x] * law.p_y[y];
      if (!is_zero(product) && !is_minus_infinity(f[law.at(x, y)])) total = fma(product, b(x, y), total);
    }
  return total;
}

}  // namespace detail

template <class S>
std::vector<S> best_log_baseline(const Joint& joint, const Tensor<S>& f) {
  detail::require_critic("information.best_log_baseline", joint, f);
  const auto law = law_of<S>(joint);
  std::vector<S> log_a(law.n_y(), S(0.0));
  for (long y = 0; y < law.n_y(); ++y) {
    if (is_zero(law.p_y[y])) continue;
    const S m(detail::largest(law, f, [&](long, long column) { return column == y; }));
    if (detail::is_minus_infinity(m))
      throw Error("information.best_log_baseline", "a critic that allows each y", "-infinity in all of column " + std::to_string(y),
                  "f may be -infinity only where p_xy = 0");
    log_a[y] = m + log(ordered_sum<S>(law.n_x(), [&](long x) { return law.p_x[x] * exp(f[law.at(x, y)] - m); }));
  }
  return log_a;
}

template <class S>
LowerIn<S> tuba(const Joint& joint, const Tensor<S>& f, const std::vector<S>& log_a) {
  // Refuse what is no critic; return -infinity where it rules out what happens
  detail::require_critic("information.tuba", joint, f);
  detail::require_baseline("information.tuba", joint.n_y(), log_a);
  const auto law = law_of<S>(joint);
  if (const auto [x, y] = detail::contradiction(law, f); x >= 0) return detail::ruled_out<S>(joint, x, y);

  // Compute both parts, with h = f - ln a:  sum excess h - E_prod exp_excess(h)
  const auto h = [&](long x, long y) { return f[law.at(x, y)] - log_a[y]; };
  const auto excess = [&](long x, long y) { return law.excess[law.at(x, y)]; };
  const S linear = detail::sum_where_finite(law, f, excess, h);
  const S curved = detail::product_average(law, f, [&](long x, long y) { return exp_excess(h(x, y)); });

  // Add the 1 of 1 - E_prod e^h, which stands alone where f = -infinity
  S left_out(0.0);
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y)
      if (law.can_meet(x, y) && detail::is_minus_infinity(f[law.at(x, y)])) left_out = fma(law.p_x[x], law.p_y[y], left_out);

  LowerIn<S> bound{NatsIn<S>(linear - curved + left_out)};
  if (detail::is_minus_infinity(bound.value.value)) bound.how = infinite_because("E_prod e^f / a is beyond the largest double");
  return bound;
}

template <class S>
LowerIn<S> nwj(const Joint& joint, const Tensor<S>& f) {
  return tuba(joint, f, std::vector<S>(joint.n_y(), S(1.0)));
}

template <class S>
LowerIn<S> donsker_varadhan(const Joint& joint, const Tensor<S>& f) {
  // Refuse what is no critic; return -infinity where it rules out what happens
  detail::require_critic("information.donsker_varadhan", joint, f);
  const auto law = law_of<S>(joint);
  if (const auto [x, y] = detail::contradiction(law, f); x >= 0) return detail::ruled_out<S>(joint, x, y);

  // Shift f by c: any number gives the same bound. The mean keeps digits; the largest f keeps e^{f - c} from overflow
  const S finite = detail::product_average(law, f, [](long, long) { return S(1.0); });  // the share of E_prod where f is finite
  const S mean = detail::product_average(law, f, [&](long x, long y) { return f[law.at(x, y)]; }) / finite;
  const double top = detail::largest(law, f, [](long, long) { return true; });
  const bool wide = decided_less(S(600.0), S(top) - mean, "information.donsker_varadhan: would e^{f - mean} overflow");
  const S c = wide ? S(top) : mean;
  const auto h = [&](long x, long y) { return f[law.at(x, y)] - c; };

  // Return, with the largest:  E h - ln E_prod e^h
  if (wide) {
    const S e_h = detail::sum_where_finite(
        law, f, [&](long x, long y) { return law.p[law.at(x, y)]; }, h);
    return {NatsIn<S>(e_h - log(detail::product_average(law, f, [&](long x, long y) { return exp(h(x, y)); })))};
  }

  // Compute, with the mean:  sum excess h - ln(1 + E_prod exp_excess(h)); the mean of h is 0 but for rounding, which is `rest`
  const S rest = detail::product_average(law, f, h);
  const S linear = detail::sum_where_finite(
                       law, f, [&](long x, long y) { return law.excess[law.at(x, y)]; }, h) +
                   rest;
  const S curved = detail::product_average(law, f, [&](long x, long y) { return exp_excess(h(x, y)); }) + rest;

  // Allow for f = -infinity somewhere: E_prod e^h is then the share `finite` of an average over the rest
  bool everywhere = true;
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y) everywhere &= !law.can_meet(x, y) || !detail::is_minus_infinity(f[law.at(x, y)]);
  return {NatsIn<S>(everywhere ? linear - log1p(curved) : linear - log1p(curved / finite) - log(finite))};
}

template <class S>
Tensor<S> donsker_varadhan_gradient(const Joint& joint, const Tensor<S>& f) {
  detail::require_critic("information.donsker_varadhan_gradient", joint, f);
  const auto law = law_of<S>(joint);
  const double top = detail::largest(law, f, [](long, long) { return true; });
  if (std::isinf(top))
    throw Error("information.donsker_varadhan_gradient", "a critic with a finite number", "-infinity everywhere",
                "E_prod e^f is 0");
  const auto e_f = [&](long x, long y) { return exp(f[law.at(x, y)] - S(top)); };
  const S z = detail::product_average(law, f, e_f);
  auto gradient = law.p;
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y)
      if (law.can_meet(x, y)) gradient[law.at(x, y)] = gradient[law.at(x, y)] - law.p_x[x] * law.p_y[y] * e_f(x, y) / z;
  return gradient;
}

template <class S>
TubaGradientIn<S> tuba_gradient(const Joint& joint, const Tensor<S>& f, const std::vector<S>& log_a) {
  detail::require_critic("information.tuba_gradient", joint, f);
  detail::require_baseline("information.tuba_gradient", joint.n_y(), log_a);
  const auto law = law_of<S>(joint);

  // Differentiate by f:  p_xy - p_x p_y e^f / a
  TubaGradientIn<S> gradient{law.p, std::vector<S>(law.n_y(), S(0.0))};
  for (long y = 0; y < law.n_y(); ++y) {
    S paid(0.0);  // E_x e^f / a, times p_y
    for (long x = 0; x < law.n_x(); ++x) {
      const S product = law.p_x[x] * law.p_y[y];
      if (is_zero(product)) continue;
      const S term = product * exp(f[law.at(x, y)] - log_a[y]);
      gradient.f[law.at(x, y)] = gradient.f[law.at(x, y)] - term;
      paid = paid + term;
    }

    // Differentiate by ln a:  p_y (E_x e^f / a - 1)
    gradient.log_a[y] = paid - law.p_y[y];
  }
  return gradient;
}

template <class S>
Tensor<S> nwj_gradient(const Joint& joint, const Tensor<S>& f) {
  return tuba_gradient(joint, f, std::vector<S>(joint.n_y(), S(1.0))).f;
}

}  // namespace etalon::information
