// SPDX-License-Identifier: Apache-2.0
#include "information/bounds/vib_body.h"

namespace etalon::information {

template Upper vib_rate(const std::vector<double>&, const Tensor<double>&, const std::vector<double>&);
template Lower decoder_bound(const Joint&, const Tensor<double>&);
template Upper vib_objective(const Joint&, const Tensor<double>&, const std::vector<double>&, const Tensor<double>&, double);
template VibGradientIn<double> vib_gradient(const Joint&, const Tensor<double>&, const std::vector<double>&, const Tensor<double>&,
                                            double);
template Exact bottleneck_lagrangian(const Joint&, const Tensor<double>&, double);
template Tensor<double> bottleneck_lagrangian_gradient(const Joint&, const Tensor<double>&, double);
template Tensor<double> at_logits(const Tensor<double>&, const Tensor<double>&);

Upper vib_rate(const Joint& xz, const std::vector<double>& r) {
  const auto law = law_of<double>(xz);
  auto encoder = law.p;
  for (long x = 0; x < law.n_x(); ++x)
    for (long z = 0; z < law.n_y(); ++z)
      if (law.p_x[x] > 0) encoder[law.at(x, z)] = law.p[law.at(x, z)] / law.p_x[x];
  return vib_rate(law.p_x, encoder, r);
}

Tensor<double> decoder_bound_gradient(const Joint& zy) { return law_of<double>(zy).p; }

}  // namespace etalon::information
