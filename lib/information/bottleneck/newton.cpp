// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/newton.h"

#include <algorithm>
#include <cmath>

#include "scalar/twofold.h"
#include "tensor/sum.h"

namespace etalon::information {
namespace {

// Cholesky
constexpr double kSmallestPivot = 1e-14;  // of a matrix with 1 on its diagonal: what is below is rounding

// The weights alone
constexpr double kWeightDamping = 1e-9;  // two centres that are alike make the Hessian singular
constexpr int kMostHalvings = 30;        // of a step along which F rises
constexpr double kStillFalls = 1e-15;    // nats of F: a step that gains less is the last
constexpr double kWorthAWeight = 1e-13;  // - dF/dq_t where q_t = 0: below it nothing is gained but rounding
constexpr double kFirstWeight = 0.1;     // of a cluster that had none; a quarter of it while F rises
constexpr double kLeastWeight = 1e-12;

// Weights and centres: steps of ln q and ln r
constexpr double kFirstDamping = 1e-4;     // of the diagonal, where the plain step fails; ten times as much where that fails too
constexpr double kLeastDamping = 1e-6;     // below it the plain step is tried again
constexpr double kMostDamping = 1e8;       // no step is left that would lower F
constexpr double kLongestStep = 3;         // a factor of 20 in q or r: the quadratic model says nothing that far away
constexpr double kNewtonConverges = 1e-6;  // the reach of plain steps that are taken as long as each is half the last
constexpr double kReachThatFHides = 1e-9;  // the reach of steps whose gain, of second order, F no longer shows
constexpr double kAtRest = 1e-16;          // the reach of a step that moves nothing

// The last digits
constexpr double kNearASolution = 1e-6;  // the largest first correction; a larger one is a Hessian singular to rounding
constexpr int kMostCorrections = 6;      // each adds as many digits as the first
constexpr double kLastDigit = 1e-18;     // of ln q and ln r: no double changes any more
constexpr long kMostRowsRefined = 2048;  // more rows take seconds in 32 digits, for two digits more
constexpr int kMostFineCorrections = 40;
constexpr double kFineDigits = 1e-18;  // of ln q and ln r: the last correction of a fine solution

// Where F hides what a step gains
constexpr int kMostHiddenSteps = 60;
constexpr double kGradientAtRest = 1e-14;  // times 1 + beta: rounding

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
    u.log_r.push_back(r > 0 ? log(r) : kLogZero);
  }
  return u;
}

Clusters clusters(const Unknowns& u) {
  Clusters c{{}, Tensor<double>::to_fill(Shape{u.n_t, u.n_y})};
  for (const double l : u.log_q) c.weight.push_back(exp(l));
  for (long k = 0; k < u.n_t * u.n_y; ++k) c.centre[k] = u.fixed[k] ? 0 : exp(u.log_r[k]);
  return c;
}

// q(t|x) [X', T] and F.
double responsibilities(const BottleneckProblem& problem, double beta, const Unknowns& u, std::vector<double>& q) {
  q.assign(problem.n_x() * u.n_t, 0);

  // Compute how much further than KL the extended D is:  sum_y r_ty - 1
  std::vector<double> surplus(u.n_t);
  for (long t = 0; t < u.n_t; ++t)
    surplus[t] = ordered_sum<double>(u.n_y, [&](long y) { return u.fixed[t * u.n_y + y] ? 0.0 : exp(u.log_r[t * u.n_y + y]); }) - 1;

  double value = ordered_sum<double>(u.n_t, [&](long t) { return exp(u.log_q[t]); });
  for (long x = 0; x < problem.n_x(); ++x) {
    // Compute the logits, and the largest:  u_xt = kappa_t - beta (sum_y W ln W - sum_y W rho + sum_y r - 1)
    double* row = q.data() + x * u.n_t;
    double m = -1e308;
    for (long t = 0; t < u.n_t; ++t) {
      const double cross = product_sum<double>(
          u.n_y, [&](long y) { return problem.w[x * u.n_y + y]; }, [&](long y) { return u.log_r[t * u.n_y + y]; });
      row[t] = u.log_q[t] - beta * (problem.minus_h[x] - cross + surplus[t]);
      m = row[t] > m ? row[t] : m;
    }

    // Normalise to the encoder, and add to F:  q(t|x) = e^{u_xt} / Z_x,  F = sum_t q_t - sum_x p_x ln Z_x
    for (long t = 0; t < u.n_t; ++t) row[t] = exp(row[t] - m);
    const double z = ordered_sum<double>(u.n_t, [&](long t) { return row[t]; });
    for (long t = 0; t < u.n_t; ++t) row[t] = row[t] / z;
    value = fma(-problem.p_x[x], m + log(z), value);
  }
  return value;
}

