// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/wrong_solvers.h"

#include <algorithm>
#include <limits>

#include "information/law/entropy.h"
#include "scalar/exact.h"
#include "tensor/random.h"
#include "tensor/sum.h"

namespace etalon::ib_oracle {
namespace {

using information::Clusters;
using information::Joint;

// q(t|x) = q_t exp(-beta KL(W_x || r_t)) / Z_x
Tensor<double> encoder_of(const Joint& joint, double beta, const Clusters& c) {
  const long n_t = static_cast<long>(c.weight.size()), n_y = joint.n_y();
  Tensor<double> q(Shape{joint.n_x(), n_t});
  for (long x = 0; x < joint.n_x(); ++x) {
    // Write ln q_t - beta KL(W_x || r_t), up to what all t have in common
    double* row = q.data() + x * n_t;
    double most = -std::numeric_limits<double>::infinity();
    for (long t = 0; t < n_t; ++t) {
      row[t] = log(c.weight[t]);
      for (long y = 0; y < n_y; ++y)
        if (joint(x, y) > 0) row[t] = fma(beta * joint(x, y) / joint.p_x()[x], log(c.centre[t * n_y + y]), row[t]);
      most = std::max(most, row[t]);
    }

    // Take the exponential below the largest, and divide by the sum; an x to which no cluster is near goes where all go
    const bool stranded = !(most > -std::numeric_limits<double>::infinity());
    for (long t = 0; t < n_t; ++t) row[t] = stranded ? c.weight[t] : exp(row[t] - most);
    const double z = ordered_sum<double>(n_t, [&](long t) { return row[t]; });
    for (long t = 0; t < n_t; ++t) row[t] = row[t] / z;
  }
  return q;
}

// The first n_t rows W_x as centres, pulled towards p_Y, with equal weights.
Clusters first_rows(const Joint& joint, const Tensor<double>& w, long n_t, double pull) {
  std::vector<double> centres;
  for (long i = 0; i < n_t * joint.n_y(); ++i) centres.push_back(fma(pull, joint.p_y()[i % joint.n_y()] - w[i], w[i]));
  return {std::vector<double>(n_t, 1 / static_cast<double>(n_t)), Tensor<double>(Shape{n_t, joint.n_y()}, std::move(centres))};
}

// q_t and r_t of an encoder; a cluster that nobody uses is left out.
Clusters clusters_of(const Joint& joint, const Tensor<double>& q) {
  const long n_t = q.n_cols(), n_y = joint.n_y();
  Clusters c;
  std::vector<double> centres;
  for (long t = 0; t < n_t; ++t) {
    const double weight = product_sum<double>(
        joint.n_x(), [&](long x) { return joint.p_x()[x]; }, [&](long x) { return q[x * n_t + t]; });
    if (!(weight > 0)) continue;
    c.weight.push_back(weight);
    for (long y = 0; y < n_y; ++y)
      centres.push_back(product_sum<double>(
                            joint.n_x(), [&](long x) { return joint(x, y); }, [&](long x) { return q[x * n_t + t]; }) /
                        weight);
  }
  c.centre = Tensor<double>(Shape{static_cast<long>(c.weight.size()), n_y}, std::move(centres));
  return c;
}

// The centres of a random encoder: mixtures of the W_x.
Clusters random_start(const Joint& joint, long n_t, const Stream& stream, std::uint64_t& index) {
  Tensor<double> q(Shape{joint.n_x(), n_t});
  for (long x = 0; x < joint.n_x(); ++x) {
    double* row = q.data() + x * n_t;
    for (long t = 0; t < n_t; ++t) row[t] = pow(stream.uniform(index++), 3) + 1e-3;
    const double total = ordered_sum<double>(n_t, [&](long t) { return row[t]; });
    for (long t = 0; t < n_t; ++t) row[t] = row[t] / total;
  }
  return clusters_of(joint, q);
}

std::vector<Clusters> starts_for(const Joint& joint) {
  constexpr int kRandomStarts = 6;
  constexpr long kMostClusters = 12, kMostRuns = 40;
  const auto w = conditional_rows(joint);
  const Stream stream(1, "information_solvers.starts");
  std::uint64_t index = 0;
  std::vector<Clusters> starts;
  for (long n_t = std::min(w.n_rows(), kMostClusters); n_t >= 2; --n_t) {
    for (const double pull : {0.0, 0.25}) starts.push_back(first_rows(joint, w, n_t, pull));
    for (int k = 0; k < kRandomStarts; ++k) starts.push_back(random_start(joint, n_t, stream, index));
  }
  if (starts.size() > kMostRuns) starts.resize(kMostRuns);
  if (w.n_rows() > kMostClusters) starts.push_back(first_rows(joint, w, w.n_rows(), 0.25));
  return starts;
}

// The encoder of these clusters whose I(X;T) is `rate`: it grows with beta, which was `beta` a sweep before. Nothing if no beta up
// to 2^20 reaches it.
std::optional<Tensor<double>> encoder_at_rate(const Joint& joint, double rate, const Clusters& c, double& beta) {
  const auto rate_at = [&](double b) { return information::information_plane(joint, encoder_of(joint, b, c)).i_x.value; };
  double low = 0.99 * beta, high = 1.01 * beta;
  while (low > 0x1p-20 && rate_at(low) > rate) low = low / 2;
  while (rate_at(high) < rate)
    if ((high = 2 * high) > 0x1p20) return std::nullopt;
  while (high - low > 0x1p-46 * high) {
    const double middle = low + (high - low) / 2;
    (rate_at(middle) < rate ? low : high) = middle;
  }
  beta = high;
  return encoder_of(joint, high, c);
}

// The same law without what never happens.
Joint possible(const Joint& joint) {
  const auto happens = [](double p) { return p > 0; };
  const long n_x = std::count_if(joint.p_x().begin(), joint.p_x().end(), happens);
  const long n_y = std::count_if(joint.p_y().begin(), joint.p_y().end(), happens);
  std::vector<double> p;
  for (long x = 0; x < joint.n_x(); ++x)
    for (long y = 0; y < joint.n_y(); ++y)
      if (joint.p_x()[x] > 0 && joint.p_y()[y] > 0) p.push_back(joint(x, y));
  return Joint(Tensor<double>(Shape{n_x, n_y}, std::move(p)));
}

}  // namespace

information::BottleneckSetting searching() {
  information::BottleneckSetting setting;
  setting.max_cells = 5000;
  return setting;
}

Tensor<double> conditional_rows(const Joint& joint) {
  std::vector<double> rows;
  for (long x = 0; x < joint.n_x(); ++x)
    for (long y = 0; joint.p_x()[x] > 0 && y < joint.n_y(); ++y) rows.push_back(joint(x, y) / joint.p_x()[x]);
  const long n_rows = static_cast<long>(rows.size()) / joint.n_y();
  return Tensor<double>(Shape{n_rows, joint.n_y()}, std::move(rows));
}

std::vector<RestPoint> rest_points(const Joint& given, double beta) {
  const Joint joint = possible(given);
  if (!(beta > 0)) return {};
  auto setting = searching();
  setting.max_sweeps = 20000;
  std::vector<RestPoint> points;
  for (const auto& start : starts_for(joint)) {
    const auto end = information::sweep_to_rest(joint, beta, start, setting).clusters;
    if (end.weight.empty()) continue;
    const auto plane = information::information_plane(joint, encoder_of(joint, beta, end));
    points.push_back({plane.i_x.value, plane.i_y.value, plane.i_x.value - beta * plane.i_y.value, end.weight.size()});
  }
  return points;
}

std::optional<double> capped_at_rate(const Joint& given, double rate) {
  constexpr int kSweeps = 400;
  constexpr std::size_t kMostStarts = 4;  // the first have most clusters
  const Joint joint = possible(given);
  auto starts = starts_for(joint);
  if (starts.size() > kMostStarts) starts.resize(kMostStarts);

  std::optional<double> best;
  for (auto& c : starts) {
    // Sweep from this start until I(T;Y) rests: the encoder at this rate, then its clusters
    double i_y = 0, beta = 2;
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      const auto q = encoder_at_rate(joint, rate, c, beta);
      if (!q) break;
      const auto plane = information::information_plane(joint, *q);
      const bool at_rest = abs(plane.i_y.value - i_y) <= 1e-14;
      i_y = plane.i_y.value;
      if (at_rest) break;
      c = clusters_of(joint, *q);
    }

    // Keep the highest point
    if (i_y > best.value_or(0)) best = i_y;
  }
  return best;
}

