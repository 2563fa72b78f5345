// SPDX-License-Identifier: Apache-2.0
// Pairs with densities: the table of truth, other members against balls and against digits of another program, the ends.
#include "information/limits/continuous.h"

#include <catch2/catch.hpp>
#include <limits>

#include "information/law/entropy.h"
#include "information/truth.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

double distance(double x, const Ball& y) {
  const Ball relative = (Ball(x) - y) / y;
  return etalon::abs(midpoint(relative)) + radius(relative);
}

}  // namespace

TEST_CASE("truth A: uniform, normal, Student and Poisson pairs to 1e-14", "[information][continuous][truth]") {
  CHECK(off(discrete_uniform_mixture_information(5).value.value, truth::value("A7.I.disc-unif-mixture(5)")) < 1e-14);
  CHECK(off(normal_information(0.75).value.value, truth::value("A8.I.normal(0.75)")) < 1e-14);
  CHECK(off(student_information(3, 0.75).value.value, truth::value("A9b.I.student(nu=3,rho=.75,1v1)")) < 1e-14);
  CHECK(off(zero_inflated_poisson_information(0).value.value, truth::value("A10.bracket.ZIP")) < 1e-14);
  // The table's ZIP(.15) is the formula in print: the zeros that were put in are told apart
  CHECK(off(zero_inflated_poisson_flagged_information(0.15).value.value, truth::value("A10b.I.ZIP(0.15)")) < 1e-14);
}

TEST_CASE("uniform noise and normal pairs against balls, to 1e-14", "[information][continuous]") {
  const Ball::AtPrecision enough(200);
  for (const double a : {1e-300, 1e-9, 0.01, 0.1, 0.25, 0.49, 0.5, 0.51, 0.75, 1.0, 2.5, 1e9}) {
    CAPTURE(a);
    const Ball exact = a <= 0.5 ? Ball(a) - log(Ball(2) * Ball(a)) : Ball(1) / (Ball(4) * Ball(a));
    CHECK(distance(additive_uniform_information(a).value.value, exact) < 1e-15);
  }
  for (const double rho : {1e-150, 1e-9, 0.01, 0.3, 0.4999, 0.5, 0.6, 0.75, 0.9, 0.999, 1 - 1e-9, 1 - 0x1p-53}) {
    CAPTURE(rho);
    const Ball exact = -(log(Ball(1) - Ball(rho) * Ball(rho)) / Ball(2));
    const Ball::AtPrecision more(1500);
    const Ball small = -(log1p(-(Ball(rho) * Ball(rho))) / Ball(2));
    CHECK(distance(normal_information(rho).value.value, rho < 0.1 ? small : exact) < 2e-15);
    CHECK(normal_information(-rho).value == normal_information(rho).value);
  }
}

TEST_CASE("a mixture is a finite joint in disguise: Y tells its unit interval and nothing more", "[information][continuous]") {
  for (const long n : {1L, 2L, 3L, 10L, 64L, 257L}) {
    Tensor<double> p(Shape{n, n + 1});
    for (long x = 0; x < n; ++x) p[x * (n + 1) + x] = p[x * (n + 1) + x + 1] = 0.5 / static_cast<double>(n);
    CAPTURE(n);
    const double finite = mutual_information(Joint(p)).value;
    CHECK(etalon::abs(discrete_uniform_mixture_information(n).value.value - finite) < 1e-14 * static_cast<double>(n));
  }
}

TEST_CASE("Student: c(nu) to 1e-14, from heavy tails to nearly normal ones", "[information][continuous]") {
  // nu, c(nu) at 60 digits from log-gamma and digamma (mpmath), whose formula was checked by quadrature at nu = 1, 2.5, 3 and 7.25
  const double table[][2] = {// Recorded values
                             // clang-format off
      {0.001, 6.071522166712804}, {0.1, 1.6200387310506847}, {0.5, 0.49557776579836343}, {1.0, 0.2241714275292361},
      {2.0, 0.0826813919108186}, {2.5, 0.057643074742497545}, {3.0, 0.04241141065056975}, {4.0, 0.02564296734798723},
      {5.0, 0.017128278419446478}, {7.25, 0.008578391583383837}, {10.0, 0.0046479195420161875}, {15.0, 0.0021193379479400687},
      {19.0, 0.0013347754187875407}, {25.0, 0.000778089747440394}, {31.5, 0.0004930064611789826}, {32.0, 0.000477888580318496},
      {32.5, 0.0004634553955712235}, {33.0, 0.00044966618521145765}, {50.0, 0.00019729528217929935}, {100.0, 4.966422714218581e-05},
      {1000.0, 4.996664172671642e-07}, {1000000.0, 4.999996666664167e-13}, {1000000000000.0, 4.999999999996667e-25}};
                             // clang-format on
  for (const auto& [nu, c] : table) {
    CAPTURE(nu);
    CHECK(off(student_information(nu, 0).value.value, c) < 1e-14);
    for (const double rho : {0.1, -0.75, 0.999})
      CHECK(off(student_information(nu, rho).value.value, normal_information(rho).value.value + c) < 1e-14);
  }
  CHECK(student_information(std::numeric_limits<double>::infinity(), 0.75).value == normal_information(0.75).value);
  CHECK(student_information(1e300, 0).value.value == 0);
  // Where the recurrence hands over to the series nothing jumps
  CHECK(off(student_information(32, 0).value.value, student_information(32 - 0x1p-40, 0).value.value) < 1e-12);
}