// The formulas of newton.h, one x after the other.
Derivatives derivatives(const BottleneckProblem& problem, double beta, const Unknowns& u) {
  const long n = u.size(), stride = u.stride(), n_y = u.n_y;
  Derivatives d{0, std::vector<double>(n, 0), std::vector<double>(n * n, 0)};
  std::vector<double> q, j(n), m(n);
  d.value = responsibilities(problem, beta, u, q);
  for (long x = 0; x < problem.n_x(); ++x) {
    for (long t = 0; t < u.n_t; ++t) {
      // Differentiate the logit u_xt:  J_t = (1, beta (W_xy - r_ty)), kept in j at the place of t;  m = sum_t q(t|x) J_t
      j[t * stride] = 1;
      for (long y = 0; y < n_y; ++y)
        j[t * stride + 1 + y] = u.fixed[t * n_y + y] ? 0 : beta * (problem.w[x * n_y + y] - exp(u.log_r[t * n_y + y]));
      const double q_tx = q[x * u.n_t + t];
      for (long k = t * stride; k < (t + 1) * stride; ++k) m[k] = q_tx * j[k];

      // Add to the gradient:  - p_x q(t|x) J_t,  and to block (t, t) of the Hessian:  - p_x q(t|x) J_t J_t^T
      const double p_xt = problem.p_x[x] * q_tx;
      for (long a = t * stride; a < (t + 1) * stride; ++a) {
        d.gradient[a] = fma(-p_xt, j[a], d.gradient[a]);
        for (long b = t * stride; b <= a; ++b) d.hessian[a * n + b] = fma(-p_xt * j[a], j[b], d.hessian[a * n + b]);
      }

      // Add to the diagonal, at rho_ty:  beta r_ty p_x q(t|x)
      for (long y = 0; y < n_y; ++y) {
        const long k = t * stride + 1 + y;
        if (!u.fixed[t * n_y + y]) d.hessian[k * n + k] = fma(beta * p_xt, exp(u.log_r[t * n_y + y]), d.hessian[k * n + k]);
      }
    }

    // Add to all blocks (s, t):  p_x m_s m_t^T
    for (long a = 0; a < n; ++a)
      for (long b = 0; b <= a; ++b) d.hessian[a * n + b] = fma(problem.p_x[x] * m[a], m[b], d.hessian[a * n + b]);
  }

  for (long t = 0; t < u.n_t; ++t) {
    // Add to the gradient and to the diagonal, at kappa_t:  q_t
    const long k = t * stride;
    d.gradient[k] = d.gradient[k] + exp(u.log_q[t]);
    d.hessian[k * n + k] = d.hessian[k * n + k] + exp(u.log_q[t]);

    // Give an r_ty that stays 0 a row of the unit matrix, so that its step is 0
    for (long y = 0; y < n_y; ++y)
      if (u.fixed[t * n_y + y]) d.hessian[(k + 1 + y) * n + k + 1 + y] = 1;
  }
  return d;
}