std::vector<EarlyStop> early_stops(const Joint& joint) {
  constexpr long kMostSweeps = 3000;
  const auto w = conditional_rows(joint);
  const long n_x = w.n_rows(), n_y = w.n_cols();
  std::vector<double> r(n_x, 1 / static_cast<double>(n_x)), p_y(n_y), c(n_x);
  std::vector<EarlyStop> stops;
  double before = std::numeric_limits<double>::infinity();
  int digits = 1;
  for (long sweep = 1; sweep <= kMostSweeps && digits <= 12; ++sweep) {
    // Compute p_Y under the input r, and c_x = exp KL(W_x || p_Y)
    for (long y = 0; y < n_y; ++y)
      p_y[y] = product_sum<double>(
          n_x, [&](long x) { return r[x]; }, [&](long x) { return w[x * n_y + y]; });
    for (long x = 0; x < n_x; ++x)
      c[x] = exp(ordered_sum<double>(n_y, [&](long y) {
        const double p = w[x * n_y + y];
        return p > 0 ? p * log(p / p_y[y]) : 0.0;
      }));

    // Bound the capacity: I_L = ln sum r c, I_U = ln max c; some report I(r; W) in place of I_L
    const double total = product_sum<double>(
        n_x, [&](long x) { return r[x]; }, [&](long x) { return c[x]; });
    const double lower = log(total), upper = log(*std::max_element(c.begin(), c.end()));
    const double mutual = product_sum<double>(
        n_x, [&](long x) { return r[x]; }, [&](long x) { return log(c[x]); });

    // Note what a solver that stops here would report
    const auto stop = [&](const std::string& rule) {
      stops.push_back({"I_L " + rule, lower});
      stops.push_back({"I(r;W) " + rule, mutual});
      stops.push_back({"I_U " + rule, upper});
    };
    for (; digits <= 12 && abs(lower - before) < pow(10.0, -digits); ++digits)
      stop("when it moved by less than 1e-" + std::to_string(digits));
    if (sweep == 10 || sweep == 50 || sweep == 100 || sweep == 200 || sweep == 500 || sweep == 1000)
      stop("after " + std::to_string(sweep) + " sweeps");

    // Take Blahut's step, r <- r c / sum r c
    before = lower;
    for (long x = 0; x < n_x; ++x) r[x] = r[x] * c[x] / total;
  }
  return stops;
}

}  // namespace etalon::ib_oracle
