// certificate_body.h — certificate.h for any enclosure E: a class with +, -, *, /, exp, log, and its two
// ends as doubles.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <queue>

#include "information/bottleneck/certificate.h"
#include "scalar/exact.h"

namespace etalon::information {
namespace detail {

// The ends of an enclosure; what is not a number is bounded by nothing.
template <class E>
double low(const E& x) {
  const double end = lower_double(x);
  return end == end ? end : -kInfinity;
}
template <class E>
double high(const E& x) {
  const double end = upper_double(x);
  return end == end ? end : kInfinity;
}

// c(r) as a sum of monomials, enclosed: g_x(r) = exp(base_x + sum_y power_xy ln r_y), power = beta W.
template <class E>
class DualFunction {
 public:
  DualFunction(const BottleneckProblem& problem, double beta, const std::vector<double>& log_z)
      : n_x_(problem.joint.n_x()), n_y_(problem.joint.n_y()), power_(n_x_ * n_y_), base_(n_x_), mutual_(0.0), at_no_gap_(0.0) {
    const auto p = [&](long x, long y) { return E(problem.joint(x, y)); };
    std::vector<E> p_x(n_x_, E(0.0)), p_y(n_y_, E(0.0));
    E total(0.0);
    for (long x = 0; x < n_x_; ++x)
      for (long y = 0; y < n_y_; ++y) {
        p_x[x] = p_x[x] + p(x, y);
        p_y[y] = p_y[y] + p(x, y);
        total = total + p(x, y);
      }
    for (long x = 0; x < n_x_; ++x) {
      E minus_h(0.0);
      for (long y = 0; y < n_y_; ++y) {
        power_[x * n_y_ + y] = E(0.0);
        if (problem.joint(x, y) == 0) continue;
        const E w = p(x, y) / p_x[x], log_w = log(w);
        power_[x * n_y_ + y] = E(beta) * w;
        minus_h = minus_h + w * log_w;
        mutual_ = mutual_ + p(x, y) / total * (log_w - log(p_y[y] / total));
      }
      const E z(log_z[problem.merged_of[x]]);
      base_[x] = log(p_x[x] / total) - z - E(beta) * minus_h;
      at_no_gap_ = at_no_gap_ - p_x[x] / total * z;
    }
    at_no_gap_ = at_no_gap_ - E(beta) * mutual_;
  }

  long n_x() const { return n_x_; }
  long n_y() const { return n_y_; }
  bool holds(long x, long y) const { return high(power_[x * n_y_ + y]) > 0; }
  const E& power(long x, long y) const { return power_[x * n_y_ + y]; }
  const E& base(long x) const { return base_[x]; }
  const E& mutual() const { return mutual_; }        // I(X;Y)
  const E& at_no_gap() const { return at_no_gap_; }  // - sum p_x ln Z_x - beta I(X;Y)

