// SPDX-License-Identifier: Apache-2.0
// Gradients of the bounds, against forward mode over balls: each entry of a formula is proved, and planted mistakes are refused.
#include <catch2/catch.hpp>
#include <functional>

#include "information/bounds/club_body.h"
#include "information/bounds/contrastive.h"
#include "information/bounds/critic_body.h"
#include "information/bounds/pairwise_body.h"
#include "information/bounds/vib_body.h"
#include "information/random_law.h"
#include "scalar/ball.h"
#include "scalar/dual.h"

using namespace etalon;
using namespace etalon::information;

namespace etalon {
// Rows of logits as laws.
template <class S>
Tensor<S> softmax_rows(Tensor<S> l) {
  for (long x = 0; x < l.n_rows(); ++x) {
    S* row = l.data() + x * l.n_cols();
    for (long z = 0; z < l.n_cols(); ++z) row[z] = exp(row[z]);
    const S sum = ordered_sum<S>(l.n_cols(), [&](long z) { return row[z]; });
    for (long z = 0; z < l.n_cols(); ++z) row[z] = row[z] / sum;
  }
  return l;
}
}  // namespace etalon

namespace {

using D = Dual<Ball>;
using Function = std::function<D(const Tensor<D>&)>;

// How the numbers of a table move with their coordinate: f itself, or ln q.
enum class Coordinate { itself, logarithm };

// The witness: d value / d(entry i) for every i, by forward mode.
Tensor<Ball> witness(const Tensor<double>& at, Coordinate coordinate, const Function& value) {
  Tensor<Ball> slope(at.shape());
  for (long i = 0; i < at.size(); ++i) {
    auto x = as<D>(at);
    x[i].dot = coordinate == Coordinate::itself ? Ball(1) : x[i].value;
    slope[i] = value(x).dot;
  }
  return slope;
}

// True if every entry of the formula, read in balls, is the witness's to 1e-38: one real number, so to say.
bool proved(const Tensor<Ball>& slope, const Tensor<Ball>& formula) {
  bool all = slope.shape() == formula.shape();
  for (long i = 0; all && i < slope.size(); ++i) all &= (slope[i] - formula[i]).certainly_within(1e-38);
  return all;
}

// The largest distance of a formula in double from the witness.
double distance(const Tensor<Ball>& slope, const Tensor<double>& formula) {
  if (slope.shape() != formula.shape()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (long i = 0; i < slope.size(); ++i) {
    const Ball d = slope[i] - Ball(formula[i]);
    worst = std::max(worst, etalon::abs(midpoint(d)) + radius(d));
  }
  return worst;
}

// The same gradient with one thing changed at every entry.
template <class Change>
Tensor<Ball> planted(Tensor<Ball> gradient, Change change) {
  for (long i = 0; i < gradient.size(); ++i) gradient[i] = change(gradient[i], i);
  return gradient;
}

template <class S>
Tensor<S> table(std::vector<S> v) {
  const long n = static_cast<long>(v.size());
  return Tensor<S>(Shape{n}, std::move(v));
}

}  // namespace

TEST_CASE("critics: the gradients of DV, NWJ and TUBA are proved", "[information][bounds][gradient]") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto joint = random_law(seed, 2 + static_cast<long>(seed % 3), 3, 0.2);
    const auto law = law_of<Ball>(joint);
    const auto f = normal_tensor(Stream(seed, "f"), joint.p().shape(), 0.2, 1);
    const auto log_a = normal_tensor(Stream(seed, "a"), Shape{joint.n_y()}, 0, 1);
    CAPTURE(seed);

    const auto dv = witness(f, Coordinate::itself, [&](const Tensor<D>& x) { return donsker_varadhan(joint, x).value.value; });
    CHECK(proved(dv, donsker_varadhan_gradient(joint, as<Ball>(f))));
    CHECK(distance(dv, donsker_varadhan_gradient(joint, f)) < 1e-15);

    const auto nwj_slope = witness(f, Coordinate::itself, [&](const Tensor<D>& x) { return nwj(joint, x).value.value; });
    CHECK(proved(nwj_slope, nwj_gradient(joint, as<Ball>(f))));
    CHECK(distance(nwj_slope, nwj_gradient(joint, f)) < 4e-15);

    const auto gradient = tuba_gradient(joint, as<Ball>(f), as<Ball>(log_a).values());
    CHECK(proved(
        witness(f, Coordinate::itself, [&](const Tensor<D>& x) { return tuba(joint, x, as<D>(log_a).values()).value.value; }),
        gradient.f));
    CHECK(proved(
        witness(log_a, Coordinate::itself, [&](const Tensor<D>& a) { return tuba(joint, as<D>(f), a.values()).value.value; }),
        table(gradient.log_a)));

