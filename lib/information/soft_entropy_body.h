// soft_entropy_body.h — soft_entropy.h for any scalar.
#pragma once

#include <cmath>
#include <span>
#include <utility>

#include "base/bits.h"
#include "base/error.h"
#include "information/soft_entropy.h"
#include "scalar/entropy_terms.h"
#include "tensor/matmul.h"
#include "tensor/random.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace detail {

template <class S>
S sum_of_surprises(std::span<const S> p) {
  return ordered_sum<S>(static_cast<long>(p.size()), [&](long j) { return surprise(p[j]); });
}

template <class S>
std::vector<S> mean(const std::vector<S>& sums, long n) {
  std::vector<S> p(sums);
  for (S& x : p) x = x / S(static_cast<double>(n));
  return p;
}

// softmax of m scores, each already divided by eps. Any shift gives the same law, so midpoint() may choose it.
template <class S>
void softmax_in_place(std::span<S> x) {
  double m = midpoint(x[0]);
  for (const S& v : x) m = midpoint(v) > m ? midpoint(v) : m;
  for (S& v : x) v = exp(v - S(m));
  const S z = ordered_sum<S>(static_cast<long>(x.size()), [&](long j) { return x[j]; });
  for (S& v : x) v = v / z;
}

}  // namespace detail

template <class S>
Tensor<S> normalised_rows(const Tensor<S>& w, const char* where) {
  using std::ldexp;
  auto unit = w;
  const long d = w.n_cols();
  for (long i = 0; i < w.n_rows(); ++i) {
    const S* row = w.data() + i * d;
    // Scale by a power of two first (exact), so that squares neither overflow nor vanish
    double largest = 0;
    for (long k = 0; k < d; ++k) {
      const double size = midpoint(row[k]);
      if (!std::isfinite(size)) largest = size;
      else if (std::isfinite(largest) && abs(size) > largest) largest = abs(size);
    }
    if (largest == 0)
      for (long k = 0; k < d; ++k) decided_zero(row[k], where);  // a ball that only may be 0 says so
    if (!(std::isfinite(largest) && largest > 0))
      throw Error(where, "rows with a direction",
                  (largest == 0 ? "a zero vector" : shortest(largest)) + " in row " + std::to_string(i),
                  "a zero or non-finite vector points nowhere: did the training diverge, is a padded position among the samples?");
    const int shift = -std::ilogb(largest);
    for (long k = 0; k < d; ++k) unit[i * d + k] = ldexp(row[k], shift);
    const S* u = unit.data() + i * d;
    const S length = sqrt(product_sum<S>(d, [&](long k) { return u[k]; }, [&](long k) { return u[k]; }));
    for (long k = 0; k < d; ++k) unit[i * d + k] = unit[i * d + k] / length;
  }
  return unit;
}

template <class S>
Tensor<S> anchors(std::uint64_t seed, long n_anchors, long dimension) {
  if (n_anchors < 2 || dimension < 1)
    throw Error("information.anchors", "at least 2 anchors in at least 1 dimension",
                std::to_string(n_anchors) + " in " + std::to_string(dimension), "100 anchors is the usual choice");
  return normalised_rows(as<S>(normal_tensor(Stream(seed, "soft_entropy.anchors"), Shape{n_anchors, dimension}, 0, 1)),
                         "information.anchors");
}

template <class S>
SoftEntropyIn<S>::SoftEntropyIn(SoftEntropySettingIn<S> setting, std::size_t n_label_sets)
    : setting_(std::move(setting)), sum_of_entropies_(0.0), by_label_(n_label_sets) {
  const Tensor<S>& w = setting_.anchors;
  if (w.shape().rank() != 2 || w.n_rows() < 2 || w.n_cols() < 1)
    throw Error("information.soft_entropy", "anchors [m, d] with m >= 2", to_string(w.shape()),
                "make them with anchors(seed, m, d)");
  const double eps = midpoint(setting_.eps);
  if (!(eps > 0) || !std::isfinite(eps))
    throw Error("information.soft_entropy", "eps > 0", shortest(eps), "take it from temperature(rule, m, d)");
  for (long j = 0; j < w.n_rows(); ++j) {
    const S* row = w.data() + j * w.n_cols();
    const double length2 = midpoint(product_sum<S>(w.n_cols(), [&](long k) { return row[k]; }, [&](long k) { return row[k]; }));
    if (!(abs(length2 - 1) <= 1e-12))
      throw Error("information.soft_entropy", "anchors of length 1",
                  "length^2 = " + shortest(length2) + " in row " + std::to_string(j), "pass them through normalised_rows");
  }
  all_.a.assign(w.n_rows(), S(0.0));
}

