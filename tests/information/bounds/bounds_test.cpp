// SPDX-License-Identifier: Apache-2.0
// Bounds: the table of truth; what K samples give against every K-tuple, in balls; what is refused and what is infinite.
#include <catch2/catch.hpp>
#include <functional>
#include <type_traits>

#include "information/bounds/barber_agakov.h"
#include "information/bounds/club.h"
#include "information/bounds/contrastive.h"
#include "information/bounds/critic.h"
#include "information/bounds/pairwise.h"
#include "information/bounds/sample_counts.h"
#include "information/bounds/vib.h"
#include "information/law/entropy.h"
#include "information/random_law.h"
#include "information/truth.h"

using namespace etalon;
using namespace etalon::information;
using truth::bsc;
using truth::off;

namespace {

// The distance of a double from a ball, relative to the ball where it is above `floor`.
double off(double x, const Ball& y, double floor = 0) {
  const Ball distance = Ball(x) - y;
  const double size = std::max(etalon::abs(midpoint(y)), floor);
  return (etalon::abs(midpoint(distance)) + radius(distance)) / size;
}

Joint copy(long n) {
  Tensor<double> p(Shape{n, n});
  for (long x = 0; x < n; ++x) p[x * n + x] = 1 / static_cast<double>(n);
  return Joint(std::move(p));
}

Tensor<double> rows_of_bsc(double e) { return Tensor<double>(Shape{2, 2}, {1 - e, e, e, 1 - e}); }

Tensor<double> scaled(Tensor<double> f, double by, double plus) {
  for (long i = 0; i < f.size(); ++i) f[i] = by * f[i] + plus;
  return f;
}

// ---- Brute force in balls: the exact table, every K-tuple of x

struct BallLaw {
  Joint joint;
  std::vector<Ball> p, p_x, p_y;
  explicit BallLaw(const Joint& j) : joint(j), p_x(j.n_x(), Ball(0)), p_y(j.n_y(), Ball(0)) {
    Ball s(0);
    for (long i = 0; i < j.p().size(); ++i) s = s + Ball(j.p()[i]);
    for (long i = 0; i < j.p().size(); ++i) {
      p.push_back(Ball(j.p()[i]) / s);
      p_x[i / j.n_y()] = p_x[i / j.n_y()] + p[i];
      p_y[i % j.n_y()] = p_y[i % j.n_y()] + p[i];
    }
  }
  const Ball& at(long x, long y) const { return p[x * joint.n_y() + y]; }
  bool meets(long x, long y) const { return joint(x, y) > 0; }
  Ball ratio(long x, long y) const { return at(x, y) / (p_x[x] * p_y[y]); }
  Ball mutual() const {
    Ball i(0);
    for (long x = 0; x < joint.n_x(); ++x)
      for (long y = 0; y < joint.n_y(); ++y)
        if (meets(x, y)) i = i + at(x, y) * log(ratio(x, y));
    return i;
  }
};

// sum over (x_1, ..., x_K) in {0..n-1}^K of visit(tuple)
void every_tuple(long n, long k, const std::function<void(const std::vector<long>&)>& visit) {
  std::vector<long> tuple(k, 0);
  for (;;) {
    visit(tuple);
    long i = 0;
    while (i < k && ++tuple[i] == n) tuple[i++] = 0;
    if (i == k) return;
  }
}

// E over y, x_1 ~ first(.|y), x_2..x_K ~ p_x of value(tuple, y); draws of probability 0 are left out.
Ball over_tuples(const BallLaw& law, long k, bool beside_y, const std::function<Ball(const std::vector<long>&, long)>& value) {
  Ball total(0);
  for (long y = 0; y < law.joint.n_y(); ++y)
    every_tuple(law.joint.n_x(), k, [&](const std::vector<long>& t) {
      if (law.joint.p_y()[y] == 0 || (beside_y && !law.meets(t[0], y))) return;
      Ball weight = beside_y ? law.at(t[0], y) : law.p_x[t[0]] * law.p_y[y];
      for (long j = 1; j < k; ++j) weight = weight * law.p_x[t[j]];
      if (midpoint(weight) > 0) total = total + weight * value(t, y);
    });
  return total;
}

Ball mean_exp(const BallLaw& law, const Tensor<double>& f, const std::vector<long>& t, long y, long from) {
  Ball m(0);
  for (std::size_t j = from; j < t.size(); ++j) m = m + exp(Ball(f[t[j] * law.joint.n_y() + y]));
  return m / Ball(static_cast<double>(t.size() - from));
}

Ball mean_ratio(const BallLaw& law, const std::vector<long>& t, long y, long from) {
  Ball m(0);
  for (std::size_t j = from; j < t.size(); ++j) m = m + law.ratio(t[j], y);
  return m / Ball(static_cast<double>(t.size() - from));
}

}  // namespace

