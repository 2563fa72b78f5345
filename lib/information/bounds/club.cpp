// SPDX-License-Identifier: Apache-2.0
#include "information/bounds/club_body.h"

namespace etalon::information {

template NotABound vclub(const Joint&, const Tensor<double>&);

Upper club(const Joint& joint) {
  const auto law = law_of<double>(joint);
  double total = 0;
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y) {
      if (!law.can_meet(x, y)) continue;
      if (!law.meets(x, y))
        return {Nats(std::numeric_limits<double>::infinity()),
                infinite_because("x and y of " + place(x, y) + " are possible and never meet: KL(p_x p_y || p_xy) is infinite")};
      total = fma(law.excess[law.at(x, y)], log_ratio_at(law, x, y), total);
    }
  return {Nats(total)};
}

Upper club_normal(double rho) { return club_normal(std::span<const double>(&rho, 1)); }

Upper club_normal(std::span<const double> rho) {
  for (std::size_t i = 0; i < rho.size(); ++i) {
    if (!(abs(rho[i]) <= 1))
      throw Error("information.club_normal", "a correlation in [-1, 1]", shortest(rho[i]) + " at " + std::to_string(i),
                  "divide the covariance by both standard deviations");
    if (abs(rho[i]) == 1)
      return {Nats(std::numeric_limits<double>::infinity()),
              infinite_because("correlation " + std::to_string(i) + " is +-1: one variable determines the other")};
  }
  // 1 - rho^2 = (1 - rho)(1 + rho): no cancellation near +-1
  return {Nats(
      ordered_sum<double>(static_cast<long>(rho.size()), [&](long i) { return rho[i] * rho[i] / ((1 - rho[i]) * (1 + rho[i])); }))};
}

Tensor<double> vclub_gradient(const Joint& joint) { return law_of<double>(joint).excess; }

}  // namespace etalon::information
