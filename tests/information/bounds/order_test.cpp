// SPDX-License-Identifier: Apache-2.0
// The order of the bounds on ten thousand random joint laws: none of these laws is violated by 1e-13, and each of the usual
// mistakes violates one.
#include <catch2/catch.hpp>
#include <functional>
#include <map>

#include "information/bounds/club.h"
#include "information/bounds/contrastive.h"
#include "information/bounds/critic.h"
#include "information/bounds/pairwise.h"
#include "information/bounds/vib.h"
#include "information/law/entropy.h"
#include "information/random_law.h"

using namespace etalon;
using namespace etalon::information;

namespace {

constexpr double kSlack = 1e-13;

// Everything that the laws speak about, of one joint law with a random critic, decoder and marginal. Index K where there is one.
struct Values {
  double ln_y, h_y, i;
  double e_f, e_prod_f;  // E f, E_prod f
  double ba, nwj, dv, tuba, nwj_best, vib, club, bhattacharyya, kl;
  double one_out[5], nce[5], nce_f, interpolated, dv_samples, dv_samples_f;
  double i_xz, i_x_yz, i_x_y, i_x_z_given_y;
};

// I(X;Y), I(X;Z|Y) and I(X;Y,Z) of a random p(x, y, z)
void chain(std::uint64_t seed, long n_x, long n_y, Values& v) {
  const long n_z = 2;
  const auto xyz = random_law(seed + 1000000, n_x, n_y * n_z, 0.2);
  Tensor<double> xy(Shape{n_x, n_y});
  v.i_x_z_given_y = 0;
  for (long y = 0; y < n_y; ++y) {
    Tensor<double> xz(Shape{n_x, n_z});
    double p_y = 0;
    for (long i = 0; i < n_x * n_z; ++i) p_y += xz[i] = xyz(i / n_z, y * n_z + i % n_z);
    for (long i = 0; i < n_x * n_z; ++i) xy[i / n_z * n_y + y] += xz[i];
    if (p_y == 0) continue;
    for (long i = 0; i < n_x * n_z; ++i) xz[i] = xz[i] / p_y;
    v.i_x_z_given_y += p_y * mutual_information(Joint(std::move(xz))).value;
  }
  v.i_x_y = mutual_information(Joint(std::move(xy))).value;
  v.i_x_yz = mutual_information(xyz).value;
}

Values values(std::uint64_t seed) {
  // Draw a law and a critic, and take the best one
  const Stream sizes(seed, "sizes");
  const long n_x = 2 + static_cast<long>(sizes.below(5, 0)), n_y = 2 + static_cast<long>(sizes.below(5, 1));
  const auto joint = random_law(seed, n_x, n_y, seed % 2 ? 0.2 : 0);
  const auto f = normal_tensor(Stream(seed, "f"), joint.p().shape(), 0.3, 1);
  const auto best = log_ratio(joint);
  auto one_more = best;
  for (long i = 0; i < best.size(); ++i) one_more[i] = best[i] + 1;

  // Take what the law says itself
  Values v;
  v.ln_y = etalon::log(static_cast<double>(n_y));
  v.h_y = entropy(joint.p_y()).value;
  v.i = mutual_information(joint).value;
  v.e_f = v.e_prod_f = 0;
  for (long i = 0; i < f.size(); ++i) {
    v.e_f = etalon::fma(joint.p()[i], f[i], v.e_f);
    v.e_prod_f = etalon::fma(joint.p_x()[i / n_y] * joint.p_y()[i % n_y], f[i], v.e_prod_f);
  }

  // Evaluate the bounds of one pair
  v.ba = decoder_bound(joint, random_rows(seed, "q", n_x, n_y)).value.value;
  v.nwj = nwj(joint, f).value.value;
  v.dv = donsker_varadhan(joint, f).value.value;
  v.tuba = tuba(joint, f, best_log_baseline(joint, f)).value.value;
  v.nwj_best = nwj(joint, one_more).value.value;
  v.vib = vib_rate(joint, random_rows(seed, "r", 1, n_y).values()).value.value;
  v.club = club(joint).value.value;
  v.bhattacharyya = pairwise_bhattacharyya_bound(joint).value.value;
  v.kl = pairwise_kl_bound(joint).value.value;

  // Evaluate the bounds of K pairs
  for (long k = 2; k <= 4; ++k) {
    v.one_out[k] = leave_one_out(joint, k).value.value;
    v.nce[k] = info_nce(joint, k).value.value;
  }
  v.nce_f = info_nce(joint, f, 3).value.value;
  v.interpolated = interpolated(joint, f, normal_tensor(Stream(seed, "b"), Shape{n_y}, 0, 1).values(), 0.5, 2).value.value;
  v.dv_samples = donsker_varadhan_samples(joint, 2, Negatives::of_pairs).value.value;
  v.dv_samples_f = donsker_varadhan_samples(joint, f, 2, Negatives::of_one_y).value.value;

  // Make Z from Y alone, and a law of three variables
  const auto garble = random_rows(seed, "z", n_y, 2);
  Tensor<double> xz(Shape{n_x, 2});
  for (long x = 0; x < n_x; ++x)
    for (long y = 0; y < n_y; ++y)
      for (long z = 0; z < 2; ++z) xz[x * 2 + z] += joint(x, y) * garble[y * 2 + z];
  v.i_xz = mutual_information(Joint(std::move(xz))).value;
  chain(seed, n_x, n_y, v);
  return v;
}

// a <= b up to the slack; equal infinities are in order, NaN never is.
bool ordered(double a, double b) { return a <= b || a - b <= kSlack; }
bool equal(double a, double b) { return ordered(a, b) && ordered(b, a); }

const std::map<std::string, bool (*)(const Values&)>& laws() {
  static const std::map<std::string, bool (*)(const Values&)> all = {
      // Of one pair
      {"BA <= I", [](const Values& v) { return ordered(v.ba, v.i); }},
      {"NWJ <= DV", [](const Values& v) { return ordered(v.nwj, v.dv); }},
      {"DV <= TUBA at its best baseline", [](const Values& v) { return ordered(v.dv, v.tuba); }},
      {"TUBA <= I", [](const Values& v) { return ordered(v.tuba, v.i); }},
      {"NWJ at its best critic is I", [](const Values& v) { return equal(v.nwj_best, v.i); }},
      {"I <= VIB", [](const Values& v) { return ordered(v.i, v.vib); }},

      // Of K pairs
      {"I <= leave-one-out, falling with K",
       [](const Values& v) {
         return ordered(v.i, v.one_out[4]) && ordered(v.one_out[4], v.one_out[3]) && ordered(v.one_out[3], v.one_out[2]);
       }},
      {"leave-one-out <= CLUB, equal at K = 2",
       [](const Values& v) { return ordered(v.one_out[3], v.club) && equal(v.one_out[2], v.club); }},
      {"0 <= InfoNCE, growing with K",
       [](const Values& v) { return ordered(0, v.nce[2]) && ordered(v.nce[2], v.nce[3]) && ordered(v.nce[3], v.nce[4]); }},
      {"InfoNCE <= min(I, ln K)",
       [](const Values& v) {
         bool holds = true;
         for (long k = 2; k <= 4; ++k) holds &= ordered(v.nce[k], v.i) && ordered(v.nce[k], etalon::log(static_cast<double>(k)));
         return holds;
       }},

      // Of any critic
      {"InfoNCE of any critic <= that of the best", [](const Values& v) { return ordered(v.nce_f, v.nce[3]); }},
      {"interpolated <= I", [](const Values& v) { return ordered(v.interpolated, v.i); }},
      {"I <= DV of K samples at the best critic <= CLUB",
       [](const Values& v) { return ordered(v.i, v.dv_samples) && ordered(v.dv_samples, v.club); }},
      {"DV <= DV of K samples", [](const Values& v) { return ordered(v.dv, v.dv_samples_f); }},

      // Of mixtures and of a garbled Y
      {"Bhattacharyya <= I <= pairwise KL", [](const Values& v) { return ordered(v.bhattacharyya, v.i) && ordered(v.i, v.kl); }},
      {"data processing", [](const Values& v) { return ordered(v.i_xz, v.i); }},
      {"chain rule", [](const Values& v) { return equal(v.i_x_yz, v.i_x_y + v.i_x_z_given_y); }},
  };
  return all;
}

}  // namespace

