// SPDX-License-Identifier: Apache-2.0
// club_body.h — vclub for any scalar.
#pragma once

#include "information/bounds/club.h"
#include "information/law/require_law.h"

namespace etalon::information {

template <class S>
NotABoundIn<S> vclub(const Joint& joint, const Tensor<S>& q) {
  require_conditional("information.vclub", "q(y|x)", joint.p_x(), joint.n_y(), q);
  const auto law = law_of<S>(joint);

  // Sum (p_xy - p_x p_y) ln q
  std::string why;
  S total(0.0);
  for (long x = 0; x < law.n_x(); ++x)
    for (long y = 0; y < law.n_y(); ++y) {
      if (!law.can_meet(x, y)) continue;

      // Add the term; where q = 0 it is infinite if x and y never meet, and no number if they do
      const S& q_xy = q[law.at(x, y)];
      if (!is_zero(q_xy)) total = fma(law.excess[law.at(x, y)], log(q_xy), total);
      else if (!law.meets(x, y)) why = "q = 0 at " + place(x, y) + ", where x and y are possible: -E_prod ln q is infinite";
      else
        throw Error("information.vclub", "q(y|x) > 0 where p(x, y) > 0", "0 at " + place(x, y),
                    "both expectations of ln q are infinite, and their difference is no number");
    }
  if (!why.empty()) return {NatsIn<S>(S(std::numeric_limits<double>::infinity())), infinite_because(why)};
  return {NatsIn<S>(total)};
}

}  // namespace etalon::information
