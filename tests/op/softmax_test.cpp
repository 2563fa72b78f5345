// SPDX-License-Identifier: Apache-2.0
// softmax: ties, hidden columns, and the backward pass everyone gets wrong once.
#include "op/softmax.h"

#include <catch2/catch.hpp>
#include <limits>

#include "op/page_tools.h"
#include "tensor/random.h"

using namespace etalon;
using law::shown;
using op::Softmax;

namespace {

// Softmax with its minus sign lost.
struct NoSum : Softmax {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>&, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto x_bar = y;
    for (long i = 0; i < y.size(); ++i) x_bar[i] = y[i] * y_bar[i];
    return {std::move(x_bar)};
  }
};

}  // namespace

TEST_CASE("softmax: equal scores share the row equally", "[op][softmax]") {
  const Tensor<double> x({1, 3}, {2.5, 2.5, 2.5});
  const auto y = Softmax::forward<double>({}, {&x});
  for (long j = 0; j < 3; ++j) CHECK(y[j] == 1.0 / 3.0);
}

TEST_CASE("softmax: one column is 1 with slope 0", "[op][softmax]") {
  const Tensor<double> x({2, 1}, {1e300, -7}), y_bar({2, 1}, {3, 0.1});
  const auto y = Softmax::forward<double>({}, {&x});
  CHECK(y.values() == std::vector<double>{1, 1});
  CHECK(Softmax::vjp<double>({}, {&x}, y, y_bar)[0].values() == std::vector<double>{0, 0});
}

TEST_CASE("softmax: hiding a column is removing it", "[op][softmax]") {
  const Tensor<double> x({1, 4}, {0.3, 99, -1.2, 0.7}), without({1, 3}, {0.3, -1.2, 0.7});
  const auto y = Softmax::forward<double>({{1, 0, 1, 1}}, {&x}), z = Softmax::forward<double>({}, {&without});
  CHECK(y.values() == std::vector<double>{z[0], 0, z[1], z[2]});
}

TEST_CASE("softmax: a row that sees nothing is zeros, forward and backward", "[op][softmax]") {
  const Tensor<double> x({2, 2}, {1, 2, 3, 4}), y_bar({2, 2}, {1, -1, 1, -1});
  const Softmax::Setting s{{0, 0, 1, 1}};
  const auto y = Softmax::forward<double>(s, {&x});
  const auto x_bar = Softmax::vjp<double>(s, {&x}, y, y_bar)[0];
  for (long j = 0; j < 2; ++j) {
    CHECK(y[j] == 0.0);
    CHECK(x_bar[j] == 0.0);
  }
  CHECK(y[3] > y[2]);
}

TEST_CASE("softmax: one NaN spoils its row and no other", "[op][softmax]") {
  const Tensor<double> x({2, 2}, {std::numeric_limits<double>::quiet_NaN(), 0.0, 1.0, 1.0});
  const auto y = Softmax::forward<double>({}, {&x});
  CHECK(y[0] != y[0]);
  CHECK(y[1] != y[1]);
  CHECK(y[2] == 0.5);
  CHECK(y[3] == 0.5);
}

TEST_CASE("softmax: an empty row and a mask of another size are refused", "[op][softmax][error]") {
  CHECK_THROWS_WITH(Softmax::shape({}, {Shape{3, 0}}),
                    Catch::StartsWith("op.softmax: expected x of shape [..., C] with C >= 1, got [3, 0]"));
  CHECK_THROWS_WITH(Softmax::shape({{1, 1}}, {Shape{2, 2}}),
                    Catch::StartsWith("op.softmax: expected one visibility flag for each of 4 scores, got 2"));
}

TEST_CASE("softmax: duality catches a backward pass without its sum", "[op][softmax][planted]") {
  CHECK(law::cases_that_catch<NoSum>() ==
        std::vector<std::string>{"one-column", "a-tie-and-a-slope", "would-overflow", "large-offset", "causal"});
}

TEST_CASE("softmax: the numbers in the lesson", "[op][softmax][lesson]") {
  const auto worst = [](double reach) {
    law::Worst worst;
    for (int seed = 1; seed <= 400; ++seed) {
      const Stream stream(seed, "u");
      Tensor<double> x({4, 8});
      for (long i = 0; i < x.size(); ++i) x[i] = (2 * stream.uniform(i) - 1) * reach;
      worst.take(law::measure<Softmax>({}, {x}));
    }
    return worst;
  };
  CHECK(shown(worst(30).ulps) == "33.9");
  CHECK(shown(worst(300).ulps) == "511");
  CHECK(shown(worst(30).share) == "0.714");
  CHECK(shown(worst(300).share) == "0.971");
}
