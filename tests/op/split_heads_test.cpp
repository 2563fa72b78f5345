// SPDX-License-Identifier: Apache-2.0
#include "op/split_heads.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/bits.h"
#include "op/merge_heads.h"
#include "op/probe.h"

using namespace etalon;
using op::SplitHeads;

namespace {

// The way back of a fused qkv that puts every part where q was.
struct AlwaysTheFirstColumns : SplitHeads {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    return SplitHeads::vjp<S>({s.n_heads, s.head_size, 0}, in, y, y_bar);
  }
};

}  // namespace

TEST_CASE("split_heads: merging is the way back, bit for bit", "[op][split_heads]") {
  const auto x = law::weave({2, 3, 8}, "x");
  const auto heads = SplitHeads::forward<double>({4, 2, 0}, {&x});
  REQUIRE(heads.shape() == Shape{2, 4, 3, 2});
  const auto back = op::MergeHeads::forward<double>({}, {&heads});
  REQUIRE(back.shape() == x.shape());
  for (long i = 0; i < x.size(); ++i) CHECK(same_bits(back[i], x[i]));
}

TEST_CASE("split_heads: head h, token t, entry d is column first + h D + d of token t", "[op][split_heads]") {
  Tensor<double> x({2, 3, 12});
  for (long i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
  const auto y = SplitHeads::forward<double>({2, 2, 4}, {&x});
  // b = 1, h = 1, t = 2, d = 0: token 5 of the batch, column 4 + 2 + 0
  CHECK(y[((1 * 2 + 1) * 3 + 2) * 2 + 0] == 5 * 12 + 6);
}

TEST_CASE("split_heads: q, k and v together send each cotangent back once (docs/op/split_heads.md)", "[op][split_heads][lesson]") {
  const Tensor<double> x({1, 2, 12}), ones({1, 2, 2, 2}, std::vector<double>(8, 1));
  std::vector<double> total(x.size(), 0);
  for (const long first : {0, 4, 8}) {
    const auto x_bar = SplitHeads::vjp<double>({2, 2, first}, {&x}, ones, ones)[0];
    double n_here = 0;
    for (long i = 0; i < x.size(); ++i) total[i] += x_bar[i];
    for (long i = 0; i < x.size(); ++i) n_here += x_bar[i];
    CHECK(n_here == 8);
  }
  for (const double t : total) CHECK(t == 1);
}

TEST_CASE("split_heads: heads that do not fit the columns are refused", "[op][split_heads][error]") {
  const std::vector<Shape> x = {Shape{1, 2, 12}};
  CHECK_NOTHROW(SplitHeads::shape({2, 2, 8}, x));
  CHECK_THROWS_WITH(SplitHeads::shape({2, 2, 9}, x), Catch::Contains("the 12 columns") && Catch::Contains("first column 9"));
  CHECK_THROWS_WITH(SplitHeads::shape({5, 3, 0}, x), Catch::Contains("H = 5, D = 3"));
  CHECK_THROWS(SplitHeads::shape({0, 3, 0}, x));
  CHECK_THROWS(SplitHeads::shape({3, 0, 0}, x));
  CHECK_THROWS(SplitHeads::shape({1, 1, -1}, x));
  CHECK_THROWS(SplitHeads::shape({1L << 62, 1L << 62, 0}, x));
  CHECK_THROWS_WITH(SplitHeads::shape({1, 1, 0}, {Shape{2, 12}}), Catch::Contains("expected x [B, T, K], got [2, 12]"));
}

TEST_CASE("split_heads: duality catches a way back that forgets the first column", "[op][split_heads][planted]") {
  CHECK(law::cases_that_catch<SplitHeads>().empty());
  CHECK(law::cases_that_catch<AlwaysTheFirstColumns>() == std::vector<std::string>{"fused-k", "fused-v"});
}
