#include "study/plane.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/bits.h"
#include "model/transformer.h"
#include "tensor/matmul.h"
#include "tensor/sum.h"

namespace etalon::study {
namespace {

using information::Joint;

model::Batch as_batch(const model::SourceJoint& words) {
  model::Batch batch;  // without targets
  batch.n_sequences = static_cast<long>(words.contexts.size());
  batch.length = static_cast<long>(words.contexts.front().size());
  for (const auto& word : words.contexts) batch.tokens.insert(batch.tokens.end(), word.begin(), word.end());
  return batch;
}

// A number for each row of z, the same for equal rows: 0, 1, ... by first appearance.
std::vector<long> cells_of(const Tensor<double>& z) {
  const long n = z.n_rows(), c = z.n_cols();
  const auto row = [&](long x) { return std::span(z.data() + x * c, static_cast<std::size_t>(c)); };
  for (const double v : z.values())
    if (std::isnan(v)) throw Error("study.partition", "vectors that can be compared", "a NaN", "did the training diverge?");
  std::vector<long> order(n), cell(n);
  std::iota(order.begin(), order.end(), 0);
  const auto before = [&](long a, long b) {
    return std::lexicographical_compare(row(a).begin(), row(a).end(), row(b).begin(), row(b).end());
  };
  std::stable_sort(order.begin(), order.end(), before);
  // Equal rows now stand together, the earliest first: it gives the cell its name
  for (long i = 0; i < n; ++i) cell[order[i]] = i > 0 && !before(order[i - 1], order[i]) ? cell[order[i - 1]] : order[i];
  std::vector<long> number(n);
  long n_cells = 0;
  for (long x = 0; x < n; ++x) number[x] = cell[x] == x ? n_cells++ : number[cell[x]];
  return number;
}

// sum_d (a_d - b_d)^2
double squared_distance(const double* a, const double* b, long n) {
  const auto gap = [&](long d) { return a[d] - b[d]; };
  return product_sum<double>(n, gap, gap);
}

// -sum_x p_x ln sum_x' p_x' e^{-scale |z_x - z_x'|^2}, of p(x) and, averaged over y, of p(x|y): the bounds of
// information/pairwise.h, with one exponential for each pair and one matrix product, where V + 1 calls of those would exponentiate
// V + 1 times.
struct Pairwise {
  double scale, all = 0, given_y = 0;
};

// Adds the terms of the rows first .. first + n_rows - 1, given their squared distances to all rows.
void add_rows(const Joint& joint, const Tensor<double>& squared, long first, Pairwise& sums) {
  const long n_y = joint.n_y();
  auto nearness = squared;
  for (long i = 0; i < nearness.size(); ++i) nearness[i] = exp(-(sums.scale * squared[i]));
  Tensor<double> near({squared.n_rows(), n_y});  // sum_x' e^{...} p(x', y)
  matmul<double>(std::as_const(nearness).rows(), joint.p().rows(), near.rows());
  for (long r = 0; r < near.n_rows(); ++r) {
    const long x = first + r;
    const double* row = near.data() + r * n_y;
    const double all = ordered_sum<double>(n_y, [&](long y) { return row[y]; });
    sums.all = fma(-(joint.p_x()[x] / joint.total()), log(all / joint.total()), sums.all);
    for (long y = 0; y < n_y; ++y)
      if (joint(x, y) > 0) sums.given_y = fma(-(joint(x, y) / joint.total()), log(row[y] / joint.p_y()[y]), sums.given_y);
  }
}

void pairwise(const Joint& joint, const Tensor<double>& z, Pairwise& low, Pairwise& high) {
  const long n = joint.n_x(), c = z.n_cols();
  constexpr long kRows = 64;  // at once, so that memory stays linear in the number of contexts
  for (long first = 0; first < n; first += kRows) {
    auto squared = Tensor<double>::to_fill({std::min(kRows, n - first), n});
    for (long r = 0; r < squared.n_rows(); ++r)
      for (long i = 0; i < n; ++i) squared[r * n + i] = squared_distance(z.data() + (first + r) * c, z.data() + i * c, c);
    add_rows(joint, squared, first, low);
    add_rows(joint, squared, first, high);
  }
}

}  // namespace

Words::Words(const model::SourceJoint& words) : batch(as_batch(words)), joint(words.joint) {}

Tensor<double> last_position(const Tensor<double>& x) {
  const long n = x.shape()[0], length = x.shape()[1], c = x.n_cols();
  auto out = Tensor<double>::to_fill({n, c});
  for (long b = 0; b < n; ++b)
    for (long j = 0; j < c; ++j) out[b * c + j] = x[(b * length + length - 1) * c + j];
  return out;
}

std::vector<LayerVectors> layer_vectors(const model::Config& config, const model::Parameters<double>& weights, const Words& words) {
  const auto run = model::forward(config, weights, words.batch);
  auto ids = run.layers;
  ids.push_back(run.hidden);
  std::vector<LayerVectors> layers;
  for (const auto id : ids) layers.push_back({run.tape.entries()[id].name, last_position(run.tape.value(id))});
  return layers;
}

information::InformationPlane through_anchors(const Joint& joint, const information::SoftEntropySetting& setting,
                                              const Tensor<double>& z) {
  const auto direction = information::normalised_rows(z, "study.plane");
  const long m = setting.anchors.n_rows();
  auto encoder = Tensor<double>::to_fill({z.n_rows(), m});
  for (long x = 0; x < z.n_rows(); ++x) {
    const auto law = information::soft_assignment(setting, direction.data() + x * z.n_cols());
    std::copy(law.begin(), law.end(), encoder.data() + x * m);
  }
  return information::information_plane(joint, encoder);
}

Partition partition(const Joint& joint, const Tensor<double>& z) {
  const auto cell = cells_of(z);
  Partition p;
  p.n_cells = *std::max_element(cell.begin(), cell.end()) + 1;
  Tensor<double> merged({p.n_cells, joint.n_y()});
  for (long x = 0; x < joint.n_x(); ++x)
    for (long y = 0; y < joint.n_y(); ++y) {
      double& p_ty = merged[cell[x] * joint.n_y() + y];
      p_ty = p_ty + joint(x, y);
    }
  const Joint law(merged);
  const information::Provenance how{.alphabet = p.n_cells, .choices = {{"T", "the partition of contexts by equal vectors"}}};
  p.i_x = {information::entropy(law.p_x()), how};
  p.i_y = {information::mutual_information(law), how};
  return p;
}

NoisyReadout noisy_readout(const Joint& joint, const Tensor<double>& z, double share) {
  if (!(share > 0 && std::isfinite(share)))
    throw Error("study.noisy_readout", "sigma > 0, as a share of the layer's root mean square entry", shortest(share),
                "without noise a deterministic layer has no finite information: read the partition");
  const long n = joint.n_x(), c = z.n_cols();
  const double mean_square = ordered_sum<double>(n,
                                                 [&](long x) {
                                                   const auto entry = [&](long d) { return z[x * c + d]; };
                                                   return joint.p_x()[x] * product_sum<double>(c, entry, entry);
                                                 }) /
                             (joint.total() * static_cast<double>(c));
  if (!(mean_square > 0 && std::isfinite(mean_square)))
    throw Error("study.noisy_readout", "vectors of some finite size", shortest(mean_square), "did the training diverge?");

  NoisyReadout r{.share = share, .sigma = share * sqrt(mean_square), .i_x = {}, .i_y = {}};
  const double precision = 1 / (r.sigma * r.sigma);
  Pairwise low{.scale = precision / 8}, high{.scale = precision / 2};
  pairwise(joint, z, low, high);
  const double know_better = partition(joint, z).i_y.value.value;
  const information::Provenance how{.alphabet = n,
                                    .choices = {{"T", "z + N(0, sigma^2 I)"},
                                                {"sigma", shortest(r.sigma)},
                                                {"sigma / root mean square entry", shortest(share)},
                                                {"bounds", "pairwise, Bhattacharyya and Kullback-Leibler"}}};
  const auto bracket = [&](double lower, double upper) {
    return information::Bracket{{Nats(std::max(0.0, lower)), how}, {Nats(std::max(0.0, upper)), how}};
  };
  r.i_x = bracket(low.all, high.all);
  r.i_y = bracket(low.all - high.given_y, std::min({high.all - low.given_y, know_better, high.all}));
  return r;
}

std::vector<PlanePoint> plane_points(const Joint& joint, const std::vector<LayerVectors>& layers,
                                     const information::SoftEntropySetting& anchors, double readout_sigma) {
  std::vector<PlanePoint> points;
  for (const auto& [layer, z] : layers) {
    const auto soft = through_anchors(joint, anchors, z);
    PlanePoint p{layer, soft.i_x, soft.i_y, partition(joint, z), {}};
    if (readout_sigma > 0) p.noisy = noisy_readout(joint, z, readout_sigma);
    points.push_back(std::move(p));
  }
  return points;
}

}  // namespace etalon::study