// An upper bound cannot be returned where a lower one is asked, and vCLUB goes nowhere.
static_assert(!std::is_convertible_v<Upper, Lower> && !std::is_convertible_v<Lower, Upper>);
static_assert(!std::is_convertible_v<NotABound, Lower> && !std::is_convertible_v<NotABound, Upper>);
static_assert(!std::is_convertible_v<NotABound, Estimate> && !std::is_convertible_v<Lower, Exact> &&
              !std::is_convertible_v<Upper, Exact>);
static_assert(std::is_convertible_v<Exact, Lower> && std::is_convertible_v<Exact, Upper>);
static_assert(std::is_same_v<decltype(club(std::declval<Joint>())), Upper>);
static_assert(std::is_same_v<decltype(leave_one_out(std::declval<Joint>(), 2)), Upper>);
static_assert(std::is_same_v<decltype(info_nce(std::declval<Joint>(), 2)), Lower>);
static_assert(std::is_same_v<decltype(donsker_varadhan_samples(std::declval<Joint>(), 2, Negatives::of_pairs)), Upper>);
static_assert(
    std::is_same_v<decltype(donsker_varadhan_samples(std::declval<Joint>(), Tensor<double>(), 2, Negatives::of_pairs)), NotABound>);
static_assert(std::is_same_v<decltype(vclub(std::declval<Joint>(), Tensor<double>())), NotABound>);

TEST_CASE("truth D: bounds with exact expectations, to 1e-14 relative", "[information][truth][bounds]") {
  const auto p = bsc(0.1);
  const auto holds = [](double value, const char* name) {
    CAPTURE(name, value);
    CHECK(off(value, truth::value(name)) < 1e-14);
  };
  holds(club(p).value.value, "D1.CLUB(q=p).BSC(.1)");
  holds(leave_one_out(p, 2).value.value, "D2.L1Out(K=2).BSC(.1)");
  holds(leave_one_out(p, 3).value.value, "D2.L1Out(K=3).BSC(.1)");
  holds(leave_one_out(p, 64).value.value, "D2.L1Out(K=64).BSC(.1)");
  holds(info_nce(p, 2).value.value, "D3.InfoNCE*(K=2).BSC(.1)");
  holds(info_nce(p, 4).value.value, "D3.InfoNCE*(K=4).BSC(.1)");
  holds(info_nce(p, 16).value.value, "D3.InfoNCE*(K=16).BSC(.1)");
  holds(info_nce(p, 64).value.value, "D3.InfoNCE*(K=64).BSC(.1)");
  holds(info_nce(p, 256).value.value, "D3.InfoNCE*(K=256).BSC(.1)");
  holds(info_nce(copy(16), 16).value.value, "D4.InfoNCE*.copy(n=16),K=16");
  holds(info_nce(copy(16), 256).value.value, "D4.InfoNCE*.copy(n=16),K=256");
  for (const auto negatives : {Negatives::of_one_y, Negatives::of_pairs}) {  // for a symmetric channel they agree
    holds(donsker_varadhan_samples(p, 1, negatives).value.value, "D5.E[DV_K](K=1,f*).BSC(.1)");
    holds(donsker_varadhan_samples(p, 4, negatives).value.value, "D5.E[DV_K](K=4,f*).BSC(.1)");
    holds(donsker_varadhan_samples(p, 64, negatives).value.value, "D5.E[DV_K](K=64,f*).BSC(.1)");
  }
  holds(nwj(p, scaled(log_ratio(p), 0.5, 1)).value.value, "D6b.NWJ(f=1+.5 ln r)");
  holds(donsker_varadhan(p, scaled(log_ratio(p), 0.5, 0)).value.value, "D6c.DV(f=.5 ln r)");
  holds(decoder_bound(p, rows_of_bsc(0.2)).value.value, "D7.BA(q=BSC(.2))");
  holds(vib_rate(p, {0.6, 0.4}).value.value, "D8.VIBrate(r=(.6,.4))");
  holds(pairwise_kl_bound(p).value.value, "D9.KT-KL upper.BSC(.1)");
  holds(pairwise_bhattacharyya_bound(p).value.value, "D9.KT-Bhatt lower.BSC(.1)");
  holds(club_normal(0.75).value.value, "D10.CLUB.normal(.75)");
  holds(pairwise_bhattacharyya_bound<double>({0.5, 0.5}, Tensor<double>(Shape{2, 2}, {0, 0.5, 0.5, 0})).value.value,
        "E1.KT-Bhatt lower");
  holds(vclub(p, rows_of_bsc(0.4)).value.value, "vCLUB(q=BSC(.4)) on BSC(.1)");
  holds(vclub(p, rows_of_bsc(0.2)).value.value, "vCLUB(q=BSC(.2)) on BSC(.1)");
  // The same numbers by the general critic
  const auto f = log_ratio(p);
  holds(info_nce(p, f, 256).value.value, "D3.InfoNCE*(K=256).BSC(.1)");
  holds(info_nce(copy(16), log_ratio(copy(16)), 256).value.value, "D4.InfoNCE*.copy(n=16),K=256");
  holds(donsker_varadhan_samples(p, f, 64, Negatives::of_pairs).value.value, "D5.E[DV_K](K=64,f*).BSC(.1)");
}