TEST_CASE("planted: Student's formula written out with log-gammas", "[information][continuous][planted]") {
  // psi(x + 1/2) - psi(x) is 1/(2x) + 1/(8x^2) here; a lgamma right to 1 ulp loses every digit of c at nu = 1e6
  const double x = 5e5, psi_step = 1 / (2 * x) + 1 / (8 * x * x), lgamma_step = etalon::lgamma(x + 0.5) - etalon::lgamma(x);
  const double cancelled = etalon::log(x) - 2 * lgamma_step + (2 * x + 1) * psi_step - 1 - 1 / x;
  CHECK(off(cancelled, student_information(1e6, 0).value.value) > 1);
}

TEST_CASE("zeroed Poisson: the zeros hide something, and the formula in print does not see it", "[information][continuous]") {
  // p, I(X;Y) at 50 digits, the closed form checked by quadrature at p = 0, .15 and .7
  const double table[][2] = {{0.0009765625, 0.3006539981176448},
                             {0.15, 0.22977595854213778},
                             {0.25, 0.19251792062770687},
                             {0.5, 0.11638394101379537},
                             {0.75, 0.054150095822197514},
                             {0.999, 0.00020471287058141202},
                             {0.9999990463256836, 1.9518968849792053e-07}};
  for (const auto& [p, i] : table) {
    CAPTURE(p);
    CHECK(off(zero_inflated_poisson_information(p).value.value, i) < 1e-14);
    CHECK(zero_inflated_poisson_information(p).value < zero_inflated_poisson_flagged_information(p).value);
  }
  CHECK(zero_inflated_poisson_information(0).value == zero_inflated_poisson_flagged_information(0).value);
  CHECK(zero_inflated_poisson_information(1).value.value == 0);
}

TEST_CASE("zeroed Poisson, a finite stand-in: the printed formula is above every I(X;Y)", "[information][continuous]") {
  // X in 4000 slices of equal probability, each at its middle; Y up to 60. Slicing loses information of second order only
  const double p = 0.15;
  const long slices = 4000, most = 60;
  Tensor<double> joint(Shape{slices, most + 1});
  for (long i = 0; i < slices; ++i) {
    const double x = -etalon::log((static_cast<double>(i) + 0.5) / static_cast<double>(slices));
    double term = (1 - p) * etalon::exp(-x) / static_cast<double>(slices), total = 0;
    for (long y = 0; y < most; ++y) {
      joint[i * (most + 1) + y] = term + (y == 0 ? p / static_cast<double>(slices) : 0);
      total += joint[i * (most + 1) + y];
      term = term * x / static_cast<double>(y + 1);
    }
    joint[i * (most + 1) + most] = std::max(0.0, 1 / static_cast<double>(slices) - total);
  }
  const double finite = mutual_information(Joint(joint)).value;
  CHECK(etalon::abs(finite - zero_inflated_poisson_information(p).value.value) < 1e-4);
  CHECK(zero_inflated_poisson_flagged_information(p).value.value - finite > 0.02);
}

TEST_CASE("continuous pairs: the ends are infinite and say why; the rest is refused", "[information][continuous][errors]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (const Exact& e : {additive_uniform_information(0), normal_information(1), student_information(3, -1)}) {
    CHECK(e.value.value == infinity);
    CHECK_FALSE(e.how.why_infinite.empty());
  }
  CHECK(additive_uniform_information(infinity).value.value == 0);
  for (const double bad : {nan, -0.1}) {
    CHECK_THROWS_WITH(additive_uniform_information(bad), Catch::Contains("hint:"));
    CHECK_THROWS_WITH(student_information(bad, 0.5), Catch::Contains("degrees"));
    CHECK_THROWS_WITH(zero_inflated_poisson_information(bad), Catch::Contains("probability"));
    CHECK_THROWS_WITH(zero_inflated_poisson_flagged_information(bad), Catch::Contains("probability"));
  }
  for (const double bad : {nan, 1.1, -1.1}) {
    CHECK_THROWS_WITH(normal_information(bad), Catch::Contains("[-1, 1]"));
    CHECK_THROWS_WITH(student_information(3, bad), Catch::Contains("[-1, 1]"));
  }
  CHECK_THROWS_WITH(student_information(0, 0.5), Catch::Contains("degrees"));
  CHECK_THROWS_WITH(discrete_uniform_mixture_information(0), Catch::Contains("at least one"));
}
