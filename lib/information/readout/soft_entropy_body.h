// SPDX-License-Identifier: Apache-2.0
// soft_entropy_body.h — soft_entropy.h for any scalar.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/bits.h"
#include "base/error.h"
#include "information/readout/soft_entropy.h"
#include "scalar/entropy_terms.h"
#include "tensor/matmul.h"
#include "tensor/random.h"
#include "tensor/rows.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace detail {

template <class S>
S sum_of_surprises(std::span<const S> p) {
  return ordered_sum<S>(static_cast<long>(p.size()), [&](long j) { return surprise(p[j]); });
}

template <class S>
std::vector<S> mean(const S* sums, long m, long n) {
  std::vector<S> p(sums, sums + m);
  for (S& x : p) x = x / S(static_cast<double>(n));
  return p;
}

// max_k |x_k| of each row. Error: a row that is zero or not finite, with its number, the first being `first`.
template <class S>
std::vector<double> largest_entries(const Tensor<S>& x, const char* where, long first = 0) {
  constexpr std::uint64_t kMagnitude = ~std::uint64_t{0} >> 1;  // all but the sign: magnitudes in order, infinity and NaN last
  std::vector<double> largest(x.n_rows());
  for (long i = 0; i < x.n_rows(); ++i) {
    // Compare magnitudes as integers, in two chains: a maximum has no order
    const S* row = x.data() + i * x.n_cols();
    const auto magnitude = [row](long k) { return to_bits(midpoint(row[k])) & kMagnitude; };
    std::uint64_t even = 0, odd = 0;
    for (long k = 1; k < x.n_cols(); k += 2) even = std::max(even, magnitude(k - 1)), odd = std::max(odd, magnitude(k));
    if (x.n_cols() % 2 == 1) even = std::max(even, magnitude(x.n_cols() - 1));
    const std::uint64_t most = std::max(even, odd);
    largest[i] = from_bits(most);

    // Refuse a row without a direction; a ball that only may be 0 says so
    if (most == 0)
      for (long k = 0; k < x.n_cols(); ++k) decided_zero(row[k], where);
    if (!(std::isfinite(largest[i]) && most > 0))
      throw Error(where, "rows with a direction",
                  (most == 0 ? "a zero vector" : shortest(largest[i])) + " in row " + std::to_string(first + i),
                  "a zero or non-finite vector points nowhere: did the training diverge, is a padded position among the samples?");
  }
  return largest;
}

// Rows of zeros below w, until there are n.
template <class S>
Tensor<S> with_zero_rows(const Tensor<S>& w, long n) {
  std::vector<S> rows(w.values());
  rows.resize(n * w.n_cols(), S(0.0));
  return Tensor<S>(Shape{n, w.n_cols()}, std::move(rows));
}

}  // namespace detail

template <class S>
Tensor<S> normalised_rows(const Tensor<S>& w, const char* where) {
  auto unit = Tensor<S>::to_fill(w.shape());
  const auto largest = detail::largest_entries(w, where);
  unit_rows<S>(w.data(), w.n_rows(), w.n_cols(), largest.data(), unit.data());
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
  // Refuse anchors of another shape
  const Tensor<S>& w = setting_.anchors;
  if (w.shape().rank() != 2 || w.n_rows() < 2 || w.n_cols() < 1)
    throw Error("information.soft_entropy", "anchors [m, d] with m >= 2", to_string(w.shape()),
                "make them with anchors(seed, m, d)");

  // Refuse a temperature that is none
  const double eps = midpoint(setting_.eps);
  if (!(eps > 0) || !std::isfinite(eps))
    throw Error("information.soft_entropy", "eps > 0", shortest(eps), "take it from temperature(rule, m, d)");

  // Refuse anchors that were not normalised
  for (long j = 0; j < w.n_rows(); ++j) {
    const S* row = w.data() + j * w.n_cols();
    const auto entry = [&](long k) { return row[k]; };
    const double length2 = midpoint(product_sum<S>(w.n_cols(), entry, entry));
    if (!(abs(length2 - 1) <= 1e-12))
      throw Error("information.soft_entropy", "anchors of length 1",
                  "length^2 = " + shortest(length2) + " in row " + std::to_string(j), "pass them through normalised_rows");
  }

  // Make room for sums
  padded_anchors_ = detail::with_zero_rows(w, row_stride<S>(w.n_rows()));
  all_.places_of({0}, w.n_rows());
}