TEST_CASE("the families at other members, against balls of the very doubles, to 1e-14 relative", "[information][bounds]") {
  const Ball::AtPrecision enough(300);
  const auto near = [](double value, const Ball& exact) { CHECK(off(value, exact) < 1e-14); };
  std::vector<Joint> channels;
  for (const double e : {0.001, 0.05, 0.2, 0.3, 0.45, 0.49, 0.4999, 0.9}) channels.push_back(bsc(e));
  channels.push_back(truth::symmetric_channel({0.7, 0.3}, 0.15));
  channels.push_back(truth::symmetric_channel({0.2, 0.3, 0.5}, 0.2));
  channels.push_back(truth::joint(2, 2, {0.5, 1e-30, 0.125, 0.375}));
  for (const Joint& joint : channels) {
    const BallLaw law(joint);
    CAPTURE(joint(0, 0), joint(0, 1), joint.n_x());
    Ball club_b(0), ba(0), vib(0), vclub_b(0), dv(0), e_prod(0), nwj_b(0);
    const auto q = random_rows(7, "q", joint.n_x(), joint.n_y());
    const auto r = random_rows(8, "r", 1, joint.n_y());
    const auto f = scaled(log_ratio(joint), 0.5, 0);
    for (long x = 0; x < joint.n_x(); ++x)
      for (long y = 0; y < joint.n_y(); ++y) {
        const Ball prod = law.p_x[x] * law.p_y[y], fb(f[x * joint.n_y() + y]), qb(q[x * joint.n_y() + y]);
        club_b = club_b + (law.at(x, y) - prod) * log(law.ratio(x, y));
        ba = ba + law.at(x, y) * log(qb / law.p_y[y]);
        // r and q sum to 1 within an ulp; what is left over goes with the phi form: + sum r - 1
        vib = vib + law.at(x, y) * log(law.at(x, y) / law.p_x[x] / Ball(r[y])) - law.at(x, y) + law.p_x[x] * Ball(r[y]);
        vclub_b = vclub_b + (law.at(x, y) - prod) * log(qb);
        dv = dv + law.at(x, y) * fb;
        nwj_b = nwj_b + law.at(x, y) * (fb + Ball(1)) - prod * exp(fb);
        e_prod = e_prod + prod * exp(fb);
      }
    near(club(joint).value.value, club_b);
    near(vib_rate(joint, r.values()).value.value, vib);
    CHECK(off(decoder_bound(joint, q).value.value, ba, 0.1) < 1e-14);
    CHECK(off(vclub(joint, q).value.value, vclub_b, 0.01) < 1e-14);
    near(donsker_varadhan(joint, f).value.value, dv - log(e_prod));
    CHECK(off(nwj(joint, scaled(f, 1, 1)).value.value, nwj_b, 0.02) < 1e-14);
    for (const long k : {2L, 3L, 5L}) {
      near(info_nce(joint, k).value.value,
           over_tuples(law, k, true, [&](const auto& t, long y) { return log(law.ratio(t[0], y) / mean_ratio(law, t, y, 0)); }));
      near(leave_one_out(joint, k).value.value,
           over_tuples(law, k, true, [&](const auto& t, long y) { return log(law.ratio(t[0], y) / mean_ratio(law, t, y, 1)); }));
    }
  }
}

