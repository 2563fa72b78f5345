// SPDX-License-Identifier: Apache-2.0
#include "op/rope.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/bits.h"
#include "law/enclosure.h"
#include "op/probe.h"

using namespace etalon;
using op::Rope;

namespace {

// The gradient turned forward once more, as if the rotation were its own transpose.
struct NotTransposed : Rope {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>&, const Tensor<S>&, const Tensor<S>& y_bar) {
    return {Rope::forward<S>(s, {&y_bar})};
  }
};

// Positions counted from 0 in every sequence, whatever the batch says.
struct IgnoresPositions : Rope {
  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    if constexpr (!std::same_as<S, double>) return Rope::forward(s, in);
    Setting counted = s;
    const long n_steps = in[0].shape()[2];
    for (std::size_t i = 0; i < counted.positions.size(); ++i) counted.positions[i] = static_cast<long>(i) % n_steps;
    return Rope::forward(counted, in);
  }
};

// Column c of the half-split layout in the interleaved one: i -> 2i, i + D/2 -> 2i + 1.
Tensor<double> interleave(const Tensor<double>& x) {
  Tensor<double> out(x.shape());
  const long d = x.n_cols();
  for (long row = 0; row < x.n_rows(); ++row)
    for (long c = 0; c < d; ++c) out[row * d + (c < d / 2 ? 2 * c : 2 * (c - d / 2) + 1)] = x[row * d + c];
  return out;
}

Ball dot(const Tensor<Ball>& a, const Tensor<Ball>& b) {
  return product_sum<Ball>(
      a.size(), [&](long k) { return a[k]; }, [&](long k) { return b[k]; });
}

// One row of head size D at one position, in balls.
Tensor<Ball> turned(const Tensor<Ball>& x, long position) { return Rope::forward<Ball>({{10000, 1}, false, {position}}, {&x}); }

}  // namespace

TEST_CASE("rope: position 0 changes no bit", "[op][rope]") {
  const auto x = law::weave({1, 2, 3, 8}, "x");
  for (const bool interleaved : {false, true}) {
    const auto y = Rope::forward<double>({{10000, 1}, interleaved, {0, 0, 0}}, {&x});
    for (long i = 0; i < x.size(); ++i) CHECK(same_bits(y[i], x[i]));
  }
}

TEST_CASE("rope: the two pairings are one rotation up to the order of the columns, bit for bit", "[op][rope]") {
  const auto x = law::weave({2, 2, 3, 8}, "x"), x_interleaved = interleave(x);
  const std::vector<long> positions = {0, 1, 2, 9, 100, 31};
  const auto half_split = interleave(Rope::forward<double>({{10000, 1}, false, positions}, {&x}));
  const auto interleaved = Rope::forward<double>({{10000, 1}, true, positions}, {&x_interleaved});
  for (long i = 0; i < x.size(); ++i) CHECK(same_bits(half_split[i], interleaved[i]));
}

TEST_CASE("rope: the ball encloses the real angle: 1/100 per position for D = 4, i = 1", "[op][rope]") {
  const Tensor<Ball> x({1, 1, 1, 4}, {Ball(0), Ball(1), Ball(0), Ball(0)});
  const auto y = turned(x, 12345);
  CHECK(y[1].overlaps(cos(ratio<Ball>(12345, 100))));
  CHECK(y[3].overlaps(sin(ratio<Ball>(12345, 100))));
  CHECK(radius(y[1]) < 1e-40);
}

TEST_CASE("rope: lengths are kept and products depend on the distance only, certainly", "[op][rope]") {
  const auto q = as<Ball>(law::weave({1, 1, 1, 6}, "q")), k = as<Ball>(law::weave({1, 1, 1, 6}, "k"));
  const Ball stretch = dot(turned(q, 77), turned(q, 77)) - dot(q, q);
  const Ball shifted = dot(turned(q, 9), turned(k, 4)) - dot(turned(q, 1009), turned(k, 1004));
  for (const Ball& difference : {stretch, shifted}) {
    CHECK(difference.contains_zero());
    CHECK(radius(difference) < 1e-40);
  }
  CHECK_FALSE((dot(turned(q, 9), turned(k, 4)) - dot(turned(q, 9), turned(k, 5))).contains_zero());
}

