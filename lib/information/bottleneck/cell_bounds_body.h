// SPDX-License-Identifier: Apache-2.0
// cell_bounds_body.h — cell_bounds.h for any enclosure E: a class with +, -, *, /, exp, log, and its two ends as doubles.
#pragma once

#include <algorithm>
#include <cmath>

#include "information/bottleneck/cell_bounds.h"
#include "scalar/exact.h"

namespace etalon::information::detail {

inline constexpr double kOutward = 1 + 0x1p-30;  // covers the roundings of a few sums of positive doubles

// The ends of an enclosure; what is not a number is bounded by nothing.
template <class E>
double low(const E& x) {
  const double end = lower_double(x);
  if (std::isnan(end)) return -kInfinity;
  return end;
}
template <class E>
double high(const E& x) {
  const double end = upper_double(x);
  if (std::isnan(end)) return kInfinity;
  return end;
}

// Each merged row's ln Z for each row that went into it, taken for exact.
template <class E>
std::vector<E> of_every_row(const BottleneckProblem& problem, const std::vector<double>& log_z) {
  std::vector<E> all;
  for (const long merged : problem.merged_of) all.emplace_back(log_z[merged]);
  return all;
}

template <class E>
DualFunction<E>::DualFunction(const BottleneckProblem& problem, double beta, const std::vector<double>& log_z)
    : DualFunction(problem, E(beta), of_every_row<E>(problem, log_z)) {}

template <class E>
DualFunction<E>::DualFunction(const BottleneckProblem& problem, const E& beta, const std::vector<E>& log_z)
    : n_x_(problem.joint.n_x()), n_y_(problem.joint.n_y()), power_(n_x_ * n_y_), base_(n_x_), mutual_(0.0), at_no_gap_(0.0) {
  const auto p = [&](long x, long y) { return E(problem.joint(x, y)); };

  // Sum the given doubles to the marginals and the total, which is not quite 1
  std::vector<E> p_x(n_x_, E(0.0)), p_y(n_y_, E(0.0));
  E total(0.0);
  for (long x = 0; x < n_x_; ++x)
    for (long y = 0; y < n_y_; ++y) {
      p_x[x] = p_x[x] + p(x, y);
      p_y[y] = p_y[y] + p(x, y);
      total = total + p(x, y);
    }

  for (long x = 0; x < n_x_; ++x) {
    // Compute the powers, and on the way sum_y W ln W and the part of x in I(X;Y):  power_xy = beta W_xy
    E minus_h(0.0);
    for (long y = 0; y < n_y_; ++y) {
      power_[x * n_y_ + y] = E(0.0);
      if (problem.joint(x, y) == 0) continue;
      const E w = p(x, y) / p_x[x], log_w = log(w);
      power_[x * n_y_ + y] = beta * w;
      minus_h = minus_h + w * log_w;
      mutual_ = mutual_ + p(x, y) / total * (log_w - log(p_y[y] / total));
    }

    // Compute what does not depend on r in the exponent of g_x:  base_x = ln p_x - ln Z_x - beta sum_y W ln W
    const E& z = log_z[x];
    base_[x] = log(p_x[x] / total) - z - beta * minus_h;
    at_no_gap_ = at_no_gap_ - p_x[x] / total * z;
  }
  at_no_gap_ = at_no_gap_ - beta * mutual_;
}

template <class E>
inline bool DualFunction<E>::involves(long x, long y) const {
  return high(power_[x * n_y_ + y]) > 0;
}

// ---- The geometry of a cell

inline ClosedFaces Cell::closed_faces() const {
  ClosedFaces closed{};
  for (int y = 0; y < n_y; ++y)
    closed[y] = std::none_of(vertex.begin(), vertex.begin() + n_vertices, [y](const Point& v) { return v[y] > 0; });
  return closed;
}

inline Box Cell::box() const {
  Box box;
  for (int y = 0; y < n_y; ++y) {
    box.low[y] = 1;
    for (int v = 0; v < n_vertices; ++v) {
      box.low[y] = std::min(box.low[y], vertex[v][y]);
      box.high[y] = std::max(box.high[y], vertex[v][y]);
    }
  }
  return box;
}

inline double Cell::share(int v) const {
  constexpr double kThirds[] = {5. / 16, 5. / 16, 6. / 16};
  return n_vertices == 3 ? kThirds[v] : 1. / n_vertices;
}

inline Point Cell::middle() const {
  Point m{};
  for (int y = 0; y < n_y; ++y)
    for (int v = 0; v < n_vertices; ++v) m[y] += share(v) * vertex[v][y];
  return m;
}

// ---- What every bound begins with

template <class E>
CellBounds<E>::CellBounds(const BottleneckProblem& problem, const DualFunction<E>& c, const Clusters& clusters)
    : c_(c), n_y_(static_cast<int>(c.n_y())), log_m_(n_y_), value_(c.n_x()), slope_(c.n_x() * n_y_) {
  // No maximum lies outside the hull of the W_x: there the ascent r <- sum w_x W_x moves to a larger c. Its box, one ulp wider,
  // suffices
  for (int y = 0; y < n_y_; ++y) {
    hull_.low[y] = 1;
    for (long x = 0; x < problem.n_x(); ++x) {
      hull_.low[y] = std::min(hull_.low[y], problem.w[x * n_y_ + y] * (1 - 0x1p-50));
      hull_.high[y] = std::max(hull_.high[y], problem.w[x * n_y_ + y] * (1 + 0x1p-50));
    }
  }

  for (long t = 0; t < static_cast<long>(clusters.weight.size()); ++t)
    centres_.push_back(on_the_simplex(clusters.centre.data() + t * n_y_));
}

// A point that sums to 1 exactly: multiples of 2^-50, the largest takes what is left.
template <class E>
Point CellBounds<E>::on_the_simplex(const double* r) const {
  Point m{};
  const auto largest = static_cast<int>(std::max_element(r, r + n_y_) - r);
  double rest = 1;
  for (int y = 0; y < n_y_; ++y) {
    if (y == largest) continue;
    m[y] = std::nearbyint(r[y] * 0x1p50) * 0x1p-50;
    rest -= m[y];
  }
  m[largest] = rest;
  return m;
}

template <class E>
bool CellBounds<E>::outside(const Cell& cell) const {
  const Box box = cell.box();
  for (int y = 0; y < n_y_; ++y)
    if (box.low[y] > hull_.high[y] || box.high[y] < hull_.low[y]) return true;
  return false;
}

template <class E>
double CellBounds<E>::at_the_centres() {
  constexpr double kRounding = 1e-6;
  double most = 0;
  for (const Point& m : centres_) {
    ClosedFaces closed{};
    for (int y = 0; y < n_y_; ++y) closed[y] = m[y] == 0;
    const double end = high(log(expand_at(m, closed)));
    if (end < kRounding) most = std::max(most, end);
  }
  return most;
}

// Is g_x more than 0 on the cell?
template <class E>
inline bool CellBounds<E>::is_nonzero(long x, const ClosedFaces& closed) const {
  for (int y = 0; y < n_y_; ++y)
    if (closed[y] && c_.involves(x, y)) return false;
  return true;
}

// Does the box touch a face r_y = 0 without lying in it? There derivatives of c are not bounded.
template <class E>
bool CellBounds<E>::reaches_an_open_face(const Box& box, const ClosedFaces& closed) const {
  for (int y = 0; y < n_y_; ++y)
    if (!closed[y] && !(box.low[y] > 0)) return true;
  return false;
}

// c(m): the sum of the values g_x(m), which stay in value_, with the slopes power_xy / m_y in slope_.
template <class E>
inline E CellBounds<E>::expand_at(const Point& m, const ClosedFaces& closed) {
  // Take ln m_y of the faces that are open
  for (int y = 0; y < n_y_; ++y)
    if (!closed[y]) log_m_[y] = log(E(m[y]));

  E sum(0.0);
  for (long x = 0; x < c_.n_x(); ++x) {
    value_[x] = E(0.0);
    if (!is_nonzero(x, closed)) continue;

    // Add the value of x, and keep its slopes:  g_x = exp(base_x + sum_y power_xy ln m_y)
    E exponent = c_.base(x);
    for (int y = 0; y < n_y_; ++y)
      if (c_.involves(x, y)) {
        exponent = exponent + c_.power(x, y) * log_m_[y];
        slope_[x * n_y_ + y] = c_.power(x, y) / E(m[y]);
      }
    value_[x] = exp(exponent);
    sum = sum + value_[x];
  }
  return sum;
}

// sum_y slope_xy (v_y - m_y), after expand_at(m)
template <class E>
inline E CellBounds<E>::rise(long x, const Point& m, const Point& v) const {
  E sum(0.0);
  for (int y = 0; y < n_y_; ++y)
    if (c_.involves(x, y)) sum = sum + slope_[x * n_y_ + y] * (E(v[y]) - E(m[y]));
  return sum;
}

// ---- TANGENT: max over vertices v of sum_x g_x(m) exp(rise_x(v)), m in the middle

template <class E>
double CellBounds<E>::tangent(const Cell& cell) {
  // Look at c in the middle itself: the caller wants to know of a c above 1
  const auto closed = cell.closed_faces();
  const Point m = cell.middle();
  const E here = expand_at(m, closed);
  if (const double log_here = low(log(here)); log_here > log_c_found_) {
    log_c_found_ = log_here;
    found_at_ = m;
  }

  // Take the largest vertex of the sum of exponentials of tangents
  double most = 0;
  for (int v = 0; v < cell.n_vertices; ++v) {
    E sum(0.0);
    for (long x = 0; x < c_.n_x(); ++x)
      if (is_nonzero(x, closed)) sum = sum + value_[x] * exp(rise(x, m, cell.vertex[v]));
    most = std::max(most, high(sum));
  }
  return most > 0 ? high(log(E(most))) : -kInfinity;
}

// ---- CURVED and CONCAVE: a tangent plane, and the second derivatives that say how far c may rise above it

// max over vertices v of c(m) + c'(m)(v - m) + extra_v
template <class E>
double CellBounds<E>::tangent_plane(const Cell& cell, const Point& m, const ClosedFaces& closed, const Point& extra) {
  const E here = expand_at(m, closed);
  double most = 0;
  for (int v = 0; v < cell.n_vertices; ++v) {
    E sum = here + E(extra[v]);
    for (long x = 0; x < c_.n_x(); ++x)
      if (is_nonzero(x, closed)) sum = sum + value_[x] * rise(x, m, cell.vertex[v]);
    most = std::max(most, high(sum));
  }
  return most > 0 ? high(log(E(most))) : -kInfinity;
}

// -c'' over the box, as a quadratic form in the edges e_i from vertex 0 to vertex i + 1; lower triangle:
//
//   a_ij = sum_x g_x [sum_y power_xy e_iy e_jy / r_y^2 - s_x(e_i) s_x(e_j)],      s_x(e) = sum_y power_xy e_y / r_y
template <class E>
typename CellBounds<E>::Square CellBounds<E>::minus_curvature(const Cell& cell, const Box& box, const ClosedFaces& closed) const {
  const int k = cell.n_vertices - 1;
  const auto edge = [&](int i, int y) { return E(cell.vertex[i + 1][y]) - E(cell.vertex[0][y]); };

  // Enclose 1/r_y and ln r_y over the box
  std::array<E, kMostCertifiedY> one_over, log_r;
  for (int y = 0; y < n_y_; ++y)
    if (!closed[y]) {
      one_over[y] = E::between(1 / box.high[y] * (1 - 0x1p-52), 1 / box.low[y] * (1 + 0x1p-52));
      log_r[y] = E::between(low(log(E(box.low[y]))), high(log(E(box.high[y]))));
    }

  Square a;
  for (int i = 0; i < k; ++i)
    for (int j = 0; j <= i; ++j) a[i][j] = E(0.0);
  std::array<E, kMostCertifiedY> s;
  for (long x = 0; x < c_.n_x(); ++x) {
    if (!is_nonzero(x, closed)) continue;

    // Enclose g_x over the box
    E exponent = c_.base(x);
    for (int y = 0; y < n_y_; ++y)
      if (c_.involves(x, y)) exponent = exponent + c_.power(x, y) * log_r[y];
    const E g = exp(exponent);

    // Enclose s_x of each edge
    for (int i = 0; i < k; ++i) {
      s[i] = E(0.0);
      for (int y = 0; y < n_y_; ++y)
        if (c_.involves(x, y)) s[i] = s[i] + c_.power(x, y) * edge(i, y) * one_over[y];
    }

    // Add the term of x to every pair of edges
    for (int i = 0; i < k; ++i)
      for (int j = 0; j <= i; ++j) {
        E curve = -(s[i] * s[j]);
        for (int y = 0; y < n_y_; ++y)
          if (c_.involves(x, y)) curve = curve + c_.power(x, y) * (edge(i, y) * edge(j, y)) * (one_over[y] * one_over[y]);
        a[i][j] = a[i][j] + g * curve;
      }
  }
  return a;
}

// With tau the coordinates of r - m along the edges,
//
//   -c'' = A + R,       A the middle of the enclosure,  |R_ij| <= radius_ij
//   A + shift I >= 0    (Gershgorin)
//
//   1/2 tau^T c'' tau  <=  1/2 (shift |tau|^2 + sum_ij radius_ij |tau_i tau_j|)
//
// The right side is convex: with the linear part of Taylor's formula it is largest at a vertex.
template <class E>
double CellBounds<E>::curved(const Cell& cell) {
  const auto closed = cell.closed_faces();
  const Box box = cell.box();
  if (reaches_an_open_face(box, closed)) return kInfinity;

  // Split the enclosure of -c'' into middle and radius; shift is what the middle lacks to be positive semidefinite
  const int k = cell.n_vertices - 1;
  const Square a = minus_curvature(cell, box, closed);
  double shift = 0, radius[kMostCertifiedY][kMostCertifiedY];
  for (int i = 0; i < k; ++i) {
    double off_diagonal = 0;
    for (int j = 0; j < k; ++j) {
      const E& entry = i >= j ? a[i][j] : a[j][i];
      const double middle = low(entry) / 2 + high(entry) / 2;
      radius[i][j] = ((high(entry) - low(entry)) / 2 + abs(middle) * 0x1p-50) * kOutward;
      off_diagonal += i == j ? -middle : abs(middle);
    }
    shift = std::max(shift, off_diagonal * kOutward);
  }

  // Bound the quadratic part at each vertex
  Point extra{};
  for (int v = 0; v <= k; ++v) {
    const auto tau = [&](int i) { return abs((v == i + 1 ? 1 : 0) - cell.share(i + 1)); };
    double sum = 0;
    for (int i = 0; i < k; ++i) {
      sum += shift * tau(i) * tau(i);
      for (int j = 0; j < k; ++j) sum += radius[i][j] * tau(i) * tau(j);
    }
    extra[v] = sum / 2 * kOutward;
  }
  return tangent_plane(cell, cell.middle(), closed, extra);
}

// The centre nearest to the cell, if it is no further away than the cell is wide.
template <class E>
const Point* CellBounds<E>::nearest_centre(const Cell& cell) const {
  const Box box = cell.box();
  const Point* best = nullptr;
  double least = kInfinity;
  for (const Point& r : centres_) {
    // Measure how far the centre lies beside the box, and how wide the box is
    double away = 0, size = 0;
    for (int y = 0; y < n_y_; ++y) {
      away = std::max({away, box.low[y] - r[y], r[y] - box.high[y]});
      size = std::max(size, box.high[y] - box.low[y]);
    }
    // Keep the nearest
    if (away <= size && away < least) {
      least = away;
      best = &r;
    }
  }
  return best;
}

// Every symmetric matrix in the enclosure, by elimination: all pivots certainly > 0.
template <class Square>
bool positive_definite(Square& a, int k) {
  for (int p = 0; p < k; ++p) {
    if (!(low(a[p][p]) > 0)) return false;
    for (int i = p + 1; i < k; ++i)
      for (int j = p + 1; j <= i; ++j) a[i][j] = a[i][j] - a[i][p] * a[j][p] / a[p][p];
  }
  return true;
}

// Is c'' < 0 along every way from m to the cell?
template <class E>
bool CellBounds<E>::is_concave_towards(const Point& m, const Cell& cell, const ClosedFaces& closed) const {
  // Widen the box of the cell to hold the centre too; on a closed face the centre must lie as well
  Box box = cell.box();
  int n_open = 0;
  for (int y = 0; y < n_y_; ++y) {
    if (closed[y] && m[y] > 0) return false;
    box.low[y] = std::min(box.low[y], m[y]);
    box.high[y] = std::max(box.high[y], m[y]);
    n_open += !closed[y];
  }
  if (reaches_an_open_face(box, closed)) return false;

  // Take the directions of the cell, and if they do not span its face the way to the centre
  Cell wider = cell;
  if (cell.n_vertices < n_open) wider.vertex[wider.n_vertices++] = m;
  Square a = minus_curvature(wider, box, closed);
  return positive_definite(a, wider.n_vertices - 1);
}

// Bound c by its tangent plane at the centre, if c lies under it.
template <class E>
double CellBounds<E>::concave(const Cell& cell) {
  const auto closed = cell.closed_faces();
  const Point* centre = nearest_centre(cell);
  if (!centre || !is_concave_towards(*centre, cell, closed)) return kInfinity;
  return tangent_plane(cell, *centre, closed, {});
}

// ---- UNDER A CENTRE

// Does c certainly not fall where all that r has of these y, which the centre m has not, goes to m's largest entry? For all r of the
// box, which is made to hold r on its way and then where it arrives.
template <class E>
bool CellBounds<E>::rises_onto_the_face(const Point& m, const ClosedFaces& closed, const ClosedFaces& leaves, Box& box) const {
  // Widen the box by what moves
  const int to = static_cast<int>(std::max_element(m.begin(), m.begin() + n_y_) - m.begin());
  for (int y = 0; y < n_y_; ++y)
    if (leaves[y]) {
      box.low[y] = 0;
      box.high[to] = std::min(1.0, (box.high[to] + box.high[y]) * kOutward);
    }

  // Compare the slopes all over the box
  for (int y = 0; y < n_y_; ++y) {
    E from_slope, to_slope;
    if (!leaves[y]) continue;
    if (!slope_over(box, y, closed, from_slope) || !slope_over(box, to, closed, to_slope)) return false;
    if (!(high(from_slope - to_slope) <= 0)) return false;
  }
  for (int y = 0; y < n_y_; ++y)
    if (leaves[y]) box.high[y] = 0;
  return true;
}

template <class E>
bool CellBounds<E>::lies_under_a_centre(const Cell& cell) const {
  const auto closed = cell.closed_faces();
  const Point* centre = nearest_centre(cell);
  if (!centre) return false;

  // Move onto the face of the simplex on which the centre lies
  const Point& m = *centre;
  Box box = cell.box();
  ClosedFaces leaves{}, face = closed;
  for (int y = 0; y < n_y_; ++y) {
    if (closed[y] && m[y] > 0) return false;
    leaves[y] = !closed[y] && m[y] == 0;
    face[y] = closed[y] || leaves[y];
  }
  if (std::count(leaves.begin(), leaves.end(), true) > 0 && !rises_onto_the_face(m, closed, leaves, box)) return false;

  // Widen the box to hold the centre and what lies beside it, and span the face by its corners
  Cell whole;
  whole.n_y = n_y_;
  for (int y = 0; y < n_y_; ++y) {
    if (face[y]) continue;
    box.low[y] = std::min(box.low[y], m[y] - beside(m[y]));
    box.high[y] = std::max(box.high[y], m[y] + beside(m[y]));
    whole.vertex[whole.n_vertices++][y] = 1;
  }
  if (reaches_an_open_face(box, face)) return false;

  // Ask whether c'' < 0 there in all directions of the face
  Square a = minus_curvature(whole, box, face);
  return positive_definite(a, whole.n_vertices - 1);
}

// ---- DROPPED

// dc/dr_y = sum_x power_xy exp(base_x + sum_z (power_xz - [z = y]) ln r_z) over the box; false where it is unbounded.
template <class E>
bool CellBounds<E>::slope_over(const Box& box, int y, const ClosedFaces& closed, E& slope) const {
  slope = E(0.0);
  for (long x = 0; x < c_.n_x(); ++x) {
    if (!is_nonzero(x, closed) || !c_.involves(x, y)) continue;

    // Take the largest and the least exponent: each ln r_z at the end of the box that its power asks for
    E most = c_.base(x), least = c_.base(x);
    bool reaches_zero = false;
    for (int z = 0; z < n_y_; ++z) {
      if (!c_.involves(x, z)) continue;
      const E power = z == y ? c_.power(x, z) - E(1.0) : c_.power(x, z);
      // Exchange the ends for a negative power: it falls in r_z, and has no bound at r_z = 0
      if (low(power) < 0) {
        if (!(box.low[z] > 0) || high(power) > 0) return false;
        most = most + power * log(E(box.low[z]));
        least = least + power * log(E(box.high[z]));
        continue;
      }
      // Keep them for a positive one: it rises, from 0 at r_z = 0
      most = most + power * log(E(box.high[z]));
      if (box.low[z] > 0) least = least + power * log(E(box.low[z]));
      else if (high(power) > 0) reaches_zero = true;
    }
    slope = slope + c_.power(x, y) * E::between(reaches_zero ? 0 : low(exp(least)), high(exp(most)));
  }
  return true;
}

template <class E>
int CellBounds<E>::vertex_to_drop(const Cell& cell) const {
  // Ask only where the cell touches a face of the simplex: elsewhere a maximum of c is flat
  const auto closed = cell.closed_faces();
  const Box box = cell.box();
  if (!reaches_an_open_face(box, closed) || cell.n_vertices < 2) return -1;

  // Enclose dc/dr_y over the box
  std::array<E, kMostCertifiedY> slope;
  for (int y = 0; y < n_y_; ++y)
    if (!closed[y] && !slope_over(box, y, closed, slope[y])) return -1;

  // Look for an edge along which c certainly does not fall
  for (int from = 0; from < cell.n_vertices; ++from)
    for (int to = 0; to < cell.n_vertices; ++to) {
      if (from == to) continue;
      E along(0.0);
      for (int y = 0; y < n_y_; ++y)
        if (!closed[y]) along = along + slope[y] * (E(cell.vertex[to][y]) - E(cell.vertex[from][y]));
      if (low(along) >= 0) return from;
    }
  return -1;
}

}  // namespace etalon::information::detail