TEST_CASE("pairwise bounds against balls, where the laws are close and where they never overlap", "[information][bounds]") {
  const Ball::AtPrecision enough(300);
  for (const double e : {0.001, 0.05, 0.3, 0.45, 0.49999}) {
    const auto joint = bsc(e);
    const BallLaw law(joint);
    const Ball a = law.at(0, 0) / law.p_x[0], b = law.at(0, 1) / law.p_x[0];
    const Ball kl = (a - b) * log(a / b), bc = Ball(2) * sqrt(a * b);
    CAPTURE(e);
    CHECK(off(pairwise_kl_bound(joint).value.value, -log((Ball(1) + exp(-kl)) / Ball(2))) < 1e-14);
    CHECK(off(pairwise_bhattacharyya_bound(joint).value.value, -log((Ball(1) + bc) / Ball(2))) < 1e-14);
  }
  CHECK(off(pairwise_kl_bound(copy(5)).value.value, etalon::log(5.0)) < 1e-15);
  CHECK(off(pairwise_bhattacharyya_bound(copy(5)).value.value, etalon::log(5.0)) < 1e-15);
  CHECK(pairwise_kl_bound(truth::joint(2, 2, {0.25, 0.25, 0.25, 0.25})).value.value == 0);
  CHECK(pairwise_kl_bound(truth::joint(3, 2, {0.5, 0, 0, 0, 0, 0.5})).value.value == kLn2);  // a row that never happens
  CHECK_THROWS_WITH(pairwise_kl_bound<double>({0.5, 0.5}, Tensor<double>(Shape{2, 2}, {0, -1, 1, 0})), Catch::Contains("[0, 1]"));
  CHECK_THROWS_WITH(pairwise_kl_bound<double>({0.5, 0.5}, Tensor<double>(Shape{2, 2}, {1, 1, 1, 1})), Catch::Contains("diagonal"));
  CHECK_THROWS_WITH(pairwise_kl_bound<double>({0.5, 0.4}, Tensor<double>(Shape{2, 2})), Catch::Contains("sums to 1"));
  CHECK_THROWS_WITH(pairwise_kl_bound<double>({0.5, 0.5}, Tensor<double>(Shape{2, 3})), Catch::Contains("[2, 2]"));
}

TEST_CASE("K samples of any critic: counts give what all K-tuples give", "[information][bounds]") {
  const Ball::AtPrecision enough(200);
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const long n_x = 2 + static_cast<long>(seed % 3), n_y = 2 + static_cast<long>(seed % 2), k = seed < 3 ? 4 : 3;
    const auto joint = random_law(seed, n_x, n_y, 0.15);
    const BallLaw law(joint);
    auto f = normal_tensor(Stream(seed, "f"), joint.p().shape(), 0.3, 1);
    f[0] = f[n_y];  // x = 0 and x = 1 are one class for y = 0, with different ratios
    const auto b = normal_tensor(Stream(seed, "b"), Shape{n_y}, 0, 1).values();
    CAPTURE(seed, n_x, n_y, k);
    const auto at = [&](long x, long y) { return Ball(f[x * n_y + y]); };
    CHECK(off(info_nce(joint, f, k).value.value,
              over_tuples(law, k, true, [&](const auto& t, long y) { return at(t[0], y) - log(mean_exp(law, f, t, y, 0)); }),
              1) < 1e-14);
    Ball e_f(0);
    for (long i = 0; i < f.size(); ++i) e_f = e_f + law.p[i] * Ball(f[i]);
    CHECK(off(donsker_varadhan_samples(joint, f, k, Negatives::of_one_y).value.value,
              e_f - over_tuples(law, k, false, [&](const auto& t, long y) { return log(mean_exp(law, f, t, y, 0)); }), 1) < 1e-14);
    for (const double alpha : {0.0, 0.25, 0.9, 1.0}) {
      const auto a = [&](const auto& t, long y) {
        return Ball(alpha) * mean_exp(law, f, t, y, 0) + (Ball(1) - Ball(alpha)) * exp(Ball(b[y]));
      };
      const Ball exact = Ball(1) + over_tuples(law, k, true, [&](const auto& t, long y) { return at(t[0], y) - log(a(t, y)); }) -
                         over_tuples(law, k, false, [&](const auto& t, long y) { return exp(at(t[0], y)) / a(t, y); });
      CAPTURE(alpha);
      CHECK(off(interpolated(joint, f, b, alpha, k).value.value, exact, 1) < 1e-14);
      if (alpha == 0) CHECK(off(tuba(joint, f, b).value.value, exact, 1) < 1e-14);
    }
  }
  // Negatives that are pairs: every K-tuple of pairs
  const auto joint = random_law(3, 2, 2, 0);
  const BallLaw law(joint);
  const auto f = normal_tensor(Stream(3, "f"), joint.p().shape(), 0, 1);
  Ball exact(0), best(0);
  every_tuple(4, 3, [&](const std::vector<long>& t) {
    Ball weight(1), m(0), r(0);
    for (const long i : t) {
      weight = weight * law.p_x[i / 2] * law.p_y[i % 2];
      m = m + exp(Ball(f[i]));
      r = r + law.ratio(i / 2, i % 2);
    }
    exact = exact - weight * log(m / Ball(3));
    best = best - weight * log(r / Ball(3));
  });
  for (long i = 0; i < 4; ++i) exact = exact + law.p[i] * Ball(f[i]);
  CHECK(off(donsker_varadhan_samples(joint, f, 3, Negatives::of_pairs).value.value, exact, 0.1) < 1e-14);
  CHECK(off(donsker_varadhan_samples(joint, 3, Negatives::of_pairs).value.value, best + law.mutual()) < 1e-14);
  CHECK(donsker_varadhan_samples(joint, 3, Negatives::of_pairs).value !=
        donsker_varadhan_samples(joint, 3, Negatives::of_one_y).value);
}

