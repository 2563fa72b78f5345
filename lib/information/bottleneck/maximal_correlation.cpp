// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/maximal_correlation.h"

#include <algorithm>

#include "base/error.h"
#include "information/law/law.h"
#include "information/limits/decomposition.h"

namespace etalon::information {

double maximal_correlation(const Joint& joint) {
  if (std::min(joint.n_x(), joint.n_y()) > kMostForCorrelation)
    throw Error("information.maximal_correlation", "at most " + std::to_string(kMostForCorrelation) + " rows or columns",
                std::to_string(joint.n_x()) + " x " + std::to_string(joint.n_y()),
                "second_singular_value_squared gives six digits of rho^2");

  // B = (p_xy - p_x p_y) / sqrt(p_x p_y), 0 for what never happens
  const auto law = law_of<double>(joint);
  auto b = Tensor<double>::to_fill(joint.p().shape());
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y) {
      const long at = law.at(x, y);
      b[at] = law.can_meet(x, y) ? law.excess[at] / sqrt(law.p_x[x]) / sqrt(law.p_y[y]) : 0;
    }
  return std::min(1.0, svd(b).sigma[0]);
}

}  // namespace etalon::information
