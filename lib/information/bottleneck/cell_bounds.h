// SPDX-License-Identifier: Apache-2.0
// cell_bounds.h — upper bounds on ln c(r) over one cell of the simplex. The search that cuts the cells is certificate_body.h.
//
//   c(r) = sum_x g_x(r)
//
//   g_x(r) = (p_x / Z_x) e^{-beta D(W_x || r)} = exp(base_x + sum_y power_xy ln r_y),     power_xy = beta W_xy
//
// With m a point of the cell, usually its middle, h the size of the cell, and c'' the matrix of second derivatives:
//
// TANGENT   ln g_x is concave and lies under its tangent at m:
//
//             c(r) <= sum_x g_x(m) exp(sum_y power_xy (r_y - m_y) / m_y)
//
//           convex in r, so it is largest at a vertex. Off by O(h^2).
//
// CURVED    Taylor at m, with c'' enclosed over the whole cell:
//
//             c(r) <= c(m) + c'(m) (r - m) + 1/2 max (r - m)^T c'' (r - m)
//
//           Off by O(h^3).
//
// CONCAVE   If c'' is certainly negative definite over the hull of the cell and a centre r_t, then
//
//             c(r) <= c(r_t) + c'(r_t) (r - r_t)
//
//           and at a solution the right side is flat and equal to 1. The definite directions are the edges of the cell, and where
//           the cell is flatter than its face of the simplex also the way to r_t, which then leads out of its plane.
//
// DROPPED   Where the cell touches a face of the simplex c is not smooth. If c certainly does not fall on the way from one vertex
//           to another, anywhere in the cell, its maximum lies on the face without the first.
#pragma once

#include <array>
#include <vector>

#include "information/bottleneck/certificate.h"

namespace etalon::information::detail {

// c(r) as a sum of monomials, enclosed.
template <class E>
class DualFunction {
 public:
  DualFunction(const BottleneckProblem& problem, double beta, const std::vector<double>& log_z);
  // The same of an enclosed price and enclosed ln Z, one for each row of problem.joint: a bound then holds for all that they enclose.
  DualFunction(const BottleneckProblem& problem, const E& beta, const std::vector<E>& log_z);

  long n_x() const { return n_x_; }
  long n_y() const { return n_y_; }
  const E& power(long x, long y) const { return power_[x * n_y_ + y]; }
  const E& base(long x) const { return base_[x]; }
  bool involves(long x, long y) const;               // is power_xy > 0?
  const E& mutual() const { return mutual_; }        // I(X;Y)
  const E& at_no_gap() const { return at_no_gap_; }  // - sum p_x ln Z_x - beta I(X;Y)

 private:
  long n_x_, n_y_;
  std::vector<E> power_, base_;
  E mutual_, at_no_gap_;
};

using Point = std::array<double, kMostCertifiedY>;

struct Box {
  Point low{}, high{};
};

// The y whose face r_y = 0 holds a whole cell: there the terms that involve y are 0.
using ClosedFaces = std::array<bool, kMostCertifiedY>;

struct Cell {
  std::array<Point, kMostCertifiedY> vertex{};
  int n_y = 0, n_vertices = 0;
  double log_bound = kInfinity;  // ln c(r) <= log_bound all over the cell
  long number = 0;               // in the order in which cells were made

  ClosedFaces closed_faces() const;
  Box box() const;

  // A point near the centroid and exactly on the simplex: sixteenths of dyadic vertices. share(v) is the weight of vertex v in it.
  Point middle() const;
  double share(int v) const;

  // The worst first; of equals the older, so that no library's heap decides
  friend bool operator<(const Cell& a, const Cell& b) {
    return a.log_bound < b.log_bound || (a.log_bound == b.log_bound && a.number > b.number);
  }
};

template <class E>
class CellBounds {
 public:
  CellBounds(const BottleneckProblem& problem, const DualFunction<E>& c, const Clusters& clusters);

  // Does the cell lie beside the box around all W_x? No maximum of c does.
  bool outside(const Cell& cell) const;

  // The upper end of ln c at the centres, where it is 0 but for rounding; more than that is a solution that is not at rest.
  double at_the_centres();

  // Bounds on ln c over the cell; infinity where the argument does not hold.
  double tangent(const Cell& cell);
  double curved(const Cell& cell);
  double concave(const Cell& cell);

  // Does c certainly lie under its tangent plane at the nearest centre, or at a point beside it, all over the cell? It is concave then
  // on the way; and where the centre lies on a face of the simplex and the cell beside it, c certainly does not fall on the way onto
  // that face. The plane is the caller's to bound.
  bool lies_under_a_centre(const Cell& cell) const;

  // How far beside a centre's r_ty: the 2^-50 of the grid that centres are rounded to, and a share of r_ty.
  static double beside(double r) { return 0x1p-30 * r + 0x1p-49; }

  // The vertex that the maximum does not need; -1: none is certain.
  int vertex_to_drop(const Cell& cell) const;

  // The largest ln c that tangent() has met in the middle of a cell, and where.
  double log_c_found() const { return log_c_found_; }
  const Point& found_at() const { return found_at_; }

 private:
  using Square = std::array<std::array<E, kMostCertifiedY>, kMostCertifiedY>;

  Point on_the_simplex(const double* r) const;
  bool is_nonzero(long x, const ClosedFaces& closed) const;
  bool reaches_an_open_face(const Box& box, const ClosedFaces& closed) const;
  const Point* nearest_centre(const Cell& cell) const;
  E expand_at(const Point& m, const ClosedFaces& closed);
  E rise(long x, const Point& m, const Point& v) const;
  double tangent_plane(const Cell& cell, const Point& m, const ClosedFaces& closed, const Point& extra);
  Square minus_curvature(const Cell& cell, const Box& box, const ClosedFaces& closed) const;
  bool is_concave_towards(const Point& m, const Cell& cell, const ClosedFaces& closed) const;
  bool rises_onto_the_face(const Point& m, const ClosedFaces& closed, const ClosedFaces& leaves, Box& box) const;
  bool slope_over(const Box& box, int y, const ClosedFaces& closed, E& slope) const;

  const DualFunction<E>& c_;
  int n_y_;
  std::vector<E> log_m_, value_, slope_;  // of the last expand_at(m): ln m_y, g_x(m), power_xy / m_y
  Box hull_;                              // of all W_x
  std::vector<Point> centres_;
  Point found_at_{};
  double log_c_found_ = -kInfinity;
};

}  // namespace etalon::information::detail