// E value(n), n ~ Multinomial(K, w), term by term in balls: factorials are exact there.
Ball over_counts(long k, const std::vector<Ball>& w, const std::function<Ball(const std::vector<long>&)>& value) {
  // Take 0!, 1!, ..., K!
  std::vector<Ball> factorial = {Ball(1)};
  for (long n = 1; n <= k; ++n) factorial.push_back(factorial.back() * Ball(static_cast<double>(n)));

  // Visit every (n_1, ..., n_C) that sums to K
  Ball total(0);
  every_tuple(k + 1, static_cast<long>(w.size()) - 1, [&](std::vector<long> n) {
    long left = k;
    for (const long n_c : n) left -= n_c;
    if (left < 0) return;
    n.push_back(left);

    // Weigh it:  K! / (n_1! ... n_C!)  w_1^n_1 ... w_C^n_C
    Ball weight = factorial[k];
    for (std::size_t c = 0; c < n.size(); ++c) {
      weight = weight / factorial[n[c]];
      for (long i = 0; i < n[c]; ++i) weight = weight * w[c];
    }
    total = total + weight * value(n);
  });
  return total;
}

TEST_CASE("many samples: InfoNCE, leave-one-out and DV of K = 256 and of three classes, to 1e-14 relative",
          "[information][bounds]") {
  const Ball::AtPrecision enough(400);
  const auto check = [](const Joint& joint, long k) {
    const BallLaw law(joint);
    Ball nce = law.mutual(), one_out = law.mutual();
    for (long y = 0; y < joint.n_y(); ++y) {
      std::vector<Ball> w, r;
      for (long x = 0; x < joint.n_x(); ++x) {
        w.push_back(law.p_x[x]);
        r.push_back(law.ratio(x, y));
      }
      const auto mean = [&](const std::vector<long>& n, long draws) {
        Ball m(0);
        for (std::size_t c = 0; c < n.size(); ++c) m = m + Ball(static_cast<double>(n[c])) * r[c];
        return m / Ball(static_cast<double>(draws));
      };
      nce = nce - law.p_y[y] * over_counts(k, w, [&](const auto& n) { return mean(n, k) * log(mean(n, k)); });
      one_out = one_out - law.p_y[y] * over_counts(k - 1, w, [&](const auto& n) { return log(mean(n, k - 1)); });
    }
    CAPTURE(k, joint(0, 0), joint(0, 1));
    CHECK(off(info_nce(joint, k).value.value, nce) < 1e-14);
    CHECK(off(leave_one_out(joint, k).value.value, one_out) < 1e-14);
    CHECK(off(donsker_varadhan_samples(joint, k - 1, Negatives::of_one_y).value.value, one_out) < 1e-14);
  };
  for (const double e : {0.01, 0.2, 0.35, 0.48}) check(bsc(e), 256);
  check(truth::joint(2, 3, {0.1, 0.2, 0.05, 0.3, 0.05, 0.3}), 100);
  check(random_law(11, 3, 2, 0), 24);

  // A copy of n symbols: the right one came k times of K with probability 1/n each
  for (const auto& [n, k] : {std::pair{2L, 64L}, std::pair{8L, 100L}, std::pair{64L, 256L}}) {
    const Ball w = Ball(1) / Ball(static_cast<double>(n));
    const Ball exact = log(Ball(static_cast<double>(n))) - over_counts(k, {w, Ball(1) - w}, [n = n, k = k](const auto& count) {
                         if (count[0] == 0) return Ball(0);
                         const Ball m = Ball(static_cast<double>(n * count[0])) / Ball(static_cast<double>(k));
                         return m * log(m);
                       });
    CHECK(off(info_nce(copy(n), k).value.value, exact) < 1e-14);
  }
}

