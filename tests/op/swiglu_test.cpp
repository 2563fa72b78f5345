// SPDX-License-Identifier: Apache-2.0
// swiglu: which half is the gate, and a backward pass that swaps them.
#include "op/swiglu.h"

#include <catch2/catch.hpp>

#include "law/weave.h"
#include "op/page_tools.h"

using namespace etalon;
using law::shown;
using op::Swiglu;

namespace {

// The two gradients handed back in the wrong order: right shapes, right sizes.
struct GateAndUpSwapped : Swiglu {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = Swiglu::vjp(s, in, y, y_bar);
    std::swap(bars[0], bars[1]);
    return bars;
  }
};

}  // namespace

TEST_CASE("swiglu: a gate or an up of zero shuts the entry", "[op][swiglu]") {
  const Tensor<double> gate({3}, {0, 2, -1e3}), up({3}, {7, 0, 7});
  const auto y = Swiglu::forward<double>({}, {&gate, &up});
  for (long i = 0; i < 3; ++i) CHECK(y[i] == 0.0);
}

TEST_CASE("swiglu: a gate that is wide open multiplies", "[op][swiglu]") {
  const Tensor<double> gate({2}, {64, 1e3}), up({2}, {0.5, -0.3});
  const auto y = Swiglu::forward<double>({}, {&gate, &up});
  CHECK(y[0] == 32.0);
  CHECK(y[1] == 1e3 * -0.3);
}

TEST_CASE("swiglu: up = 1 gives silu, bit for bit", "[op][swiglu]") {
  const auto gate = law::points(-30, 30);
  Tensor<double> ones(gate.shape());
  for (long i = 0; i < ones.size(); ++i) ones[i] = 1;
  CHECK(Swiglu::forward<double>({}, {&gate, &ones}).values() == op::Silu::forward<double>({}, {&gate}).values());
}

TEST_CASE("swiglu: gate and up of different shapes are refused", "[op][swiglu][error]") {
  CHECK_THROWS_WITH(Swiglu::shape({}, {Shape{2, 3}, Shape{3, 2}}),
                    Catch::StartsWith("op.swiglu: expected two tensors of one shape, got [2, 3] and [3, 2]"));
}

TEST_CASE("swiglu: duality catches swapped gradients", "[op][swiglu][planted]") {
  CHECK(law::cases_that_catch<GateAndUpSwapped>() == std::vector<std::string>{"not-symmetric", "tails"});
}

TEST_CASE("swiglu: the numbers in the lesson", "[op][swiglu][lesson]") {
  const auto worst = law::measure<Swiglu>({}, {law::weave({4000}, "gate"), law::weave({4000}, "up")});
  CHECK(shown(worst.ulps) == "2.23");
  CHECK(shown(worst.share) == "0.531");
  const Tensor<double> a({1}, {2}), b({1}, {0.5});
  CHECK(shown(Swiglu::forward<double>({}, {&a, &b})[0]) == "0.881");
  CHECK(shown(Swiglu::forward<double>({}, {&b, &a})[0]) == "0.622");
}
