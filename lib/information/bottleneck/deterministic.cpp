// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/deterministic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "base/bits.h"
#include "base/error.h"
#include "information/bottleneck/problem.h"
#include "information/law/dependence.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

constexpr long kMostRows = 10;
constexpr double kSame = 1e-13;  // of I(X;Y): partitions that a symmetry exchanges differ by rounding

// What a cluster adds to H(T) and to I(T;Y), for every set of merged rows.
struct Subsets {
  std::vector<double> names, relevant;  // [2^n]
};

Subsets subsets_of(const BottleneckProblem& problem) {
  const long n = problem.n_x(), n_y = problem.joint.n_y();
  Subsets table;

  // Add up the rows in a set to p(t, y), and that to p(t)
  const auto law_of = [&](long set) {
    std::vector<double> p(n_y, 0.0);
    for (long x = 0; x < problem.joint.n_x(); ++x)
      for (long y = 0; set >> problem.merged_of[x] & 1 && y < n_y; ++y) p[y] = p[y] + problem.joint(x, y);
    return p;
  };
  const auto sum = [&](const std::vector<double>& p) { return ordered_sum<double>(n_y, [&](long y) { return p[y]; }); };

  // Tabulate every set of rows
  for (long set = 0; set < 1L << n; ++set) {
    const std::vector<double> p_ty = law_of(set);
    const double p_t = sum(p_ty);

    // Compute its part of H(T):  -p ln p; of a cluster that holds nearly everything, from what it does not hold
    table.names.push_back(p_t > 0.5 ? p_t * abs(log1p(-sum(law_of(~set)))) : surprise(p_t));

    // Compute its part of I(T;Y):  sum_y p_ty ln(p_ty / (p_t p_y))
    table.relevant.push_back(ordered_sum<double>(
        n_y, [&](long y) { return dependence_term(problem.joint.total(), p_ty[y], p_t, problem.joint.p_y()[y]); }));
  }
  return table;
}

// A partition in four bits for each row, with its two sums.
struct Candidate {
  std::uint64_t code = 0;
  long n_clusters = 0;
  double names = 0, relevant = 0;
};

// All partitions: row i joins a cluster of the rows before it, or opens a new one ("restricted growth strings").
class Enumeration {
 public:
  Enumeration(long n_rows, const Subsets& table) : n_(n_rows), table_(table) { place(0, 0, 0); }
  const std::vector<Candidate>& all() const { return all_; }

 private:
  void place(long row, long n_clusters, std::uint64_t code) {
    // All rows are placed: add up the clusters
    if (row == n_) {
      Candidate c{code, n_clusters};
      c.names = ordered_sum<double>(n_clusters, [&](long t) { return table_.names[sets_[t]]; });
      c.relevant = ordered_sum<double>(n_clusters, [&](long t) { return table_.relevant[sets_[t]]; });
      all_.push_back(c);
      return;
    }

    // Put this row into each cluster, or into a new one
    for (long t = 0; t <= n_clusters; ++t) {
      sets_[t] |= 1L << row;
      place(row + 1, std::max(n_clusters, t + 1), code | static_cast<std::uint64_t>(t) << 4 * row);
      sets_[t] &= ~(1L << row);
    }
  }

  long n_;
  const Subsets& table_;
  std::array<long, kMostRows> sets_{};
  std::vector<Candidate> all_;
};

Partition partition_of(const BottleneckProblem& problem, const Candidate& c, long n_tried) {
  Partition partition;

  // Number the clusters in the order of their first x; an x that never happens is with cluster 0
  std::array<long, kMostRows> renamed;
  renamed.fill(-1);
  for (const long row : problem.row_of) {
    long t = 0;
    if (row >= 0) {
      long& name = renamed[c.code >> 4 * row & 15];
      if (name < 0) name = partition.n_clusters++;
      t = name;
    }
    partition.cluster_of.push_back(t);
  }

  // Write down H(T) and I(T;Y)
  const Provenance how{Certificate::enumeration, n_tried, c.n_clusters};
  partition.names = {Nats(c.names), how};
  partition.relevant = {Nats(c.relevant), how};
  return partition;
}

// The next partition of the envelope: the least price of more information; of equally priced ones the most informative.
const Candidate* next_on_envelope(const std::vector<Candidate>& all, const Candidate& from, double same) {
  const Candidate* best = nullptr;
  double least = 0;
  for (const Candidate& c : all) {
    if (!(c.relevant > from.relevant + same)) continue;
    const double price = (c.names - from.names) / (c.relevant - from.relevant);
    const bool equal = best && abs(price - least) <= kSame * least;
    if (!best || (equal ? c.relevant > best->relevant + same : price < least)) best = &c, least = price;
  }
  return best;
}

}  // namespace

DeterministicFamily deterministic_family(const Joint& joint) {
  const BottleneckProblem problem(joint);
  const long n = problem.n_x();
  if (n > kMostRows)
    throw Error("information.deterministic_bottleneck", "at most 10 different rows p(y|x)", std::to_string(n),
                "the partitions are enumerated; merge symbols that hardly differ, or use the bottleneck");

  // Enumerate all partitions; numbers that differ by less than `same` differ by rounding
  const Subsets table = subsets_of(problem);
  const Enumeration partitions(n, table);
  const std::vector<Candidate>& all = partitions.all();
  double most = 0;
  for (const Candidate& c : all) most = std::max(most, c.relevant);
  const double same = kSame * most;

  // Keep the most I(T;Y) for each number of clusters, and of equal ones the least H(T)
  DeterministicFamily family;
  family.n_partitions = static_cast<long>(all.size());
  std::vector<const Candidate*> best(n, nullptr);
  for (const Candidate& c : all) {
    const Candidate*& b = best[c.n_clusters - 1];
    const bool equal = b && abs(c.relevant - b->relevant) <= same;
    if (!b || (equal ? c.names < b->names - kSame : c.relevant > b->relevant)) b = &c;
  }
  for (const Candidate* b : best) family.best.push_back(partition_of(problem, *b, family.n_partitions));

  // Walk along the lower envelope, from one cluster to the next partition that pays
  const Candidate* at = best[0];
  family.optimal.push_back(family.best[0]);
  while (const Candidate* next = next_on_envelope(all, *at, same)) {
    family.betas.push_back((next->names - at->names) / (next->relevant - at->relevant));
    family.optimal.push_back(partition_of(problem, *next, family.n_partitions));
    at = next;
  }
  return family;
}

DeterministicPoint deterministic_bottleneck(const DeterministicFamily& family, double beta) {
  if (!(beta >= 0) || !std::isfinite(beta))
    throw Error("information.deterministic_bottleneck", "a finite beta >= 0", shortest(beta),
                "beta is the price of a nat about Y in nats of names");
  std::size_t i = 0;
  while (i < family.betas.size() && family.betas[i] < beta) ++i;
  DeterministicPoint point{beta, {}, family.optimal[i]};
  Provenance how{Certificate::enumeration, family.n_partitions, point.partition.n_clusters};
  if (i < family.betas.size() && family.betas[i] == beta) how.degeneracy = Degeneracy::first_order_jump;
  else if (point.partition.n_clusters == 1) how.degeneracy = Degeneracy::trivial;
  point.lagrangian = {Nats(fma(-beta, point.partition.relevant.value.value, point.partition.names.value.value)), how};
  return point;
}

}  // namespace etalon::information