TEST_CASE("exp_excess: relative error below 8 ulp, through its double zero", "[information][bounds]") {
  const Ball::AtPrecision enough(1200);
  for (const double h : {-700.0, -3.0, -0.5000001, -0.5, -0.4999999, -0.1, -1e-3, -1e-9, -1e-100, 1e-120, 1e-16, 1e-5, 0.02,
                         0.4999999, 0.5, 0.6, 2.0, 30.0, 700.0}) {
    CAPTURE(h);
    const double distance = off(exp_excess(h), exp_excess(Ball(h)));
    CHECK(distance < 8 * 0x1p-53);
  }
  CHECK(exp_excess(0.0) == 0);
  CHECK(off(etalon::expm1(1e-5) - 1e-5, exp_excess(Ball(1e-5))) > 1e-14);  // as it stands, it loses what this keeps
}

TEST_CASE("binomial laws against balls: 1e-14 where the law lives, at K = 256 and 4096", "[information][bounds]") {
  const Ball::AtPrecision enough(300);
  for (const long n : {1L, 7L, 256L, 4096L})
    for (const double odds : {1.0 / 15, 0.5, 1.0, 9.0, 1e-12, 1e12}) {
      const auto law = binomial_law(n, odds);
      const Ball p = Ball(odds) / (Ball(1) + Ball(odds)), q = Ball(1) / (Ball(1) + Ball(odds));
      Ball term(1), total(0);
      for (long k = 0; k < n; ++k) term = term * q;
      for (long k = 0; k <= n; ++k) {
        const double distance = midpoint(Ball(law[k]) - term);
        CHECK(etalon::abs(distance) < 2e-16);
        if (midpoint(term) > 1e-10) CHECK(etalon::abs(distance) / midpoint(term) < (n > 256 ? 2e-13 : 2e-14));
        total = total + Ball(law[k]);
        term = term * p / q * Ball(static_cast<double>(n - k)) / Ball(static_cast<double>(k + 1));
      }
      CHECK(etalon::abs(midpoint(total - Ball(1))) < static_cast<double>(n + 2) * 0x1p-53);
    }
  // lgamma, which the same law is usually written with, is shown to lose what this keeps
  const double by_lgamma = etalon::exp(etalon::lgamma(257.0) - 2 * etalon::lgamma(129.0) - 256 * kLn2);
  CHECK(off(by_lgamma, binomial_law(256, 1)[128]) > 1e-14);
}

TEST_CASE("infinite values carry the reason, and are infinite where they should be", "[information][bounds]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto z = truth::joint(2, 2, {0.5, 0, 0.25, 0.25});
  CHECK(club(z).value.value == infinity);
  CHECK_THAT(club(z).how.why_infinite, Catch::Contains("[0, 1]"));
  CHECK(leave_one_out(z, 5).value.value == infinity);
  CHECK_THAT(leave_one_out(z, 5).how.why_infinite, Catch::Contains("never meet"));
  CHECK(info_nce(z, 5).value.value > 0);
  CHECK(info_nce(z, log_ratio(z), 5).value.value > 0);
  CHECK(off(info_nce(z, log_ratio(z), 5).value.value, info_nce(z, 5).value.value) < 1e-14);
  CHECK(club_normal(-1).value.value == infinity);
  CHECK_THROWS_WITH(club_normal(1.5), Catch::Contains("[-1, 1]"));
  CHECK(vib_rate(z, {1, 0}).value.value == infinity);
  CHECK_THAT(vib_rate(z, {1, 0}).how.why_infinite, Catch::Contains("z = 1"));
  CHECK(decoder_bound(z, Tensor<double>(Shape{2, 2}, {1, 0, 1, 0})).value.value == -infinity);
  CHECK(vclub(z, Tensor<double>(Shape{2, 2}, {1, 0, 0.5, 0.5})).value.value == infinity);
  CHECK_THROWS_WITH(vclub(z, Tensor<double>(Shape{2, 2}, {1, 0, 1, 0})), Catch::Contains("no number"));

  Tensor<double> f(Shape{2, 2}, {0, 0, 0, -infinity});
  for (const Lower& bound : {donsker_varadhan(z, f), nwj(z, f), info_nce(z, f, 3), tuba(z, f, {0, 0})}) {
    CHECK(bound.value.value == -infinity);
    CHECK_THAT(bound.how.why_infinite, Catch::Contains("[1, 1]") && Catch::Contains("0.25"));
  }
  f = Tensor<double>(Shape{2, 2}, {0, -infinity, 0, 1});  // -infinity where nothing happens is the best one can do
  CHECK(off(donsker_varadhan(z, f).value.value, 0.25 - etalon::log(0.75 + 0.125 * etalon::exp(1.0))) < 1e-13);
  CHECK(off(nwj(z, f).value.value, 0.25 - (0.75 + 0.125 * etalon::exp(1.0)) / etalon::exp(1.0)) < 1e-13);
  CHECK(donsker_varadhan_samples(z, f, 3, Negatives::of_one_y).value.value == infinity);
  // Where everything is 1000 apart nothing overflows
  const Tensor<double> far(Shape{2, 2}, {1000, -1000, 0, 1000});
  CHECK(off(donsker_varadhan(z, far).value.value, 750 - 1000 - etalon::log(0.5)) < 1e-15);
  CHECK(nwj(z, far).value.value == -infinity);
  CHECK_THAT(nwj(z, far).how.why_infinite, Catch::Contains("largest double"));
  const auto gradient = donsker_varadhan_gradient(z, far);
  for (long i = 0; i < gradient.size(); ++i) CHECK(etalon::abs(gradient[i]) <= 1);
}