// Solves (H + damping diag |H|) step = - gradient by Cholesky; false if that matrix is not positive definite. Scaled by its
// diagonal first: a centre with a tiny weight has a tiny row.
bool newton_step(const std::vector<double>& hessian, const std::vector<double>& gradient, double damping,
                 std::vector<double>& step) {
  const long n = static_cast<long>(gradient.size());
  std::vector<double> l(n * n), scale(n);

  // Choose the scale S, so that S H S has 1 on its diagonal
  for (long a = 0; a < n; ++a) {
    const double size = abs(hessian[a * n + a]);
    scale[a] = size > 0 ? 1 / sqrt(size) : 1;
  }

  // Factor by Cholesky, as long as the pivots are positive:  L L^T = S H S + damping I
  for (long a = 0; a < n; ++a)
    for (long b = 0; b <= a; ++b) {
      double entry = hessian[a * n + b] * scale[a] * scale[b];
      if (a == b) entry = entry + damping;
      for (long k = 0; k < b; ++k) entry = fma(-l[a * n + k], l[b * n + k], entry);
      if (a == b && !(entry > kSmallestPivot)) return false;
      l[a * n + b] = a == b ? sqrt(entry) : entry / l[b * n + b];
    }

  // Solve forward:  L v = - S gradient
  step.assign(n, 0);
  for (long a = 0; a < n; ++a) {
    double s = -gradient[a] * scale[a];
    for (long k = 0; k < a; ++k) s = fma(-l[a * n + k], step[k], s);
    step[a] = s / l[a * n + a];
  }

  // Solve backward, and scale back:  L^T S^-1 step = v
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
std::vector<double> likelihoods(const BottleneckProblem& problem, double beta, const Clusters& c) {
  Clusters even = c;
  for (double& q : even.weight) q = 1;
  const Unknowns u = unknowns(even);
  std::vector<double> q;
  responsibilities(problem, beta, u, q);  // K_xt / sum_s K_xs
  return q;
}

// The convex problem of the weights: F up to a constant, and its derivatives over the weights `free`.
struct Weights {
  const BottleneckProblem& problem;
  std::vector<double> k;  // [X', T]
  long n_t;

  double z(long x, const std::vector<double>& q) const {
    return product_sum<double>(
        n_t, [&](long t) { return q[t]; }, [&](long t) { return k[x * n_t + t]; });
  }
  double value(const std::vector<double>& q) const {
    double f = ordered_sum<double>(n_t, [&](long t) { return q[t]; });
    for (long x = 0; x < problem.n_x(); ++x) f = fma(-problem.p_x[x], log(z(x, q)), f);
    return f;
  }
  // dF/dq_t = 1 - sum_x p_x K_xt / Z_x,   d2F/dq_s dq_t = sum_x p_x K_xs K_xt / Z_x^2
  Derivatives derivatives(const std::vector<double>& q, const std::vector<long>& free) const {
    const long n = static_cast<long>(free.size());
    Derivatives d{0, std::vector<double>(n, 1), std::vector<double>(n * n, 0)};
    for (long x = 0; x < problem.n_x(); ++x) {
      const double one_over = 1 / z(x, q);
      for (long a = 0; a < n; ++a) {
        const double ratio = k[x * n_t + free[a]] * one_over;
        d.gradient[a] = fma(-problem.p_x[x], ratio, d.gradient[a]);
        for (long b = 0; b <= a; ++b)
          d.hessian[a * n + b] = fma(problem.p_x[x] * ratio, k[x * n_t + free[b]] * one_over, d.hessian[a * n + b]);
      }
    }
    return d;
  }

  // A Newton step over the weights that are not 0, as far as the first that becomes 0, half as far while F rises. False at rest.
  bool improve(std::vector<double>& q, double& value) const {
    // Solve for the step over the weights that are not 0
    std::vector<long> free;
    for (long t = 0; t < n_t; ++t)
      if (q[t] > 0) free.push_back(t);
    std::vector<double> step;
    const Derivatives d = derivatives(q, free);
    if (!newton_step(d.hessian, d.gradient, kWeightDamping, step)) return false;

    // Go as far as the first that becomes 0
    double length = 1;
    long blocking = -1;
    for (std::size_t a = 0; a < free.size(); ++a)
      if (q[free[a]] + length * step[a] < 0) {
        length = -q[free[a]] / step[a];
        blocking = free[a];
      }

    std::vector<double> next = q;
    for (int halvings = 0; halvings < kMostHalvings; ++halvings, length /= 2, blocking = -1) {
      for (std::size_t a = 0; a < free.size(); ++a) next[free[a]] = q[free[a]] + length * step[a];
      if (blocking >= 0) next[blocking] = 0;

      // Go half as far if F rises
      const double lower = this->value(next);
      if (!(lower <= value) || !std::all_of(next.begin(), next.end(), [](double w) { return w >= 0; })) continue;

      // Go there otherwise; it is at rest if nothing became 0 and F hardly falls
      const bool moved = blocking >= 0 || value - lower > kStillFalls;
      q = next;
      value = lower;
      return moved;
    }
    return false;
  }

  // The weight among those that are 0 whose growth lowers F most gets a little. False if none does.
  bool admit(std::vector<double>& q, double& value) const {
    // Choose the steepest
    long best = -1;
    double least = -kWorthAWeight;
    for (long t = 0; t < n_t; ++t) {
      if (q[t] > 0) continue;
      const double slope = derivatives(q, {t}).gradient[0];
      if (slope < least) {
        least = slope;
        best = t;
      }
    }
    if (best < 0) return false;

    // Give it as much as lowers F
    for (double weight = kFirstWeight; weight > kLeastWeight; weight /= 4) {
      std::vector<double> next = q;
      next[best] = weight;
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
std::vector<double> fine_gradient(const Tensor<double>& p, double beta, const Unknowns& u, const FineUnknowns& fine) {
  const long n_y = u.n_y, stride = u.stride();
  std::vector<Twofold> q(u.n_t), r(u.n_t * n_y), surplus(u.n_t, Twofold(-1.0)), gradient(u.size()), w(n_y), log_k(u.n_t);

  // Compute q_t, r_ty and sum_y r_ty - 1; the gradient by kappa_t begins with q_t
  for (long t = 0; t < u.n_t; ++t) {
    gradient[t * stride] = q[t] = exp(fine.log_q[t]);
    for (long y = 0; y < n_y; ++y)
      if (!u.fixed[t * n_y + y]) surplus[t] = surplus[t] + (r[t * n_y + y] = exp(fine.log_r[t * n_y + y]));
  }

  const Twofold price(beta);
  for (long x = 0; x < p.n_rows(); ++x) {
    // Compute p_x and W_x of the given doubles, divided in 32 digits
    Twofold p_x(0.0), z(0.0);
    for (long y = 0; y < n_y; ++y) p_x = p_x + Twofold(p[x * n_y + y]);
    for (long y = 0; y < n_y; ++y) w[y] = Twofold(p[x * n_y + y]) / p_x;

    // Compute the logits u_xt without sum_y W ln W, the same for every t; a centre that is 0 where W_x is not does not reach x
    for (long t = 0; t < u.n_t; ++t) {
      Twofold cross(0.0);
      bool reached = true;
      for (long y = 0; y < n_y; ++y) {
        if (w[y].hi > 0 && u.fixed[t * n_y + y]) reached = false;
        if (w[y].hi > 0 && reached) cross = cross + w[y] * fine.log_r[t * n_y + y];
      }
      log_k[t] = reached ? fine.log_q[t] + price * (cross - surplus[t]) : Twofold(kLogZero);
    }

    // Exponentiate the logits, the largest taken as 1, and sum:  Z_x = sum_t e^{u_xt}
    double m = log_k[0].hi;
    for (const Twofold& l : log_k) m = l.hi > m ? l.hi : m;
    for (Twofold& l : log_k) z = z + (l = exp(l - Twofold(m)));

    // Add to the gradient by kappa_t:  - p_x q(t|x),  and by rho_ty:  - beta p_x q(t|x) (W_xy - r_ty)
    for (long t = 0; t < u.n_t; ++t) {
      const Twofold p_xt = p_x * (log_k[t] / z);
      gradient[t * stride] = gradient[t * stride] - p_xt;
      for (long y = 0; y < n_y; ++y)
        if (!u.fixed[t * n_y + y])
          gradient[t * stride + 1 + y] = gradient[t * stride + 1 + y] - price * p_xt * (w[y] - r[t * n_y + y]);
    }
  }

  // Round once, at the end
  std::vector<double> rounded;
  for (const Twofold& g : gradient) rounded.push_back(g.hi);
  return rounded;
}

void move(FineUnknowns& fine, const Unknowns& u, const std::vector<double>& step) {
  for (long t = 0; t < u.n_t; ++t) {
    fine.log_q[t] = fine.log_q[t] + Twofold(step[t * u.stride()]);
    for (long y = 0; y < u.n_y; ++y)
      if (!u.fixed[t * u.n_y + y]) fine.log_r[t * u.n_y + y] = fine.log_r[t * u.n_y + y] + Twofold(step[t * u.stride() + 1 + y]);
  }
}

FineUnknowns fine_unknowns(const Unknowns& u) {
  FineUnknowns fine;
  for (const double l : u.log_q) fine.log_q.emplace_back(l);
  for (const double l : u.log_r) fine.log_r.emplace_back(l);
  return fine;
}

// From 15 digits to the nearest double: the same steps, their right sides with 32 digits.
Clusters refined(const BottleneckProblem& problem, double beta, const Unknowns& at) {
  FineUnknowns fine = fine_unknowns(at);

  // Let one Hessian serve all corrections
  const Derivatives d = derivatives(problem, beta, at);
  std::vector<double> step;
  double before = kNearASolution;
  for (int turn = 0; turn < kMostCorrections; ++turn) {
    // Correct as long as each correction is less than half the last; with a Hessian singular to rounding it is not: stay
    if (!newton_step(d.hessian, fine_gradient(problem.p, beta, at, fine), 0, step)) break;
    const double size = largest(step);
    if (!(size < before)) break;
    before = 0.5 * size;
    move(fine, at, step);
    if (size < kLastDigit) break;
  }

  // Round q and r once
  Clusters c{{}, Tensor<double>::to_fill(Shape{at.n_t, at.n_y})};
  for (const Twofold& l : fine.log_q) c.weight.push_back(exp(l).hi);
  for (long k = 0; k < at.n_t * at.n_y; ++k) c.centre[k] = at.fixed[k] ? 0 : exp(fine.log_r[k]).hi;
  return c;
}

// The size of a gradient as it moves a solution: each entry against the square root of its curvature.
double size_of_gradient(const Derivatives& d) {
  const long n = static_cast<long>(d.gradient.size());
  double sum = 0;
  for (long a = 0; a < n; ++a) {
    const double curvature = abs(d.hessian[a * n + a]);
    if (curvature > 0) sum = fma(d.gradient[a] / curvature, d.gradient[a], sum);
  }
  return sqrt(sum);
}

// Near a bifurcation a step of 1e-4 lowers F by less than its rounding, but the gradient still shrinks: plain Newton steps as long as
// it does. True if the last of them moved nothing; `at` moves only then.
bool come_to_rest_by_gradient(const BottleneckProblem& problem, double beta, Unknowns& at, long& steps) {
  Unknowns here = at;
  Derivatives d = derivatives(problem, beta, here);
  std::vector<double> step;
  for (int turn = 0; turn < kMostHiddenSteps; ++turn) {
    // Refuse a step that is long, or that F certainly rises along
    if (!newton_step(d.hessian, d.gradient, 0, step) || !(largest(step) <= kLongestStep)) return false;
    const Unknowns next = moved(here, step);
    const Derivatives there = derivatives(problem, beta, next);
    ++steps;
    if (there.value > d.value + 1e-14 * (1 + beta)) return false;

    // Stop where the gradient no longer shrinks: near enough for the last digits, or not at all
    const double size = reach(here, step);
    if (!(size_of_gradient(there) < 0.9 * size_of_gradient(d))) {
      if (!(size < kNewtonConverges && size_of_gradient(d) < kGradientAtRest * (1 + beta))) return false;
      at = here;
      return true;
    }
    here = next;
    d = there;
  }
  return false;
}

}  // namespace

std::optional<FineClusters> solved_finely(const BottleneckProblem& problem, const Tensor<double>& p, double beta,
                                          const Clusters& clusters) {
  // Correct with one Hessian, as long as each correction is less than half the last
  const Unknowns at = unknowns(clusters);
  const Derivatives d = derivatives(problem, beta, at);
  FineUnknowns fine = fine_unknowns(at);
  std::vector<double> step;
  double size = kNearASolution;
  for (int turn = 0; turn < kMostFineCorrections; ++turn) {
    if (!newton_step(d.hessian, fine_gradient(p, beta, at, fine), 0, step)) return std::nullopt;
    if (!(largest(step) < 0.5 * size)) break;
    size = largest(step);
    move(fine, at, step);
  }
  if (!(size < kFineDigits)) return std::nullopt;

  // Take the exponentials
  FineClusters out{at.n_t, at.n_y, {}, {}};
  for (const Twofold& l : fine.log_q) out.q.push_back(exp(l));
  for (long k = 0; k < at.n_t * at.n_y; ++k) out.r.push_back(at.fixed[k] ? Twofold(0.0) : exp(fine.log_r[k]));
  return out;
}

Clusters reweighed(const BottleneckProblem& problem, double beta, const Clusters& clusters) {
  const long n_t = static_cast<long>(clusters.weight.size());
  const Weights weights{problem, likelihoods(problem, beta, clusters), n_t};
  std::vector<double> q = clusters.weight;
  double value = weights.value(q);

  // Take Newton steps until rest, then admit a weight that was 0, until none would lower F
  for (long turn = 0; turn < 4 * n_t + 40; ++turn)
    if (!weights.improve(q, value) && !weights.admit(q, value)) break;

  // Leave out what has no weight
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
  while (result.steps < max_steps && damping < kMostDamping) {
    ++result.steps;

    // Solve for a step; damp more where the Hessian is not positive definite or the step goes too far
    if (!newton_step(d.hessian, d.gradient, damping, step) || !(largest(step) <= kLongestStep)) {
      damping = damping == 0 ? kFirstDamping : 10 * damping;
      continue;
    }
    const double size = reach(at, step);
    const Unknowns next = moved(at, step);
    const double value = responsibilities(problem, beta, next, unused);

    // Refuse it where F does not fall. At rest F no longer tells steps apart; their length does
    const bool converging = damping == 0 && size < kNewtonConverges && size < 0.5 * last_reach;
    if (!(value < d.value) && !converging) {
      if (damping == 0 && size < kReachThatFHides) {
        result.converged = true;
        break;
      }
      damping = damping == 0 ? kFirstDamping : 10 * damping;
      continue;
    }

    // Take it, and damp the next one less
    at = next;
    last_reach = damping == 0 ? size : 1e300;
    damping = damping < kLeastDamping ? 0 : damping / 10;
    if (size < kAtRest) {
      result.converged = true;
      break;
    }
    d = derivatives(problem, beta, at);
  }

  // Go on by the gradient alone where F no longer shows what a step gains
  if (!result.converged) result.converged = come_to_rest_by_gradient(problem, beta, at, result.steps);

  // Add the last digits if it converged
  const bool few = problem.n_x() <= kMostRowsRefined;
  result.clusters = result.converged && few ? refined(problem, beta, at) : clusters(at);
  return result;
}

}  // namespace etalon::information