template <class S>
void SoftEntropyIn<S>::add(const Tensor<S>& z, const std::vector<std::vector<long>>& labels) {
  // Refuse shapes that do not fit
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

  // Look at all of the batch first: nothing of one that is refused may stay
  const auto largest = detail::largest_entries(z, "information.soft_entropy", all_.n[0]);
  std::vector<std::vector<long>> places;
  for (std::size_t set = 0; set < labels.size(); ++set) places.push_back(by_label_[set].places_of(labels[set], w.n_rows()));

  // Take as many samples at a time as the second-level cache holds with their scores
  constexpr long kTogether = 256;
  const long d = w.n_cols(), m = w.n_rows(), stride = padded_anchors_.n_rows();
  auto z_bar = Tensor<S>::to_fill(Shape{kTogether, d}), a = Tensor<S>::to_fill(Shape{kTogether, stride});
  std::vector<S> entropies(kTogether);
  for (long first = 0; first < z.n_rows(); first += kTogether) {
    // Take the softmax of each sample's products with the anchors:  A = softmax(z_bar W^T / eps)
    const long n = std::min(kTogether, z.n_rows() - first);
    unit_rows<S>(z.data() + first * d, n, d, largest.data() + first, z_bar.data());
    matmul<S>(Matrix<const S>{z_bar.data(), n, d, d, 1}, std::as_const(padded_anchors_).rows().transposed(),
              Matrix<S>{a.data(), n, stride, stride, 1});
    softmax_rows<S>({a.data(), n, m, stride, 1}, setting_.eps, entropies.data());

    // Add each A_b to the sums over all samples and over its labels
    for (long b = 0; b < n; ++b) {
      const S* a_b = a.data() + b * stride;
      all_.add(0, a_b, m);
      sum_of_entropies_ = sum_of_entropies_ + entropies[b];
      for (std::size_t set = 0; set < places.size(); ++set) by_label_[set].add(places[set][first + b], a_b, m);
    }
  }
}

template <class S>
void SoftEntropyIn<S>::Sums::add(long place, const S* a_b, long m) {
  ++n[place];
  S* sum = a.data() + place * m;
  for (long j = 0; j < m; ++j) sum[j] = sum[j] + a_b[j];
}

template <class S>
std::vector<long> SoftEntropyIn<S>::Sums::places_of(const std::vector<long>& labels, long m) {
  std::vector<long> places;
  places.reserve(labels.size());

  // Look each label up, in a cache of recent ones first
  struct Known {
    long label = 0, place = -1;
  };
  std::vector<Known> recent(std::min<std::size_t>(labels.size(), 1024));
  for (const long label : labels) {
    Known& known = recent[static_cast<unsigned long>(label) % recent.size()];
    if (known.place < 0 || known.label != label)
      known = {label, place.emplace(label, static_cast<long>(place.size())).first->second};
    places.push_back(known.place);
  }

  // Make room for those that are new
  n.resize(place.size(), 0);
  a.resize(place.size() * static_cast<std::size_t>(m), S(0.0));
  return places;
}

template <class S>
SoftEntropyResultIn<S> SoftEntropyIn<S>::result() const {
  // Average to P, and take H(B)
  const long n_samples = all_.n[0], m = setting_.anchors.n_rows();
  if (n_samples == 0) throw Error("information.soft_entropy", "at least one sample", "none", "add() representations before asking");
  const S n(static_cast<double>(n_samples));
  const auto p = detail::mean(all_.a.data(), m, n_samples);
  const S h = detail::sum_of_surprises<S>(p);

  // Write down H(B|Z), I(Z;B), the efficiency and the definition
  SoftEntropyResultIn<S> r;
  r.n_samples = n_samples;
  r.n_anchors = m;
  r.dimension = setting_.anchors.n_cols();
  r.eps = setting_.eps;
  r.temperature = setting_.temperature;
  r.h_b = NatsIn<S>(h);
  r.h_b_given_z = NatsIn<S>(sum_of_entropies_ / n);
  r.ceiling = r.h_b - r.h_b_given_z;
  r.efficiency = h / log(S(static_cast<double>(r.n_anchors)));
  r.how = provenance();

  for (const auto& set : by_label_) {
    // Average over the labels, for each set of them:  I(X;B) = sum_l (n_l/N) KL(P_l || P)
    LabelInformationIn<S> info;
    S mutual(0.0);
    for (const auto& [label, place] : set.place) {
      const long n_l = set.n[place];
      const auto p_l = detail::mean(set.a.data() + place * m, m, n_l);
      info.per_label[label] = NatsIn<S>(h - detail::sum_of_surprises<S>(p_l));

      // Sum over the anchors, each term >= 0:  KL(P_l || P) = sum_j P_j phi(P_lj / P_j); with P_j = 0 goes P_lj = 0
      const S kl = ordered_sum<S>(static_cast<long>(p.size()), [&](long j) {
        const bool never = decided_zero(p[j], "information.soft_entropy: is P_j = 0");
        return never ? S(0.0) : p[j] * phi((p_l[j] - p[j]) / p[j]);
      });
      mutual = fma(S(static_cast<double>(n_l)) / n, kl, mutual);
    }

    // Write it down, with what the value depends on
    info.n_labels = static_cast<long>(set.place.size());
    if (info.n_labels == 1) mutual = S(0.0);  // one label says nothing: P_l is P
    info.mutual = {NatsIn<S>(mutual), r.how};
    info.mutual.how.choices.emplace_back("labels", std::to_string(info.n_labels));
    info.samples_per_label = n / S(static_cast<double>(info.n_labels));
    r.labels.push_back(std::move(info));
  }
  return r;
}

template <class S>
Provenance SoftEntropyIn<S>::provenance() const {
  const Tensor<S>& w = setting_.anchors;
  Provenance how;
  how.alphabet = w.n_rows();
  how.choices = {{"anchors", std::to_string(w.n_rows())},
                 {"eps", shortest(midpoint(setting_.eps))},
                 {"temperature", to_string(setting_.temperature)},
                 {"dimension", std::to_string(w.n_cols())},
                 {"samples", std::to_string(all_.n[0])}};
  return how;
}

}  // namespace etalon::information
