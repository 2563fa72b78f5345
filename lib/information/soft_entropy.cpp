#include "information/soft_entropy.h"

#include <cmath>
#include <span>

#include "base/bits.h"
#include "base/error.h"
#include "scalar/entropy_terms.h"
#include "tensor/matmul.h"
#include "tensor/random.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

double sum_of_surprises(std::span<const double> p) {
  return ordered_sum<double>(static_cast<long>(p.size()), [&](long j) { return surprise(p[j]); });
}

std::vector<double> mean(const std::vector<double>& sums, long n) {
  std::vector<double> p(sums);
  for (double& x : p) x = x / static_cast<double>(n);
  return p;
}

// softmax of m scores, each already divided by eps
void softmax_in_place(std::span<double> x) {
  double m = x[0];
  for (const double v : x) m = v > m ? v : m;
  for (double& v : x) v = exp(v - m);
  const double z = ordered_sum<double>(static_cast<long>(x.size()), [&](long j) { return x[j]; });
  for (double& v : x) v = v / z;
}

}  // namespace

Tensor<double> normalised_rows(const Tensor<double>& w, const char* where) {
  auto unit = w;
  const long d = w.n_cols();
  for (long i = 0; i < w.n_rows(); ++i) {
    const double* row = w.data() + i * d;
    // Scale by a power of two first (exact), so that squares neither overflow nor vanish
    double largest = 0;
    for (long k = 0; k < d; ++k) {
      if (!std::isfinite(row[k])) largest = row[k];
      else if (std::isfinite(largest) && abs(row[k]) > largest) largest = abs(row[k]);
    }
    if (!(std::isfinite(largest) && largest > 0))
      throw Error(where, "rows with a direction",
                  (largest == 0 ? "a zero vector" : shortest(largest)) + " in row " + std::to_string(i),
                  "a zero or non-finite vector points nowhere: did the training diverge, is a padded position among the samples?");
    const int shift = -std::ilogb(largest);
    for (long k = 0; k < d; ++k) unit[i * d + k] = std::ldexp(row[k], shift);
    const double* u = unit.data() + i * d;
    const double length = sqrt(product_sum<double>(d, [&](long k) { return u[k]; }, [&](long k) { return u[k]; }));
    for (long k = 0; k < d; ++k) unit[i * d + k] = unit[i * d + k] / length;
  }
  return unit;
}

Tensor<double> anchors(std::uint64_t seed, long n_anchors, long dimension) {
  if (n_anchors < 2 || dimension < 1)
    throw Error("information.anchors", "at least 2 anchors in at least 1 dimension",
                std::to_string(n_anchors) + " in " + std::to_string(dimension), "100 anchors is the usual choice");
  return normalised_rows(normal_tensor(Stream(seed, "soft_entropy.anchors"), Shape{n_anchors, dimension}, 0, 1),
                         "information.anchors");
}

SoftEntropySetting soft_entropy_setting(long n_anchors, long dimension, Temperature rule, std::uint64_t seed) {
  const double eps = temperature(rule, n_anchors, dimension);
  return {anchors(seed, n_anchors, dimension), eps, rule};
}

std::vector<double> soft_assignment(const SoftEntropySetting& setting, const double* z_bar) {
  const long m = setting.anchors.n_rows(), d = setting.anchors.n_cols();
  std::vector<double> a(m);
  for (long j = 0; j < m; ++j) {
    const double* w = setting.anchors.data() + j * d;
    a[j] = product_sum<double>(d, [&](long k) { return z_bar[k]; }, [&](long k) { return w[k]; }) / setting.eps;
  }
  softmax_in_place(a);
  return a;
}

