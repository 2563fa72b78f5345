// SPDX-License-Identifier: Apache-2.0
#include "op/add.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/bits.h"
#include "op/probe.h"

using namespace etalon;
using op::Add;

namespace {

// The gradient goes through the layer and forgets the road beside it.
struct WithoutResidual : Add {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>&, const Tensor<S>& y, const Tensor<S>& y_bar) {
    return {Tensor<S>(y.shape()), y_bar};
  }
};

double sum_of(double a, double b) {
  const std::vector<Tensor<double>> in = {{{1}, {a}}, {{1}, {b}}};
  return Add::forward({}, Args<double>(in))[0];
}

}  // namespace

TEST_CASE("add: opposite numbers give +0, and zero gives back what it is added to", "[op][add]") {
  CHECK(same_bits(sum_of(0.1, -0.1), 0.0));
  for (const double a : {0.1, -1e300, 0x1p-1074}) CHECK(same_bits(sum_of(a, 0), a));
}

TEST_CASE("add: a stream of size 1000 does not feel 2^-44 (docs/op/add.md)", "[op][add][lesson]") {
  CHECK(sum_of(1000, 0x1p-44) == 1000);
  CHECK(sum_of(1000, 0x1.0000000000001p-44) == 1000 + 0x1p-43);
  CHECK(law::shown(0x1p-44) == "5.68e-14");
}

TEST_CASE("add: both inputs get the cotangent, bit for bit", "[op][add]") {
  const auto y_bar = law::weave({2, 3}, "y_bar");
  const auto bars = Add::vjp<double>({}, {}, y_bar, y_bar);
  REQUIRE(bars.size() == 2);
  for (const auto& bar : bars)
    for (long i = 0; i < bar.size(); ++i) CHECK(same_bits(bar[i], y_bar[i]));
}

TEST_CASE("add: nothing is broadcast", "[op][add][error]") {
  CHECK_THROWS_WITH(Add::shape({}, {Shape{2, 3}, Shape{3}}),
                    Catch::StartsWith("op.add: expected two tensors of one shape, got [2, 3] and [3]"));
}

TEST_CASE("add: duality catches a backward pass that forgets the residual", "[op][add][planted]") {
  CHECK(law::cases_that_catch<Add>().empty());
  CHECK(law::cases_that_catch<WithoutResidual>() == std::vector<std::string>{"residual", "cancellation", "ties", "far-apart"});
}
