#include "information/bottleneck/newton.h"

#include <algorithm>
#include <cmath>

#include "scalar/twofold.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

// F, its gradient and its second derivatives at one point, in the order kappa_0, rho_00, rho_01, ..., kappa_1, ...
struct Derivatives {
  double value = 0;
  std::vector<double> gradient, hessian;  // [n], [n, n], lower triangle
};

struct Unknowns {
  long n_t, n_y;
  std::vector<double> log_q, log_r;
  std::vector<char> fixed;  // r_ty = 0: stays
  long stride() const { return 1 + n_y; }
  long size() const { return n_t * stride(); }
};

Unknowns unknowns(const Clusters& c) {
  Unknowns u{static_cast<long>(c.weight.size()), c.centre.n_cols(), {}, {}, {}};
  for (const double q : c.weight) u.log_q.push_back(log(q));
  for (const double r : c.centre.values()) {
    u.fixed.push_back(!(r > 0));
    u.log_r.push_back(r > 0 ? log(r) : -1e300);
  }
  return u;
}

Clusters clusters(const Unknowns& u) {
  Clusters c{{}, Tensor<double>(Shape{u.n_t, u.n_y})};
  for (const double l : u.log_q) c.weight.push_back(exp(l));
  for (long k = 0; k < u.n_t * u.n_y; ++k) c.centre[k] = u.fixed[k] ? 0 : exp(u.log_r[k]);
  return c;
}

// q(t|x) [X', T] and F.
double responsibilities(const BottleneckProblem& p, double beta, const Unknowns& u, std::vector<double>& q) {
  q.assign(p.n_x() * u.n_t, 0);
  std::vector<double> surplus(u.n_t);  // sum r - 1
  for (long t = 0; t < u.n_t; ++t)
    surplus[t] = ordered_sum<double>(u.n_y, [&](long y) { return u.fixed[t * u.n_y + y] ? 0.0 : exp(u.log_r[t * u.n_y + y]); }) - 1;
  double value = ordered_sum<double>(u.n_t, [&](long t) { return exp(u.log_q[t]); });
  for (long x = 0; x < p.n_x(); ++x) {
    double* row = q.data() + x * u.n_t;
    double m = -1e308;
    for (long t = 0; t < u.n_t; ++t) {
      const double cross = product_sum<double>(
          u.n_y, [&](long y) { return p.w[x * u.n_y + y]; }, [&](long y) { return u.log_r[t * u.n_y + y]; });
      row[t] = u.log_q[t] - beta * (p.minus_h[x] - cross + surplus[t]);
      m = row[t] > m ? row[t] : m;
    }
    for (long t = 0; t < u.n_t; ++t) row[t] = exp(row[t] - m);
    const double z = ordered_sum<double>(u.n_t, [&](long t) { return row[t]; });
    for (long t = 0; t < u.n_t; ++t) row[t] = row[t] / z;
    value = fma(-p.p_x[x], m + log(z), value);
  }
  return value;
}

Derivatives derivatives(const BottleneckProblem& p, double beta, const Unknowns& u) {
  const long n = u.size(), stride = u.stride(), n_y = u.n_y;
  Derivatives d{0, std::vector<double>(n, 0), std::vector<double>(n * n, 0)};
  std::vector<double> q, j(n), m(n);
  d.value = responsibilities(p, beta, u, q);
  for (long x = 0; x < p.n_x(); ++x) {
    for (long t = 0; t < u.n_t; ++t) {
      j[t * stride] = 1;
      for (long y = 0; y < n_y; ++y)
        j[t * stride + 1 + y] = u.fixed[t * n_y + y] ? 0 : beta * (p.w[x * n_y + y] - exp(u.log_r[t * n_y + y]));
      const double q_tx = q[x * u.n_t + t];
      for (long k = t * stride; k < (t + 1) * stride; ++k) m[k] = q_tx * j[k];
      const double p_xt = p.p_x[x] * q_tx;
      for (long a = t * stride; a < (t + 1) * stride; ++a) {
        d.gradient[a] = fma(-p_xt, j[a], d.gradient[a]);
        for (long b = t * stride; b <= a; ++b) d.hessian[a * n + b] = fma(-p_xt * j[a], j[b], d.hessian[a * n + b]);
      }
      for (long y = 0; y < n_y; ++y) {
        const long k = t * stride + 1 + y;
        if (!u.fixed[t * n_y + y]) d.hessian[k * n + k] = fma(beta * p_xt, exp(u.log_r[t * n_y + y]), d.hessian[k * n + k]);
      }
    }
    for (long a = 0; a < n; ++a)
      for (long b = 0; b <= a; ++b) d.hessian[a * n + b] = fma(p.p_x[x] * m[a], m[b], d.hessian[a * n + b]);
  }
  for (long t = 0; t < u.n_t; ++t) {
    const long k = t * stride;
    d.gradient[k] = d.gradient[k] + exp(u.log_q[t]);
    d.hessian[k * n + k] = d.hessian[k * n + k] + exp(u.log_q[t]);
    for (long y = 0; y < n_y; ++y)
      if (u.fixed[t * n_y + y]) d.hessian[(k + 1 + y) * n + k + 1 + y] = 1;
  }
  return d;
}