TEST_CASE("refused: shapes, NaN, K, alpha, what cannot be enumerated, with its size", "[information][bounds][errors]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const auto p = bsc(0.1);
  for (const double bad : {nan, infinity}) {
    const Tensor<double> f(Shape{2, 2}, {0, 0, bad, 0});
    CHECK_THROWS_WITH(donsker_varadhan(p, f), Catch::Contains("[1, 0]"));
    CHECK_THROWS_WITH(nwj_gradient(p, f), Catch::Contains("[1, 0]"));
    CHECK_THROWS_WITH(info_nce(p, f, 3), Catch::Contains("[1, 0]"));
    CHECK_THROWS_WITH(info_nce_gradient(p, f, 3), Catch::Contains("[1, 0]"));
    CHECK_THROWS_WITH(donsker_varadhan_samples(p, f, 3, Negatives::of_pairs), Catch::Contains("[1, 0]"));
    CHECK_THROWS_WITH(tuba(p, Tensor<double>(Shape{2, 2}), {0, bad}), Catch::Contains("ln a(y)"));
  }
  CHECK_THROWS_WITH(donsker_varadhan(p, Tensor<double>(Shape{2, 3})), Catch::Contains("[2, 2]"));
  CHECK_THROWS_WITH(tuba(p, Tensor<double>(Shape{2, 2}), {0}), Catch::Contains("2 y"));
  CHECK_THROWS_WITH(info_nce(p, 0), Catch::Contains("K >= 1"));
  CHECK_THROWS_WITH(leave_one_out(p, 1), Catch::Contains("K >= 2"));
  CHECK_THROWS_WITH(interpolated(p, Tensor<double>(Shape{2, 2}), {0, 0}, 1.5, 3), Catch::Contains("alpha in [0, 1]"));
  CHECK_THROWS_WITH(info_nce(p, Tensor<double>(Shape{2, 2}, {0, 700, 0, 0}), 3), Catch::Contains("600"));
  CHECK_THROWS_WITH(vib_rate(p, {0.5, 0.4}), Catch::Contains("sums to 1"));
  CHECK_THROWS_WITH(vib_rate(p, {1}), Catch::Contains("r of 2 z"));
  CHECK_THROWS_WITH(decoder_bound(p, Tensor<double>(Shape{2, 2}, {2, -1, 0.5, 0.5})), Catch::Contains("row 0"));
  CHECK_THROWS_WITH(vclub(p, Tensor<double>(Shape{2, 2}, {nan, 0.5, 0.5, 0.5})), Catch::Contains("row 0"));
  CHECK_THROWS_WITH(bottleneck_lagrangian(p, rows_of_bsc(0.1), nan), Catch::Contains("beta >= 0"));

  // 16 symbols of 16 ratios, 256 samples: (271 choose 15) = 1.7e24 cases for each y
  const auto wide = random_law(5, 16, 2, 0);
  CHECK_THROWS_WITH(info_nce(wide, 256), Catch::Contains("cases to enumerate") && Catch::Contains("e+24"));
  CHECK_THROWS_WITH(info_nce(p, 1L << 60), Catch::Contains("cases to enumerate"));
  // 16 symbols of 2 ratios up to rounding, which makes no classes
  const auto channel = truth::symmetric_channel(random_rows(4, "p", 1, 16).values(), 0.3);
  CHECK(info_nce(truth::symmetric_channel(std::vector<double>(16, 0.0625), 0.3), 256).how.alphabet == 2);
  CHECK(info_nce(channel, 256).how.alphabet == 2);
  const auto how = info_nce(p, 64).how;
  CHECK(how.certificate == Certificate::enumeration);
  CHECK(how.iterations == 130);
  CHECK(how.choices == std::vector<std::pair<std::string, std::string>>{{"K", "64"}, {"critic", "best"}});
}

