// SPDX-License-Identifier: Apache-2.0
#include "information/readout/soft_entropy_body.h"

namespace etalon::information {

template Tensor<double> normalised_rows(const Tensor<double>&, const char*);
template Tensor<double> anchors<double>(std::uint64_t, long, long);
template class SoftEntropyIn<double>;

SoftEntropySetting soft_entropy_setting(long n_anchors, long dimension, Temperature rule, std::uint64_t seed) {
  const double eps = temperature(rule, n_anchors, dimension);
  return {anchors(seed, n_anchors, dimension), eps, rule};
}

std::vector<double> soft_assignment(const SoftEntropySetting& setting, const double* z_bar) {
  const long m = setting.anchors.n_rows(), d = setting.anchors.n_cols();
  std::vector<double> a(m);
  for (long j = 0; j < m; ++j) {
    const double* w = setting.anchors.data() + j * d;
    a[j] = product_sum<double>(
               d, [&](long k) { return z_bar[k]; }, [&](long k) { return w[k]; }) /
           setting.eps;
  }
  double entropy;
  softmax_rows<double>({a.data(), 1, m, m, 1}, 1.0, &entropy);
  return a;
}

std::vector<long> shuffled(std::vector<long> labels, std::uint64_t seed) {
  const Stream stream(seed, "soft_entropy.shuffle");
  for (std::uint64_t i = labels.size(); i > 1; --i) std::swap(labels[i - 1], labels[stream.below(i, i)]);
  return labels;
}

}  // namespace etalon::information
