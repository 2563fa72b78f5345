// SPDX-License-Identifier: Apache-2.0
// linear: the two layouts are one map, the bias comes last, and its gradient needs every row.
#include "op/linear.h"

#include <catch2/catch.hpp>

#include "law/weave.h"
#include "op/page_tools.h"

using namespace etalon;
using law::shown;
using op::Layout;
using op::Linear;

namespace {

// The bias gradient from the last row only: an assignment where an addition belongs.
struct BiasFromLastRow : Linear {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = Linear::vjp(s, in, y, y_bar);
    const auto rows = y_bar.rows();
    if (s.bias)
      for (long j = 0; j < rows.cols; ++j) bars[2][j] = rows(rows.rows - 1, j);
    return bars;
  }
};

Tensor<double> transposed(const Tensor<double>& w) {
  const auto from = w.rows();
  Tensor<double> t({from.cols, from.rows});
  for (long i = 0; i < from.rows; ++i)
    for (long j = 0; j < from.cols; ++j) t.rows()(j, i) = from(i, j);
  return t;
}

}  // namespace

TEST_CASE("linear: by hand", "[op][linear]") {
  const Tensor<double> x({2, 3}, {1, 2, 3, 4, 5, 6}), w({2, 3}, {1, 10, 100, 0, 0, -1}), b({2}, {0.5, 0.25});
  CHECK(Linear::forward<double>({}, {&x, &w, &b}).values() == std::vector<double>{321.5, -2.75, 654.5, -5.75});
}

TEST_CASE("linear: both layouts give the same bits, forward and backward", "[op][linear]") {
  const auto x = law::weave({5, 7}, "x"), w = law::weave({3, 7}, "w"), b = law::weave({3}, "b"),
             y_bar = law::weave({5, 3}, "y_bar");
  const auto wt = transposed(w);
  CHECK(Linear::forward<double>({Layout::out_in, true}, {&x, &w, &b}).values() ==
        Linear::forward<double>({Layout::in_out, true}, {&x, &wt, &b}).values());
  const auto bars = Linear::vjp<double>({Layout::out_in, true}, {&x, &w, &b}, y_bar, y_bar);
  const auto t_bars = Linear::vjp<double>({Layout::in_out, true}, {&x, &wt, &b}, y_bar, y_bar);
  CHECK(bars[0].values() == t_bars[0].values());
  CHECK(transposed(bars[1]).values() == t_bars[1].values());
  CHECK(bars[2].values() == t_bars[2].values());
}

TEST_CASE("linear: the bias is added last", "[op][linear]") {
  // 1e16 + 1 - 1e16 - 1: from +0 the product leaves 0 after rounding; a bias put first would leave another number
  const Tensor<double> x({1, 3}, {1, 1, 1}), w({1, 3}, {1e16, 1, -1e16}), b({1}, {-1});
  CHECK(Linear::forward<double>({}, {&x, &w, &b})[0] == -1.0);
}

TEST_CASE("linear: a row of zeros gives the bias", "[op][linear]") {
  const Tensor<double> x({1, 3}), w({2, 3}, {1, 2, 3, 4, 5, 6}), b({2}, {0.1, -0.7});
  CHECK(Linear::forward<double>({}, {&x, &w, &b}).values() == b.values());
}

TEST_CASE("linear: the other layout is refused by name", "[op][linear][error]") {
  CHECK_THROWS_WITH(Linear::shape({Layout::out_in, false}, {Shape{2, 3}, Shape{3, 4}}),
                    Catch::StartsWith("op.linear: expected w that takes 3 columns, got [3, 4]") && Catch::Contains("Conv1D"));
  CHECK_THROWS_WITH(Linear::shape({}, {Shape{2, 3}, Shape{4, 3}, Shape{3}}),
                    Catch::StartsWith("op.linear: expected b [4], got [3]"));
  CHECK_THROWS_WITH(Linear::shape({}, {Shape{2, 3}, Shape{4, 3}}), Catch::StartsWith("op.linear: expected 3 input(s), got 2"));
}

TEST_CASE("linear: duality catches a bias gradient from the last row only", "[op][linear][planted]") {
  CHECK(law::cases_that_catch<BiasFromLastRow>() == std::vector<std::string>{"with-bias", "conv1d", "three-axes"});
}

TEST_CASE("linear: the numbers in the lesson", "[op][linear][lesson]") {
  const auto worst = [](long c) {
    law::Worst worst;
    for (int seed = 1; seed <= 20; ++seed) {
      const auto x = law::weave({4, c}, "x", seed), w = law::weave({4, c}, "w", seed), b = law::weave({4}, "b", seed);
      worst.take(law::measure<Linear>({}, {x, w, b}));
    }
    return worst;
  };
  CHECK(shown(worst(4).error) == "1.22e-15");
  CHECK(shown(worst(64).error) == "9.18e-15");
  CHECK(shown(worst(256).error) == "4.89e-14");
  CHECK(shown(worst(4).share) == "0.326");
  CHECK(shown(worst(64).share) == "0.0295");
  CHECK(shown(worst(256).share) == "0.0101");
  CHECK(shown(worst(256).ulps) == "368");
}
