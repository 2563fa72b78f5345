#include "information/capacity.h"

#include "base/bits.h"
#include "base/error.h"
#include "information/entropy.h"
#include "scalar/entropy_terms.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

// KL(W_x || p_y) = sum_y p_y phi(W_xy / p_y). Every y that W_x reaches has p_y > 0, for r_x > 0.
double divergence_of_row(const double* w_x, const std::vector<double>& p_y) {
  return ordered_sum<double>(static_cast<long>(p_y.size()),
                             [&](long y) { return p_y[y] == 0 ? 0 : p_y[y] * phi((w_x[y] - p_y[y]) / p_y[y]); });
}

void require_channel(const Tensor<double>& w, const CapacitySetting& setting) {
  if (w.shape().rank() != 2 || w.n_rows() < 1 || w.n_cols() < 1)
    throw Error("information.capacity", "a channel w [X, Y]", to_string(w.shape()), "one row p(y|x) for each input x");
  for (long x = 0; x < w.n_rows(); ++x) entropy(std::span(w.data() + x * w.n_cols(), static_cast<std::size_t>(w.n_cols())));
  if (!(setting.tolerance >= 0))
    throw Error("information.capacity", "a tolerance >= 0", shortest(setting.tolerance), "it is in nats");
}

}  // namespace

Capacity capacity(const Tensor<double>& w, const CapacitySetting& setting) {
  require_channel(w, setting);
  const long n_x = w.n_rows(), n_y = w.n_cols();
  Capacity result;
  result.input.assign(n_x, 1.0 / static_cast<double>(n_x));
  std::vector<double>& r = result.input;
  std::vector<double> p_y(n_y), gain(n_x);

  for (result.sweeps = 1;; ++result.sweeps) {
    for (long y = 0; y < n_y; ++y)
      p_y[y] = product_sum<double>(
          n_x, [&](long x) { return r[x]; }, [&](long x) { return w[x * n_y + y]; });
    double upper = 0;
    for (long x = 0; x < n_x; ++x) {
      gain[x] = divergence_of_row(w.data() + x * n_y, p_y);
      upper = gain[x] > upper ? gain[x] : upper;
    }

    // ln sum r e^gain, taken off the largest so that nearly equal gains lose nothing
    const double excess = product_sum<double>(
        n_x, [&](long x) { return r[x]; }, [&](long x) { return expm1(gain[x] - upper); });
    result.lower = Nats(upper + log1p(excess));
    result.upper = Nats(upper);
    result.converged = -log1p(excess) <= setting.tolerance;
    if (result.converged || result.sweeps == setting.max_sweeps) return result;
    for (long x = 0; x < n_x; ++x) r[x] = r[x] * exp(gain[x] - upper);
    const double total = ordered_sum<double>(n_x, [&](long x) { return r[x]; });
    for (long x = 0; x < n_x; ++x) r[x] = r[x] / total;
  }
}

}  // namespace etalon::information