    // Planted: e^f for e^{f-1}; DV without its normaliser; the two taken for each other
    const auto product = [&](long i) { return law.p_x[i / joint.n_y()] * law.p_y[i % joint.n_y()]; };
    CHECK_FALSE(proved(nwj_slope, planted(law.p, [&](const Ball& p, long i) { return p - product(i) * exp(Ball(f[i])); })));
    CHECK_FALSE(proved(dv, planted(law.p, [&](const Ball& p, long i) { return p - product(i) * exp(Ball(f[i])); })));
    CHECK_FALSE(proved(dv, nwj_gradient(joint, as<Ball>(f))));
  }
}

TEST_CASE("laws that are learned: gradients by ln q and ln r are proved", "[information][bounds][gradient]") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto joint = random_law(seed, 3, 2 + static_cast<long>(seed % 3), 0.2);
    const auto law = law_of<Ball>(joint);
    const auto q = random_rows(seed, "q", joint.n_x(), joint.n_y());
    const auto r = random_rows(seed, "r", 1, joint.n_y());
    CAPTURE(seed);
    const auto ba = witness(q, Coordinate::logarithm, [&](const Tensor<D>& x) { return decoder_bound(joint, x).value.value; });
    CHECK(proved(ba, law.p));
    CHECK(distance(ba, decoder_bound_gradient(joint)) < 1e-15);
    const auto v = witness(q, Coordinate::logarithm, [&](const Tensor<D>& x) { return vclub(joint, x).value.value; });
    CHECK(proved(v, law.excess));
    CHECK(distance(v, vclub_gradient(joint)) < 1e-15);

    // Planted: the gradient by q in place of ln q; p(y|x) for p(x, y)
    CHECK_FALSE(proved(ba, planted(law.p, [&](const Ball& p, long i) { return p / Ball(q[i]); })));
    CHECK_FALSE(proved(ba, planted(law.p, [&](const Ball& p, long i) { return p / law.p_x[i / joint.n_y()]; })));
    CHECK_FALSE(proved(v, law.p));

    const auto d = Tensor<double>(Shape{3, 3}, {0, 0.5, 1.25, 0.75, 0, 2, 0.25, 1, 0});
    const std::vector<double> p = {0.25, 0.125, 0.625};
    const auto pairwise = witness(d, Coordinate::itself, [&](const Tensor<D>& x) { return pairwise_kl_bound(p, x).value.value; });
    CHECK(proved(pairwise, pairwise_gradient(p, as<Ball>(d))));
    CHECK(distance(pairwise, pairwise_gradient(p, d)) < 1e-15);
    CHECK_FALSE(proved(pairwise, planted(pairwise_gradient(p, as<Ball>(d)), [](const Ball& g, long) { return -g; })));
  }
}

