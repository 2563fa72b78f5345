// SPDX-License-Identifier: Apache-2.0
// state_plane.h — the plane of soft entropy for the states of any model, from files: a point for each layer.
//
//   complexity I(X;B)     how much the states tell about X       expressivity I(Y;B)    how much about Y    (soft_plane.h)
//
// X AND Y     Two columns of labels for each state; or one label at each position of sequences, as tokens are: then X is the last n labels
//             up to the position and Y the next n (ngram_labels.h), and positions without all of them are left out.
// IGNORED     The label -100, as PyTorch has it, at a position or in its n-grams: the state is left out. So is padding.
// CONTROL     The same labels in a random order: what a finite sample shows of labels that say nothing.
// MEMORY      States are read 4096 at a time; what stays are sums over labels, [labels, anchors] doubles for X, Y and their controls.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "file/matrix_file.h"
#include "file/row_reader.h"
#include "information/readout/soft_plane.h"

namespace etalon::study {

inline constexpr long kIgnoredLabel = -100;

struct StateLabels {
  std::vector<long> rows;  // of the states that are used, increasing
  std::vector<long> x, y;  // the labels of each of them
  std::vector<long> shuffled_x, shuffled_y;
  long n_states = 0;      // used or not
  long n_x = 0, n_y = 0;  // how many different labels there are
  long order = 0;         // n of the n-grams, 0: the labels were given
};

// `z` is the shape of the states, [N, D] or [N, L, D]. Error: one column of labels, which leaves no Y; an order below 1, or for which
// sequences are too short; every state ignored.
StateLabels state_labels(const file::Labels& labels, const Shape& z, long order, std::uint64_t seed, const std::string& where);

struct LayerPoint {
  std::string layer;
  long dimension = 0;
  double eps = 0;
  information::SoftPoint point, shuffled;
  Nats h_b, ceiling;  // H(B), I(Z;B)
};

// The point of one layer. `anchors` are of the states' width. `progress` is called with the number of rows that were read.
// Error: other than labels.n_states rows; a state that is zero or not finite, with its place; the file is damaged.
LayerPoint layer_point(file::RowReader states, const StateLabels& labels, const information::SoftEntropySetting& anchors,
                       const std::function<void(long)>& progress);

}  // namespace etalon::study
