// SPDX-License-Identifier: Apache-2.0
#include "information/bounds/critic_body.h"

namespace etalon::information {

template std::vector<double> best_log_baseline(const Joint&, const Tensor<double>&);
template Lower donsker_varadhan(const Joint&, const Tensor<double>&);
template Lower nwj(const Joint&, const Tensor<double>&);
template Lower tuba(const Joint&, const Tensor<double>&, const std::vector<double>&);
template Tensor<double> donsker_varadhan_gradient(const Joint&, const Tensor<double>&);
template Tensor<double> nwj_gradient(const Joint&, const Tensor<double>&);
template TubaGradientIn<double> tuba_gradient(const Joint&, const Tensor<double>&, const std::vector<double>&);

Tensor<double> log_ratio(const Joint& joint) {
  const auto law = law_of<double>(joint);
  Tensor<double> f(joint.p().shape());
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y)
      if (law.can_meet(x, y))
        f[law.at(x, y)] = law.meets(x, y) ? log_ratio_at(law, x, y) : -std::numeric_limits<double>::infinity();
  return f;
}

}  // namespace etalon::information
