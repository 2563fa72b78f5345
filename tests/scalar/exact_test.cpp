// SPDX-License-Identifier: Apache-2.0
// The elementary functions: their recorded bits, and their distance from the truth.
#include "scalar/exact.h"

#include <arb.h>

#include <catch2/catch.hpp>
#include <string>

#include "base/bits.h"
#include "scalar/ball.h"
#include "scalar/functions.h"

namespace etalon {
namespace {

// Below this, SLEEF's own intermediate products underflow; a test of its own looks there.
constexpr double kLowest = 0x1p-1000;
constexpr float kLowestFloat = 0x1p-110f;

// f(x) for doubles whose bit patterns are evenly spaced from low to high: every binade gets its share, tiny ones too.
template <class F>
void walk(double low, double high, long n_points, F f) {
  const auto rise = [&](double from, double to, double sign) {  // 0 <= from < to
    const std::uint64_t first = to_bits(from), last = to_bits(to);
    const std::uint64_t stride = (last - first) / n_points;
    for (long i = 0; i < n_points; ++i) f(sign * from_bits(first + stride * i + (i * 0x9e3779b97f4a7c15u >> 12) % stride));
    f(sign * to);
  };
  if (high > 0) rise(low > 0 ? low : kLowest, high, 1);
  if (low < 0) rise(kLowest, -low, -1);
}

// One unit in the last place of a number of that size, for p significant bits.
double ulp_at(double size, int p, int least_exponent) {
  int exponent = 0;
  std::frexp(size, &exponent);
  return std::ldexp(1.0, std::max(exponent - p, least_exponent));
}

// The smallest n/4 such that every |computed - truth| seen is CERTAINLY within n/4 ulp, and where that was decided.
struct Worst {
  double ulps = 0, at = 0;
  void see(double x, double computed, const Ball& truth, int p, int least_exponent) {
    const Ball error_in_ulps = (Ball(computed) - truth) / Ball(ulp_at(midpoint(truth), p, least_exponent));
    while (ulps < 1e6 && !error_in_ulps.certainly_within(ulps)) ulps += 0.25, at = x;
  }
};

constexpr double kClaim = 1.0;  // ulp, as SLEEF's u10 says

}  // namespace

TEST_CASE("exact: the functions have the bits that golden files rest on", "[scalar][exact]") {
  CHECK(same_bits(exp(1.0), 0x1.5bf0a8b145769p+1));
  CHECK(same_bits(exp(-0.5), 0x1.368b2fc6f960ap-1));
  CHECK(same_bits(exp(-708.25), 0x1.285dc1b5961f1p-1022));
  CHECK(same_bits(exp(0.1), 0x1.1aec7b35a00d4p+0));
  CHECK(same_bits(exp(700.0), 0x1.d945df4f8ec8ep+1009));
  CHECK(same_bits(expm1(1e-5), 0x1.4f8bc681cdfb6p-17));
  CHECK(same_bits(expm1(-3.0), -0x1.e6824f33314f5p-1));
  CHECK(same_bits(expm1(100.5), 0x1.fcc37a76f9e76p+144));
  CHECK(same_bits(log(0.1), -0x1.26bb1bbb55515p+1));
  CHECK(same_bits(log(3.0), 0x1.193ea7aad030bp+0));
  CHECK(same_bits(log(1e300), 0x1.5963447f87fb5p+9));
  CHECK(same_bits(log1p(1e-5), 0x1.4f8aea9ae7317p-17));
  CHECK(same_bits(log1p(-0.75), -0x1.62e42fefa39efp+0));
  CHECK(same_bits(tanh(0.1), 0x1.983d7795f413ap-4));
  CHECK(same_bits(tanh(-0.75), -0x1.45323e552f228p-1));
  CHECK(same_bits(tanh(5.0), 0x1.fff419668df11p-1));
  CHECK(same_bits(erf(0.1), 0x1.cca5ea24fb334p-4));
  CHECK(same_bits(erf(-0.75), -0x1.6c1c9759d0e5fp-1));
  CHECK(same_bits(erf(3.5), 0x1.ffffe710d565ep-1));
  CHECK(same_bits(sin(0.1), 0x1.98eaecb8bcb2cp-4));
  CHECK(same_bits(sin(3.0), 0x1.210386db6d55bp-3));
  CHECK(same_bits(sin(1e6), -0x1.6664b2568d867p-2));
  CHECK(same_bits(cos(0.1), 0x1.fd712f9a817cp-1));
  CHECK(same_bits(cos(3.0), -0x1.fae04be85e5d2p-1));
  CHECK(same_bits(cos(1e6), 0x1.df9df9906d32cp-1));
  CHECK(same_bits(pow(3.0, 0.1), 0x1.1dba3f92c888bp+0));
  CHECK(same_bits(pow(10000.0, -0.75), 0x1.0624dd2f1a9fcp-10));
  CHECK(same_bits(lgamma(0.3), 0x1.188637a6c4196p+0));
  CHECK(same_bits(lgamma(10.5), 0x1.be199a0f64394p+3));
  CHECK(exp(0.1f) == 0x1.1aec7cp+0f);
  CHECK(expm1(-3.0f) == -0x1.e6825p-1f);
  CHECK(log(0.1f) == -0x1.26bb1cp+1f);
  CHECK(log1p(-0.75f) == -0x1.62e43p+0f);
  CHECK(tanh(-0.75f) == -0x1.45323ep-1f);
  CHECK(erf(-0.75f) == -0x1.6c1c98p-1f);
  CHECK(sin(3.0f) == 0x1.210386p-3f);
  CHECK(cos(3.0f) == -0x1.fae04cp-1f);
  CHECK(pow(3.0f, 0.1f) == 0x1.1dba4p+0f);
}

TEST_CASE("exact: double stays within one ulp of the truth", "[scalar][exact]") {
  testing::for_each_function([](const char* name, auto f, double low, double high) {
    Worst worst;
    walk(low, high, 4000, [&](double x) { worst.see(x, f(x), f(Ball(x)), 53, -1074); });
    INFO(name << ": " << worst.ulps << " ulp at " << hex(worst.at));
    CHECK(worst.ulps <= kClaim);
  });
}

// There the answer may be the neighbour of the nearest double: exactly one ulp off, and x^2/2 more.
TEST_CASE("exact: below 2^-1000 and among subnormals, one ulp and a millionth", "[scalar][exact]") {
  testing::for_each_function([](const char* name, auto f, double low, double) {
    INFO(name);
    long n_broken = 0;
    const auto look = [&](double x) {
      const Ball truth = f(Ball(x));
      n_broken += !((Ball(f(x)) - truth) / Ball(ulp_at(midpoint(truth), 53, -1074))).certainly_within(1 + 0x1p-20);
    };
    for (const double sign : {1.0, -1.0})
      if (sign > 0 || low < 0)
        for (std::uint64_t word = 1; word < to_bits(kLowest); word += to_bits(kLowest) / 3000) look(sign * from_bits(word));
    CHECK(n_broken == 0);
  });
}

TEST_CASE("exact: float stays within one ulp of the truth", "[scalar][exact]") {
  testing::for_each_function([](const char* name, auto f, double low, double high) {
    Worst worst;
    const double reach = std::string(name).starts_with("exp") ? 80.0 : 0x1p100;
    walk(std::max(low, -reach), std::min(high, reach), 4000, [&](double x) {
      const float x32 = static_cast<float>(x);
      if (std::fabs(x32) < kLowestFloat || (x32 <= -1 && std::string(name) == "log1p")) return;
      const float y = f(x32);
      if (std::fabs(y) >= 0x1p-126f) worst.see(x32, y, f(Ball(x32)), 24, -149);
    });
    INFO(name << ": " << worst.ulps << " ulp at " << hex(worst.at));
    CHECK(worst.ulps <= kClaim);
  });
}

TEST_CASE("exact: the walk catches a function that is two ulp off at one point in a thousand", "[scalar][exact][planted]") {
  testing::for_each_function([](const char* name, auto f, double low, double high) {
    Worst worst;
    long i = 0;
    walk(low, high, 4000, [&](double x) {
      double y = f(x);
      if (++i % 1000 == 0) y = from_bits(to_bits(y) + 2);
      worst.see(x, y, f(Ball(x)), 53, -1074);
    });
    INFO(name);
    CHECK(worst.ulps > kClaim);
  });
}

TEST_CASE("exact: pow is within one ulp of the truth, lgamma too for positive numbers", "[scalar][exact]") {
  Worst power;
  for (const double y : {0.5, -0.5, 2.0, 3.0, -1.0, 0.1, 17.25})
    walk(0x1p-40, 0x1p40, 400, [&](double x) { power.see(x, pow(x, y), pow(Ball(x), Ball(y)), 53, -1074); });
  INFO("pow: " << power.ulps << " ulp at " << hex(power.at));
  CHECK(power.ulps <= kClaim);

  double worst = 0, at = 0;
  arb_t truth;
  arb_init(truth);
  walk(0x1p-20, 0x1p60, 4000, [&](double x) {
    arb_set_d(truth, x);
    arb_lgamma(truth, truth, 200);
    const double nearest = arf_get_d(arb_midref(truth), ARF_RND_NEAR);
    const double off = std::fabs(lgamma(x) - nearest) / ulp_at(nearest, 53, -1074);  // + half an ulp of `nearest`
    if (off > worst) worst = off, at = x;
  });
  arb_clear(truth);
  INFO("lgamma: " << worst << " ulp at " << hex(at));
  CHECK(worst <= kClaim);
}

TEST_CASE("exact: edges are where mathematics puts them", "[scalar][exact]") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(exp(0.0) == 1);
  CHECK(exp(-infinity) == 0);
  CHECK(exp(infinity) == infinity);
  CHECK(exp(710.0) == infinity);
  CHECK(exp(-800.0) == 0);
  CHECK(log(1.0) == 0);
  CHECK(log(0.0) == -infinity);
  CHECK(log(infinity) == infinity);
  CHECK(std::isnan(log(-1.0)));
  CHECK(log1p(-1.0) == -infinity);
  CHECK(tanh(infinity) == 1);
  CHECK(tanh(-infinity) == -1);
  CHECK(erf(infinity) == 1);
  CHECK(same_bits(erf(-0.0), -0.0));
  CHECK(same_bits(tanh(-0.0), -0.0));
  CHECK(cos(0.0) == 1);
  CHECK(same_bits(sin(-0.0), -0.0));
  CHECK(std::isnan(sin(infinity)));
  for (const double y : {exp(nan), expm1(nan), log(nan), log1p(nan), tanh(nan), erf(nan), sin(nan), cos(nan), sqrt(nan)})
    CHECK(std::isnan(y));
  CHECK(same_bits(sqrt(-0.0), -0.0));
  CHECK(same_bits(sqrt(2.0), 0x1.6a09e667f3bcdp+0));
  CHECK(same_bits(fma(1 + 0x1p-30, 1 - 0x1p-30, -1.0), -0x1p-60));  // rounded once: the product never is
}

}  // namespace etalon
