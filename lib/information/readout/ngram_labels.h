// SPDX-License-Identifier: Apache-2.0
// ngram_labels.h — what stands before a position and what comes after it, as labels.
//
// At back-off order n, position i of a sequence has
//
//   the input label   (t_{i-n+1}, ..., t_i)         complexity     I(X;Z)
//   the output label  (t_{i+1}, ..., t_{i+n})       expressivity   I(Y;Z)
//
// Only positions where all orders 1..N exist are used, so that orders are compared on the same samples:
// N-1 <= i <= T-1-N. A label is the number of an n-gram in order of first appearance.
//
// SOURCE   Conklin et al. 2026, arXiv 2604.07569, section 3.
#pragma once

#include <vector>

namespace etalon::information {

struct NgramLabels {
  std::vector<long> rows;                 // b T + i of each used position, increasing: rows of a [B T, C] activation
  std::vector<std::vector<long>> input;   // [order - 1][position]
  std::vector<std::vector<long>> output;  // [order - 1][position]
};

// tokens [B, T], row after row. Error: a size that does not fit; T < 2 max_order, where no position has all orders.
NgramLabels ngram_labels(const std::vector<long>& tokens, long n_sequences, long length, long max_order = 4);

}  // namespace etalon::information
