// SPDX-License-Identifier: Apache-2.0
#include "op/merge_heads.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "law/enclosure.h"
#include "op/probe.h"

using namespace etalon;
using op::MergeHeads;

namespace {

// reshape without the transpose before it: the right shape.
struct ReshapedOnly : MergeHeads {
  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    if constexpr (!std::same_as<S, double>) return MergeHeads::forward(s, in);
    return in[0].reshaped(shape(s, in.shapes()));
  }
};
struct ReshapedBack : MergeHeads {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    return {y_bar.reshaped(in[0].shape())};
  }
};

}  // namespace

TEST_CASE("merge_heads: column h D + d of token t is head h, token t, entry d", "[op][merge_heads]") {
  Tensor<double> x({2, 3, 4, 5});
  for (long i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
  const auto y = MergeHeads::forward<double>({}, {&x});
  REQUIRE(y.shape() == Shape{2, 4, 15});
  for (long b = 0; b < 2; ++b)
    for (long h = 0; h < 3; ++h)
      for (long t = 0; t < 4; ++t)
        for (long d = 0; d < 5; ++d) CHECK(y[(b * 4 + t) * 15 + h * 5 + d] == x[((b * 3 + h) * 4 + t) * 5 + d]);
}

TEST_CASE("merge_heads: how much of a mere reshape is right (docs/op/merge_heads.md)", "[op][merge_heads][lesson]") {
  const auto n_right = [](const Shape& shape) {
    Tensor<double> x(shape);
    for (long i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
    const auto merged = MergeHeads::forward<double>({}, {&x}), reshaped = ReshapedOnly::forward<double>({}, {&x});
    long n = 0;
    for (long i = 0; i < x.size(); ++i) n += merged[i] == reshaped[i];
    return n;
  };
  CHECK(n_right({1, 2, 2, 2}) == 4);
  CHECK(n_right({1, 4, 19, 4}) == 16);
  CHECK(n_right({1, 4, 18, 4}) == 8);
  CHECK(n_right({1, 1, 19, 16}) == 19 * 16);
  CHECK(n_right({1, 4, 1, 4}) == 16);
}

TEST_CASE("merge_heads: tensors that are not heads are refused", "[op][merge_heads][error]") {
  CHECK_THROWS_WITH(MergeHeads::shape({}, {Shape{2, 3, 4}}),
                    Catch::StartsWith("op.merge_heads: expected x [B, H, T, D]") && Catch::Contains("[2, 3, 4]"));
  CHECK_THROWS(MergeHeads::shape({}, {Shape{2, 0, 3, 4}}));
}

TEST_CASE("merge_heads: the laws catch a reshape for a merge, forward and backward", "[op][merge_heads][planted]") {
  CHECK(law::cases_that_catch<MergeHeads>().empty());
  CHECK(law::cases_that_catch<ReshapedBack>() == std::vector<std::string>{"three-heads", "square"});
  for (const auto& example : MergeHeads::cases()) {
    CAPTURE(example.name);
    CHECK(law::keeps_its_bound<ReshapedOnly>(example).kept == (example.name == "one-head"));
  }
}