TEST_CASE("the objectives of VIB and of the bottleneck: every gradient is proved", "[information][bounds][gradient]") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const auto joint = random_law(seed, 3, 2 + static_cast<long>(seed % 2), 0.2);
    const long n_x = 3, n_z = 2 + static_cast<long>(seed % 3);
    const double beta = 3.5;
    const auto q = random_rows(seed, "decoder", n_z, joint.n_y());
    const auto r = random_rows(seed, "r", 1, n_z);
    const auto logits = normal_tensor(Stream(seed, "logits"), Shape{n_x, n_z}, 0, 1);
    const auto encoder = softmax_rows(as<Ball>(logits));
    const auto guess = as<Ball>(r).values();
    CAPTURE(seed, n_z);
    const auto gradient = vib_gradient(joint, encoder, guess, as<Ball>(q), beta);

    // r moves as a law: r = softmax(ln r + t), so d/dt = d/d ln r - r sum d/d ln r
    auto ln_r = r;
    for (long z = 0; z < n_z; ++z) ln_r[z] = etalon::log(r[z]);
    const auto r_in_balls = softmax_rows(as<Ball>(ln_r));
    const auto by_r = witness(ln_r, Coordinate::itself, [&](const Tensor<D>& l) {
      return vib_objective(joint, softmax_rows(as<D>(logits)), softmax_rows(l).values(), as<D>(q), beta).value.value;
    });
    const auto inside = [&](const std::vector<Ball>& g) {
      const Ball sum = ordered_sum<Ball>(n_z, [&](long z) { return g[z]; });
      return planted(r_in_balls, [&](const Ball& r_z, long z) { return g[z] - r_z * sum; });
    };
    CHECK(proved(by_r, inside(gradient.log_r)));
    CHECK(proved(witness(q, Coordinate::logarithm,
                         [&](const Tensor<D>& x) {
                           return vib_objective(joint, softmax_rows(as<D>(logits)), as<D>(r).values(), x, beta).value.value;
                         }),
                 gradient.log_q));
    const auto by_logits = witness(logits, Coordinate::itself, [&](const Tensor<D>& l) {
      return vib_objective(joint, softmax_rows(l), as<D>(r).values(), as<D>(q), beta).value.value;
    });
    CHECK(proved(by_logits, at_logits(encoder, gradient.encoder)));
    const auto lagrangian = witness(logits, Coordinate::itself, [&](const Tensor<D>& l) {
      return bottleneck_lagrangian(joint, softmax_rows(l), beta).value.value;
    });
    const auto formula = bottleneck_lagrangian_gradient(joint, encoder, beta);
    CHECK(proved(lagrangian, at_logits(encoder, formula)));

    // In double, with the encoder rounded first
    const auto rounded = softmax_rows(logits);
    CHECK(distance(lagrangian, at_logits(rounded, bottleneck_lagrangian_gradient(joint, rounded, beta))) < 1e-14);
    CHECK(distance(by_logits, at_logits(rounded, vib_gradient(joint, rounded, r.values(), q, beta).encoder)) < 1e-14);

    // By p(z|x) itself, along a direction in which the row keeps its sum: mass goes from z = 0 to z = 1
    for (long x = 0; x < n_x; ++x) {
      Tensor<D> moved(Shape{n_x, n_z});
      for (long i = 0; i < moved.size(); ++i) moved[i].value = encoder[i];
      moved[x * n_z].dot = Ball(-1);
      moved[x * n_z + 1].dot = Ball(1);
      const auto along = [&](const Tensor<Ball>& g) { return g[x * n_z + 1] - g[x * n_z]; };
      CHECK((bottleneck_lagrangian(joint, moved, beta).value.value.dot - along(formula)).certainly_within(1e-38));
      CHECK((vib_objective(joint, moved, as<D>(r).values(), as<D>(q), beta).value.value.dot - along(gradient.encoder))
                .certainly_within(1e-38));
    }

    // Planted: r for p(z); the row's constant taken by a plain mean; beta left out; an encoder that forgets that p(z) moves
    CHECK_FALSE(proved(by_r, inside(planted(r_in_balls, [](const Ball& v, long) { return -v; }).values())));
    const auto mean_free = planted(formula, [&](const Ball& g, long i) {
      const long row = i / n_z * n_z;
      return encoder[i] * (g - ordered_sum<Ball>(n_z, [&](long z) { return formula[row + z]; }) / Ball(static_cast<double>(n_z)));
    });
    CHECK_FALSE(proved(lagrangian, mean_free));
    CHECK_FALSE(proved(lagrangian, at_logits(encoder, bottleneck_lagrangian_gradient(joint, encoder, 1))));
    CHECK_FALSE(proved(lagrangian, formula));
    CHECK_FALSE(proved(lagrangian, at_logits(encoder, gradient.encoder)));
  }
  // At the marginal and the decoder of the encoder, the objective is L + beta H(Y), and its gradient that of L
  const auto joint = random_law(1, 3, 2, 0);
  const auto encoder = random_rows(1, "encoder", 3, 2);
  const auto zy = detail::law_of_zy(law_of<double>(joint), encoder);
  auto q = zy.p;
  for (long i = 0; i < q.size(); ++i) q[i] = q[i] / zy.p_x[i / 2];
  const auto vib = at_logits(encoder, vib_gradient(joint, encoder, zy.p_x, q, 2).encoder);
  const auto lagrangian = at_logits(encoder, bottleneck_lagrangian_gradient(joint, encoder, 2));
  for (long i = 0; i < vib.size(); ++i) CHECK(etalon::abs(vib[i] - lagrangian[i]) < 1e-15);
}

namespace {

long power(long base, long exponent) { return exponent == 0 ? 1 : base * power(base, exponent - 1); }

// What K samples give, over any scalar, one K-tuple at a time: E_{x_1 beside y or not} of value(tuple, y).
template <class Value>
D over_tuples(const Joint& joint, long k, bool beside_y, Value value) {
  const auto law = law_of<Ball>(joint);
  D total(0.0);
  for (long y = 0; y < joint.n_y(); ++y)
    for (long code = 0, n = power(joint.n_x(), k); code < n; ++code) {
      std::vector<long> t;
      for (long rest = code; static_cast<long>(t.size()) < k; rest /= joint.n_x()) t.push_back(rest % joint.n_x());
      if (beside_y && joint(t[0], y) == 0) continue;
      Ball weight = beside_y ? law.p[law.at(t[0], y)] : law.p_x[t[0]] * law.p_y[y];
      for (long j = 1; j < k; ++j) weight = weight * law.p_x[t[j]];
      total = fma(D(weight, Ball(0)), value(t, y), total);
    }
  return total;
}

}  // namespace

