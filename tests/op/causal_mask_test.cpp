// SPDX-License-Identifier: Apache-2.0
// causal_mask: who sees whom, and what a hidden score can do (nothing).
#include "op/causal_mask.h"

#include <catch2/catch.hpp>
#include <limits>

#include "law/weave.h"
#include "op/page_tools.h"
#include "op/softmax.h"

using namespace etalon;
using op::CausalMask;
using op::visibility;

namespace {

// The gradient is let through the mask: harmless after softmax, wrong by itself.
struct LetThrough : CausalMask {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>&, const Tensor<S>&, const Tensor<S>& y_bar) {
    return {y_bar};
  }
};

// Off by one: row t sees s <= t + 1 forward, s <= t backward.
struct OffByOne : CausalMask {
  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    auto y = CausalMask::forward(s, in);
    const long t_size = y.n_cols();
    for (long row = 0; row < y.n_rows(); ++row)
      if (const long next = row % t_size + 1; next < t_size) y[row * t_size + next] = in[0][row * t_size + next];
    return y;
  }
};

}  // namespace

TEST_CASE("causal_mask: row t sees columns 0 to t", "[op][causal_mask]") {
  CHECK(visibility(1, 1, 3) == std::vector<char>{1, 0, 0, 1, 1, 0, 1, 1, 1});
  CHECK(visibility(1, 2, 2) == std::vector<char>{1, 0, 1, 1, 1, 0, 1, 1});
}

TEST_CASE("causal_mask: padding hides its column from every row", "[op][causal_mask]") {
  const auto right = visibility(1, 1, 3, {1, 1, 0}), left = visibility(1, 1, 3, {0, 1, 1});
  CHECK(right == std::vector<char>{1, 0, 0, 1, 1, 0, 1, 1, 0});
  CHECK(left == std::vector<char>{0, 0, 0, 0, 1, 0, 0, 1, 1});
  // Each sequence has its own padding, the same in all heads
  CHECK(visibility(2, 1, 2, {1, 1, 0, 1}) == std::vector<char>{1, 0, 1, 1, 0, 0, 0, 1});
}

TEST_CASE("causal_mask: a mask of another size is refused", "[op][causal_mask][error]") {
  CHECK_THROWS_WITH(visibility(2, 1, 3, {1, 1, 1}),
                    Catch::StartsWith("op.causal_mask.visibility: expected an attention mask [2, 3], got 3 flags"));
  CHECK_THROWS_WITH(visibility(0, 1, 3), Catch::Contains("B, H, T >= 1"));
  CHECK_THROWS_WITH(visibility(1, 1, -3), Catch::Contains("B, H, T >= 1"));
  CHECK_THROWS_WITH(CausalMask::shape({visibility(1, 1, 3)}, {Shape{1, 2, 3, 3}}), Catch::Contains("each of 18 scores"));
  CHECK_THROWS_WITH(CausalMask::shape({visibility(1, 1, 3)}, {Shape{1, 1, 9, 1}}), Catch::Contains("[B, H, T, T]"));
}

TEST_CASE("causal_mask: a hidden entry moves no bit of the probabilities, whatever it holds", "[op][causal_mask]") {
  const auto visible = visibility(2, 2, 5, {1, 1, 1, 0, 0, 0, 0, 1, 1, 1});
  const auto scores = law::weave({2, 2, 5, 5}, "scores");
  const auto through = [&](const Tensor<double>& x) {
    const auto masked = CausalMask::forward<double>({visible}, {&x});
    return op::Softmax::forward<double>({visible}, {&masked});
  };
  const auto probs = through(scores);
  for (const double poison : {1e300, -1e300, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    auto moved = scores;
    for (long i = 0; i < moved.size(); ++i)
      if (!visible[i]) moved[i] = poison;
    CHECK(through(moved).values() == probs.values());
  }
  for (long i = 0; i < probs.size(); ++i)
    if (!visible[i]) CHECK(probs[i] == 0.0);
}

TEST_CASE("causal_mask: duality catches a gradient let through, and a mask off by one", "[op][causal_mask][planted]") {
  const std::vector<std::string> all{"causal", "heads", "padding", "large"};
  CHECK(law::cases_that_catch<LetThrough>() == all);
  CHECK(law::cases_that_catch<OffByOne>() == all);
}

TEST_CASE("causal_mask: the numbers in the lesson", "[op][causal_mask][lesson]") {
  // Adding -1e9 instead of hiding: a row that sees nothing becomes uniform over what it must not see
  const Tensor<double> blind({1, 4}, {0.3 - 1e9, 2 - 1e9, -1 - 1e9, 0.5 - 1e9});
  const auto p = op::Softmax::forward<double>({}, {&blind});
  CHECK(law::shown(p[1]) == "0.687");
  // ... and in float the scores are gone as well: uniform
  const auto in_float = as<float>(blind);
  CHECK(op::Softmax::forward<float>({}, {&in_float})[1] == 0.25f);
  // ... and a large score drowns the mask: the future (second column) takes everything
  const Tensor<double> large({1, 2}, {-2e9, 5.0 - 1e9});
  CHECK(op::Softmax::forward<double>({}, {&large})[1] == 1.0);
}
