// SPDX-License-Identifier: Apache-2.0
// law.h — a joint law in any scalar: the numbers from which every bound is computed.
//
//   p_xy, p_x, p_y          scaled by 1/s, s the total of the given doubles (Joint keeps it within 1e-9 of 1), so that a bound
//                           compares one law with itself and s - 1 does not leak into it
//   excess_xy               p_xy - p_x p_y, formed without cancellation
//
// A Joint holds doubles. Read in balls they are exact, and so are s and the marginals: what is computed from law_of<Ball>(joint) is
// proved of the very table that was given.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "information/law/dependence.h"
#include "information/law/joint.h"
#include "scalar/entropy_terms.h"
#include "tensor/sum.h"

namespace etalon::information {

// ln(a/b), a, b > 0: in double without the rounding of a/b where that is near 1, and without overflow elsewhere.
template <class S>
S log_quotient(const S& a, const S& b) {
  return log(a / b);
}
inline double log_quotient(double a, double b) { return a < 2 * b && b < 2 * a ? log1p((a - b) / b) : log(a) - log(b); }

template <class S>
bool is_zero(const S& x) {
  return decided_zero(x, "information: is this probability 0");
}

template <class S>
struct LawIn {
  Tensor<S> p;  // [X, Y]
  std::vector<S> p_x, p_y;
  Tensor<S> excess;  // [X, Y]

  long n_x() const { return p.n_rows(); }
  long n_y() const { return p.n_cols(); }
  long at(long x, long y) const { return x * n_y() + y; }
  bool can_meet(long x, long y) const { return !is_zero(p_x[x]) && !is_zero(p_y[y]); }
  bool meets(long x, long y) const { return !is_zero(p[at(x, y)]); }
};

// SHAPES  p [X, Y] with entries >= 0; any total s > 0.
template <class S>
LawIn<S> law_of(Tensor<S> p) {
  const long n_x = p.n_rows(), n_y = p.n_cols();
  LawIn<S> law{std::move(p), {}, {}, Tensor<S>::to_fill(Shape{n_x, n_y})};
  for (long x = 0; x < n_x; ++x) law.p_x.push_back(ordered_sum<S>(n_y, [&](long y) { return law.p[law.at(x, y)]; }));
  for (long y = 0; y < n_y; ++y) law.p_y.push_back(ordered_sum<S>(n_x, [&](long x) { return law.p[law.at(x, y)]; }));
  const S s = ordered_sum<S>(n_x, [&](long x) { return law.p_x[x]; });
  const auto scale = [&](S& entry) {
    if (!is_zero(entry)) entry = entry / s;
  };
  for (long x = 0; x < n_x; ++x)
    for (long y = 0; y < n_y; ++y)
      law.excess[law.at(x, y)] = difference_of_products(s, law.p[law.at(x, y)], law.p_x[x], law.p_y[y]) / (s * s);
  for (long i = 0; i < law.p.size(); ++i) scale(law.p[i]);
  for (S& entry : law.p_x) scale(entry);
  for (S& entry : law.p_y) scale(entry);
  return law;
}
template <class S>
LawIn<S> law_of(const Joint& joint) {
  return law_of<S>(as<S>(joint.p()));
}

// sum_i from_i phi(to_i / from_i) = KL(to || from): every term >= 0. `from` is positive wherever `to` is.
template <class S>
S divergence_of(const std::vector<S>& to, const std::vector<S>& from) {
  return ordered_sum<S>(static_cast<long>(to.size()), [&](long i) {
    if (is_zero(from[i])) return S(0.0);
    if (is_zero(to[i])) return from[i];
    const S e = (to[i] - from[i]) / from[i];
    if (decided_less(e, S(0x1p500), "information: is this quotient small enough for phi")) return from[i] * phi(e);
    return to[i] * (log(to[i]) - log(from[i])) - to[i] + from[i];
  });
}

// p_x p_y phi(p_xy / (p_x p_y)) >= 0
template <class S>
S information_term(const LawIn<S>& law, long x, long y) {
  if (!law.can_meet(x, y)) return S(0.0);
  const S product = law.p_x[x] * law.p_y[y];
  return law.meets(x, y) ? product * phi(law.excess[law.at(x, y)] / product) : product;
}
// In double, p_x p_y may vanish where p_xy does not.
inline double information_term(const LawIn<double>& law, long x, long y) {
  return dependence_term(1, law.p[law.at(x, y)], law.p_x[x], law.p_y[y]);
}

// I = sum_xy p_x p_y phi(p_xy / (p_x p_y)), in any scalar.
template <class S>
S information_of(const LawIn<S>& law) {
  return ordered_sum<S>(law.n_x(),
                        [&](long x) { return ordered_sum<S>(law.n_y(), [&](long y) { return information_term(law, x, y); }); });
}

// ln p_xy / (p_x p_y), the pointwise information; p_xy > 0.
template <class S>
S log_ratio_at(const LawIn<S>& law, long x, long y) {
  return log1p(law.excess[law.at(x, y)] / (law.p_x[x] * law.p_y[y]));
}
inline double log_ratio_at(const LawIn<double>& law, long x, long y) {
  return log_dependence(1, law.p[law.at(x, y)], law.p_x[x], law.p_y[y]);
}

// "[x, y]", for messages.
inline std::string place(long x, long y) { return "[" + std::to_string(x) + ", " + std::to_string(y) + "]"; }

}  // namespace etalon::information
