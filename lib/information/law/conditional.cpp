// SPDX-License-Identifier: Apache-2.0
#include "information/law/conditional.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "base/error.h"
#include "information/law/dependence.h"
#include "information/law/entropy.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

// sum over the third variable
Tensor<double> without_last(const Triple& law) {
  auto p = Tensor<double>::to_fill(Shape{law.n_x(), law.n_y()});
  for (long k = 0; k < p.size(); ++k) p[k] = ordered_sum<double>(law.n_z(), [&](long z) { return law.p()[k * law.n_z() + z]; });
  return p;
}

void require_channel(const Joint& joint, const Tensor<double>& channel) {
  if (channel.shape().rank() != 2 || channel.n_rows() != joint.n_y() || channel.n_cols() < 1)
    throw Error("information.markov_chain", "a channel [" + std::to_string(joint.n_y()) + ", Z]", to_string(channel.shape()),
                "one row p(z|y) for each y");
  for (long y = 0; y < channel.n_rows(); ++y)
    entropy(std::span(channel.data() + y * channel.n_cols(), static_cast<std::size_t>(channel.n_cols())));
}

}  // namespace

Triple::Triple(Tensor<double> p) : p_(std::move(p)) {
  if (p_.shape().rank() != 3) throw Error("information.triple", "p [X, Y, Z]", to_string(p_.shape()), "two variables are a Joint");
  x_yz();  // holds the entries and their sum to what a law is
}

Triple Triple::reordered(int first, int second, int third) const {
  const std::array<int, 3> order = {first, second, third};
  if (!std::is_permutation(order.begin(), order.end(), std::array{0, 1, 2}.begin()))
    throw Error("information.triple", "an order of 0, 1, 2",
                std::to_string(first) + ", " + std::to_string(second) + ", " + std::to_string(third), "0 is x, 1 is y, 2 is z");
  auto p = Tensor<double>::to_fill(Shape{p_.shape()[first], p_.shape()[second], p_.shape()[third]});
  for (long x = 0, k[3]; x < n_x(); ++x)
    for (long y = 0; y < n_y(); ++y)
      for (long z = 0; z < n_z(); ++z) {
        k[0] = x, k[1] = y, k[2] = z;
        p[(k[first] * p.shape()[1] + k[second]) * p.shape()[2] + k[third]] = (*this)(x, y, z);
      }
  return Triple(std::move(p));
}

Joint Triple::xy() const { return Joint(without_last(*this)); }
Joint Triple::xz() const { return reordered(0, 2, 1).xy(); }
Joint Triple::yz() const { return reordered(1, 2, 0).xy(); }
Joint Triple::x_yz() const { return Joint(p_.reshaped(Shape{n_x(), n_y() * n_z()})); }

Triple markov_chain(const Joint& joint, const Tensor<double>& channel) {
  require_channel(joint, channel);
  const long n_z = channel.n_cols();
  auto p = Tensor<double>::to_fill(Shape{joint.n_x(), joint.n_y(), n_z});
  for (long k = 0; k < p.size(); ++k) p[k] = joint.p()[k / n_z] * channel[k / n_z % joint.n_y() * n_z + k % n_z];
  return Triple(std::move(p));
}

Joint composed(const Joint& joint, const Tensor<double>& channel) {
  require_channel(joint, channel);
  const long n_z = channel.n_cols();
  auto p = Tensor<double>::to_fill(Shape{joint.n_x(), n_z});
  for (long x = 0; x < joint.n_x(); ++x)
    for (long z = 0; z < n_z; ++z)
      p[x * n_z + z] = product_sum<double>(
          joint.n_y(), [&](long y) { return joint(x, y); }, [&](long y) { return channel[y * n_z + z]; });
  return Joint(std::move(p));
}

Exact conditional_mutual_information(const Triple& law) {
  const Triple sliced = law.reordered(2, 0, 1);  // p(z, x, y)
  const long n_x = law.n_x(), n_y = law.n_y();
  const double total = ordered_sum<double>(sliced.n_x(), [&](long z) {
    // The marginals of the slice, then its terms
    const double* const slice = sliced.p().data() + z * n_x * n_y;
    std::vector<double> p_x, p_y;
    for (long x = 0; x < n_x; ++x) p_x.push_back(ordered_sum<double>(n_y, [&](long y) { return slice[x * n_y + y]; }));
    for (long y = 0; y < n_y; ++y) p_y.push_back(ordered_sum<double>(n_x, [&](long x) { return slice[x * n_y + y]; }));
    const double p_z = ordered_sum<double>(n_x, [&](long x) { return p_x[x]; });
    return ordered_sum<double>(n_x * n_y, [&](long k) { return dependence_term(p_z, slice[k], p_x[k / n_y], p_y[k % n_y]); });
  });
  return {Nats(total)};
}

InformationGradient mutual_information_gradient(const Joint& joint) {
  InformationGradient g{Tensor<double>(joint.p().shape()), 0, {}};
  for (long x = 0; x < joint.n_x(); ++x)
    for (long y = 0; y < joint.n_y(); ++y) {
      const double p_x = joint.p_x()[x], p_y = joint.p_y()[y], p_xy = joint(x, y);
      double& slope = g.slope[x * joint.n_y() + y];
      if (p_xy > 0) slope = log_dependence(joint.total(), p_xy, p_x, p_y);
      else if (p_x == 0 && p_y == 0) slope = kInfinity;
      else if (p_x == 0 || p_y == 0) slope = -log(p_x == 0 ? p_y : p_x);
      else slope = -kInfinity;
      if (abs(slope) < kInfinity || ++g.n_infinite > 1) continue;
      g.why_infinite = "p[" + std::to_string(x) + ", " + std::to_string(y) + "] = 0, " +
                       (slope < 0 ? "where independence would put mass" : "in a row and a column without mass");
    }
  return g;
}

}  // namespace etalon::information
