// SPDX-License-Identifier: Apache-2.0
// certificate_body.h — certificate.h for any enclosure E: the search. Cells of the simplex are cut in two until the bounds of each
// (cell_bounds.h) are below the tolerance; the largest of them is what is proved of c.
#pragma once

#include <algorithm>
#include <queue>
#include <utility>

#include "information/bottleneck/cell_bounds_body.h"
#include "information/bottleneck/certificate.h"
#include "scalar/exact.h"

namespace etalon::information {
namespace detail {

template <class E>
class BranchAndBound {
 public:
  BranchAndBound(const BottleneckProblem& problem, const DualFunction<E>& c, const Clusters& clusters,
                 const CertificateSetting& setting)
      : bounds_(problem, c, clusters), setting_(setting), n_y_(static_cast<int>(c.n_y())) {}

  void run(CertifiedMinimum& result) {
    // Raise the tolerance to twice what the enclosure itself leaves open at the centres, where c = 1: no cell can get below that
    setting_.tolerance = std::max(setting_.tolerance, 2 * bounds_.at_the_centres());

    // Close or cut the worst cell until none is above the tolerance, or a c is met that ends the search
    open_the_simplex();
    while (!open_.empty() && open_.top().log_bound > setting_.tolerance && n_cells_ < setting_.max_cells &&
           !(setting_.stop_above > 0 && bounds_.log_c_found() > setting_.stop_above) && !stopped())
      close_or_cut_the_worst();

    // Write down the largest bound of all cells, closed or still open: it is what is proved
    result.log_c = open_.empty() ? log_c_closed_ : std::max(log_c_closed_, open_.top().log_bound);
    result.log_c_found = bounds_.log_c_found();
    result.found_at.assign(bounds_.found_at().begin(), bounds_.found_at().begin() + n_y_);
    result.lagrangian.lower.how.iterations = n_cells_;
  }

  // Is c <= 1 on every cell that does not lie under a centre? The centres' own tangent planes are the caller's to bound.
  bool below_one_beside_the_centres() {
    beside_centres_ = true;
    setting_.tolerance = 0;
    open_the_simplex();
    while (!open_.empty() && open_.top().log_bound > 0 && n_cells_ < setting_.max_cells && !stopped()) close_or_cut_the_worst();
    return !left_open_ && (open_.empty() || open_.top().log_bound <= 0);
  }

 private:
  bool stopped() const {
    constexpr long kCellsBetweenQuestions = 256;
    return setting_.stop && n_cells_ % kCellsBetweenQuestions < 2 && setting_.stop();
  }

  void open_the_simplex() {
    Cell whole;
    whole.n_y = whole.n_vertices = n_y_;
    for (int y = 0; y < n_y_; ++y) whole.vertex[y][y] = 1;
    open(whole);
  }

  void close_or_cut_the_worst() {
    const Cell cell = open_.top();
    open_.pop();
    close_or_cut(cell);
  }

  void open(Cell cell) {
    if (bounds_.outside(cell)) return;
    cell.log_bound = std::min(cell.log_bound, bounds_.tangent(cell));
    cell.number = ++n_cells_;
    open_.push(cell);
  }

  void close_or_cut(const Cell& cell) {
    // Close the cell if a bound of higher order is below the tolerance
    constexpr double kNearlyDone = 0.02;  // a cell far above the tolerance is cut before it is worth a second look
    const auto towards_a_centre = [&] {
      if (!beside_centres_) return bounds_.concave(cell);
      return bounds_.lies_under_a_centre(cell) ? -kInfinity : kInfinity;
    };
    for (const double bound : {cell.log_bound < kNearlyDone ? bounds_.curved(cell) : kInfinity, towards_a_centre()})
      if (bound <= setting_.tolerance) {
        log_c_closed_ = std::max(log_c_closed_, bound);
        return;
      }

    // Go on with a face of the cell if the maximum certainly lies on it
    if (const int drop = bounds_.vertex_to_drop(cell); drop >= 0) {
      Cell face = cell;
      std::copy(cell.vertex.begin() + drop + 1, cell.vertex.begin() + cell.n_vertices, face.vertex.begin() + drop);
      --face.n_vertices;
      open(face);
      return;
    }

    // Close what is as small as a point: its bound is what can be had
    const auto [a, b] = longest_edge(cell);
    if (a == b) {
      log_c_closed_ = std::max(log_c_closed_, cell.log_bound);
      left_open_ = true;
      return;
    }

    // Cut the longest edge in the middle
    Point cut{};
    for (int y = 0; y < n_y_; ++y) cut[y] = (cell.vertex[a][y] + cell.vertex[b][y]) / 2;
    for (const int replaced : {a, b}) {
      Cell half = cell;
      half.vertex[replaced] = cut;
      open(half);
    }
  }

