// SPDX-License-Identifier: Apache-2.0
// soft_entropy.h — how much a label says about a direction, as seen by m anchors.
//
//   z_bar = z / |z|,    A_bj = softmax_j(<z_bar_b, w_j> / eps),    P_j = mean_b A_bj
//
// Draw a symbol B ~ Categorical(A(z)). Then everything below is an exact information quantity of the finite law of
// (label, z, B) that the N given samples make:
//
//   H(B) = -sum_j P_j ln P_j                        efficiency = H(B) / ln m
//   H(B|Z) = mean_b H(A_b)
//   I(Z;B) = H(B) - H(B|Z)                          the ceiling: no label can say more about B than Z itself
//   I(X;B) = sum_l (n_l/N) KL(P_l || P) = H(B) - sum_l (n_l/N) H(P_l),    P_l = mean of A_b over the label l
//
// MEANING    X -> Z -> B, so I(X;B) <= I(X;Z): a lower bound for the law that the samples make. Of a larger population it is
//            an estimate, biased upwards when labels have few samples: put the shuffled labels beside it (4 samples
//            per label with m = 100, d = 576 show about .31 of ln m where the truth is 0).
//
// SCALARS    Instantiated for double in soft_entropy.cpp; include soft_entropy_body.h for another.
//
// BITS       Sums run over samples in the order they are added, so the split into batches does not change them. Kernels work on
//            several samples at once (tensor/rows.h) and change none either.
//
// SOURCE     Conklin 2025; Conklin et al., "Learning is Forgetting: LLM Training As Lossy Compression", ICLR 2026,
//            arXiv 2604.07569. The reading as I(X;B) is ours.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "information/law/quantity.h"
#include "information/readout/temperature.h"
#include "tensor/tensor.h"

namespace etalon::information {

// m directions in R^d: entries from the normal law of Stream(seed, "soft_entropy.anchors"), rows normalised. The same for
// all layers and checkpoints of one width. Error: m < 2, d < 1.
template <class S = double>
Tensor<S> anchors(std::uint64_t seed, long n_anchors, long dimension);

// The rows of w divided by their lengths. Error: a row that is zero or not finite, with its number.
template <class S>
Tensor<S> normalised_rows(const Tensor<S>& w, const char* where);

template <class S>
struct SoftEntropySettingIn {
  Tensor<S> anchors;                             // [m, d], rows of length 1 (within 1e-12)
  S eps{};                                       // > 0
  Temperature temperature = Temperature::exact;  // which rule eps came from: recorded, not used
};
using SoftEntropySetting = SoftEntropySettingIn<double>;

// Anchors from the seed and eps by rule.
SoftEntropySetting soft_entropy_setting(long n_anchors, long dimension, Temperature rule = Temperature::exact,
                                        std::uint64_t seed = 0);

// What one set of labels says about B.
template <class S>
struct LabelInformationIn {
  LowerIn<S> mutual;                    // I(X;B), a lower bound on I(X;Z) of the samples
  std::map<long, NatsIn<S>> per_label;  // H(B) - H(P_l): may be negative, the weighted sum never is
  long n_labels = 0;
  S samples_per_label{};
};
using LabelInformation = LabelInformationIn<double>;

template <class S>
struct SoftEntropyResultIn {
  long n_samples = 0, n_anchors = 0, dimension = 0;
  S eps{};
  Temperature temperature = Temperature::exact;
  NatsIn<S> h_b, h_b_given_z;                 // H(B), H(B|Z)
  NatsIn<S> ceiling;                          // I(Z;B)
  S efficiency{};                             // H(B) / ln m
  std::vector<LabelInformationIn<S>> labels;  // one for each label set
  Provenance how;                             // m, eps, the temperature's rule, d, N
};
using SoftEntropyResult = SoftEntropyResultIn<double>;

// One pass over the representations, any number of label sets at once.
template <class S>
class SoftEntropyIn {
 public:
  SoftEntropyIn(SoftEntropySettingIn<S> setting, std::size_t n_label_sets);

  // SHAPES  z [N, d]; labels: one vector of N for each label set. ERRORS  other shapes; a row of z that is zero, NaN or
  // infinite (it has no direction).
  void add(const Tensor<S>& z, const std::vector<std::vector<long>>& labels);

  // Error: no samples yet.
  SoftEntropyResultIn<S> result() const;

 private:
  // sum of A_b over the samples of each label: n[place], a[place m + j]
  struct Sums {
    std::map<long, long> place;  // of a label, in order of first appearance
    std::vector<long> n;
    std::vector<S> a;

    std::vector<long> places_of(const std::vector<long>& labels, long m);  // makes room for those that are new
    void add(long place, const S* a_b, long m);
  };
  Provenance provenance() const;

  SoftEntropySettingIn<S> setting_;
  Tensor<S> padded_anchors_;  // rows of zeros below, until rows of scores have the stride that kernels like
  Sums all_;                  // one label
  S sum_of_entropies_{};
  std::vector<Sums> by_label_;
};
using SoftEntropy = SoftEntropyIn<double>;

// A_b for one direction z_bar [d]: the softmax above.
std::vector<double> soft_assignment(const SoftEntropySetting& setting, const double* z_bar);

// The control: the same labels in another order (Fisher and Yates, from Stream(seed, "soft_entropy.shuffle")).
std::vector<long> shuffled(std::vector<long> labels, std::uint64_t seed);

}  // namespace etalon::information
