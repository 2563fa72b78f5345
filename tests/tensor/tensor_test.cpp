// SPDX-License-Identifier: Apache-2.0
#include "tensor/tensor.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/bits.h"
#include "scalar/ball.h"
#include "tensor/random.h"
#include "tensor/sum.h"

using namespace etalon;

namespace {

// A liar: halves added first, as a vector unit or std::reduce would.
double pairwise_sum(const Tensor<double>& x, long from, long to) {
  if (to - from == 1) return x[from];
  const long middle = (from + to) / 2;
  return pairwise_sum(x, from, middle) + pairwise_sum(x, middle, to);
}

}  // namespace

TEST_CASE("sum: left to right is part of the meaning", "[tensor][sum]") {
  const double x[] = {1e16, 1, -1e16};
  CHECK(ordered_sum<double>(3, [&](long i) { return x[i]; }) == 0);            // (1e16 + 1) - 1e16: the 1 is rounded away
  CHECK(ordered_sum<double>(3, [&](long i) { return x[(i * 2) % 3]; }) == 1);  // (1e16 - 1e16) + 1
}

TEST_CASE("sum: another order has other bits, and the comparison sees it", "[tensor][sum][planted]") {
  // Entries of one normal_tensor are multiples of one scale, and their sums are nearly exact in any order: multiply two
  auto x = normal_tensor(Stream(1, "sum"), Shape{1000}, 0, 1);
  const auto factor = normal_tensor(Stream(1, "factor"), Shape{1000}, 0, 1);
  for (long i = 0; i < 1000; ++i) x[i] = x[i] * factor[i];
  const double in_order = ordered_sum<double>(1000, [&](long i) { return x[i]; });
  double by_hand = x[0];
  for (long i = 1; i < 1000; ++i) by_hand = by_hand + x[i];
  CHECK(same_bits(in_order, by_hand));
  CHECK_FALSE(same_bits(in_order, pairwise_sum(x, 0, 1000)));
  CHECK_FALSE(same_bits(in_order, ordered_sum<double>(1000, [&](long i) { return x[999 - i]; })));
}

TEST_CASE("sum: nothing is prepended to a sum, and a product-sum starts from +0", "[tensor][sum]") {
  const auto minus_zero = [](long) { return -0.0; };
  const auto one = [](long) { return 1.0; };
  CHECK(same_bits(ordered_sum<double>(0, minus_zero), +0.0));
  CHECK(same_bits(ordered_sum<double>(1, minus_zero), -0.0));
  CHECK(same_bits(ordered_sum<double>(2, minus_zero), -0.0));
  CHECK(same_bits(product_sum<double>(0, minus_zero, one), +0.0));
  CHECK(same_bits(product_sum<double>(1, minus_zero, one), +0.0));
}

TEST_CASE("sum: a product-sum rounds once for each term", "[tensor][sum]") {
  const double a[] = {-1, 1 + 0x1p-30}, b[] = {1, 1 - 0x1p-30};
  CHECK(product_sum<double>(
            2, [&](long i) { return a[i]; }, [&](long i) { return b[i]; }) == -0x1p-60);
}

TEST_CASE("shape: extents, rows and the spelling of the docs", "[tensor][shape]") {
  const Shape s{2, 3, 5};
  CHECK(s.rank() == 3);
  CHECK(s.size() == 30);
  CHECK(s.n_rows() == 6);
  CHECK(s.n_cols() == 5);
  CHECK(to_string(s) == "[2, 3, 5]");
  CHECK(s.with_last(7) == Shape{2, 3, 7});
  CHECK(s != Shape{2, 3});
  const Shape scalar;
  CHECK(to_string(scalar) == "[]");
  CHECK(scalar.size() == 1);
  CHECK(scalar.n_rows() == 1);
  CHECK(scalar.n_cols() == 1);
  CHECK(Shape{4, 0}.size() == 0);
}

TEST_CASE("tensor: refuses data that do not fill the shape", "[tensor]") {
  CHECK_THROWS_WITH(Tensor<double>(Shape{2, 3}, {1, 2, 3}),
                    Catch::StartsWith("tensor: expected 6 numbers for shape [2, 3], got 3") && Catch::Contains("hint:"));
  CHECK_THROWS_AS(Tensor<double>(Shape{2}, {1, 2, 3}), Error);
  CHECK_THROWS_AS((Tensor<double>(Shape{2, 3}).reshaped(Shape{7})), Error);
  CHECK(Tensor<double>().size() == 0);
}

TEST_CASE("tensor: windows see, transpose and fold without copying", "[tensor]") {
  Tensor<double> x(Shape{2, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(x.rows().rows == 4);
  CHECK(x.rows()(3, 1) == 10);
  CHECK(x.matrix(1)(1, 2) == 11);
  CHECK(x.matrix(1).transposed()(2, 1) == 11);
  CHECK(x.matrix(0).transposed().rows == 3);
  x.matrix(1).transposed()(0, 1) = -9;
  CHECK(x[9] == -9);
  CHECK(x.reshaped(Shape{12})[9] == -9);
}

TEST_CASE("tensor: starts as +0; a copy in float rounds once and comes back exactly", "[tensor]") {
  const Tensor<double> zeros(Shape{3});
  for (long i = 0; i < 3; ++i) CHECK(same_bits(zeros[i], +0.0));
  const Tensor<double> x(Shape{3}, {0.1, 1 + 0x1p-24, 1 + 0x3p-24});
  CHECK(as<float>(x).values() == std::vector<float>{0.1f, 1.0f, 1 + 0x1p-22f});  // ties to even
  CHECK(as<double>(as<float>(x))[0] == static_cast<double>(0.1f));
}

TEST_CASE("tensor: an output to fill is NaN until it is filled, in every test; 0 where nobody looks", "[tensor]") {
  const auto x = Tensor<double>::to_fill(Shape{2});
  CHECK(std::isnan(x[0]));
  CHECK(std::isnan(x[1]));
  CHECK(std::isnan(midpoint(Tensor<Ball>::to_fill(Shape{1})[0])));
  // A function that leaves an entry of its output is caught by whatever reads it
  const auto skips_the_last = [](long n) {
    auto y = Tensor<double>::to_fill(Shape{n});
    for (long i = 0; i + 1 < n; ++i) y[i] = 0;
    return y;
  };
  CHECK(std::isnan(skips_the_last(3)[2]));
  poison_outputs = false;
  CHECK(same_bits(skips_the_last(3)[2], +0.0));
  poison_outputs = true;
}
