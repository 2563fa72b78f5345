#include "information/capacity.h"

#include <catch2/catch.hpp>
#include <limits>

#include "information/entropy.h"
#include "truth.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

Tensor<double> channel(long n_x, long n_y, std::vector<double> rows) { return Tensor<double>(Shape{n_x, n_y}, std::move(rows)); }

// Z channel with crossover e: ln(1 + (1-e) e^{e/(1-e)}).
double z_capacity(double e) { return etalon::log1p((1 - e) * etalon::exp(e / (1 - e) * etalon::log(e))); }

}  // namespace

TEST_CASE("capacity: the table's Z channel, and others of its family", "[information][capacity][truth]") {
  const auto z = capacity(channel(2, 2, {1, 0, 0.5, 0.5}));
  CHECK(z.converged);
  CHECK(off(in_bits(z.lower).value, truth::value("A3b.C.Z(0.5)")) < 1e-14);
  CHECK(off(in_bits(z.upper).value, truth::value("A3b.C.Z(0.5)")) < 1e-14);
  CHECK(etalon::abs(z.input[1] - 0.4) < 1e-7);  // flat at the top: an error d of r costs d^2 of C
  for (const double e : {0.01, 0.1, 0.25, 0.75, 0.9}) {
    INFO("Z(" << e << ")");
    CHECK(off(capacity(channel(2, 2, {1, 0, e, 1 - e})).lower.value, z_capacity(e)) < 1e-13);
  }
}

TEST_CASE("capacity: symmetric and erasure channels", "[information][capacity]") {
  const double e = 0.11;
  const double bsc = kLn2 + e * etalon::log(e) + (1 - e) * etalon::log1p(-e);
  CHECK(off(capacity(channel(2, 2, {1 - e, e, e, 1 - e})).lower.value, bsc) < 1e-14);
  CHECK(off(capacity(channel(2, 3, {1 - e, e, 0, 0, e, 1 - e})).upper.value, (1 - e) * kLn2) < 1e-14);
}

TEST_CASE("capacity: a nearly unused input is waited for, and a stop that looks at changes would not", "[information][capacity]") {
  // The third input lies just inside the other two: it leaves slowly, and the bounds know
  const auto w = channel(3, 2, {0.9, 0.1, 0.1, 0.9, 0.88, 0.12});
  const auto c = capacity(w, {.tolerance = 1e-12});
  CHECK(c.converged);
  CHECK(c.sweeps > 100);
  const auto early = capacity(w, {.tolerance = 0, .max_sweeps = 20});
  CHECK_FALSE(early.converged);
  CHECK(early.upper - early.lower > Nats(1e-4));
  CHECK(early.lower <= c.upper);
  CHECK(c.lower <= early.upper);
}

TEST_CASE("capacity: an unused input's zeros, a channel that says nothing, one that says all", "[information][capacity][edge]") {
  CHECK(capacity(channel(2, 2, {0.5, 0.5, 0.5, 0.5})).upper.value == 0);
  CHECK(off(capacity(channel(3, 3, {1, 0, 0, 0, 1, 0, 0, 0, 1})).lower.value, etalon::log(3.0)) < 1e-15);
  CHECK(capacity(channel(1, 2, {0.3, 0.7})).upper.value < 1e-16);
}

TEST_CASE("capacity: rows that are no laws are refused", "[information][capacity][error]") {
  CHECK_THROWS_WITH(capacity(channel(1, 2, {0.5, 0.6})), Catch::Contains("hint:"));
  CHECK_THROWS_WITH(capacity(channel(1, 2, {-0.5, 1.5})), Catch::Contains("hint:"));
  CHECK_THROWS_WITH(capacity(Tensor<double>(Shape{4})), Catch::Contains("channel"));
  CHECK_THROWS_WITH(capacity(channel(1, 1, {1}), {.tolerance = std::numeric_limits<double>::quiet_NaN()}),
                    Catch::Contains("tolerance"));
}

TEST_CASE("truth: X uniform on n values, Y = X + U(0, 2)", "[information][truth]") {
  // Y tells which unit interval it fell in and nothing more, x or x + 1 with probability 1/2 each: a finite joint, exactly
  const auto mixture = [](long n) {
    Tensor<double> p(Shape{n, n + 1});
    for (long x = 0; x < n; ++x) p[x * (n + 1) + x] = p[x * (n + 1) + x + 1] = 0.5 / static_cast<double>(n);
    return mutual_information(Joint(std::move(p))).value;
  };
  CHECK(off(mixture(5), truth::value("A7.I.disc-unif-mixture(5)")) < 1e-14);
  for (const long n : {2L, 3L, 10L, 64L}) {
    // H(Y) - H(Y|X): two end intervals of 1/(2n), n-1 of 1/n, less ln 2
    const double closed = etalon::log(2.0 * static_cast<double>(n)) / static_cast<double>(n) +
                          (static_cast<double>(n) - 1) / static_cast<double>(n) * etalon::log(static_cast<double>(n)) - kLn2;
    INFO(n);
    CHECK(off(mixture(n), closed) < 1e-13);
  }
}
