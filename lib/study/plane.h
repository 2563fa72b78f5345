// SPDX-License-Identifier: Apache-2.0
// plane.h — the information plane of a model: X = context, Y = next symbol, T = what one layer makes of the context.
//
// Every word of `plane_length` symbols is run through the model, so the joint law of (X, Y) is the source's own and T is known for
// each X: no sample, no estimate. A layer that keeps its inputs apart has lost nothing, whatever it learnt; so say what T is:
//
//   ANCHORS     T ~ softmax over m anchors of the direction of z (information/readout/soft_entropy.h): exact for this T. Blurs by
//               angle.
//   PARTITION   T = z itself. A deterministic layer partitions the contexts, and I(X;T) = H(T) is the entropy of that partition;
//               there is no density, so no differential "mutual information" to print. With vectors that all differ, as floating
//               point makes them, this is H(X): a fact about N contexts, not about what was learnt.
//   NOISY       T = z + N(0, sigma^2 I), sigma a stated share of the layer's root mean square entry. I(X;T) is bracketed by
//               pairwise bounds (Kolchinsky & Tracey 2017), for Gaussians of equal variance
//
//                 -sum_x p_x ln sum_x' p_x' e^{-|z_x - z_x'|^2 / 8 sigma^2}  <=  I(X;T)  <=  the same with 2 in place of 8,
//
//               and I(T;Y) = I(X;T) - I(X;T|Y) by the same bounds on each term, cut off where data processing knows better:
//               0 <= I(T;Y) <= what the partition says of Y, I(X;T).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "information/bottleneck/bottleneck.h"
#include "information/readout/soft_entropy.h"
#include "model/batch.h"
#include "model/config.h"
#include "model/parameters.h"
#include "source/source.h"
#include "study/curve.h"

namespace etalon::study {

// Every word of one length: what the model reads, and how likely each is with what comes next.
struct Words {
  explicit Words(const source::SourceJoint& words);
  model::Batch batch;
  information::Joint joint;
};

// The name of the rows that are the arithmetic mean over all layers.
inline constexpr const char* kMeanOfLayers = "mean of layers";

// The three rules for the temperature of the anchors, in the order of every table.
inline constexpr information::Temperature kTemperatures[] = {information::Temperature::exact, information::Temperature::amos,
                                                             information::Temperature::leading};

// The vectors at the last position of every sequence: [B, T, C] -> [B, C].
Tensor<double> last_position(const Tensor<double>& x);

struct LayerVectors {
  std::string layer;  // "h.0.resid2", ..., "norm_f": each block's output, and what the head reads
  Tensor<double> z;   // [words, C]
};
// Runs the model on every word. The layers in order, the last what the head reads.
std::vector<LayerVectors> layer_vectors(const model::Config& config, const model::Parameters<double>& weights, const Words& words);

// ANCHORS. I(X;T), I(T;Y) in nats, and the encoder q(t|x). Error: a row of z that is zero or not finite.
information::InformationPlane through_anchors(const information::Joint& joint, const information::SoftEntropySetting& setting,
                                              const Tensor<double>& z);
Tensor<double> anchor_encoder(const information::SoftEntropySetting& setting, const Tensor<double>& z);  // [X, m]

// PARTITION. Rows of z that are equal as doubles (-0 = 0) lie in one cell. Error: a NaN, which equals nothing.
struct Partition {
  long n_cells = 0;
  information::Exact i_x, i_y;  // H(T) = I(X;T), and I(T;Y)
};
Partition partition(const information::Joint& joint, const Tensor<double>& z);

// NOISY. `share`: sigma over the root of the mean over contexts and columns of z^2. Error: share not positive and finite; z all
// zero or not finite.
struct NoisyReadout {
  double share = 0, sigma = 0;
  information::Bracket i_x, i_y;
};
NoisyReadout noisy_readout(const information::Joint& joint, const Tensor<double>& z, double share);

struct PlanePoint {
  std::string layer;
  Nats i_x, i_y;                  // through anchors
  information::Bracket distance;  // of that point below the curve
  Partition partition;
  std::optional<NoisyReadout> noisy;  // if the experiment has a readout_sigma
};

// One point for each layer. `readout_sigma`: the share of NOISY; 0: none. Error: what the three readings refuse.
std::vector<PlanePoint> plane_points(const information::Joint& joint, const std::vector<LayerVectors>& layers,
                                     const information::SoftEntropySetting& anchors, double readout_sigma, const SourceCurve& curve,
                                     Sharpness sharpness);

}  // namespace etalon::study