  // Longest as the bounds see it, sum_y e_y^2 / m_y: near a face, cells become thin in the one direction in which c bends there.
  std::pair<int, int> longest_edge(const Cell& cell) const {
    constexpr double kExact = 0x1p-45;  // below it, midpoints would no longer be exact: such a cell stays as it is
    const Point m = cell.middle();
    std::pair<int, int> best{0, 0};
    double most = 0;
    for (int a = 0; a < cell.n_vertices; ++a)
      for (int b = a + 1; b < cell.n_vertices; ++b) {
        // Measure the edge from a to b
        double size = 0, widest = 0;
        for (int y = 0; y < n_y_; ++y) {
          const double e = cell.vertex[a][y] - cell.vertex[b][y];
          if (e != 0) size += e * e / m[y];
          widest = std::max(widest, abs(e));
        }
        // Keep the longest that can still be halved
        if (widest > kExact && size > most) {
          most = size;
          best = {a, b};
        }
      }
    return best;
  }

  CellBounds<E> bounds_;
  CertificateSetting setting_;
  int n_y_;
  std::priority_queue<Cell> open_;
  double log_c_closed_ = -kInfinity;  // the largest bound of the cells that are done
  long n_cells_ = 0;
  bool beside_centres_ = false, left_open_ = false;
};

}  // namespace detail

// [(1 - beta) I(X;Y), L of the encoder]: what is proved without looking at c.
template <class E>
Bracket enclosed_energy(const BottleneckProblem& problem, double beta, const Clusters& clusters, const detail::DualFunction<E>& c) {
  // Allow for weights and centres that do not quite sum to 1: ln s <= s - 1 on both counts
  E excess(-1.0), worst(0.0);
  for (const double q : clusters.weight) excess = excess + E(q);
  for (long t = 0; t < clusters.centre.n_rows(); ++t) {
    E sum(-1.0);
    for (long y = 0; y < problem.n_y(); ++y) sum = sum + E(clusters.centre[t * problem.n_y() + y]);
    if (detail::high(sum) > detail::high(worst)) worst = sum;
  }

  // Bound L from below by I(X;T) >= I(T;Y) and I(T;Y) <= I(X;Y), from above by the encoder
  Bracket l;
  l.lower.value = Nats(detail::low((E(1.0) - E(beta)) * c.mutual()));
  l.upper.value = Nats(detail::high(c.at_no_gap() + excess + E(beta) * worst));
  l.lower.how.certificate = l.upper.how.certificate = Certificate::proved;
  l.lower.how.alphabet = l.upper.how.alphabet = static_cast<long>(clusters.weight.size());
  return l;
}
template <class E>
Bracket enclosed_energy(const BottleneckProblem& problem, double beta, const Clusters& clusters) {
  return enclosed_energy<E>(problem, beta, clusters,
                            detail::DualFunction<E>(problem, beta, log_partition(problem, beta, clusters)));
}

template <class E>
CertifiedMinimum certify_minimum(const BottleneckProblem& problem, double beta, const Clusters& clusters,
                                 const CertificateSetting& setting) {
  const detail::DualFunction<E> c(problem, beta, log_partition(problem, beta, clusters));
  CertifiedMinimum result;
  result.lagrangian = enclosed_energy<E>(problem, beta, clusters, c);
  detail::BranchAndBound<E>(problem, c, clusters, setting).run(result);

  Bracket& l = result.lagrangian;
  l.lower.value = Nats(std::max(l.lower.value.value, detail::low(c.at_no_gap() - E(std::max(0.0, result.log_c)))));
  l.upper.how.iterations = l.lower.how.iterations;
  return result;
}

}  // namespace etalon::information
