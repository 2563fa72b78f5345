// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "information/bounds/pairwise_body.h"
#include "tensor/matmul.h"

namespace etalon::information {
namespace {

// D(row x, row x') for each pair of possible rows of p(y|x)
template <class Distance>
Tensor<double> distances(const Joint& joint, Distance between) {
  const long n = joint.n_x(), n_y = joint.n_y();
  Tensor<double> d(Shape{n, n});
  for (long x = 0; x < n; ++x)
    for (long k = 0; k < n; ++k)
      if (x != k && joint.p_x()[x] > 0 && joint.p_x()[k] > 0) {
        const double sum =
            ordered_sum<double>(n_y, [&](long y) { return between(joint(x, y) / joint.p_x()[x], joint(k, y) / joint.p_x()[k]); });
        d[x * n + k] = sum;
      }
  return d;
}

// The rows of a Joint sum to p_x, and p_x to s: the law that the bound takes
std::vector<double> scaled(const Joint& joint) {
  auto p = joint.p_x();
  for (double& v : p) v = v / joint.total();
  return p;
}

}  // namespace

template Upper pairwise_kl_bound(const std::vector<double>&, const Tensor<double>&);
template Lower pairwise_bhattacharyya_bound(const std::vector<double>&, const Tensor<double>&);
template Tensor<double> pairwise_gradient(const std::vector<double>&, const Tensor<double>&);

std::vector<double> pairwise_of_each(const Tensor<double>& weights, const Tensor<double>& d) {
  const long n = weights.n_rows(), n_laws = weights.n_cols();
  if (weights.shape().rank() != 2 || d.shape() != Shape{n, n})
    throw Error("information.pairwise_of_each", "weights [X, K] and distances [X, X]",
                to_string(weights.shape()) + " and " + to_string(d.shape()), "one column for each law");

  // Sum over the other rows, for all laws at once:  seen_xk = sum_x' (e^{-D(x, x')} - 1) p_k(x')
  auto apart = d;
  for (long i = 0; i < d.size(); ++i) apart[i] = expm1(-d[i]);
  auto seen = Tensor<double>::to_fill(weights.shape());
  matmul<double>(std::as_const(apart).rows(), weights.rows(), seen.rows());

  // Average over the rows:  I_D = -sum_x p_x ln1p(seen_x)
  std::vector<double> information(n_laws);
  for (long x = 0; x < n; ++x)
    for (long k = 0; k < n_laws; ++k) {
      const double weight = weights[x * n_laws + k];
      if (!(weight > 0)) continue;

      // Where hardly anything is near, sum what is, as detail::pairwise_information does
      const double sum = seen[x * n_laws + k];
      const auto near = [&] {
        return log(product_sum<double>(
            n, [&](long other) { return weights[other * n_laws + k]; }, [&](long other) { return exp(-d[x * n + other]); }));
      };
      information[k] = fma(-weight, sum < detail::kNothingSeen ? near() : log1p(sum), information[k]);
    }
  return information;
}

Tensor<double> pairwise_kl(const Joint& joint) {
  // sum b phi(a/b); where b is 0 and a is not, infinite
  return distances(joint, [](double a, double b) {
    if (b == 0) return a == 0 ? 0 : std::numeric_limits<double>::infinity();
    const double e = (a - b) / b;
    return e < 0x1p500 ? b * phi(e) : a * (log(a) - log(b)) - a + b;
  });
}

Tensor<double> pairwise_bhattacharyya(const Joint& joint) {
  // BC = 1 - sum (sqrt a - sqrt b)^2 / 2, sqrt a - sqrt b = (a - b)/(sqrt a + sqrt b); from below 1/2 on, summed as it stands
  const auto missing = distances(joint, [](double a, double b) {
    const double roots = sqrt(a) + sqrt(b), difference = roots == 0 ? 0 : (a - b) / roots;
    return difference * difference / 2;
  });
  auto d = distances(joint, [](double a, double b) { return sqrt(a) * sqrt(b); });
  for (long x = 0, n = joint.n_x(); x < n; ++x)
    for (long k = 0; k < n; ++k) {
      double& entry = d[x * n + k];
      if (x == k || joint.p_x()[x] == 0 || joint.p_x()[k] == 0) entry = 0;
      else entry = missing[x * n + k] < 0.5 ? -log1p(-missing[x * n + k]) : -log(entry);
      if (!(entry > 0)) entry = 0;  // -0, for equal rows
    }
  return d;
}

Upper pairwise_kl_bound(const Joint& joint) { return pairwise_kl_bound(scaled(joint), pairwise_kl(joint)); }
Lower pairwise_bhattacharyya_bound(const Joint& joint) {
  return pairwise_bhattacharyya_bound(scaled(joint), pairwise_bhattacharyya(joint));
}

}  // namespace etalon::information
