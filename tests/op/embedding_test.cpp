// SPDX-License-Identifier: Apache-2.0
#include "op/embedding.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/bits.h"
#include "op/probe.h"

using namespace etalon;
using op::Embedding;

namespace {

// `=` for `+=`: of a token that occurs twice, the last place wins.
struct LastPlaceWins : Embedding {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    Tensor<S> table_bar(in[0].shape());
    const long c = y_bar.n_cols();
    for (std::size_t i = 0; i < s.tokens.size(); ++i)
      for (long k = 0; k < c; ++k) table_bar[s.tokens[i] * c + k] = y_bar[i * c + k];
    return {std::move(table_bar)};
  }
};

// The gradient of a table of one column, the cotangents of the places given.
std::vector<double> table_bar(const std::vector<long>& tokens, long vocabulary, const std::vector<double>& y_bar) {
  const std::vector<Tensor<double>> table = {Tensor<double>({vocabulary, 1})};
  const long n = static_cast<long>(tokens.size());
  const Tensor<double> bar({n, 1}, y_bar);
  return Embedding::vjp<double>({tokens, {n}}, Args<double>(table), bar, bar)[0].values();
}

}  // namespace

TEST_CASE("embedding: each place holds the row of its token, bit for bit", "[op][embedding]") {
  const auto table = law::weave({3, 2}, "table");
  const std::vector<Tensor<double>> in = {table};
  const auto y = Embedding::forward({{2, 0, 2}, {1, 3}}, Args<double>(in));
  REQUIRE(y.shape() == Shape{1, 3, 2});
  const long rows[] = {2, 0, 2};
  for (long i = 0; i < 3; ++i)
    for (long k = 0; k < 2; ++k) CHECK(same_bits(y[i * 2 + k], table[rows[i] * 2 + k]));
}

TEST_CASE("embedding: a repeated token adds its rows; one that never occurs has gradient +0", "[op][embedding]") {
  const auto bar = table_bar({1, 0, 1}, 3, {0.25, -3, 0.5});
  CHECK(bar[0] == -3);
  CHECK(bar[1] == 0.75);
  CHECK(same_bits(bar[2], 0.0));
}

TEST_CASE("embedding: the rows are added in the order of the places (docs/op/embedding.md)", "[op][embedding][lesson]") {
  CHECK(table_bar({0, 0, 0}, 1, {1e16, 1, -1e16})[0] == 0);
  CHECK(table_bar({0, 0, 0}, 1, {1e16, -1e16, 1})[0] == 1);
}

TEST_CASE("embedding: a token that is no row is refused with its place", "[op][embedding][error]") {
  const std::vector<Shape> table = {Shape{5, 2}};
  CHECK_THROWS_WITH(Embedding::shape({{0, 1, 2, 3, 4, 5}, {2, 3}}, table),
                    Catch::StartsWith("op.embedding: token [1, 2]: expected 0 <= token < 5, got 5"));
  CHECK_THROWS_WITH(Embedding::shape({{-1}, {1}}, table), Catch::Contains("token [0]") && Catch::Contains("got -1"));
  CHECK_THROWS_WITH(Embedding::shape({{0, 1}, {3}}, table), Catch::Contains("expected 3 tokens") && Catch::Contains("got 2"));
  CHECK_THROWS_WITH(Embedding::shape({{0}, {1}}, {Shape{5}}), Catch::Contains("expected a table [V, C], got [5]"));
}

TEST_CASE("embedding: duality catches a gradient that loses repeated tokens", "[op][embedding][planted]") {
  CHECK(law::cases_that_catch<Embedding>().empty());
  CHECK(law::cases_that_catch<LastPlaceWins>() == std::vector<std::string>{"repeated-tokens", "one-token", "one-axis"});
}
