// SPDX-License-Identifier: Apache-2.0
#include "information/bounds/barber_agakov.h"

#include <cmath>
#include <limits>

#include "base/bits.h"
#include "base/error.h"
#include "scalar/entropy_terms.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

void require_log_laws(const Joint& joint, const Tensor<double>& log_q) {
  // Refuse another shape
  if (log_q.shape() != joint.p().shape())
    throw Error("information.barber_agakov", "ln q of shape " + to_string(joint.p().shape()), to_string(log_q.shape()),
                "one row for each context of the joint law, in its order");
  for (long x = 0; x < joint.n_x(); ++x) {
    if (joint.p_x()[x] == 0) continue;

    // Refuse an entry that is no ln q, in each row that happens
    const double* row = log_q.data() + x * joint.n_y();
    for (long y = 0; y < joint.n_y(); ++y)
      if (!(row[y] <= Joint::kTolerance))
        throw Error("information.barber_agakov", "ln q <= 0",
                    shortest(row[y]) + " at [" + std::to_string(x) + ", " + std::to_string(y) + "]",
                    "q is above 1 there: logits pass log_softmax first, counts are divided by the sum of their row");

    // Refuse a row that does not sum to 1
    const double total = ordered_sum<double>(joint.n_y(), [&](long y) { return exp(row[y]); });
    if (!(abs(total - 1) <= Joint::kTolerance))
      throw Error("information.barber_agakov", "rows of q that sum to 1", shortest(total) + " in row " + std::to_string(x),
                  "row x is q(.|x), a law: is an entry missing, or are rows and columns exchanged? Logits pass log_softmax first");
  }
}

}  // namespace

BarberAgakov barber_agakov(const Joint& joint, const Tensor<double>& log_q) {
  require_log_laws(joint, log_q);
  double cross = 0, divergence = 0;
  for (long x = 0; x < joint.n_x(); ++x) {
    const double p_x = joint.p_x()[x];
    if (p_x == 0) continue;
    for (long y = 0; y < joint.n_y(); ++y) {
      const double p_xy = joint(x, y), l = log_q[x * joint.n_y() + y];

      // Return infinity where the model rules out what happens
      if (l == -kInfinity && p_xy > 0) {
        const std::string why = "the model gives probability 0 to y = " + std::to_string(y) + " after x = " + std::to_string(x) +
                                ", which happens with probability " + shortest(p_xy);
        return {Nats(kInfinity), {Nats(kInfinity), infinite_because(why)}, {Nats(-kInfinity), infinite_because(why)}};
      }

      // Add to CE:  -p_xy ln q,  and to E KL:  p_x q phi(p(y|x)/q), with q = exp(l); a tiny q goes by its logarithm
      if (p_xy > 0) cross = fma(-p_xy, l, cross);
      const double q = exp(l), p = p_xy / p_x, e = (p - q) / q;
      if (q > 0 && e < 0x1p500) divergence = fma(p_x * q, phi(e), divergence);
      else if (p_xy > 0) divergence = divergence + (p_xy * (log(p) - l) - p_xy + p_x * q);
    }
  }

  // Subtract the cross entropy from H(Y):  I >= H(Y) - CE
  const Nats h_y = entropy(joint.p_y());
  return {Nats(cross), {Nats(divergence)}, {h_y - Nats(cross)}};
}

Tensor<double> log_softmax(const Tensor<double>& logits) {
  auto out = Tensor<double>::to_fill(logits.shape());
  const long c = logits.n_cols();
  for (long i = 0; i < logits.n_rows(); ++i) {
    const double* x = logits.data() + i * c;

    // Find the largest of the row
    double m = -kInfinity;
    for (long j = 0; j < c; ++j) {
      if (!std::isfinite(x[j]))
        throw Error("information.log_softmax", "finite logits",
                    shortest(x[j]) + " at [" + std::to_string(i) + ", " + std::to_string(j) + "]", "did the training diverge?");
      m = x[j] > m ? x[j] : m;
    }

    // Subtract it and ln sum e^{x - max}
    const double z = log(ordered_sum<double>(c, [&](long j) { return exp(x[j] - m); }));
    for (long j = 0; j < c; ++j) out[i * c + j] = (x[j] - m) - z;
  }
  return out;
}

}  // namespace etalon::information