// Solves (H + damping diag H) step = - gradient by Cholesky; false if that matrix is not positive definite. Scaled by its
// diagonal first: a centre with a tiny weight has a tiny row.
bool newton_step(const std::vector<double>& hessian, const std::vector<double>& gradient, double damping,
                 std::vector<double>& step) {
  const long n = static_cast<long>(gradient.size());
  std::vector<double> l(n * n), scale(n);
  for (long a = 0; a < n; ++a) {
    const double size = abs(hessian[a * n + a]);
    scale[a] = size > 0 ? 1 / sqrt(size) : 1;
  }
  for (long a = 0; a < n; ++a)
    for (long b = 0; b <= a; ++b) {
      double entry = hessian[a * n + b] * scale[a] * scale[b];
      if (a == b) entry = entry + damping;
      for (long k = 0; k < b; ++k) entry = fma(-l[a * n + k], l[b * n + k], entry);
      if (a == b && !(entry > 1e-14)) return false;
      l[a * n + b] = a == b ? sqrt(entry) : entry / l[b * n + b];
    }
  step.assign(n, 0);
  for (long a = 0; a < n; ++a) {
    double s = -gradient[a] * scale[a];
    for (long k = 0; k < a; ++k) s = fma(-l[a * n + k], step[k], s);
    step[a] = s / l[a * n + a];
  }
  for (long a = n; a-- > 0;) {
    double s = step[a];
    for (long k = a + 1; k < n; ++k) s = fma(-l[k * n + a], step[k], s);
    step[a] = s / l[a * n + a];
  }
  for (long a = 0; a < n; ++a) step[a] = step[a] * scale[a];
  return true;
}

Unknowns moved(const Unknowns& u, const std::vector<double>& step) {
  Unknowns out = u;
  for (long t = 0; t < u.n_t; ++t) {
    out.log_q[t] = u.log_q[t] + step[t * u.stride()];
    for (long y = 0; y < u.n_y; ++y)
      if (!u.fixed[t * u.n_y + y]) out.log_r[t * u.n_y + y] = u.log_r[t * u.n_y + y] + step[t * u.stride() + 1 + y];
  }
  return out;
}

// How far a step moves what counts: ln q and ln r weighted by q.
double reach(const Unknowns& u, const std::vector<double>& step) {
  double most = 0;
  for (long t = 0; t < u.n_t; ++t) {
    const double q = exp(u.log_q[t]);
    most = std::max(most, q * abs(step[t * u.stride()]));
    for (long y = 0; y < u.n_y; ++y)
      if (!u.fixed[t * u.n_y + y]) most = std::max(most, sqrt(q) * exp(u.log_r[t * u.n_y + y]) * abs(step[t * u.stride() + 1 + y]));
  }
  return most;
}

// K_xt up to a factor of each row, [X', T].
std::vector<double> likelihoods(const BottleneckProblem& p, double beta, const Clusters& c) {
  Clusters even = c;
  for (double& q : even.weight) q = 1;
  const Unknowns u = unknowns(even);
  std::vector<double> q;
  responsibilities(p, beta, u, q);  // K_xt / sum_s K_xs
  return q;
}

// The convex problem of the weights: F up to a constant, and its derivatives over the weights `free`.
struct Weights {
  const BottleneckProblem& p;
  std::vector<double> k;  // [X', T]
  long n_t;

