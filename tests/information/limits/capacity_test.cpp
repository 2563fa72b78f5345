// SPDX-License-Identifier: Apache-2.0
#include "information/limits/capacity.h"

#include <catch2/catch.hpp>
#include <limits>

#include "information/law/entropy.h"
#include "information/truth.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::information;
using truth::off;

namespace {

Tensor<double> channel(long n_x, long n_y, std::vector<double> rows) { return Tensor<double>(Shape{n_x, n_y}, std::move(rows)); }

// Z channel with crossover e: ln(1 + (1-e) e^{e/(1-e)}).
double z_capacity(double e) { return etalon::log1p((1 - e) * etalon::exp(e / (1 - e) * etalon::log(e))); }

// The lower and the upper bound, both within `tolerance` of the truth, relatively.
void check_capacity(const Capacity& c, double truth, double tolerance) {
  CHECK(c.converged);
  CHECK(off(c.value.lower.value.value, truth) < tolerance);
  CHECK(off(c.value.upper.value.value, truth) < tolerance);
  CHECK(c.value.lower.value <= c.value.upper.value);
}

Tensor<double> random_channel(std::uint64_t seed, long n_x, long n_y) {
  const Stream stream(seed, "channel");
  Tensor<double> w(Shape{n_x, n_y});
  for (long x = 0; x < n_x; ++x) {
    double total = 0;
    for (long y = 0; y < n_y; ++y) {
      const double u = stream.uniform(x * n_y + y);
      w[x * n_y + y] = u < 0.2 && y != x % n_y ? 0 : u * u * u + 0x1p-20;
      total += w[x * n_y + y];
    }
    for (long y = 0; y < n_y; ++y) w[x * n_y + y] = w[x * n_y + y] / total;
  }
  return w;
}

}  // namespace

TEST_CASE("capacity: the table's Z channel to 1e-14, and others of its family", "[information][capacity][truth]") {
  const auto z = capacity(channel(2, 2, {1, 0, 0.5, 0.5}));
  check_capacity(z, truth::value("A3b.C.Z(0.5)") * kLn2, 1e-14);
  CHECK(off(in_bits(z.value.lower.value).value, truth::value("A3b.C.Z(0.5)")) < 1e-14);
  CHECK(etalon::abs(z.input[1] - 0.4) < 1e-14);
  for (const double e : {0.01, 0.1, 0.25, 0.75, 0.9, 0.99, 0.999}) {
    INFO("Z(" << e << ")");
    check_capacity(capacity(channel(2, 2, {1, 0, e, 1 - e})), z_capacity(e), 1e-14);
  }
}

TEST_CASE("capacity: symmetric and erasure channels, with their provenance", "[information][capacity]") {
  for (const double e : {0.01, 0.11, 0.3, 0.49}) {
    const double bsc = kLn2 + e * etalon::log(e) + (1 - e) * etalon::log1p(-e);
    check_capacity(capacity(channel(2, 2, {1 - e, e, e, 1 - e})), bsc, e < 0.4 ? 1e-14 : 1e-12);  // ln 2 - h(e) cancels at .49
    check_capacity(capacity(channel(2, 3, {1 - e, e, 0, 0, e, 1 - e})), (1 - e) * kLn2, 1e-14);
  }
  const auto c = capacity(channel(2, 3, {0.75, 0.25, 0, 0, 0.25, 0.75}));
  CHECK(c.value.upper.how.certificate == Certificate::dual);
  CHECK(c.value.upper.how.alphabet == 2);
  CHECK(c.value.upper.how.iterations == 1);  // the uniform input is the best one
}

TEST_CASE("capacity: a nearly unused input is waited for, and a stop that looks at changes would not", "[information][capacity]") {
  // The third input lies just inside the other two: it leaves slowly, and the bounds know
  const auto w = channel(3, 2, {0.9, 0.1, 0.1, 0.9, 0.88, 0.12});
  const auto sweeps_only = capacity(w, {.tolerance = 1e-12, .newton = false});
  CHECK(sweeps_only.converged);
  CHECK(sweeps_only.value.lower.how.iterations > 100);
  const auto early = capacity(w, {.tolerance = 0, .max_sweeps = 20, .newton = false});
  CHECK_FALSE(early.converged);
  CHECK(early.value.gap() > Nats(1e-4));
  CHECK(early.value.lower.value <= sweeps_only.value.upper.value);
  CHECK(sweeps_only.value.lower.value <= early.value.upper.value);

  // Newton's steps leave it at once, with weight exactly 0
  for (const double inside : {0.88, 0.8999, 0.9 - 1e-9}) {
    const auto c = capacity(channel(3, 2, {0.9, 0.1, 0.1, 0.9, inside, 1 - inside}));
    CHECK(c.converged);
    CHECK(c.value.lower.how.iterations < 60);
    CHECK(c.value.gap() <= Nats(1e-15));
    CHECK(off(c.value.lower.value.value, kLn2 + 0.1 * etalon::log(0.1) + 0.9 * etalon::log(0.9)) < 1e-14);
  }
}