 private:
  long n_x_, n_y_;
  std::vector<E> power_, base_;
  E mutual_, at_no_gap_;
};

using Point = std::array<double, kMostCertifiedY>;

struct Cell {
  std::array<Point, kMostCertifiedY> vertex{};
  int n_vertices = 0;
  double log_bound = kInfinity;
  long number = 0;
  // The worst first; of equals the older, so that no library's heap decides
  friend bool operator<(const Cell& a, const Cell& b) {
    return a.log_bound < b.log_bound || (a.log_bound == b.log_bound && a.number > b.number);
  }
};

inline constexpr double kOutward = 1 + 0x1p-30;  // covers the roundings of a few sums of positive doubles

template <class E>
class BranchAndBound {
 public:
  BranchAndBound(const BottleneckProblem& problem, const DualFunction<E>& c, const Clusters& clusters,
                 const CertificateSetting& setting)
      : c_(c), setting_(setting), n_y_(static_cast<int>(c.n_y())), log_m_(n_y_), value_(c.n_x()), slope_(c.n_x() * n_y_) {
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

  void run(CertifiedMinimum& result) {
    // Below what the enclosure itself leaves open at the centres, where c = 1, no cell can get
    setting_.tolerance = std::max(setting_.tolerance, 2 * at_the_centres());
    Cell whole;
    whole.n_vertices = n_y_;
    for (int y = 0; y < n_y_; ++y) whole.vertex[y][y] = 1;
    push(whole);
    double done = -kInfinity;
    while (!open_.empty() && open_.top().log_bound > setting_.tolerance && n_cells_ < setting_.max_cells &&
           !(setting_.stop_above > 0 && log_c_found_ > setting_.stop_above)) {
      const Cell cell = open_.top();
      open_.pop();
      settle(cell, done);
    }
    if (!open_.empty()) done = std::max(done, open_.top().log_bound);
    result.log_c = done;
    result.log_c_found = log_c_found_;
    result.found_at.assign(found_at_.begin(), found_at_.begin() + n_y_);
    result.lagrangian.lower.how.iterations = n_cells_;
  }

 private:
  // A point that sums to 1 exactly: multiples of 2^-50, the largest takes what is left.
  Point on_the_simplex(const double* r) const {
    Point m{};
    int largest = 0;
    double rest = 1;
    for (int y = 0; y < n_y_; ++y)
      if (r[y] > r[largest]) largest = y;
    for (int y = 0; y < n_y_; ++y) {
      if (y == largest) continue;
      m[y] = std::nearbyint(r[y] * 0x1p50) * 0x1p-50;
      rest -= m[y];
    }
    m[largest] = rest;
    return m;
  }

  // The upper end of ln c at the centres, where it is 0 but for rounding; more than that is a solution that is not at rest.
  double at_the_centres() {
    constexpr double kRounding = 1e-6;
    double most = 0;
    for (const Point& m : centres_) {
      std::array<bool, kMostCertifiedY> is_closed{};
      for (int y = 0; y < n_y_; ++y) is_closed[y] = m[y] == 0;
      const double end = high(log(expand_at(m, is_closed)));
      if (end < kRounding) most = std::max(most, end);
    }
    return most;
  }

  // Is the cell's face on r_y = 0? Then the terms that need y are 0 on all of it.
  bool closed(const Cell& cell, int y) const {
    for (int v = 0; v < cell.n_vertices; ++v)
      if (cell.vertex[v][y] > 0) return false;
    return true;
  }
  bool lives(long x, const std::array<bool, kMostCertifiedY>& is_closed) const {
    for (int y = 0; y < n_y_; ++y)
      if (is_closed[y] && c_.holds(x, y)) return false;
    return true;
  }
  std::array<bool, kMostCertifiedY> closed_faces(const Cell& cell) const {
    std::array<bool, kMostCertifiedY> out{};
    for (int y = 0; y < n_y_; ++y) out[y] = closed(cell, y);
    return out;
  }
  struct Box {
    std::array<double, kMostCertifiedY> low{}, high{};
  };
  Box box_of(const Cell& cell) const {
    Box box;
    for (int y = 0; y < n_y_; ++y) {
      box.low[y] = 1;
      for (int v = 0; v < cell.n_vertices; ++v) {
        box.low[y] = std::min(box.low[y], cell.vertex[v][y]);
        box.high[y] = std::max(box.high[y], cell.vertex[v][y]);
      }
    }
    return box;
  }

  bool outside(const Cell& cell) const {
    const Box box = box_of(cell);
    for (int y = 0; y < n_y_; ++y)
      if (box.low[y] > hull_.high[y] || box.high[y] < hull_.low[y]) return true;
    return false;
  }

  // Values g_x(m) and slopes power / m_y of every living term; the sum of the values.
  E expand_at(const Point& m, const std::array<bool, kMostCertifiedY>& is_closed) {
    for (int y = 0; y < n_y_; ++y)
      if (!is_closed[y]) log_m_[y] = log(E(m[y]));
    E sum(0.0);
    for (long x = 0; x < c_.n_x(); ++x) {
      value_[x] = E(0.0);
      if (!lives(x, is_closed)) continue;
      E exponent = c_.base(x);
      for (int y = 0; y < n_y_; ++y)
        if (c_.holds(x, y)) {
          exponent = exponent + c_.power(x, y) * log_m_[y];
          slope_[x * n_y_ + y] = c_.power(x, y) / E(m[y]);
        }
      value_[x] = exp(exponent);
      sum = sum + value_[x];
    }
    return sum;
  }
  // sum_y slope_xy (v_y - m_y)
  E rise(long x, const Point& m, const Point& v) const {
    E sum(0.0);
    for (int y = 0; y < n_y_; ++y)
      if (c_.holds(x, y)) sum = sum + slope_[x * n_y_ + y] * (E(v[y]) - E(m[y]));
    return sum;
  }

  // Near the centroid, and exactly on the simplex: sixteenths of dyadic vertices.
  static double share(const Cell& cell, int v) {
    constexpr double kThirds[] = {5. / 16, 5. / 16, 6. / 16};
    return cell.n_vertices == 3 ? kThirds[v] : 1. / cell.n_vertices;
  }
  Point middle(const Cell& cell) const {
    Point m{};
    for (int y = 0; y < n_y_; ++y)
      for (int v = 0; v < cell.n_vertices; ++v) m[y] += share(cell, v) * cell.vertex[v][y];
    return m;
  }

  // max over vertices v of sum_x g_x(m) exp(rise_x(v)), m in the middle; also looks at c(m) itself.
  double tangent_bound(const Cell& cell) {
    const auto is_closed = closed_faces(cell);
    const Point m = middle(cell);
    const E here = expand_at(m, is_closed);
    if (const double log_here = low(log(here)); log_here > log_c_found_) {
      log_c_found_ = log_here;
      found_at_ = m;
    }
    double most = 0;
    for (int v = 0; v < cell.n_vertices; ++v) {
      E sum(0.0);
      for (long x = 0; x < c_.n_x(); ++x)
        if (lives(x, is_closed)) sum = sum + value_[x] * exp(rise(x, m, cell.vertex[v]));
      most = std::max(most, high(sum));
    }
    return most > 0 ? high(log(E(most))) : -kInfinity;
  }

  // Bound at a centre near the cell if c is certainly concave over the hull of both; infinity otherwise.
  double concave_bound(const Cell& cell) {
    const auto is_closed = closed_faces(cell);
    const Point* centre = nearest_centre(cell);
    if (!centre) return kInfinity;
    Point m = *centre;
    Box box = box_of(cell);
    for (int y = 0; y < n_y_; ++y) {
      if (is_closed[y] && m[y] > 0) return kInfinity;
      box.low[y] = std::min(box.low[y], m[y]);
      box.high[y] = std::max(box.high[y], m[y]);
      if (!is_closed[y] && !(box.low[y] > 0)) return kInfinity;
    }
    Square a = minus_curvature(cell, box, is_closed);
    return positive_definite(a, cell.n_vertices - 1) ? tangent_plane(cell, m, is_closed, {}) : kInfinity;
  }

  // max over vertices v of c(m) + c'(m)(v - m) + extra_v
  double tangent_plane(const Cell& cell, const Point& m, const std::array<bool, kMostCertifiedY>& is_closed,
                       const std::array<double, kMostCertifiedY>& extra) {
    const E here = expand_at(m, is_closed);
    double most = 0;
    for (int v = 0; v < cell.n_vertices; ++v) {
      E sum = here + E(extra[v]);
      for (long x = 0; x < c_.n_x(); ++x)
        if (lives(x, is_closed)) sum = sum + value_[x] * rise(x, m, cell.vertex[v]);
      most = std::max(most, high(sum));
    }
    return most > 0 ? high(log(E(most))) : -kInfinity;
  }

  // Taylor at the middle m of the cell, with all of c'' over it. In coordinates tau along the edges, -c'' = A + R, A in the
  // middle of the enclosure and |R_ij| <= radius_ij; A + shift is positive semidefinite (Gershgorin). So 1/2 tau' c'' tau <= 1/2
  // (shift |tau|^2 + sum radius |tau_i tau_j|), convex: with the linear part it is largest at a vertex. Off by O(h^3) where the
  // tangent's bound is off by O(h^2).
  double curved_bound(const Cell& cell) {
    const auto is_closed = closed_faces(cell);
    const Box box = box_of(cell);
    for (int y = 0; y < n_y_; ++y)
      if (!is_closed[y] && !(box.low[y] > 0)) return kInfinity;
    const int k = cell.n_vertices - 1;
    const Square a = minus_curvature(cell, box, is_closed);
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
    std::array<double, kMostCertifiedY> extra{};
    for (int v = 0; v <= k; ++v) {
      const auto tau = [&](int i) { return abs((v == i + 1 ? 1 : 0) - share(cell, i + 1)); };
      double sum = 0;
      for (int i = 0; i < k; ++i) {
        sum += shift * tau(i) * tau(i);
        for (int j = 0; j < k; ++j) sum += radius[i][j] * tau(i) * tau(j);
      }
      extra[v] = sum / 2 * kOutward;
    }
    return tangent_plane(cell, middle(cell), is_closed, extra);
  }

  const Point* nearest_centre(const Cell& cell) const {
    const Box box = box_of(cell);
    const Point* best = nullptr;
    double least = kInfinity;
    for (const Point& r : centres_) {
      double away = 0, size = 0;
      for (int y = 0; y < n_y_; ++y) {
        away = std::max({away, box.low[y] - r[y], r[y] - box.high[y]});
        size = std::max(size, box.high[y] - box.low[y]);
      }
      if (away <= size && away < least) {
        least = away;
        best = &r;
      }
    }
    return best;
  }

  // -c'' over the box in the basis of the edges from vertex 0, lower triangle:
  //   sum_x g_x [sum_y power e_iy e_jy / r_y^2 - s_x(e_i) s_x(e_j)],    s_x(e) = sum_y power e_y / r_y
  using Square = std::array<std::array<E, kMostCertifiedY>, kMostCertifiedY>;
  Square minus_curvature(const Cell& cell, const Box& box, const std::array<bool, kMostCertifiedY>& is_closed) {
    const int k = cell.n_vertices - 1;
    std::array<E, kMostCertifiedY> one_over, log_r;
    for (int y = 0; y < n_y_; ++y)
      if (!is_closed[y]) {
        one_over[y] = E::between(1 / box.high[y] * (1 - 0x1p-52), 1 / box.low[y] * (1 + 0x1p-52));
        log_r[y] = E::between(low(log(E(box.low[y]))), high(log(E(box.high[y]))));
      }
    Square a;
    for (int i = 0; i < k; ++i)
      for (int j = 0; j <= i; ++j) a[i][j] = E(0.0);
    std::array<E, kMostCertifiedY> s;
    for (long x = 0; x < c_.n_x(); ++x) {
      if (!lives(x, is_closed)) continue;
      E exponent = c_.base(x);
      for (int y = 0; y < n_y_; ++y)
        if (c_.holds(x, y)) exponent = exponent + c_.power(x, y) * log_r[y];
      const E g = exp(exponent);
      const auto edge = [&](int i, int y) { return E(cell.vertex[i + 1][y]) - E(cell.vertex[0][y]); };
      for (int i = 0; i < k; ++i) {
        s[i] = E(0.0);
        for (int y = 0; y < n_y_; ++y)
          if (c_.holds(x, y)) s[i] = s[i] + c_.power(x, y) * edge(i, y) * one_over[y];
      }
      for (int i = 0; i < k; ++i)
        for (int j = 0; j <= i; ++j) {
          E curve = -(s[i] * s[j]);
          for (int y = 0; y < n_y_; ++y)
            if (c_.holds(x, y)) curve = curve + c_.power(x, y) * (edge(i, y) * edge(j, y)) * (one_over[y] * one_over[y]);
          a[i][j] = a[i][j] + g * curve;
        }
    }
    return a;
  }

  // Every symmetric matrix in the enclosure, by elimination: all pivots certainly > 0.
  static bool positive_definite(Square& a, int k) {
    for (int p = 0; p < k; ++p) {
      if (!(low(a[p][p]) > 0)) return false;
      for (int i = p + 1; i < k; ++i)
        for (int j = p + 1; j <= i; ++j) a[i][j] = a[i][j] - a[i][p] * a[j][p] / a[p][p];
    }
    return true;
  }

  // A vertex from which c certainly does not fall on the way to another one, anywhere in the cell: the maximum is on the face
  // without it. -1: none. Asked only where the cell touches a face of the simplex: elsewhere a maximum of c is flat.
  int vertex_to_drop(const Cell& cell) {
    const auto is_closed = closed_faces(cell);
    const Box box = box_of(cell);
    bool touches = false;
    for (int y = 0; y < n_y_; ++y) touches = touches || (!is_closed[y] && box.low[y] == 0);
    if (!touches || cell.n_vertices < 2) return -1;
    std::array<E, kMostCertifiedY> slope;  // dc/dr_y over the box
    for (int y = 0; y < n_y_; ++y)
      if (!is_closed[y] && !slope_over(box, y, is_closed, slope[y])) return -1;
    for (int from = 0; from < cell.n_vertices; ++from)
      for (int to = 0; to < cell.n_vertices; ++to) {
        if (from == to) continue;
        E along(0.0);
        for (int y = 0; y < n_y_; ++y)
          if (!is_closed[y]) along = along + slope[y] * (E(cell.vertex[to][y]) - E(cell.vertex[from][y]));
        if (low(along) >= 0) return from;
      }
    return -1;
  }

  // sum_x power_xy exp(base_x + sum_z (power_xz - [z = y]) ln r_z) over the box; false where it is unbounded.
  bool slope_over(const Box& box, int y, const std::array<bool, kMostCertifiedY>& is_closed, E& slope) const {
    slope = E(0.0);
    for (long x = 0; x < c_.n_x(); ++x) {
      if (!lives(x, is_closed) || !c_.holds(x, y)) continue;
      E most = c_.base(x), least = c_.base(x);
      bool reaches_zero = false;
      for (int z = 0; z < n_y_; ++z) {
        if (!c_.holds(x, z)) continue;
        const E power = z == y ? c_.power(x, z) - E(1.0) : c_.power(x, z);
        if (low(power) < 0) {
          if (!(box.low[z] > 0) || high(power) > 0) return false;
          most = most + power * log(E(box.low[z]));
          least = least + power * log(E(box.high[z]));
          continue;
        }
        most = most + power * log(E(box.high[z]));
        if (box.low[z] > 0) least = least + power * log(E(box.low[z]));
        else if (high(power) > 0) reaches_zero = true;
      }
      slope = slope + c_.power(x, y) * E::between(reaches_zero ? 0 : low(exp(least)), high(exp(most)));
    }
    return true;
  }

  void settle(const Cell& cell, double& done) {
    constexpr double kNearlyDone = 0.02;  // a cell far above the tolerance is cut before it is worth a second look
    for (const double bound : {cell.log_bound < kNearlyDone ? curved_bound(cell) : kInfinity, concave_bound(cell)})
      if (bound <= setting_.tolerance) {
        done = std::max(done, bound);
        return;
      }
    if (const int drop = vertex_to_drop(cell); drop >= 0) {
      Cell face = cell;
      std::copy(cell.vertex.begin() + drop + 1, cell.vertex.begin() + cell.n_vertices, face.vertex.begin() + drop);
      --face.n_vertices;
      push(face);
      return;
    }
    const auto [a, b] = longest_edge(cell);
    if (a == b) {  // a point: its bound is its value
      done = std::max(done, cell.log_bound);
      return;
    }
    Point cut{};
    for (int y = 0; y < n_y_; ++y) cut[y] = (cell.vertex[a][y] + cell.vertex[b][y]) / 2;
    for (const int replaced : {a, b}) {
      Cell half = cell;
      half.vertex[replaced] = cut;
      push(half);
    }
  }

  // Longest as the bounds see it, sum_y e_y^2 / m_y: near a face, cells become thin in the one direction in which c bends there.
  std::pair<int, int> longest_edge(const Cell& cell) const {
    constexpr double kExact = 0x1p-45;  // below it, midpoints would no longer be exact: such a cell stays as it is
    const Point m = middle(cell);
    std::pair<int, int> best{0, 0};
    double most = 0;
    for (int a = 0; a < cell.n_vertices; ++a)
      for (int b = a + 1; b < cell.n_vertices; ++b) {
        double size = 0, widest = 0;
        for (int y = 0; y < n_y_; ++y) {
          const double e = cell.vertex[a][y] - cell.vertex[b][y];
          if (e != 0) size += e * e / m[y];
          widest = std::max(widest, abs(e));
        }
        if (widest > kExact && size > most) {
          most = size;
          best = {a, b};
        }
      }
    return best;
  }

  void push(Cell cell) {
    if (outside(cell)) return;
    cell.log_bound = std::min(cell.log_bound, tangent_bound(cell));
    cell.number = ++n_cells_;
    open_.push(cell);
  }

  const DualFunction<E>& c_;
  CertificateSetting setting_;
  int n_y_;
  std::vector<E> log_m_, value_, slope_;
  Box hull_;
  Point found_at_{};
  std::vector<Point> centres_;
  std::priority_queue<Cell> open_;
  double log_c_found_ = -kInfinity;
  long n_cells_ = 0;
};

}  // namespace detail

// [(1 - beta) I(X;Y), L of the encoder]: what is proved without looking at c.
template <class E>
Bracket enclosed_energy(const BottleneckProblem& problem, double beta, const Clusters& clusters, const detail::DualFunction<E>& c) {
  // Weights and centres that do not quite sum to 1: ln s <= s - 1 on both counts
  E excess(-1.0), worst(0.0);
  for (const double q : clusters.weight) excess = excess + E(q);
  for (long t = 0; t < clusters.centre.n_rows(); ++t) {
    E sum(-1.0);
    for (long y = 0; y < problem.n_y(); ++y) sum = sum + E(clusters.centre[t * problem.n_y() + y]);
    if (detail::high(sum) > detail::high(worst)) worst = sum;
  }
  Bracket l;
  // I(X;T) >= I(T;Y) <= I(X;Y)
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