  double z(long x, const std::vector<double>& q) const {
    return product_sum<double>(
        n_t, [&](long t) { return q[t]; }, [&](long t) { return k[x * n_t + t]; });
  }
  double value(const std::vector<double>& q) const {
    double f = ordered_sum<double>(n_t, [&](long t) { return q[t]; });
    for (long x = 0; x < p.n_x(); ++x) f = fma(-p.p_x[x], log(z(x, q)), f);
    return f;
  }
  Derivatives derivatives(const std::vector<double>& q, const std::vector<long>& free) const {
    const long n = static_cast<long>(free.size());
    Derivatives d{0, std::vector<double>(n, 1), std::vector<double>(n * n, 0)};
    for (long x = 0; x < p.n_x(); ++x) {
      const double one_over = 1 / z(x, q);
      for (long a = 0; a < n; ++a) {
        const double ratio = k[x * n_t + free[a]] * one_over;
        d.gradient[a] = fma(-p.p_x[x], ratio, d.gradient[a]);
        for (long b = 0; b <= a; ++b)
          d.hessian[a * n + b] = fma(p.p_x[x] * ratio, k[x * n_t + free[b]] * one_over, d.hessian[a * n + b]);
      }
    }
    return d;
  }

  // A Newton step over the weights that are not 0, as far as the first that becomes 0, half as far while F rises. False at rest.
  bool improve(std::vector<double>& q, double& value) const {
    std::vector<long> free;
    for (long t = 0; t < n_t; ++t)
      if (q[t] > 0) free.push_back(t);
    std::vector<double> step;
    const Derivatives d = derivatives(q, free);
    if (!newton_step(d.hessian, d.gradient, 1e-9, step)) return false;
    double far = 1;
    long first = -1;
    for (std::size_t a = 0; a < free.size(); ++a)
      if (q[free[a]] + far * step[a] < 0) {
        far = -q[free[a]] / step[a];
        first = free[a];
      }
    std::vector<double> next = q;
    for (int halvings = 0; halvings < 30; ++halvings, far /= 2, first = -1) {
      for (std::size_t a = 0; a < free.size(); ++a) next[free[a]] = q[free[a]] + far * step[a];
      if (first >= 0) next[first] = 0;
      const double lower = this->value(next);
      if (!(lower <= value) || !std::all_of(next.begin(), next.end(), [](double w) { return w >= 0; })) continue;
      const bool moved = first >= 0 || value - lower > 1e-15;
      q = next;
      value = lower;
      return moved;
    }
    return false;
  }

  // The weight among those that are 0 whose growth lowers F most gets a little. False if none does.
  bool admit(std::vector<double>& q, double& value) const {
    long best = -1;
    double least = -1e-13;
    for (long t = 0; t < n_t; ++t) {
      if (q[t] > 0) continue;
      const double slope = derivatives(q, {t}).gradient[0];
      if (slope < least) {
        least = slope;
        best = t;
      }
    }
    if (best < 0) return false;
    for (double share = 0.1; share > 1e-12; share /= 4) {
      std::vector<double> next = q;
      next[best] = share;
      const double lower = this->value(next);
      if (!(lower < value)) continue;
      q = next;
      value = lower;
      return true;
    }
    return false;
  }
};

double largest(const std::vector<double>& step) {
  double most = 0;
  for (const double s : step) most = std::max(most, abs(s));
  return most;
}

// The gradient of F with 32 digits, in the same order; q and r in 32 digits too.
struct FineUnknowns {
  std::vector<Twofold> log_q, log_r;
};
std::vector<double> fine_gradient(const BottleneckProblem& p, double beta, const Unknowns& u, const FineUnknowns& fine) {
  const long n_y = u.n_y, stride = u.stride();
  std::vector<Twofold> q(u.n_t), r(u.n_t * n_y), surplus(u.n_t, Twofold(-1.0)), gradient(u.size()), w(n_y), log_k(u.n_t);
  for (long t = 0; t < u.n_t; ++t) {
    gradient[t * stride] = q[t] = exp(fine.log_q[t]);
    for (long y = 0; y < n_y; ++y)
      if (!u.fixed[t * n_y + y]) surplus[t] = surplus[t] + (r[t * n_y + y] = exp(fine.log_r[t * n_y + y]));
  }
  const Twofold price(beta);
  for (long x = 0; x < p.n_x(); ++x) {
    Twofold p_x(0.0), z(0.0);
    for (long y = 0; y < n_y; ++y) p_x = p_x + Twofold(p.p[x * n_y + y]);
    for (long y = 0; y < n_y; ++y) w[y] = Twofold(p.p[x * n_y + y]) / p_x;
    for (long t = 0; t < u.n_t; ++t) {
      Twofold cross(0.0);
      bool reached = true;
      for (long y = 0; y < n_y; ++y) {
        if (w[y].hi > 0 && u.fixed[t * n_y + y]) reached = false;
        if (w[y].hi > 0 && reached) cross = cross + w[y] * fine.log_r[t * n_y + y];
      }
      log_k[t] = reached ? fine.log_q[t] + price * (cross - surplus[t]) : Twofold(-1e300);
    }
    double m = log_k[0].hi;
    for (const Twofold& l : log_k) m = l.hi > m ? l.hi : m;
    for (Twofold& l : log_k) z = z + (l = exp(l - Twofold(m)));
    for (long t = 0; t < u.n_t; ++t) {
      const Twofold p_xt = p_x * (log_k[t] / z);
      gradient[t * stride] = gradient[t * stride] - p_xt;
      for (long y = 0; y < n_y; ++y)
        if (!u.fixed[t * n_y + y])
          gradient[t * stride + 1 + y] = gradient[t * stride + 1 + y] - price * p_xt * (w[y] - r[t * n_y + y]);
    }
  }
  std::vector<double> rounded;
  for (const Twofold& g : gradient) rounded.push_back(g.hi);
  return rounded;
}