TEST_CASE("capacity: random channels close to 2e-15, and sweeps alone agree", "[information][capacity]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto w = random_channel(seed, 2 + static_cast<long>(seed % 31), 2 + static_cast<long>(seed % 17));
    const auto c = capacity(w, {.tolerance = 2e-15, .max_sweeps = 500});
    CAPTURE(seed);
    CHECK(c.converged);
    // Any input is a lower bound, any input's dual an upper one: here of a few plain sweeps
    const auto rough = capacity(w, {.tolerance = 0, .max_sweeps = 50, .newton = false});
    CHECK(rough.value.lower.value.value <= c.value.upper.value.value + 1e-15);
    CHECK(c.value.lower.value.value <= rough.value.upper.value.value + 1e-15);
    // The input reaches it
    Tensor<double> p(w.shape());
    for (long x = 0; x < w.n_rows(); ++x)
      for (long y = 0; y < w.n_cols(); ++y) p[x * w.n_cols() + y] = c.input[x] * w[x * w.n_cols() + y];
    CHECK(off(mutual_information(Joint(p)).value, c.value.lower.value.value) < 1e-14);
  }
}

TEST_CASE("capacity: an unused input's zeros, a channel that says nothing, one that says all", "[information][capacity][edge]") {
  CHECK(capacity(channel(2, 2, {0.5, 0.5, 0.5, 0.5})).value.upper.value.value == 0);
  CHECK(off(capacity(channel(3, 3, {1, 0, 0, 0, 1, 0, 0, 0, 1})).value.lower.value.value, etalon::log(3.0)) < 1e-15);
  CHECK(capacity(channel(1, 2, {0.3, 0.7})).value.upper.value.value < 1e-16);
  // Equal inputs: a continuum of best input laws, one capacity
  CHECK(capacity(channel(3, 2, {0.9, 0.1, 0.1, 0.9, 0.9, 0.1})).value.gap().value <= 1e-15);
}

TEST_CASE("capacity: rows that are no laws are refused", "[information][capacity][error]") {
  CHECK_THROWS_WITH(capacity(channel(1, 2, {0.5, 0.6})), Catch::Contains("hint:"));
  CHECK_THROWS_WITH(capacity(channel(1, 2, {-0.5, 1.5})), Catch::Contains("hint:"));
  CHECK_THROWS_WITH(capacity(Tensor<double>(Shape{4})), Catch::Contains("channel"));
  CHECK_THROWS_WITH(capacity(channel(1, 1, {1}), {.tolerance = std::numeric_limits<double>::quiet_NaN()}),
                    Catch::Contains("tolerance"));
  CHECK_THROWS_WITH(capacity(channel(1, 1, {1}), {.max_sweeps = 0}), Catch::Contains("at least one sweep"));
}

TEST_CASE("capacity: beyond 600 inputs Newton's steps by blocks close the bounds", "[information][capacity]") {
  // A dense random channel, of which many inputs are in use
  const auto w = random_channel(7, 640, 200);
  long asked = 0;
  const auto c = capacity(w, {.tolerance = 1e-10, .max_sweeps = 2000, .watch = [&](double, long) { return ++asked > 0; }});
  CHECK(c.converged);
  CHECK(c.value.gap() <= Nats(1e-10));
  CHECK(c.value.lower.how.iterations < 200);
  CHECK(asked > 100);
  Tensor<double> p(w.shape());
  for (long x = 0; x < w.n_rows(); ++x)
    for (long y = 0; y < w.n_cols(); ++y) p[x * w.n_cols() + y] = c.input[x] * w[x * w.n_cols() + y];
  CHECK(off(mutual_information(Joint(p)).value, c.value.lower.value.value) < 1e-9);

  // A sparse one whose capacity is a formula: 650 inputs in pairs, each pair a Z channel of its own
  const long pairs = 325;
  Tensor<double> z(Shape{2 * pairs, 2 * pairs});
  for (long k = 0; k < pairs; ++k) {
    z[2 * k * 2 * pairs + 2 * k] = 1;
    z[(2 * k + 1) * 2 * pairs + 2 * k] = z[(2 * k + 1) * 2 * pairs + 2 * k + 1] = 0.5;
  }
  const auto many = capacity(z, {.tolerance = 1e-12});
  CHECK(many.converged);
  CHECK(off(many.value.lower.value.value, etalon::log(static_cast<double>(pairs)) + z_capacity(0.5)) < 1e-12);

  // One that is told to stop has bounds all the same
  const auto stopped = capacity(w, {.tolerance = 0, .watch = [](double, long sweeps) { return sweeps < 3; }});
  CHECK_FALSE(stopped.converged);
  CHECK(stopped.value.lower.value <= c.value.upper.value);
  CHECK(c.value.lower.value <= stopped.value.upper.value);
}
