// SPDX-License-Identifier: Apache-2.0
// soft_plane.h — what is read off soft entropies: a point for each layer, their mean, optimality, preferences, controls.
//
//   complexity I(X;B)     X: the last n symbols       expressivity I(Y;B)     Y: the next n        (ngram_labels.h, n = 1..4)
//   optimality = I(Y;B) / I(X;B)
//
// LAYERS      Averaged arithmetically, the embedding layer left out; orders are never combined. The optimality of a model is the
//             quotient of its mean expressivity and its mean complexity, not the mean of quotients.
//
// DIRECTION   Both coordinates are lower bounds, so their quotient is no bound of anything. Data processing keeps the true
//             I(Y;Z) <= I(X;Z); the line where they are equal is that limit, not the bottleneck curve, which lies below it.
//
// CONTROLS    shuffled() labels (soft_entropy.h) show what chance scores: finite samples alone. A model at its initial weights,
//             measured on the same positions, shows what needs no training: at order 4 most labels are met once, and any embedding
//             knows them. A value is worth reporting beside both.
//
// SOURCE      Conklin et al. 2026, arXiv 2604.07569, sections 3 and 4.
#pragma once

#include <vector>

#include "information/readout/soft_entropy.h"

namespace etalon::information {

// I(Y;B) / I(X;B). NaN where no label says anything.
inline double optimality(Nats complexity, Nats expressivity) { return expressivity.value / complexity.value; }

struct SoftPoint {
  Lower complexity, expressivity;
  double optimality() const { return information::optimality(complexity.value, expressivity.value); }
};

// The arithmetic mean of each coordinate; the record is the first layer's, with the number of layers. Error: no layers.
SoftPoint mean_over_layers(const std::vector<SoftPoint>& layers);

// (1/n) (a_1 + ... + a_n), left to right. Error: n = 0.
Nats mean_of(const std::vector<Nats>& amounts);

// Preference information: I(label; B) where the label of a representation is whether its text was preferred or rejected. At most
// the entropy of the two shares, ln 2 for as many of each.
// SHAPES  preferred [N, d], rejected [M, d], N, M >= 1. ERRORS  as SoftEntropy::add; no rows of one kind.
LabelInformation preference_information(const SoftEntropySetting& setting, const Tensor<double>& preferred,
                                        const Tensor<double>& rejected);

// H(B), H(B|Z), I(Z;B), then I(name;B) of each label set, with their records. Error: another number of names than of label sets.
std::vector<Record> records(const SoftEntropyResult& result, const std::vector<std::string>& names);

}  // namespace etalon::information