// From 15 digits to the nearest double: the same steps, their right sides with 32 digits.
Clusters refined(const BottleneckProblem& problem, double beta, const Unknowns& at) {
  FineUnknowns fine;
  for (const double l : at.log_q) fine.log_q.emplace_back(l);
  for (const double l : at.log_r) fine.log_r.emplace_back(l);
  const Derivatives d = derivatives(problem, beta, at);
  std::vector<double> step;
  double before = 1e-6;
  for (int turn = 0; turn < 6; ++turn) {
    if (!newton_step(d.hessian, fine_gradient(problem, beta, at, fine), 0, step)) break;
    const double size = largest(step);
    if (!(size < before)) break;  // a Hessian that is singular to rounding: stay
    before = 0.5 * size;
    for (long t = 0; t < at.n_t; ++t) {
      fine.log_q[t] = fine.log_q[t] + Twofold(step[t * at.stride()]);
      for (long y = 0; y < at.n_y; ++y)
        if (!at.fixed[t * at.n_y + y])
          fine.log_r[t * at.n_y + y] = fine.log_r[t * at.n_y + y] + Twofold(step[t * at.stride() + 1 + y]);
    }
    if (size < 1e-18) break;
  }
  Clusters c{{}, Tensor<double>(Shape{at.n_t, at.n_y})};
  for (const Twofold& l : fine.log_q) c.weight.push_back(exp(l).hi);
  for (long k = 0; k < at.n_t * at.n_y; ++k) c.centre[k] = at.fixed[k] ? 0 : exp(fine.log_r[k]).hi;
  return c;
}

}  // namespace

Clusters reweighed(const BottleneckProblem& problem, double beta, const Clusters& clusters) {
  const long n_t = static_cast<long>(clusters.weight.size());
  const Weights weights{problem, likelihoods(problem, beta, clusters), n_t};
  std::vector<double> q = clusters.weight;
  double value = weights.value(q);
  for (long turn = 0; turn < 4 * n_t + 40; ++turn)
    if (!weights.improve(q, value) && !weights.admit(q, value)) break;
  std::vector<char> kept(n_t);
  for (long t = 0; t < n_t; ++t) kept[t] = q[t] > 0;
  Clusters out = clusters;
  out.weight = q;
  return keep(out, kept);
}

Polished polish(const BottleneckProblem& problem, double beta, const Clusters& start, long max_steps) {
  Unknowns at = unknowns(start);
  Derivatives d = derivatives(problem, beta, at);
  Polished result;
  double damping = 0, last_reach = 1e300;
  std::vector<double> step, unused;
  while (result.steps < max_steps && damping < 1e8) {
    ++result.steps;
    if (!newton_step(d.hessian, d.gradient, damping, step) || !(largest(step) <= 3)) {
      damping = damping == 0 ? 1e-4 : 10 * damping;
      continue;
    }
    const double size = reach(at, step);
    const Unknowns next = moved(at, step);
    const double value = responsibilities(problem, beta, next, unused);
    // At rest F no longer tells steps apart; their length does
    const bool tiny = damping == 0 && size < 1e-6 && size < 0.5 * last_reach;
    if (!(value < d.value) && !tiny) {
      if (damping == 0 && size < 1e-9) {
        result.converged = true;
        break;
      }
      damping = damping == 0 ? 1e-4 : 10 * damping;
      continue;
    }
    at = next;
    last_reach = damping == 0 ? size : 1e300;
    damping = damping < 1e-6 ? 0 : damping / 10;
    if (size < 1e-16) {
      result.converged = true;
      break;
    }
    d = derivatives(problem, beta, at);
  }
  result.clusters = result.converged ? refined(problem, beta, at) : clusters(at);
  return result;
}

}  // namespace etalon::information