TEST_CASE("rope: the VJP undoes the rotation, certainly", "[op][rope]") {
  const auto x = as<Ball>(law::weave({1, 1, 1, 6}, "x"));
  const Rope::Setting setting = {{10000, 1}, false, {41}};
  const auto y = Rope::forward<Ball>(setting, {&x});
  const auto back = Rope::vjp<Ball>(setting, {&x}, y, y)[0];
  for (long i = 0; i < x.size(); ++i) CHECK(back[i].contains(x[i]));
}

TEST_CASE("rope: far tokens turn by angles that double knows less well (docs/op/rope.md)", "[op][rope][lesson]") {
  const auto at = [](long position) {
    return law::worst_of<Rope>({{10000, 1}, false, {position}}, 50, [](int trial) -> std::vector<Tensor<double>> {
      return {law::draw({1, 4, 1, 64}, "x", trial)};
    });
  };
  const auto near = at(1), far = at(1000), further = at(1000000);
  CHECK(law::shown(near.share) == "0.569");
  CHECK(law::shown(far.share) == "0.332");
  CHECK(law::shown(further.share) == "0.313");

  // The largest error of an entry of a unit vector in the slowest-known pair, i = 1 of 32
  const auto error_at = [](long position, auto zero) {
    using S = decltype(zero);
    Tensor<double> x({1, 1, 1, 64});
    x[1] = 1;
    const auto x_s = as<S>(x);
    const auto x_ball = as<Ball>(x);
    const auto y = Rope::forward<S>({{10000, 1}, false, {position}}, {&x_s});
    return midpoint(abs(Ball(static_cast<double>(y[33])) - turned(x_ball, position)[33]));
  };
  CHECK(law::shown(error_at(1000, 0.0)) == "6.48e-14");
  CHECK(law::shown(error_at(100000, 0.0)) == "3.11e-12");
  CHECK(law::shown(error_at(1000, 0.0f)) == "9.77e-06");
  CHECK(law::shown(error_at(100000, 0.0f)) == "0.000869");
}

TEST_CASE("rope: odd head sizes, missing and impossible positions are refused", "[op][rope][error]") {
  const Rope::Setting two = {{10000, 1}, false, {0, 1}};
  CHECK_THROWS_WITH(Rope::shape(two, {Shape{1, 3, 2, 5}}),
                    Catch::StartsWith("op.rope: expected x [B, H, T, D] with D even, got [1, 3, 2, 5]"));
  CHECK_THROWS_WITH(Rope::shape(two, {Shape{2, 3, 2, 4}}),
                    Catch::Contains("one position for each of 4 tokens") && Catch::Contains("got 2"));
  CHECK_THROWS_WITH(Rope::shape({{10000, 1}, false, {0, -1}}, {Shape{1, 1, 2, 4}}),
                    Catch::Contains("position 1") && Catch::Contains("got -1"));
  CHECK_THROWS(Rope::shape({{10000, 1}, false, {0, 1L << 31}}, {Shape{1, 1, 2, 4}}));
  CHECK_THROWS_WITH(Rope::shape({{0, 1}, false, {0, 1}}, {Shape{1, 1, 2, 4}}),
                    Catch::Contains("theta") && Catch::Contains("got 0/1"));
}

TEST_CASE("rope: duality catches a backward pass that is not transposed", "[op][rope][planted]") {
  CHECK(law::cases_that_catch<Rope>().empty());
  CHECK(law::cases_that_catch<NotTransposed>() ==
        std::vector<std::string>{"one-pair", "half-split", "interleaved", "start-position", "far", "theta-not-a-double"});
}

TEST_CASE("rope: the bound catches positions that are not read", "[op][rope][planted]") {
  for (const auto& example : Rope::cases()) {
    CAPTURE(example.name);
    const bool counts_from_0 = example.name == "one-pair" || example.name == "half-split" || example.name == "interleaved";
    CHECK(law::keeps_its_bound<IgnoresPositions>(example).kept == counts_from_0);
  }
}