TEST_CASE("10^4 random joint laws: no ordering law is violated at 1e-13", "[information][bounds][order]") {
  std::map<std::string, long> violations;
  long infinite = 0;
  for (std::uint64_t seed = 0; seed < 10000; ++seed) {
    const Values v = values(seed);
    infinite += std::isinf(v.club);
    for (const auto& [name, holds] : laws()) violations[name] += !holds(v);
  }
  for (const auto& [name, n] : violations) {
    CAPTURE(name);
    CHECK(n == 0);
  }
  // Both sides were seen: laws with support everywhere, and laws without
  CHECK(infinite > 1000);
  CHECK(infinite < 9000);
}

TEST_CASE("planted: each of the usual mistakes violates the law that is there for it", "[information][bounds][order][planted]") {
  struct Mistake {
    const char* name;
    const char* law;
    void (*make)(Values&);
  };
  const std::vector<Mistake> mistakes = {
      {"ln|Y| for H(Y)", "BA <= I", [](Values& v) { v.ba += v.ln_y - v.h_y; }},
      {"the diagonal kept among the negatives", "I <= leave-one-out, falling with K",
       [](Values& v) { std::copy(v.nce, v.nce + 5, v.one_out); }},
      {"the positive left out of the normaliser", "InfoNCE <= min(I, ln K)",
       [](Values& v) { std::copy(v.one_out, v.one_out + 5, v.nce); }},
      {"K - 1 for K in the mean of InfoNCE", "0 <= InfoNCE, growing with K",
       [](Values& v) {
         for (long k = 2; k <= 4; ++k) v.nce[k] -= etalon::log(static_cast<double>(k) / static_cast<double>(k - 1));
       }},
      {"K for K - 1 in the mean of leave-one-out", "leave-one-out <= CLUB, equal at K = 2",
       [](Values& v) { v.one_out[2] += kLn2; }},
      // E f - E_prod e^f in place of E f - E_prod e^{f-1}: at f = 1 + ln r, e against 1
      {"e^f for e^{f-1}", "NWJ at its best critic is I", [](Values& v) { v.nwj_best += 1 - etalon::exp(1.0); }},
      {"sum for mean in InfoNCE", "0 <= InfoNCE, growing with K",
       [](Values& v) {
         for (long k = 2; k <= 4; ++k) v.nce[k] -= etalon::log(static_cast<double>(k));
       }},
      {"sum for mean in leave-one-out", "I <= leave-one-out, falling with K",
       [](Values& v) {
         for (long k = 2; k <= 4; ++k) v.one_out[k] -= etalon::log(static_cast<double>(k - 1));
       }},
      {"bits for nats", "chain rule", [](Values& v) { v.i_x_yz /= kLn2; }},
      {"the two pairwise distances exchanged", "Bhattacharyya <= I <= pairwise KL",
       [](Values& v) { std::swap(v.bhattacharyya, v.kl); }},
      {"H(Z) for I(X;Z)", "data processing", [](Values& v) { v.i_xz = kLn2; }},
      {"the positive kept among the negatives of DV", "DV <= DV of K samples", [](Values& v) { v.dv_samples_f = v.nce_f; }},
      {"the positive kept, with the best critic", "I <= DV of K samples at the best critic <= CLUB",
       [](Values& v) { v.dv_samples = v.nce[2]; }},
      {"the positive left out of InfoNCE, with any critic", "InfoNCE of any critic <= that of the best",
       [](Values& v) { v.nce_f = v.dv_samples_f; }},
      {"1 + E f - E_prod e^{f-1}", "NWJ <= DV", [](Values& v) { v.nwj += 1; }},
      {"the mean of the logarithm for the logarithm of the mean", "DV <= TUBA at its best baseline",
       [](Values& v) { v.dv = v.e_f - v.e_prod_f; }},
      {"ln a left out", "TUBA <= I", [](Values& v) { v.tuba = v.e_f; }},
      {"the 1 counted twice", "interpolated <= I", [](Values& v) { v.interpolated += 1; }},
      {"the sign of KL(p(z) || r)", "I <= VIB", [](Values& v) { v.vib = v.i - (v.vib - v.i); }},
  };
  std::map<std::string, long> caught, plants;
  for (const Mistake& mistake : mistakes) ++plants[mistake.law];
  CHECK(plants.size() == laws().size());  // no law is without
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Values v = values(seed);
    for (const Mistake& mistake : mistakes) {
      Values wrong = v;
      mistake.make(wrong);
      CHECK(laws().at(mistake.law)(v));
      caught[mistake.name] += !laws().at(mistake.law)(wrong);
    }
  }
  for (const auto& [name, n] : caught) {
    CAPTURE(name);
    CHECK(n > 0);
  }
}
