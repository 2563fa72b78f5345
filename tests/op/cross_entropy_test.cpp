// SPDX-License-Identifier: Apache-2.0
// cross_entropy: closed forms, refusals, and the two mistakes that trainings make with means.
#include "op/cross_entropy.h"

#include <catch2/catch.hpp>
#include <limits>

#include "law/weave.h"
#include "op/page_tools.h"

using namespace etalon;
using law::shown;
using op::CrossEntropy;

namespace {

double loss(const CrossEntropy::Setting& s, const Tensor<double>& x) { return CrossEntropy::forward<double>(s, {&x})[0]; }

// The gradient of the sum where the loss is the mean.
struct SumForMean : CrossEntropy {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = CrossEntropy::vjp(s, in, y, y_bar);
    double n = 0;
    for (const long target : s.targets) n += target != s.ignore;
    for (long i = 0; i < bars[0].size(); ++i) bars[0][i] = bars[0][i] * S(n);
    return bars;
  }
};

// The mean over all rows where it is over the kept ones.
struct IgnoredCounted : CrossEntropy {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = CrossEntropy::vjp(s, in, y, y_bar);
    double n = 0;
    for (const long target : s.targets) n += target != s.ignore;
    for (long i = 0; i < bars[0].size(); ++i) bars[0][i] = bars[0][i] * S(n) / S(static_cast<double>(s.targets.size()));
    return bars;
  }
};

// Ignored rows get the softmax part of the gradient: padded labels not ignored.
struct PaddingNotIgnored : CrossEntropy {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto as_token_0 = s;
    for (long& target : as_token_0.targets) target = target == s.ignore ? 0 : target;
    const auto all = CrossEntropy::vjp(as_token_0, in, y, y_bar)[0];
    auto bars = CrossEntropy::vjp(s, in, y, y_bar);
    for (std::size_t i = 0; i < s.targets.size(); ++i)
      if (s.targets[i] == s.ignore)
        for (long k = 0; k < all.n_cols(); ++k) bars[0].rows()(i, k) = all.rows()(i, k);
    return bars;
  }
};

}  // namespace

TEST_CASE("cross_entropy: equal logits cost ln V, within the bound", "[op][cross_entropy]") {
  for (const long v : {1L, 2L, 3L, 37L, 1000L}) {
    const Tensor<double> x({2, v}, std::vector<double>(2 * v, -3.5));
    const CrossEntropy::Setting s{{0, v - 1}};
    const auto y = CrossEntropy::forward<double>(s, {&x});
    const auto bound = CrossEntropy::bound(s, {&x}, y);
    CHECK((Ball(y[0]) - log(Ball(static_cast<double>(v)))).certainly_within(bound[0]));
    CHECK(bound[0] < 1e-15 * static_cast<double>(v + 9));
  }
}

TEST_CASE("cross_entropy: one choice costs nothing and has no slope", "[op][cross_entropy]") {
  const Tensor<double> x({1, 1}, {7.25}), one(Shape{}, {1.0});
  CHECK(loss({{0}}, x) == 0.0);
  CHECK(CrossEntropy::vjp<double>({{0}}, {&x}, one, one)[0][0] == 0.0);
}

TEST_CASE("cross_entropy: a shift of 2^20 moves no bit", "[op][cross_entropy]") {
  const Tensor<double> x({1, 4}, {0.5, 2.25, -1, 3}), shifted({1, 4}, {0.5 + 0x1p20, 2.25 + 0x1p20, -1 + 0x1p20, 3 + 0x1p20});
  CHECK(loss({{2}}, x) == loss({{2}}, shifted));
}

TEST_CASE("cross_entropy: nothing overflows, and a certain mistake costs its gap", "[op][cross_entropy]") {
  CHECK(loss({{1}}, Tensor<double>({1, 2}, {1e300, -1e300})) == 2e300);
  CHECK(loss({{0}}, Tensor<double>({1, 2}, {1000, -1000})) == 0.0);
  CHECK(loss({{1}}, Tensor<double>({1, 2}, {1000, -1000})) == 2000.0);
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(loss({{0}}, Tensor<double>({1, 3}, {1, 1, -inf})) == etalon::log(2.0));
  CHECK(loss({{2}}, Tensor<double>({1, 3}, {1, 1, -inf})) == inf);
}

