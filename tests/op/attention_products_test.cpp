// SPDX-License-Identifier: Apache-2.0
// attention_products: which head reads which key, and a key gradient that forgets the rest of its group.
#include "op/attention_products.h"

#include <catch2/catch.hpp>

#include "law/weave.h"
#include "op/page_tools.h"

using namespace etalon;
using law::shown;
using op::AttentionProducts;

namespace {

// Only the first head of each group hands its gradient to the shared keys.
struct GroupNotSummed : AttentionProducts {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = AttentionProducts::vjp(s, in, y, y_bar);
    const long group_size = in[0].shape()[1] / in[1].shape()[1];
    for (long g = 0; g < in[1].shape()[0] * in[1].shape()[1]; ++g)
      matmul<S>(Matrix<const S>(y_bar.matrix(g * group_size)).transposed(), in[0].matrix(g * group_size), bars[1].matrix(g));
    return bars;
  }
};

// Heads interleaved: query head h reads kv head h mod Hk instead of h / (H/Hk).
struct Interleaved : AttentionProducts {
  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    Tensor<S> y(shape(s, in.shapes()));
    const long h_size = in[0].shape()[1], hk_size = in[1].shape()[1];
    for (long i = 0; i < in[0].shape()[0] * h_size; ++i) {
      const long b = i / h_size, h = i % h_size;
      matmul<S>(in[0].matrix(i), in[1].matrix(b * hk_size + h % hk_size).transposed(), y.matrix(i));
    }
    return y;
  }
};

}  // namespace

TEST_CASE("attention_products: one product, by hand", "[op][attention_products]") {
  // H = 2 heads share one key head; D = 2, T = 2
  const Tensor<double> q({1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), k({1, 1, 2, 2}, {1, 10, 100, 1000});
  const auto y = AttentionProducts::forward<double>({}, {&q, &k});
  CHECK(y.shape() == Shape{1, 2, 2, 2});
  CHECK(y.values() == std::vector<double>{21, 2100, 43, 4300, 65, 6500, 87, 8700});
}

TEST_CASE("attention_products: shared keys give the bits of copied keys", "[op][attention_products]") {
  const auto q = law::weave({2, 6, 5, 4}, "q"), k = law::weave({2, 3, 5, 4}, "k");
  Tensor<double> copied({2, 6, 5, 4});
  for (long i = 0; i < 12; ++i)
    for (long j = 0; j < 20; ++j) copied[i * 20 + j] = k[i / 2 * 20 + j];
  CHECK(AttentionProducts::forward<double>({}, {&q, &k}).values() ==
        AttentionProducts::forward<double>({}, {&q, &copied}).values());
}

TEST_CASE("attention_products: the key gradient is one chain, heads of the group in order", "[op][attention_products]") {
  const auto q = law::weave({1, 4, 3, 5}, "q"), k = law::weave({1, 2, 3, 5}, "k"), y_bar = law::weave({1, 4, 3, 3}, "y_bar");
  const auto k_bar = AttentionProducts::vjp<double>({}, {&q, &k}, y_bar, y_bar)[1];
  for (long g = 0; g < 2; ++g)
    for (long s = 0; s < 3; ++s)
      for (long d = 0; d < 5; ++d) {
        double acc = 0;
        for (long h = 2 * g; h < 2 * g + 2; ++h)
          for (long t = 0; t < 3; ++t) acc = etalon::fma(y_bar[(h * 3 + t) * 3 + s], q[(h * 3 + t) * 5 + d], acc);
        CHECK(k_bar[(g * 3 + s) * 5 + d] == acc);
      }
}

TEST_CASE("attention_products: heads that do not go together are refused", "[op][attention_products][error]") {
  CHECK_THROWS_WITH(
      AttentionProducts::shape({}, {Shape{1, 4, 3, 8}, Shape{1, 3, 3, 8}}),
      Catch::StartsWith("op.attention_products: expected a number of kv heads that divides the 4 query heads, got 3"));
  CHECK_THROWS_WITH(AttentionProducts::shape({}, {Shape{1, 4, 3, 8}, Shape{1, 2, 3, 4}}), Catch::Contains("head size 8"));
  CHECK_THROWS_WITH(AttentionProducts::shape({}, {Shape{1, 4, 3, 8}, Shape{1, 2, 5, 8}}), Catch::Contains("one B and one T"));
  CHECK_THROWS_WITH(AttentionProducts::shape({}, {Shape{1, 0, 3, 8}, Shape{1, 0, 3, 8}}), Catch::Contains("no extent 0"));
  CHECK_THROWS_WITH(AttentionProducts::shape({}, {Shape{3, 8}, Shape{3, 8}}), Catch::Contains("hint:"));
}

TEST_CASE("attention_products: duality catches a group not summed, and interleaved heads", "[op][attention_products][planted]") {
  // "batch" has groups of one, where neither mistake exists
  CHECK(law::cases_that_catch<GroupNotSummed>() == std::vector<std::string>{"grouped", "multi-query"});
  CHECK(law::cases_that_catch<Interleaved>() == std::vector<std::string>{"grouped"});
}

TEST_CASE("attention_products: the numbers in the lesson", "[op][attention_products][lesson]") {
  const auto worst = [](long d) {
    law::Worst worst;
    for (int seed = 1; seed <= 20; ++seed) {
      worst.take(law::measure<AttentionProducts>({}, {law::weave({1, 4, 5, d}, "q", seed), law::weave({1, 2, 5, d}, "k", seed)}));
    }
    return worst;
  };
  CHECK(shown(worst(4).error) == "8.02e-16");
  CHECK(shown(worst(64).error) == "1.42e-14");
  CHECK(shown(worst(4).share) == "0.361");
  CHECK(shown(worst(64).share) == "0.0461");

  // Summed head by head instead of in one chain: other bits in 1002 of 1216 entries
  const auto q = law::weave({2, 8, 19, 16}, "q"), k = law::weave({2, 2, 19, 16}, "k");
  const auto bar = law::weave({2, 8, 19, 19}, "bar");
  const auto k_bar = AttentionProducts::vjp<double>({}, {&q, &k}, bar, bar)[1];
  Tensor<double> by_head(k.shape()), one({19, 16});
  for (long h = 0; h < 16; ++h) {
    matmul<double>(Matrix<const double>(bar.matrix(h)).transposed(), q.matrix(h), one.rows());
    for (long i = 0; i < one.size(); ++i) by_head[h / 4 * one.size() + i] += one[i];
  }
  long n_different = 0;
  for (long i = 0; i < k_bar.size(); ++i) n_different += k_bar[i] != by_head[i];
  CHECK(n_different == 1002);
  CHECK(k_bar.size() == 1216);
}
