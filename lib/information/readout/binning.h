// SPDX-License-Identifier: Apache-2.0
// binning.h — turn numbers into labels by edges, and count: the plug-in estimate of mutual information.
//
//   bin k = [e_k, e_{k+1})      half open: a number on an edge belongs to the bin above it, the last edge to none
//   I_plug = sum_xy (n_xy/N) ln(n_xy N / (n_x n_y))  = sum_xy (n_x n_y/N^2) phi(n_xy N / (n_x n_y))       >= 0
//   Miller & Madow:  I_plug + (K_x + K_y - K_xy - 1) / (2N),  K = how many labels (pairs of labels) occur
//
// THE DEFINITION   Edges, the half-open rule and what happens outside the edges are part of the number: they stand in its
//                  record, with N, the bins that occur, and ln N. (NumPy's histogram closes its last bin, and drops what
//                  lies outside.)
//
// AN ARTEFACT      A deterministic layer maps N distinct inputs to N points. Bins fine enough keep them apart: then
//                  I = ln N, for every law and every layer; and with a label Y beside it, I(T;Y) = H(Y). It says how fine
//                  the bins are, not what the layer knows. The record says so ("artefact") when a column never repeats.
//
// BIAS             Counts of N samples carry information even where the law has none: E I_plug = I + (K-1)(L-1)/(2N) +
//                  O(1/N^2) for K x L cells. expected_plug_in() is that expectation exactly, every table of counts enumerated.
//
// BITS             Cells are added in increasing order of their counts: neither renamed labels, nor exchanged columns, nor
//                  permuted samples change a bit.
//
// SOURCE   Saxe et al. 2018, "On the information bottleneck theory of deep learning"; Amjad & Geiger 2018; Miller 1955, "Note
//          on the bias of information estimates"; Paninski 2003.
#pragma once

#include <string>
#include <vector>

#include "information/law/joint.h"
#include "information/law/quantity.h"

namespace etalon::information {

// A number below the first edge, or not below the last.
enum class Outside {
  refuse,   // an error, with its place
  clamp,    // belongs to the first, or the last, bin
  own_bin,  // belongs to a bin of its own: one below, one above
};
constexpr const char* to_string(Outside outside) {
  constexpr const char* kNames[] = {"refuse", "clamp", "own bin"};
  return kNames[static_cast<int>(outside)];
}

class Bins {
 public:
  // Errors: fewer than 2 edges, edges that do not increase strictly, one that is not finite.
  Bins(std::vector<double> edges, Outside outside);

  // n bins of one width: e_k = low + k (high - low)/n, the last edge `high` itself. Errors: n < 1; not low < high; edges too
  // close for doubles.
  static Bins equal(double low, double high, long n, Outside outside);

  // 0 .. n-1; with own_bin also -1 (below) and n (not below the last edge). Error: NaN; outside, where that is refused.
  long number_of(double x) const;

  const std::vector<double>& edges() const { return edges_; }
  Outside outside() const { return outside_; }
  long size() const { return static_cast<long>(edges_.size()) - 1; }

 private:
  std::vector<double> edges_;
  Outside outside_;
};

// Which samples look the same, and the definition that made them so.
struct Binned {
  std::vector<long> labels;  // [N], 0 .. n_labels-1 in order of first appearance
  long n_labels = 0;
  std::string definition;  // "30 bins from -1 to 1, half open, outside: refuse"
};

// x [N, d]: one label for each distinct tuple of the d bin numbers. Errors: no rows; as Bins::number_of, with row and column.
Binned binned_rows(const Tensor<double>& x, const Bins& bins);

enum class BiasCorrection { none, miller_madow };
constexpr const char* to_string(BiasCorrection correction) { return correction == BiasCorrection::none ? "none" : "Miller-Madow"; }

// I of the counts of two columns of labels, in nats. The record holds N, the labels of each column, ln N, the correction, and
// "artefact" where a column never repeats a label. Errors: columns of other lengths; none or more than 2^31 - 1 samples.
Estimate plug_in_information(const std::vector<long>& x, const std::vector<long>& y,
                             BiasCorrection correction = BiasCorrection::none);

// The same of binned samples: the definition of the bins goes into the record too.
Estimate plug_in_information(const Binned& x, const Binned& y, BiasCorrection correction = BiasCorrection::none);

// E plug_in_information of n independent samples of the law: sum over all tables of counts, multinomial weight times value.
// Exact up to rounding; `iterations` is the number of tables, C(n + K - 1, n) for K cells of positive probability.
// Errors: n < 1; more than 5 million tables, with their number.
Exact expected_plug_in(const Joint& joint, long n, BiasCorrection correction = BiasCorrection::none);

}  // namespace etalon::information