TEST_CASE("K samples: gradients against every K-tuple, over balls", "[information][bounds][gradient]") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const long n_x = 3, n_y = 2, k = 3;
    const auto joint = random_law(seed, n_x, n_y, 0.2);
    auto f = normal_tensor(Stream(seed, "f"), joint.p().shape(), 0, 1);
    f[0] = f[n_y];  // one class, two ratios
    const auto b = normal_tensor(Stream(seed, "b"), Shape{n_y}, 0, 1);
    CAPTURE(seed);
    const auto mean_exp = [&](const Tensor<D>& g, const std::vector<long>& t, long y) {
      return ordered_sum<D>(k, [&](long j) { return exp(g[t[j] * n_y + y]); }) / D(static_cast<double>(k));
    };
    const auto nce = witness(f, Coordinate::itself, [&](const Tensor<D>& g) {
      return over_tuples(joint, k, true, [&](const auto& t, long y) { return g[t[0] * n_y + y] - log(mean_exp(g, t, y)); });
    });
    CHECK(distance(nce, info_nce_gradient(joint, f, k)) < 4e-15);
    const auto dv = witness(f, Coordinate::itself, [&](const Tensor<D>& g) {
      return over_tuples(joint, 1, true, [&](const auto& t, long y) { return g[t[0] * n_y + y]; }) -
             over_tuples(joint, k, false, [&](const auto& t, long y) { return log(mean_exp(g, t, y)); });
    });
    CHECK(distance(dv, donsker_varadhan_samples_gradient(joint, f, k, Negatives::of_one_y)) < 4e-15);

    for (const double alpha : {0.0, 0.3, 1.0}) {
      const auto value = [&](const Tensor<D>& g, const Tensor<D>& l) {
        const auto a = [&](const auto& t, long y) { return D(alpha) * mean_exp(g, t, y) + D(1 - alpha) * exp(l[y]); };
        return over_tuples(joint, k, true, [&](const auto& t, long y) { return g[t[0] * n_y + y] - log(a(t, y)); }) -
               over_tuples(joint, k, false, [&](const auto& t, long y) { return exp(g[t[0] * n_y + y]) / a(t, y); });
      };
      CAPTURE(alpha);
      const auto gradient = interpolated_gradient(joint, f, b.values(), alpha, k);
      CHECK(distance(witness(f, Coordinate::itself, [&](const Tensor<D>& g) { return value(g, as<D>(b)); }), gradient.f) < 1e-14);
      CHECK(distance(witness(b, Coordinate::itself, [&](const Tensor<D>& l) { return value(as<D>(f), l); }),
                     table(gradient.log_b)) < 1e-14);
    }

    // Planted: the positive left out of the normaliser (that is DV of K - 1), one sample too many, one taken for the other
    CHECK_FALSE(distance(nce, donsker_varadhan_samples_gradient(joint, f, k - 1, Negatives::of_one_y)) < 1e-3);
    CHECK_FALSE(distance(nce, info_nce_gradient(joint, f, k + 1)) < 1e-3);
    CHECK_FALSE(distance(dv, info_nce_gradient(joint, f, k)) < 1e-3);
    CHECK_FALSE(distance(dv, donsker_varadhan_samples_gradient(joint, f, k, Negatives::of_pairs)) < 1e-4);
  }
  // Negatives that are pairs, two of them
  const auto joint = random_law(2, 2, 3, 0.1);
  const auto law = law_of<Ball>(joint);
  const auto f = normal_tensor(Stream(2, "f"), joint.p().shape(), 0, 1);
  const auto pairs = witness(f, Coordinate::itself, [&](const Tensor<D>& g) {
    D total(0.0);
    for (long i = 0; i < g.size(); ++i) {
      total = fma(D(law.p[i], Ball(0)), g[i], total);
      for (long j = 0; j < g.size(); ++j) {
        const Ball weight = law.p_x[i / 3] * law.p_y[i % 3] * law.p_x[j / 3] * law.p_y[j % 3];
        total = total - D(weight, Ball(0)) * log((exp(g[i]) + exp(g[j])) / D(2.0));
      }
    }
    return total;
  });
  CHECK(distance(pairs, donsker_varadhan_samples_gradient(joint, f, 2, Negatives::of_pairs)) < 4e-15);
  // The best critic is stationary for InfoNCE; every gradient sums to 0 over x and y, for f + c is as good as f
  const auto best = info_nce_gradient(joint, log_ratio(joint), 4);
  for (long i = 0; i < best.size(); ++i) CHECK(etalon::abs(best[i]) < 1e-15);
}