TEST_CASE("extremes: probabilities of 1e-300 and below give a number or a refusal, never NaN", "[information][bounds][errors]") {
  const auto sane = [](const std::function<double()>& value) {
    try {
      const double x = value();
      CHECK_FALSE(std::isnan(x));
    } catch (const Error&) {
      SUCCEED();
    }
  };
  for (const double tiny : {1e-17, 1e-160, 1e-300, 0x1p-1060, 0x1p-1074})
    for (const Joint& joint : {truth::joint(2, 2, {1, 0, 0, tiny}), truth::joint(2, 2, {1, tiny, tiny, tiny}),
                               truth::joint(3, 2, {0.5, tiny, tiny, 0.5, 0, tiny}), truth::joint(2, 2, {0.5, 0.5, tiny, 0})}) {
      CAPTURE(tiny);
      const auto f = log_ratio(joint);
      const long n_x = joint.n_x();
      const Tensor<double> zero(joint.p().shape()), rows = random_rows(1, "q", n_x, 2);
      sane([&] { return club(joint).value.value; });
      sane([&] { return vib_rate(joint, {1, tiny}).value.value; });
      sane([&] { return decoder_bound(joint, rows).value.value; });
      sane([&] { return vclub(joint, rows).value.value; });
      sane([&] { return donsker_varadhan(joint, f).value.value; });
      sane([&] { return nwj(joint, f).value.value; });
      sane([&] { return tuba(joint, f, best_log_baseline(joint, f)).value.value; });
      sane([&] { return pairwise_kl_bound(joint).value.value; });
      sane([&] { return pairwise_bhattacharyya_bound(joint).value.value; });
      sane([&] { return bottleneck_lagrangian(joint, rows, 3).value.value; });
      for (const long k : {2L, 40L}) {
        sane([&] { return info_nce(joint, k).value.value; });
        sane([&] { return info_nce(joint, f, k).value.value; });
        sane([&] { return info_nce(joint, zero, k).value.value; });
        sane([&] { return leave_one_out(joint, k).value.value; });
        sane([&] { return donsker_varadhan_samples(joint, k, Negatives::of_pairs).value.value; });
        sane([&] { return donsker_varadhan_samples(joint, f, k, Negatives::of_one_y).value.value; });
        sane([&] { return interpolated(joint, f, {0, 0}, 0.5, k).value.value; });
        const auto sum = [](const Tensor<double>& g) { return ordered_sum<double>(g.size(), [&](long i) { return g[i]; }); };
        sane([&] { return sum(donsker_varadhan_gradient(joint, f)); });
        sane([&] { return sum(nwj_gradient(joint, f)); });
        sane([&] { return sum(info_nce_gradient(joint, zero, k)); });
      }
    }
}

TEST_CASE("Barber-Agakov by probabilities and by logarithms, and a total that is not quite 1", "[information][bounds]") {
  const auto joint = random_law(9, 4, 3, 0.1);
  const auto q = random_rows(9, "q", 4, 3);
  auto log_q = q;
  for (long i = 0; i < q.size(); ++i) log_q[i] = etalon::log(q[i]);
  CHECK(off(decoder_bound(joint, q).value.value, barber_agakov(joint, log_q).bound.value.value) < 1e-13);
  // Ten-digit input: 1e-10 too much must not turn up in I
  const auto rough = truth::joint(2, 2, {0.25 + 1e-10, 0.25 + 1e-10, 0.25 + 1e-10, 0.25 + 1e-10});
  CHECK(etalon::abs(club(rough).value.value) < 1e-25);
  CHECK(etalon::abs(leave_one_out(rough, 3).value.value) < 1e-25);
  CHECK(etalon::abs(info_nce(rough, 3).value.value) < 1e-25);
  CHECK(etalon::abs(nwj(rough, Tensor<double>(Shape{2, 2}, {1, 1, 1, 1})).value.value) < 1e-15);
}
