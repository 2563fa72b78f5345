// SPDX-License-Identifier: Apache-2.0
// attention_mix: averages, padding, and a value gradient that forgets the rest of its group.
#include "op/attention_mix.h"

#include <catch2/catch.hpp>
#include <limits>

#include "law/weave.h"
#include "op/causal_mask.h"
#include "op/page_tools.h"
#include "op/softmax.h"

using namespace etalon;
using law::shown;
using op::AttentionMix;

namespace {

// Only the last head of each group hands its gradient to the shared values: the others are overwritten.
struct GroupOverwritten : AttentionMix {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = AttentionMix::vjp(s, in, y, y_bar);
    const long group_size = in[0].shape()[1] / in[1].shape()[1];
    for (long h = 0; h < in[0].shape()[0] * in[0].shape()[1]; ++h)
      matmul<S>(Matrix<const S>(in[0].matrix(h)).transposed(), y_bar.matrix(h), bars[1].matrix(h / group_size));
    return bars;
  }
};

// The value gradient with p where p^T belongs: right shapes, since p is square.
struct NotTransposed : AttentionMix {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = AttentionMix::vjp(s, in, y, y_bar);
    if (in[0].shape()[1] != in[1].shape()[1]) return bars;
    for (long h = 0; h < in[0].shape()[0] * in[0].shape()[1]; ++h) matmul<S>(in[0].matrix(h), y_bar.matrix(h), bars[1].matrix(h));
    return bars;
  }
};

}  // namespace

TEST_CASE("attention_mix: one-hot rows copy, empty rows give zeros", "[op][attention_mix]") {
  const Tensor<double> p({1, 1, 3, 3}, {0, 0, 0, 1, 0, 0, 0, 0, 1}), v({1, 1, 3, 2}, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6});
  CHECK(AttentionMix::forward<double>({}, {&p, &v}).values() == std::vector<double>{0, 0, 0.1, 0.2, 0.5, 0.6});
}

TEST_CASE("attention_mix: a value hidden from a row does not move a bit of it", "[op][attention_mix]") {
  const auto scores = law::weave({1, 4, 5, 5}, "scores");
  const op::Softmax::Setting mask{op::visibility(1, 4, 5)};
  const auto p = op::Softmax::forward<double>(mask, {&scores});
  const auto v = law::weave({1, 2, 5, 4}, "v");
  auto moved = v;
  for (long d = 0; d < 4; ++d) moved[4 * 4 + d] = 1e300;  // the last value of the first kv head
  const auto y = AttentionMix::forward<double>({}, {&p, &v}), y_moved = AttentionMix::forward<double>({}, {&p, &moved});
  for (long h = 0; h < 4; ++h)
    for (long t = 0; t < 5; ++t)
      for (long d = 0; d < 4; ++d) {
        const long i = (h * 5 + t) * 4 + d;
        if (h < 2 && t == 4) CHECK(y[i] != y_moved[i]);
        else CHECK(y[i] == y_moved[i]);
      }
}

TEST_CASE("attention_mix: probabilities over another length are refused", "[op][attention_mix][error]") {
  CHECK_THROWS_WITH(AttentionMix::shape({}, {Shape{1, 2, 3, 4}, Shape{1, 2, 3, 8}}),
                    Catch::StartsWith("op.attention_mix: expected probabilities over the 3 rows of v, got [1, 2, 3, 4]"));
  CHECK_THROWS_WITH(AttentionMix::shape({}, {Shape{1, 2, 3, 3}, Shape{1, 4, 3, 8}}), Catch::Contains("divides the 2 query heads"));
}

TEST_CASE("attention_mix: duality catches an overwritten group and a lost transpose", "[op][attention_mix][planted]") {
  // The other cases have groups of one, where nothing is overwritten
  CHECK(law::cases_that_catch<GroupOverwritten>() == std::vector<std::string>{"grouped"});
  CHECK(law::cases_that_catch<NotTransposed>() == std::vector<std::string>{"causal", "padding", "large-values"});
}

TEST_CASE("attention_mix: the numbers in the lesson", "[op][attention_mix][lesson]") {
  const auto worst = [](long t) {
    law::Worst worst;
    for (int seed = 1; seed <= 20; ++seed) {
      const auto scores = law::weave({1, 4, t, t}, "s", seed);
      const auto p = op::Softmax::forward<double>({op::visibility(1, 4, t)}, {&scores});
      worst.take(law::measure<AttentionMix>({}, {p, law::weave({1, 2, t, 8}, "v", seed)}));
    }
    return worst;
  };
  CHECK(shown(worst(5).error) == "3.27e-16");
  CHECK(shown(worst(64).error) == "4.76e-16");
  CHECK(shown(worst(5).ulps) == "729");
  CHECK(shown(worst(64).ulps) == "1.4e+04");
  CHECK(shown(worst(5).share) == "0.284");
  CHECK(shown(worst(64).share) == "0.0628");

  // Padding that holds NaN reaches every row of its column, although its probability is 0
  const Tensor<double> p({1, 1, 2, 2}, {1, 0, 1, 0}), v({1, 1, 2, 1}, {3, std::numeric_limits<double>::quiet_NaN()});
  const auto y = AttentionMix::forward<double>({}, {&p, &v});
  CHECK(y[0] != y[0]);
  CHECK(y[1] != y[1]);
}