template <class S>
void SoftEntropyIn<S>::add(const Tensor<S>& z, const std::vector<std::vector<long>>& labels) {
  const Tensor<S>& w = setting_.anchors;
  if (z.shape().rank() != 2 || z.n_cols() != w.n_cols())
    throw Error("information.soft_entropy", "z [N, " + std::to_string(w.n_cols()) + "]", to_string(z.shape()),
                "anchors and z share their width");
  if (labels.size() != by_label_.size())
    throw Error("information.soft_entropy", std::to_string(by_label_.size()) + " label sets", std::to_string(labels.size()),
                "one vector for each set");
  for (const auto& set : labels)
    if (static_cast<long>(set.size()) != z.n_rows())
      throw Error("information.soft_entropy", std::to_string(z.n_rows()) + " labels, one for each row of z",
                  std::to_string(set.size()), "cut z and labels to the same positions");

  // Scores of all samples at once: [N, m]
  const auto z_bar = normalised_rows(z, "information.soft_entropy");
  auto scores = Tensor<S>::to_fill(Shape{z.n_rows(), w.n_rows()});
  matmul<S>(z_bar.rows(), w.rows().transposed(), scores.rows());

  const long m = w.n_rows();
  const auto grow = [m](Sums& sums, const S* a) {
    sums.a.resize(m, S(0.0));
    ++sums.n;
    for (long j = 0; j < m; ++j) sums.a[j] = sums.a[j] + a[j];
  };
  for (long b = 0; b < z.n_rows(); ++b) {
    S* a = scores.data() + b * m;
    for (long j = 0; j < m; ++j) a[j] = a[j] / setting_.eps;
    const std::span<S> law(a, static_cast<std::size_t>(m));
    detail::softmax_in_place(law);
    grow(all_, a);
    sum_of_entropies_ = sum_of_entropies_ + detail::sum_of_surprises<S>(law);
    for (std::size_t set = 0; set < labels.size(); ++set) grow(by_label_[set][labels[set][b]], a);
  }
}

template <class S>
SoftEntropyResultIn<S> SoftEntropyIn<S>::result() const {
  if (all_.n == 0) throw Error("information.soft_entropy", "at least one sample", "none", "add() representations before asking");
  const S n(static_cast<double>(all_.n));
  const auto p = detail::mean(all_.a, all_.n);
  const S h = detail::sum_of_surprises<S>(p);

  SoftEntropyResultIn<S> r;
  r.n_samples = all_.n;
  r.n_anchors = setting_.anchors.n_rows();
  r.dimension = setting_.anchors.n_cols();
  r.eps = setting_.eps;
  r.temperature = setting_.temperature;
  r.h_b = NatsIn<S>(h);
  r.h_b_given_z = NatsIn<S>(sum_of_entropies_ / n);
  r.ceiling = r.h_b - r.h_b_given_z;
  r.efficiency = h / log(S(static_cast<double>(r.n_anchors)));
  for (const auto& set : by_label_) {
    LabelInformationIn<S> info;
    S mutual(0.0);
    for (const auto& [label, sums] : set) {
      const auto p_l = detail::mean(sums.a, sums.n);
      info.per_label[label] = NatsIn<S>(h - detail::sum_of_surprises<S>(p_l));
      // KL(P_l || P) = sum_j P_j phi(P_lj / P_j): each term >= 0; with P_j = 0 goes P_lj = 0
      const S kl = ordered_sum<S>(static_cast<long>(p.size()), [&](long j) {
        const bool never = decided_zero(p[j], "information.soft_entropy: is P_j = 0");
        return never ? S(0.0) : p[j] * phi((p_l[j] - p[j]) / p[j]);
      });
      mutual = fma(S(static_cast<double>(sums.n)) / n, kl, mutual);
    }
    if (set.size() == 1) mutual = S(0.0);  // one label says nothing: P_l is P
    info.mutual = {NatsIn<S>(mutual)};
    info.n_labels = static_cast<long>(set.size());
    info.samples_per_label = n / S(static_cast<double>(set.size()));
    r.labels.push_back(std::move(info));
  }
  return r;
}

}  // namespace etalon::information
