// SPDX-License-Identifier: Apache-2.0
// deterministic.h — the bottleneck that pays for the names it uses: min over q(t|x) of L = H(T) - beta I(T;Y).
//
// THE OPTIMUM IS A PARTITION of the x's into clusters. L is concave in q(t|x): H(T) is, because p(t) is linear in q; and
// I(T;Y) = sum p_ty ln(p_ty / p_t) + H(Y) is convex, because a ln(a/b) is. A concave function on a product of simplices is least
// at a corner, and a corner sends every x to one t. QED
//
// MERGED    Rows with equal W_x = p(.|x) may be one: L depends only on the mass that the two together put into each t, and is
//           concave in it, so it is least where one t holds both. The same argument for I, which is convex, gives the most
//           I(T;Y) of at most k clusters. So every partition of the merged rows is tried: 115,975 of ten rows.
//
// BETAS     L of one partition is a straight line in beta, so the optimum is the lower envelope of all these lines: it passes
//           through a few partitions, each with more information, at betas (H' - H) / (I' - I) that rise. Below the first
//           nothing is worth a name. Up to beta = 1 that is so for every law, for I(T;Y) <= H(T).
//
// H(T) and I(T;Y) are sums over clusters: both are tabled for all 2^n subsets first; a partition then costs an addition a cluster.
//
// SOURCE    Strouse & Schwab 2017, "The deterministic information bottleneck" (the objective; they find local optima by sweeps).
#pragma once

#include <vector>

#include "information/law/joint.h"
#include "information/law/quantity.h"

namespace etalon::information {

struct Partition {
  std::vector<long> cluster_of;  // [X]: 0, 1, ... in order of their first x; an x that never happens is with cluster 0
  long n_clusters = 0;
  Exact names;     // H(T)
  Exact relevant;  // I(T;Y)
};

struct DeterministicFamily {
  std::vector<Partition> best;     // best[k-1]: of those with k clusters the most I(T;Y), and of equal ones the least H(T)
  std::vector<Partition> optimal;  // the optima along beta, from one cluster up to one for each merged row
  std::vector<double> betas;       // optimal[i] hands over to optimal[i+1] at betas[i], rising; there both are optimal
  long n_partitions = 0;           // tried
};

// Error: more than 10 different rows W_x, for 678,570 partitions and more are not tried.
DeterministicFamily deterministic_family(const Joint& joint);

struct DeterministicPoint {
  double beta = 0;
  Exact lagrangian;  // the minimum; how: enumeration, and a first-order jump where beta is one of `betas`
  Partition partition;
};
// Error: beta negative, NaN or infinite.
DeterministicPoint deterministic_bottleneck(const DeterministicFamily& family, double beta);

}  // namespace etalon::information