TEST_CASE("cross_entropy: ignored rows count nowhere and get exactly 0", "[op][cross_entropy]") {
  const auto x = law::weave({4, 5}, "x");
  const Tensor<double> kept({2, 5}, {x[0], x[1], x[2], x[3], x[4], x[10], x[11], x[12], x[13], x[14]});
  const CrossEntropy::Setting s{{3, -100, 1, -100}};
  CHECK(loss(s, x) == loss({{3, 1}}, kept));
  const Tensor<double> y_bar(Shape{}, {0.7});
  const auto x_bar = CrossEntropy::vjp<double>(s, {&x}, y_bar, y_bar)[0];
  const auto kept_bar = CrossEntropy::vjp<double>({{3, 1}}, {&kept}, y_bar, y_bar)[0];
  for (long k = 0; k < 5; ++k) {
    CHECK(x_bar[k] == kept_bar[k]);
    CHECK(x_bar[5 + k] == 0.0);
    CHECK(x_bar[10 + k] == kept_bar[5 + k]);
    CHECK(x_bar[15 + k] == 0.0);
  }
  // Another ignore index, the one some trainers use
  CHECK(loss({{3, -1, 1, -1}, -1}, x) == loss(s, x));
}

TEST_CASE("cross_entropy: what has no mean is refused", "[op][cross_entropy][error]") {
  const Shape x{2, 3};
  CHECK_THROWS_WITH(CrossEntropy::shape({{-100, -100}}, {x}),
                    Catch::StartsWith("op.cross_entropy: expected at least one target to keep, got all 2 ignored"));
  CHECK_THROWS_WITH(CrossEntropy::shape({{0, 3}}, {x}),
                    Catch::StartsWith("op.cross_entropy: target 1: expected 0..2 or -100, got 3"));
  CHECK_THROWS_WITH(CrossEntropy::shape({{-1, 0}}, {x}),
                    Catch::StartsWith("op.cross_entropy: target 0: expected 0..2 or -100, got -1"));
  CHECK_THROWS_WITH(CrossEntropy::shape({{0}}, {x}),
                    Catch::StartsWith("op.cross_entropy: expected one target for each of 2 rows, got 1"));
  CHECK_THROWS_WITH(CrossEntropy::shape({{0, 0, 0}}, {x}), Catch::Contains("one target for each of 2 rows, got 3"));
  CHECK_THROWS_WITH(CrossEntropy::shape({{}}, {Shape{0, 3}}), Catch::Contains("at least one target"));
  CHECK_THROWS_WITH(CrossEntropy::shape({{0, 0}}, {Shape{2, 0}}), Catch::Contains("V >= 1"));
  CHECK_THROWS_WITH(CrossEntropy::shape({{0}}, {Shape{}}), Catch::Contains("V >= 1"));
}

TEST_CASE("cross_entropy: duality catches sum for mean, a wrong count, padding not ignored", "[op][cross_entropy][planted]") {
  CHECK(law::cases_that_catch<SumForMean>() == std::vector<std::string>{"ignored", "equal-logits", "large-logits", "certain"});
  // Only a case with ignored targets can show these two
  CHECK(law::cases_that_catch<IgnoredCounted>() == std::vector<std::string>{"ignored"});
  CHECK(law::cases_that_catch<PaddingNotIgnored>() == std::vector<std::string>{"ignored"});
}

TEST_CASE("cross_entropy: the numbers in the lesson", "[op][cross_entropy][lesson]") {
  const auto worst = [](double scale) {
    law::Worst worst;
    for (int seed = 1; seed <= 100; ++seed) {
      auto x = law::weave({6, 16}, "x", seed);
      for (long i = 0; i < x.size(); ++i) x[i] *= scale;
      worst.take(law::measure<CrossEntropy>({{0, 1, 2, -100, 4, 15}}, {x}));
    }
    return worst;
  };
  CHECK(shown(worst(1).ulps) == "1.95");
  CHECK(shown(worst(100).ulps) == "1.55");
  CHECK(shown(worst(1).share) == "0.176");
  CHECK(shown(worst(100).share) == "0.271");
  CHECK(shown(loss({{5}}, Tensor<double>({1, 37}))) == "3.61");
}
