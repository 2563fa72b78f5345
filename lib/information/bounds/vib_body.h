// SPDX-License-Identifier: Apache-2.0
// vib_body.h — vib.h for any scalar.
#pragma once

#include <cmath>

#include "information/bounds/vib.h"
#include "information/law/require_law.h"

namespace etalon::information {
namespace detail {

inline void require_beta(const char* where, double beta) {
  if (!(beta >= 0) || std::isinf(beta))
    throw Error(where, "beta >= 0", shortest(beta), "the price of a nat about Y in nats about X");
}

template <class S>
void require_marginal(const char* where, const std::vector<S>& r, long n_z) {
  if (static_cast<long>(r.size()) != n_z)
    throw Error(where, "r of " + std::to_string(n_z) + " z", std::to_string(r.size()),
                "one probability for each column of the encoder");
  require_law(where, "r(z)", r.data(), n_z);
}

// p(z, y) = sum_x p(x, y) p(z|x), of total 1
template <class S>
LawIn<S> law_of_zy(const LawIn<S>& xy, const Tensor<S>& encoder) {
  const long n_z = encoder.n_cols();
  auto p = Tensor<S>::to_fill(Shape{n_z, xy.n_y()});
  for (long z = 0; z < n_z; ++z)
    for (long y = 0; y < xy.n_y(); ++y)
      p[z * xy.n_y() + y] = product_sum<S>(
          xy.n_x(), [&](long x) { return xy.p[xy.at(x, y)]; }, [&](long x) { return encoder[x * n_z + z]; });
  return law_of(std::move(p));
}

// p(x, z) = p(x) p(z|x)
template <class S>
LawIn<S> law_of_xz(const std::vector<S>& p_x, const Tensor<S>& encoder) {
  auto p = encoder;
  for (long i = 0; i < p.size(); ++i) p[i] = p_x[i / encoder.n_cols()] * p[i];
  return law_of(std::move(p));
}

// sum_x p_x sum_z r_z phi(p(z|x) / r_z) / sum_x p_x: every term >= 0
template <class S>
UpperIn<S> rate_of(const std::vector<S>& p_x, const Tensor<S>& encoder, const std::vector<S>& r) {
  const long n_x = static_cast<long>(p_x.size()), n_z = encoder.n_cols();
  require_marginal("information.vib_rate", r, n_z);

  // Sum p_x KL(p(z|x) || r)
  S total(0.0);
  for (long x = 0; x < n_x; ++x) {
    if (is_zero(p_x[x])) continue;
    std::vector<S> row;
    for (long z = 0; z < n_z; ++z) {
      row.push_back(encoder[x * n_z + z]);
      // Return infinity where r = 0 rules out what x may give
      if (is_zero(r[z]) && !is_zero(row[z]))
        return {NatsIn<S>(S(std::numeric_limits<double>::infinity())),
                infinite_because("r is 0 at z = " + std::to_string(z) + ", which x = " + std::to_string(x) + " may give")};
    }
    total = fma(p_x[x], divergence_of(row, r), total);
  }
  return {NatsIn<S>(total / ordered_sum<S>(n_x, [&](long x) { return p_x[x]; }))};
}

}  // namespace detail

template <class S>
UpperIn<S> vib_rate(const std::vector<double>& p_x, const Tensor<S>& encoder, const std::vector<S>& r) {
  require_law("information.vib_rate", "p(x)", p_x.data(), static_cast<long>(p_x.size()));
  require_conditional("information.vib_rate", "p(z|x)", p_x, encoder.n_cols(), encoder);
  std::vector<S> p;
  for (const double v : p_x) p.emplace_back(v);
  return detail::rate_of(p, encoder, r);
}

template <class S>
LowerIn<S> decoder_bound(const Joint& zy, const Tensor<S>& q) {
  require_conditional("information.decoder_bound", "q(y|z)", zy.p_x(), zy.n_y(), q);
  const auto law = law_of<S>(zy);
  S total(0.0);
  for (long z = 0; z < law.n_x(); ++z)
    for (long y = 0; y < law.n_y(); ++y) {
      if (!law.meets(z, y)) continue;
      if (is_zero(q[law.at(z, y)]))
        return {NatsIn<S>(S(-std::numeric_limits<double>::infinity())),
                infinite_because("q is 0 at " + place(z, y) + ", which happens with probability " + shortest(zy(z, y)))};
      total = fma(law.p[law.at(z, y)], log_quotient(q[law.at(z, y)], law.p_y[y]), total);
    }
  return {NatsIn<S>(total)};
}

template <class S>
UpperIn<S> vib_objective(const Joint& xy, const Tensor<S>& encoder, const std::vector<S>& r, const Tensor<S>& q, double beta) {
  // Begin with the rate, which refuses an r that is no law
  const char* where = "information.vib_objective";
  detail::require_beta(where, beta);
  require_conditional(where, "p(z|x)", xy.p_x(), encoder.n_cols(), encoder);
  const auto law = law_of<S>(xy);
  UpperIn<S> objective = detail::rate_of(law.p_x, encoder, r);

  // Sum -E ln q over p(z, y); return infinity where q = 0 rules out what happens
  const long n_z = encoder.n_cols(), n_y = xy.n_y();
  require_conditional(where, "q(y|z)", std::vector<double>(n_z, 1.0), n_y, q);
  const auto zy = detail::law_of_zy(law, encoder);
  S surprise(0.0);
  for (long i = 0; i < n_z * n_y; ++i) {
    if (is_zero(zy.p[i])) continue;
    if (is_zero(q[i]))
      return {NatsIn<S>(S(std::numeric_limits<double>::infinity())),
              infinite_because("q is 0 at " + place(i / n_y, i % n_y) + ", where z and y meet")};
    surprise = fma(-zy.p[i], log(q[i]), surprise);
  }

  // Add it at the price: rate - beta E ln q
  objective.value = objective.value + NatsIn<S>(S(beta) * surprise);
  objective.how.choices.emplace_back("beta", shortest(beta));
  return objective;
}

template <class S>
VibGradientIn<S> vib_gradient(const Joint& xy, const Tensor<S>& encoder, const std::vector<S>& r, const Tensor<S>& q, double beta) {
  // Refuse where the objective is infinite
  const auto value = vib_objective(xy, encoder, r, q, beta);
  if (!value.how.why_infinite.empty())
    throw Error("information.vib_gradient", "a finite objective", value.how.why_infinite,
                "give every outcome that happens a probability");
  const auto law = law_of<S>(xy);
  const long n_x = law.n_x(), n_y = law.n_y(), n_z = encoder.n_cols();
  const auto zy = detail::law_of_zy(law, encoder);

  // Differentiate by p(z|x):  p_x [ln(p(z|x)/r_z) - beta sum_y p(y|x) ln q(y|z)]
  VibGradientIn<S> gradient{Tensor<S>(encoder.shape()), zy.p_x, zy.p};
  for (long x = 0; x < n_x; ++x)
    for (long z = 0; z < n_z; ++z) {
      if (is_zero(law.p_x[x])) continue;
      S& entry = gradient.encoder[x * n_z + z];
      const S& p = encoder[x * n_z + z];

      // Write -infinity where p(z|x) = 0
      if (is_zero(p)) {
        entry = S(-std::numeric_limits<double>::infinity());
        continue;
      }

      S mean_log_q(0.0);  // p_x sum_y p(y|x) ln q(y|z)
      for (long y = 0; y < n_y; ++y)
        if (law.meets(x, y)) mean_log_q = fma(law.p[law.at(x, y)], log(q[z * n_y + y]), mean_log_q);
      entry = law.p_x[x] * log_quotient(p, r[z]) - S(beta) * mean_log_q;
    }

  // Differentiate by ln r:  -p(z),  and by ln q:  -beta p(y, z)
  for (S& entry : gradient.log_r) entry = -entry;
  for (long i = 0; i < gradient.log_q.size(); ++i) gradient.log_q[i] = -(S(beta) * gradient.log_q[i]);
  return gradient;
}

template <class S>
ExactIn<S> bottleneck_lagrangian(const Joint& xy, const Tensor<S>& encoder, double beta) {
  detail::require_beta("information.bottleneck_lagrangian", beta);
  require_conditional("information.bottleneck_lagrangian", "p(z|x)", xy.p_x(), encoder.n_cols(), encoder);
  const auto law = law_of<S>(xy);
  const S i_xz = information_of(detail::law_of_xz(law.p_x, encoder)), i_zy = information_of(detail::law_of_zy(law, encoder));
  ExactIn<S> value{NatsIn<S>(i_xz - S(beta) * i_zy)};
  value.how.choices.emplace_back("beta", shortest(beta));
  return value;
}

template <class S>
Tensor<S> bottleneck_lagrangian_gradient(const Joint& xy, const Tensor<S>& encoder, double beta) {
  detail::require_beta("information.bottleneck_lagrangian_gradient", beta);
  require_conditional("information.bottleneck_lagrangian_gradient", "p(z|x)", xy.p_x(), encoder.n_cols(), encoder);
  const auto law = law_of<S>(xy);
  const auto xz = detail::law_of_xz(law.p_x, encoder), zy = detail::law_of_zy(law, encoder);

  // Differentiate by p(z|x):  p_x [ln(p(z|x)/p(z)) - beta sum_y p(y|x) ln(p(y|z)/p(y))]
  Tensor<S> gradient(encoder.shape());
  for (long x = 0; x < law.n_x(); ++x)
    for (long z = 0; z < encoder.n_cols(); ++z) {
      if (is_zero(law.p_x[x])) continue;
      S& entry = gradient[xz.at(x, z)];

      // Write -infinity where p(z|x) = 0
      if (!xz.meets(x, z)) {
        entry = S(-std::numeric_limits<double>::infinity());
        continue;
      }

      S relevance(0.0);  // p_x sum_y p(y|x) ln(p(y, z)/(p(z) p(y)))
      for (long y = 0; y < law.n_y(); ++y)
        if (law.meets(x, y)) relevance = fma(law.p[law.at(x, y)], log_ratio_at(zy, z, y), relevance);
      entry = law.p_x[x] * log_ratio_at(xz, x, z) - S(beta) * relevance;
    }
  return gradient;
}

template <class S>
Tensor<S> at_logits(const Tensor<S>& encoder, const Tensor<S>& g) {
  if (encoder.shape() != g.shape())
    throw Error("information.at_logits", "a gradient of shape " + to_string(encoder.shape()), to_string(g.shape()),
                "one for each p(z|x)");
  const long n_z = encoder.n_cols();
  Tensor<S> by_logits(encoder.shape());
  for (long x = 0; x < encoder.n_rows(); ++x) {
    S mean(0.0);
    for (long z = 0; z < n_z; ++z)
      if (!is_zero(encoder[x * n_z + z])) mean = fma(encoder[x * n_z + z], g[x * n_z + z], mean);
    for (long z = 0; z < n_z; ++z)
      if (!is_zero(encoder[x * n_z + z])) by_logits[x * n_z + z] = encoder[x * n_z + z] * (g[x * n_z + z] - mean);
  }
  return by_logits;
}

}  // namespace etalon::information