SoftEntropy::SoftEntropy(SoftEntropySetting setting, std::size_t n_label_sets)
    : setting_(std::move(setting)), by_label_(n_label_sets) {
  const Tensor<double>& w = setting_.anchors;
  if (w.shape().rank() != 2 || w.n_rows() < 2 || w.n_cols() < 1)
    throw Error("information.soft_entropy", "anchors [m, d] with m >= 2", to_string(w.shape()),
                "make them with anchors(seed, m, d)");
  if (!(setting_.eps > 0) || !std::isfinite(setting_.eps))
    throw Error("information.soft_entropy", "eps > 0", shortest(setting_.eps), "take it from temperature(rule, m, d)");
  for (long j = 0; j < w.n_rows(); ++j) {
    const double* row = w.data() + j * w.n_cols();
    const double length2 = product_sum<double>(w.n_cols(), [&](long k) { return row[k]; }, [&](long k) { return row[k]; });
    if (!(abs(length2 - 1) <= 1e-12))
      throw Error("information.soft_entropy", "anchors of length 1",
                  "length^2 = " + shortest(length2) + " in row " + std::to_string(j), "pass them through normalised_rows");
  }
  all_.a.assign(w.n_rows(), 0);
}

void SoftEntropy::add(const Tensor<double>& z, const std::vector<std::vector<long>>& labels) {
  const Tensor<double>& w = setting_.anchors;
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
  auto scores = Tensor<double>::to_fill(Shape{z.n_rows(), w.n_rows()});
  matmul<double>(z_bar.rows(), w.rows().transposed(), scores.rows());

  const long m = w.n_rows();
  const auto grow = [m](Sums& sums, const double* a) {
    sums.a.resize(m, 0);
    ++sums.n;
    for (long j = 0; j < m; ++j) sums.a[j] = sums.a[j] + a[j];
  };
  for (long b = 0; b < z.n_rows(); ++b) {
    double* a = scores.data() + b * m;
    for (long j = 0; j < m; ++j) a[j] = a[j] / setting_.eps;
    softmax_in_place({a, static_cast<std::size_t>(m)});
    grow(all_, a);
    sum_of_entropies_ = sum_of_entropies_ + sum_of_surprises({a, static_cast<std::size_t>(m)});
    for (std::size_t set = 0; set < labels.size(); ++set) grow(by_label_[set][labels[set][b]], a);
  }
}

SoftEntropyResult SoftEntropy::result() const {
  if (all_.n == 0) throw Error("information.soft_entropy", "at least one sample", "none", "add() representations before asking");
  const double n = static_cast<double>(all_.n);
  const auto p = mean(all_.a, all_.n);
  const double h = sum_of_surprises(p);

  SoftEntropyResult r;
  r.n_samples = all_.n;
  r.n_anchors = setting_.anchors.n_rows();
  r.dimension = setting_.anchors.n_cols();
  r.eps = setting_.eps;
  r.temperature = setting_.temperature;
  r.h_b = Nats(h);
  r.h_b_given_z = Nats(sum_of_entropies_ / n);
  r.ceiling = r.h_b - r.h_b_given_z;
  r.efficiency = h / log(static_cast<double>(r.n_anchors));
  for (const auto& set : by_label_) {
    LabelInformation info;
    double mutual = 0;
    for (const auto& [label, sums] : set) {
      const auto p_l = mean(sums.a, sums.n);
      info.per_label[label] = Nats(h - sum_of_surprises(p_l));
      // KL(P_l || P) = sum_j P_j phi(P_lj / P_j): each term >= 0
      const double kl = ordered_sum<double>(static_cast<long>(p.size()),
                                            [&](long j) { return p[j] > 0 ? p[j] * phi((p_l[j] - p[j]) / p[j]) : 0.0; });
      mutual = fma(static_cast<double>(sums.n) / n, kl, mutual);
    }
    info.mutual = {Nats(mutual), BoundKind::lower};
    info.n_labels = static_cast<long>(set.size());
    info.samples_per_label = n / static_cast<double>(set.size());
    r.labels.push_back(std::move(info));
  }
  return r;
}

std::vector<long> shuffled(std::vector<long> labels, std::uint64_t seed) {
  const Stream stream(seed, "soft_entropy.shuffle");
  for (std::uint64_t i = labels.size(); i > 1; --i) std::swap(labels[i - 1], labels[stream.below(i, i)]);
  return labels;
}

}  // namespace etalon::information
