// SPDX-License-Identifier: Apache-2.0
#include "study/plane.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/bits.h"
#include "information/readout/noisy_readout.h"
#include "model/transformer.h"
#include "tensor/sum.h"

namespace etalon::study {
namespace {

using information::Joint;

model::Batch as_batch(const source::SourceJoint& words) {
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

  // Refuse what equals nothing
  for (const double v : z.values())
    if (std::isnan(v)) throw Error("study.partition", "vectors that can be compared", "a NaN", "did the training diverge?");

  // Sort the rows: equal ones then stand together, the earliest first
  std::vector<long> order(n), cell(n);
  std::iota(order.begin(), order.end(), 0);
  const auto before = [&](long a, long b) {
    return std::lexicographical_compare(row(a).begin(), row(a).end(), row(b).begin(), row(b).end());
  };
  std::stable_sort(order.begin(), order.end(), before);

  // Name each cell after its earliest row
  for (long i = 0; i < n; ++i) cell[order[i]] = i > 0 && !before(order[i - 1], order[i]) ? cell[order[i - 1]] : order[i];

  // Number the cells by first appearance
  std::vector<long> number(n);
  long n_cells = 0;
  for (long x = 0; x < n; ++x) number[x] = cell[x] == x ? n_cells++ : number[cell[x]];
  return number;
}

}  // namespace

Words::Words(const source::SourceJoint& words) : batch(as_batch(words)), joint(words.joint) {}

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

Tensor<double> anchor_encoder(const information::SoftEntropySetting& setting, const Tensor<double>& z) {
  const auto direction = information::normalised_rows(z, "study.plane");
  const long m = setting.anchors.n_rows();
  auto encoder = Tensor<double>::to_fill({z.n_rows(), m});
  for (long x = 0; x < z.n_rows(); ++x) {
    const auto law = information::soft_assignment(setting, direction.data() + x * z.n_cols());
    std::copy(law.begin(), law.end(), encoder.data() + x * m);
  }
  return encoder;
}

information::InformationPlane through_anchors(const Joint& joint, const information::SoftEntropySetting& setting,
                                              const Tensor<double>& z) {
  return information::information_plane(joint, anchor_encoder(setting, z));
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

  // Measure the size of the vectors: the mean over contexts and columns of z^2
  const long n = joint.n_x(), c = z.n_cols();
  const double mean_square = ordered_sum<double>(n,
                                                 [&](long x) {
                                                   const auto entry = [&](long d) { return z[x * c + d]; };
                                                   return joint.p_x()[x] * product_sum<double>(c, entry, entry);
                                                 }) /
                             (joint.total() * static_cast<double>(c));
  if (!(mean_square > 0 && std::isfinite(mean_square)))
    throw Error("study.noisy_readout", "vectors of some finite size", shortest(mean_square), "did the training diverge?");

  // Bracket both informations through noise of that share
  const double sigma = share * sqrt(mean_square);
  const information::NoisyReadout noisy(z, sigma);
  NoisyReadout r{.share = share, .sigma = sigma, .i_x = noisy.bracket_about_x(joint.p_x()), .i_y = noisy.bracket_about_y(joint)};
  for (auto* how : {&r.i_x.lower.how, &r.i_x.upper.how, &r.i_y.lower.how, &r.i_y.upper.how})
    how->choices.emplace_back("sigma / root mean square entry", shortest(share));

  // Cut I(T;Y) off by data processing: T knows of Y at most what z does, and at most what it knows of X
  r.i_y.upper.value = std::min({r.i_y.upper.value, partition(joint, z).i_y.value, r.i_x.upper.value});
  return r;
}

std::vector<PlanePoint> plane_points(const Joint& joint, const std::vector<LayerVectors>& layers,
                                     const information::SoftEntropySetting& anchors, double readout_sigma, const SourceCurve& curve,
                                     Sharpness sharpness) {
  std::vector<PlanePoint> points;
  for (const auto& [layer, z] : layers) {
    const auto encoder = anchor_encoder(anchors, z);
    const auto soft = information::information_plane(joint, encoder);
    const auto distance = curve.distance(information::enclosed_plane(joint, encoder), sharpness);
    PlanePoint p{layer, soft.i_x, soft.i_y, distance, partition(joint, z), {}};
    if (readout_sigma > 0) p.noisy = noisy_readout(joint, z, readout_sigma);
    points.push_back(std::move(p));
  }
  return points;
}

}  // namespace etalon::study
